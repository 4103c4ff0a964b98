//! The store: what a server keeps, behind one contract. SQLite is the default; memory passes the same
//! suite (`contract.rs`); PostgreSQL can follow.
//!
//! # The contract
//!
//! 1. [`Store::write`] runs one transaction: all of it becomes visible and durable at once when it
//!    returns `Ok`, or none of it does. Transactions of all processes on one store run one after another.
//! 2. **Commit order is position order.** The position counter belongs to a transaction from its start to
//!    its commit, so a reader who saw position `n` has seen everything at or below `n`, and positions
//!    have no gaps.
//! 3. [`Store::read`] sees one snapshot: nothing that commits meanwhile.
//! 4. **Nothing is read without a [`Scope`]**, except through methods that say `journal` (a device's own
//!    records, for intake), `reference` (who may do what), or `desk`.
//! 5. After [`LogTx::erase`] and then [`Store::scrub`] no trace of the note is left in any file of the store.
//!
//! 6. What [`PlacesView`] tells is derived from the log and may be thrown away at any time; it is written in the
//!    same transaction as the position up to which it speaks.
//!
//! All methods block; they are called on threads that may.

mod accounts;
mod deeds;
mod log;
mod memory;
mod model;
mod people;
mod places;
mod sqlite;

#[cfg(test)]
pub(crate) mod contract;

pub use accounts::{AccountsTx, AccountsView, named};
pub use deeds::{Deed, DeedKind, DeedsTx, DeedsView};
pub use log::{LogTx, LogView};
pub use memory::MemoryStore;
pub use model::{
    Branch, Depth, Enrolment, Entry, Flaw, Heard, Hole, LastContact, MissingNote, PageQuery, Proof,
    ReadToken, Row, Scan, Session, Stretch, Totals, Usage,
};
pub use people::{Audit, Operator, Rights, Totp};
use people::{pack_scope, unpack_scope};
pub use places::{FoldedPlace, List, Listed, PlacesTx, PlacesView, Projection, Status};
pub use sqlite::SqliteStore;

use pantau_protocol::{exchange::RowKind, place::Scope};

/// Why a store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another writer held the lock for too long, or readers kept a file busy: try again.
    #[error("the database is busy")]
    Busy,
    /// No space left.
    #[error("the disk is full")]
    Full,
    /// A file or its directory may not be written.
    #[error("{} cannot be written: this user may not, or the file system is read-only", .file.display())]
    ReadOnly {
        /// The file.
        file: std::path::PathBuf,
    },
    /// Records stand in the write-ahead log alone, and reading them would need a file to be written.
    #[error(
        "{} holds records that are not in the database yet, and here they cannot be read: copy the whole \
         directory to a place that can be written, and read it there", .file.display()
    )]
    Unmerged {
        /// The write-ahead log.
        file: std::path::PathBuf,
    },
    /// The database was written by a newer version.
    #[error("the database has schema {found}, this version knows up to {known}")]
    Newer {
        /// Schema of the file.
        found: u32,
        /// Newest schema of this version.
        known: u32,
    },
    /// A stored value cannot be what was written: the file is damaged.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// The database itself says that the structure of its file is broken. Nothing may be written to such a
    /// file: a write through a broken page or free list can overwrite what is still sound.
    #[error("the database file is broken: {0}")]
    Corrupt(String),
    /// Anything else the database says.
    #[error("database: {0}")]
    Other(String),
}

impl StoreError {
    /// Whether what is stored is not what was written: neither a lock, nor a full disk, nor a failed call.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged(_) | Self::Corrupt(_))
    }
}

/// Result of a store's method.
pub type Stored<T> = Result<T, StoreError>;

/// Where a server keeps its log. See the module for the contract.
pub trait Store: Send + Sync {
    /// Runs `work` on one snapshot. Use [`read`], which returns a value.
    ///
    /// # Errors
    /// What `work` returns, and failures of the store.
    fn read(&self, work: &mut dyn FnMut(&dyn View) -> Stored<()>) -> Stored<()>;

    /// Runs `work` in one transaction and commits it if it returns `Ok`. Use [`write()`], which returns a
    /// value.
    ///
    /// # Errors
    /// What `work` returns, and failures of the store; nothing was written then.
    fn write(&self, work: &mut dyn FnMut(&mut dyn Tx) -> Stored<()>) -> Stored<()>;

    /// As [`Store::write`], for what can be made from the log again: after a power cut it may be as it was before,
    /// whole, so nothing is waited for. What was written durably before stays so. Use [`write_derived()`], which
    /// returns a value.
    ///
    /// # Errors
    /// As [`Store::write`].
    fn write_derived(&self, work: &mut dyn FnMut(&mut dyn Tx) -> Stored<()>) -> Stored<()> {
        self.write(work)
    }

    /// Makes what was erased unreadable in every file of the store, and makes sure that none of
    /// `traces` (salts and texts) is left.
    ///
    /// # Errors
    /// [`StoreError::Busy`] while others read an old snapshot: try again.
    fn scrub(&self, traces: &[Vec<u8>]) -> Stored<()>;

    /// Looks after the room on the disk: keeps a reserve. Called now and then by a server that runs.
    ///
    /// # Errors
    /// [`StoreError::Full`] if there is no room for records.
    fn tend(&self) -> Stored<()> {
        Ok(())
    }

    /// Writes a consistent copy of the whole database to `path`.
    ///
    /// # Errors
    /// Failures of the store; a store without files says [`StoreError::Other`].
    fn copy_to(&self, path: &std::path::Path) -> Stored<()>;

    /// Looks for damage that the store itself can see, without knowing what records mean: broken pages, and
    /// in full depth also tables that contradict each other. Takes one snapshot and only reads. Returns the
    /// first flaws, few of each kind; none for a sound store.
    ///
    /// # Errors
    /// Failures of the store other than damage.
    fn check(&self, depth: Depth) -> Stored<Vec<Flaw>>;
}

/// [`Store::read`] with a result.
///
/// # Errors
/// As [`Store::read`].
pub fn read<T>(store: &dyn Store, work: impl FnOnce(&dyn View) -> Stored<T>) -> Stored<T> {
    let (mut work, mut out) = (Some(work), None);
    store.read(&mut |view| {
        if let Some(work) = work.take() {
            out = Some(work(view)?);
        }
        Ok(())
    })?;
    out.ok_or_else(|| StoreError::Other("the store did not run the work".into()))
}

/// [`Store::write`] with a result.
///
/// # Errors
/// As [`Store::write`].
pub fn write<T>(store: &dyn Store, work: impl FnOnce(&mut dyn Tx) -> Stored<T>) -> Stored<T> {
    in_tx(work, |work| store.write(work))
}

/// [`Store::write_derived`] with a result.
///
/// # Errors
/// As [`Store::write`].
pub fn write_derived<T>(store: &dyn Store, work: impl FnOnce(&mut dyn Tx) -> Stored<T>) -> Stored<T> {
    in_tx(work, |work| store.write_derived(work))
}

type Work<'a> = &'a mut dyn FnMut(&mut dyn Tx) -> Stored<()>;

fn in_tx<T>(
    work: impl FnOnce(&mut dyn Tx) -> Stored<T>,
    run: impl FnOnce(Work<'_>) -> Stored<()>,
) -> Stored<T> {
    let (mut work, mut out) = (Some(work), None);
    run(&mut |tx| {
        if let Some(work) = work.take() {
            out = Some(work(tx)?);
        }
        Ok(())
    })?;
    out.ok_or_else(|| StoreError::Other("the store did not run the work".into()))
}

/// Reading, on one snapshot.
pub trait View: LogView + PlacesView + AccountsView + DeedsView {}

impl<T: LogView + PlacesView + AccountsView + DeedsView> View for T {}

/// Writing, in one transaction. Reads see what was written so far.
pub trait Tx: View + LogTx + PlacesTx + AccountsTx + DeedsTx {}

impl<T: View + LogTx + PlacesTx + AccountsTx + DeedsTx> Tx for T {}

/// Whether a reader sees a row: its scope does and it does not have it itself; of quarantined rows only
/// its own.
fn is_visible(row: &Row, scope: &Scope, query: &PageQuery) -> bool {
    let e = &row.entry;
    let is_of_reader = e.device == query.reader;
    match e.row {
        RowKind::Quarantined => is_of_reader,
        _ if is_of_reader && query.own.iter().any(|s| s.has(e.branch, e.seq)) => false,
        _ => scope.sees(&e.keys, row.is_from_above()),
    }
}

/// The bucket of the scope index that a place lies in: its first three components, the kecamatan, or the
/// place itself if it lies higher. Everything within a place of three or more components shares its bucket.
pub(crate) fn bucket(place: &str) -> &str {
    let mut cuts = place.match_indices(['.', '/']).map(|(at, _)| at);
    cuts.nth(2).and_then(|at| place.get(..at)).unwrap_or(place)
}

/// The least and the first text behind all codes of places that lie in `place`: what is in it goes on with `.`
/// or `/`, which follow each other, and `0` follows them.
pub(crate) fn inside(place: &pantau_protocol::place::Place) -> (String, String) {
    (format!("{place}."), format!("{place}0"))
}

/// The buckets to look into for a scope; `None` if it is too broad for the index. The buckets above are
/// those of what the desk says to a region.
pub(crate) fn buckets(scope: &Scope) -> Option<Vec<String>> {
    let mut all = std::collections::BTreeSet::new();
    for root in scope.roots() {
        if root.as_str().matches(['.', '/']).count() < 2 {
            return None;
        }
        all.insert(bucket(root.as_str()).to_owned());
        all.extend(root.ancestors().map(|p| bucket(p.as_str()).to_owned()));
    }
    (all.len() <= MOST_BUCKETS).then(|| all.into_iter().collect())
}

/// Scopes with more buckets scan the log instead.
const MOST_BUCKETS: usize = 64;
