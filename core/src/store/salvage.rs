//! A damaged store is moved aside, never deleted, and whatever of it can be read is taken over.
//!
//! The new store is built beside the damaged one and takes its place when it is whole: whatever stops this, a
//! full disk or a dead process, the next open begins again or finishes it.

use std::{
    collections::BTreeSet,
    fs::File,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, ErrorCode, OpenFlags, types::Value};

use super::{
    cipher::{self, Form},
    connect::connect,
    file::{FILE, SUSPECT, remove_left_over},
    migrate,
    options::OpenReport,
    seal, wal,
};
use crate::{error::Error, vault::Vault};

/// The new store until it is whole.
pub(super) const NEW: &str = "pantau.db.new";

/// Damaged stores with one time in their names: a clock may stand still.
const ASIDE: usize = 1_000;

/// Tables taken over, with the two orders they are read in: a damaged page costs what is on it, and the rows
/// behind it are reached from the other end. What others said comes again from the server; place keys and
/// states follow from the records.
const TABLES: &[(&str, &str, &str)] = &[
    ("setting", "name", "name DESC"),
    ("journal", "number", "number DESC"),
    ("note", "id, field", "id DESC, field DESC"),
    ("erased", "id, field", "id DESC, field DESC"),
    ("wanted", "journal, seq", "journal DESC, seq DESC"),
    ("receipt", "journal, epoch, last", "journal DESC, epoch DESC, last DESC"),
    ("draft", "kind, place", "kind DESC, place DESC"),
    ("capture_key", "key", "key DESC"),
];

/// Builds a new store from the damaged one and moves that aside.
pub(super) fn salvage(
    dir: &Path,
    vault: &Vault,
    rederive: impl Fn(&Connection) -> Result<(), Error>,
    now: i64,
) -> Result<OpenReport, Error> {
    let salvaged = build(dir, vault, rederive)?;
    let moved_aside = Some(replace(dir, now)?);
    Ok(OpenReport { moved_aside, salvaged, ..OpenReport::default() })
}

/// Finishes what a process began that died meanwhile: the new store is whole once the damaged one is gone.
pub(super) fn finish(dir: &Path, now: i64) -> Result<(), Error> {
    let is_whole = dir.join(NEW).exists() && !dir.join(FILE).exists();
    if is_whole { replace(dir, now).map(drop) } else { Ok(()) }
}

/// The new store, whole and in one file; how many own records it has.
fn build(
    dir: &Path,
    vault: &Vault,
    rederive: impl Fn(&Connection) -> Result<(), Error>,
) -> Result<u64, Error> {
    remove_left_over(dir, NEW)?;
    let mut fresh = connect(&dir.join(NEW), vault)?;
    migrate::migrate(&mut fresh)?;
    let tx = fresh.transaction()?;
    let mut old = Damaged { path: dir.join(FILE), vault, open: None };
    for (table, up, down) in TABLES {
        for order in [up, down] {
            copy(&mut old, &tx, table, &format!("1 ORDER BY {order}"))?;
        }
    }
    let salvaged = own_records(&mut old, &tx)?;
    // Before anything takes the damaged one's place: it may be sealed with another key.
    seal::seal(&tx, vault)?;
    tx.execute_batch("DELETE FROM setting WHERE name IN ('position', 'scope', 'pulled')")?;
    rederive(&tx)?;
    tx.commit()?;
    wal::end(&fresh)?;
    Ok(salvaged)
}

/// The damaged store. Read only: the file stays as it was found.
struct Damaged<'a> {
    path: PathBuf,
    vault: &'a Vault,
    open: Option<Connection>,
}

impl Damaged<'_> {
    /// Reads with a connection that met no damage yet: SQLCipher gives nothing more on one that did. `work`
    /// says with what it found whether it met any.
    fn read<T: Default>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<(T, bool), Error>,
    ) -> Result<T, Error> {
        let connection = match self.open.take() {
            Some(connection) => connection,
            None => match self.connect() {
                Ok(connection) => connection,
                Err(_) => return Ok(T::default()),
            },
        };
        let (found, met_damage) = work(&connection)?;
        self.open = Some(connection).filter(|_| !met_damage);
        Ok(found)
    }

    fn connect(&self) -> Result<Connection, Error> {
        let connection = Connection::open_with_flags(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        if Form::of(&self.path)? != Form::Plain {
            cipher::give_key(&connection, self.vault)?;
        }
        Ok(connection)
    }
}

/// Moves the damaged store aside and the new one into its place; where the damaged one is now. The log goes
/// after its database: a database without its log is never mistaken for the whole.
fn replace(dir: &Path, now: i64) -> Result<PathBuf, Error> {
    let names = (now..).map(|n| dir.join(format!("{FILE}.corrupt-{n}")));
    let Some(aside) = names.take(ASIDE).find(|path| !path.exists()) else {
        return Err(Error::Storage("too many damaged stores".into()));
    };
    for suffix in ["", "-wal", "-shm"] {
        let from = dir.join(format!("{FILE}{suffix}"));
        if from.exists() {
            let mut to = aside.clone().into_os_string();
            to.push(suffix);
            std::fs::rename(&from, to)?;
        }
    }
    std::fs::rename(dir.join(NEW), dir.join(FILE))?;
    File::open(dir)?.sync_all()?;
    let _ = std::fs::remove_file(dir.join(SUSPECT));
    Ok(aside)
}

/// Copies own records one by one; returns how many.
fn own_records(old: &mut Damaged<'_>, fresh: &Connection) -> Result<u64, Error> {
    let mut rows = BTreeSet::new();
    // By the index, and by the table if that is what is left.
    for found in [
        "SELECT row FROM record WHERE own > 0 ORDER BY own, seq",
        "SELECT row FROM record WHERE own > 0 ORDER BY own DESC, seq DESC",
        "SELECT row FROM record NOT INDEXED WHERE own > 0 ORDER BY row",
        "SELECT row FROM record NOT INDEXED WHERE own > 0 ORDER BY row DESC",
    ] {
        rows.extend(old.read(|c| Ok(numbers(c, found)))?);
    }
    let mut one = |row: &i64| copy(old, fresh, "record", &format!("row = {row} AND own > 0"));
    rows.iter().map(&mut one).sum()
}

/// Numbers up to the first that cannot be read, and whether there is such.
fn numbers(old: &Connection, found: &str) -> (Vec<i64>, bool) {
    let Ok(mut q) = old.prepare(found) else { return (Vec::new(), true) };
    let Ok(mut rows) = q.query([]) else { return (Vec::new(), true) };
    let mut numbers = Vec::new();
    loop {
        match rows.next().and_then(|row| row.map(|r| r.get(0)).transpose()) {
            Ok(Some(number)) => numbers.push(number),
            Ok(None) => return (numbers, false),
            Err(_) => return (numbers, true),
        }
    }
}

/// Copies the rows for which `which` holds; returns how many were new. What cannot be read is left where it
/// is; what cannot be written is an error, or a full disk would lose what is still there.
fn copy(old: &mut Damaged<'_>, fresh: &Connection, table: &str, which: &str) -> Result<u64, Error> {
    old.read(|c| copy_from(c, fresh, table, which))
}

fn copy_from(old: &Connection, fresh: &Connection, table: &str, which: &str) -> Result<(u64, bool), Error> {
    let Ok(mut q) = old.prepare(&format!("SELECT * FROM {table} WHERE {which}")) else {
        return Ok((0, true));
    };
    // By name: the damaged store may be of an older version.
    let names = q.column_names().collect::<Vec<_>>().join(", ");
    let columns = q.column_count();
    let marks = vec!["?"; columns].join(", ");
    let mut put = fresh.prepare(&format!("INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})"))?;
    let Ok(mut rows) = q.query([]) else { return Ok((0, true)) };
    let mut copied = 0;
    loop {
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => return Ok((copied, false)),
            Err(_) => return Ok((copied, true)),
        };
        let values: Result<Vec<Value>, _> = (0..columns).map(|i| row.get(i)).collect();
        let Ok(values) = values else { continue };
        match put.execute(rusqlite::params_from_iter(values)) {
            Ok(new) => copied += new as u64,
            // A value that no such column takes is damage, too.
            Err(e) if e.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {}
            Err(e) => return Err(e.into()),
        }
    }
}
