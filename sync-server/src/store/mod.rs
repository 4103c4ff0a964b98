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
//! 5. After [`Tx::erase`] and then [`Store::scrub`] no trace of the note is left in any file of the store.
//!
//! All methods block; they are called on threads that may.

mod memory;
mod model;
mod sqlite;

#[cfg(test)]
pub(crate) mod contract;

pub use memory::MemoryStore;
pub use model::{
    Branch, Depth, Enrolment, Entry, Flaw, Hole, MissingNote, Operator, PageQuery, Proof, Row, Scan, Session,
    Totals, Usage,
};
pub use sqlite::SqliteStore;

use pantau_protocol::{
    exchange::RowKind,
    frame::Evidence,
    journal::{DeviceId, RecordId},
    note::{Field, Note},
    place::Scope,
    receipt::Epoch,
};

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
    let (mut work, mut out) = (Some(work), None);
    store.write(&mut |tx| {
        if let Some(work) = work.take() {
            out = Some(work(tx)?);
        }
        Ok(())
    })?;
    out.ok_or_else(|| StoreError::Other("the store did not run the work".into()))
}

/// Reading, on one snapshot.
pub trait View {
    /// Epoch of the log: the greatest ever started. `None` before the first.
    fn epoch(&self) -> Stored<Option<Epoch>>;

    /// Position of the last row; 0 if there is none.
    fn head(&self) -> Stored<u64>;

    /// A setting of this server.
    fn setting(&self, name: &str) -> Stored<Option<Vec<u8>>>;

    /// One page of what a scope sees, in position order.
    fn page(&self, scope: &Scope, query: &PageQuery) -> Stored<Scan>;

    /// Rows of kinds that decide who may do what and whose records count ([`Kind::decides_trust`]) after a
    /// position, at most `limit`, quarantined ones left out.
    ///
    /// [`Kind::decides_trust`]: pantau_protocol::body::Kind::decides_trust
    fn reference_rows(&self, after: u64, limit: usize) -> Stored<Vec<Row>>;

    /// Branches of a journal, by number.
    fn journal_branches(&self, device: &DeviceId) -> Stored<Vec<Branch>>;

    /// Holes of a journal.
    fn journal_holes(&self, device: &DeviceId) -> Stored<Vec<Hole>>;

    /// The records with this number in all branches, without notes.
    fn journal_at(&self, device: &DeviceId, seq: u64) -> Stored<Vec<Row>>;

    /// The records of exactly this branch in a span, by number, without notes.
    fn journal_span(&self, device: &DeviceId, branch: u32, first: u64, last: u64) -> Stored<Vec<Row>>;

    /// Notes of a journal that were announced and have not come, by branch and number, at most `limit`.
    fn journal_missing_notes(&self, device: &DeviceId, limit: usize) -> Stored<Vec<MissingNote>>;

    /// What a device and those that follow it added last, before or after a revocation.
    fn journal_usage(&self, device: &DeviceId, revoked: bool) -> Stored<Option<Usage>>;

    /// Whether the note was announced and has not come.
    fn is_missing(&self, device: &DeviceId, missing: &MissingNote) -> Stored<bool>;

    /// Whether the note was erased: it is refused for ever.
    fn is_erased(&self, id: &RecordId, field: Field) -> Stored<bool>;

    /// All rows after a position with their notes, at most `limit`. For the desk.
    fn desk_rows(&self, after: u64, limit: usize) -> Stored<Vec<Row>>;

    /// The row at a position, with its notes. For the desk.
    fn desk_row(&self, position: u64) -> Stored<Option<Row>>;

    /// The rows of a record, with their notes: one for each branch that holds it. For the desk.
    fn desk_record(&self, id: &RecordId) -> Stored<Vec<Row>>;

    /// The notes of a record. For the desk.
    fn desk_notes(&self, id: &RecordId) -> Stored<Vec<Note>>;

    /// The proof of who sent a record: the frame's evidence that covers it. For the desk.
    fn desk_evidence(&self, device: &DeviceId, branch: u32, seq: u64) -> Stored<Option<Evidence>> {
        Ok(self.desk_proof(device, branch, seq)?.map(|proof| proof.evidence))
    }

    /// The same with the records that it was kept for. For the desk.
    fn desk_proof(&self, device: &DeviceId, branch: u32, seq: u64) -> Stored<Option<Proof>>;

    /// All branches of all journals, with their devices. For the desk.
    fn desk_branches(&self) -> Stored<Vec<(DeviceId, Branch)>>;

    /// All holes, with their devices. For the desk.
    fn desk_holes(&self) -> Stored<Vec<(DeviceId, Hole)>>;

    /// All branches beyond the first, with their devices: journals that forked. For the desk.
    fn desk_forks(&self) -> Stored<Vec<(DeviceId, Branch)>>;

    /// Accounts that were over their quota on the last day that they added anything, the earliest first. For
    /// the desk.
    fn desk_over_quota(&self) -> Stored<Vec<Usage>>;

    /// Counts over the whole log. For the desk.
    fn desk_totals(&self) -> Stored<Totals>;

    /// An enrolment.
    fn enrolment(&self, handle: &str) -> Stored<Option<Enrolment>>;

    /// All enrolments, newest first. For the desk.
    fn desk_enrolments(&self) -> Stored<Vec<Enrolment>>;

    /// An operator of the desk.
    fn operator(&self, username: &str) -> Stored<Option<Operator>>;

    /// All operators, by name. For the desk.
    fn desk_operators(&self) -> Stored<Vec<Operator>>;

    /// A session of the desk.
    fn session(&self, id_hash: &[u8; 32]) -> Stored<Option<Session>>;
}

/// Writing, in one transaction. Reads see what was written so far.
pub trait Tx: View {
    /// Appends a row and returns its position, which is the head plus one.
    fn append(&mut self, entry: &Entry) -> Stored<u64>;

    /// Keeps a note of the record at `position`. `false` if it is there already.
    fn put_note(&mut self, position: u64, note: &Note) -> Stored<bool>;

    /// Remembers that a note was announced and has not come.
    fn put_missing(&mut self, device: &DeviceId, missing: &MissingNote) -> Stored<()>;

    /// Forgets that; `false` if it was not missing.
    fn take_missing(&mut self, device: &DeviceId, missing: &MissingNote) -> Stored<bool>;

    /// Creates a branch or moves its head.
    fn put_branch(&mut self, device: &DeviceId, branch: &Branch) -> Stored<()>;

    /// Remembers a hole.
    fn put_hole(&mut self, device: &DeviceId, hole: &Hole) -> Stored<()>;

    /// Keeps the proof of who sent the records `first..=last` of a branch.
    fn put_evidence(
        &mut self,
        device: &DeviceId,
        branch: u32,
        span: (u64, u64),
        evidence: &Evidence,
    ) -> Stored<()>;

    /// Keeps what a device added.
    fn put_usage(&mut self, usage: &Usage) -> Stored<()>;

    /// Deletes text and salt of a note wherever they are and refuses it for ever. Returns what was
    /// deleted, so that [`Store::scrub`] can look for it.
    fn erase(&mut self, id: &RecordId, field: Field) -> Stored<Vec<Note>>;

    /// Starts an epoch.
    fn start_epoch(&mut self, epoch: Epoch) -> Stored<()>;

    /// Keeps a setting.
    fn set_setting(&mut self, name: &str, value: &[u8]) -> Stored<()>;

    /// Creates or changes an enrolment.
    fn put_enrolment(&mut self, enrolment: &Enrolment) -> Stored<()>;

    /// Voids all enrolments that nobody redeemed; returns how many.
    fn void_enrolments(&mut self) -> Stored<u64>;

    /// Creates or changes an operator.
    fn put_operator(&mut self, operator: &Operator) -> Stored<()>;

    /// Creates or changes a session.
    fn put_session(&mut self, session: &Session) -> Stored<()>;

    /// Ends a session.
    fn delete_session(&mut self, id_hash: &[u8; 32]) -> Stored<()>;

    /// Ends all sessions of an operator, or of all; with `before`, only those that expired by then.
    fn delete_sessions(&mut self, username: Option<&str>, before: Option<i64>) -> Stored<()>;
}

/// Whether a reader sees a row: its scope does and it does not have it itself; of quarantined rows only
/// its own.
fn is_visible(row: &Row, scope: &Scope, query: &PageQuery) -> bool {
    let e = &row.entry;
    let is_of_reader = e.device == query.reader;
    let has =
        |(branch, first, last): &(u32, u64, u64)| *branch == e.branch && (*first..=*last).contains(&e.seq);
    match e.row {
        RowKind::Quarantined => is_of_reader,
        _ if is_of_reader && query.own.iter().any(has) => false,
        _ => scope.sees(&e.keys, row.is_from_above()),
    }
}

/// The bucket of the scope index that a place lies in: its first three components, the kecamatan, or the
/// place itself if it lies higher. Everything within a place of three or more components shares its bucket.
pub(crate) fn bucket(place: &str) -> &str {
    let mut cuts = place.match_indices(['.', '/']).map(|(at, _)| at);
    cuts.nth(2).and_then(|at| place.get(..at)).unwrap_or(place)
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
