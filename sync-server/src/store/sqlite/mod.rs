//! The store in SQLite: WAL, `synchronous=FULL`, one writer, readers on snapshots. Several processes may
//! use one file: the server and a command beside it.

mod check;
mod page;
mod rows;
mod schema;
mod trace;
mod tx;
mod view;

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior, config::DbConfig};

use super::{Depth, Flaw, Store, StoreError, Stored, Tx, View};
use crate::limit;

/// How long a writer waits for another process.
const BUSY_WAIT: Duration = Duration::from_secs(10);

/// A store in one SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
}

impl From<rusqlite::Error> for StoreError {
    fn from(e: rusqlite::Error) -> Self {
        match e.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt(e.to_string()),
            // A value of another type or size than any that is ever written.
            None if is_odd_value(&e) => Self::Damaged(e.to_string()),
            Some(_) | None => Self::Other(e.to_string()),
        }
    }
}

fn is_odd_value(e: &rusqlite::Error) -> bool {
    use rusqlite::Error as E;
    matches!(
        e,
        E::FromSqlConversionFailure(..)
            | E::IntegralValueOutOfRange(..)
            | E::InvalidColumnType(..)
            | E::Utf8Error(..)
    )
}

impl SqliteStore {
    /// Opens a file that is there for reading alone: nothing is migrated, and a write fails.
    ///
    /// # Errors
    /// [`StoreError::Newer`] for a file of a newer version; [`StoreError::Corrupt`] for no database.
    pub fn open_to_read(path: &Path) -> Stored<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let only = Connection::open_with_flags(path, flags)?;
        configure(&only, 8_000)?;
        only.pragma_update(None, "query_only", true)?;
        schema::refuse_newer(&only)?;
        Ok(Self { path: path.to_owned(), writer: Mutex::new(only), readers: Mutex::default() })
    }

    /// Opens the file, creates it if it is not there, and brings it to the newest schema.
    ///
    /// # Errors
    /// [`StoreError::Newer`] for a file of a newer version.
    pub fn open(path: &Path) -> Stored<Self> {
        let mut writer = Connection::open(path)?;
        configure(&writer, 32_000)?;
        let _: String = writer.query_row("PRAGMA journal_mode=WAL", [], |r| r.get(0))?;
        schema::migrate(&mut writer)?;
        Ok(Self { path: path.to_owned(), writer: Mutex::new(writer), readers: Mutex::default() })
    }

    fn writer(&self) -> Stored<MutexGuard<'_, Connection>> {
        self.writer.lock().map_err(|_| StoreError::Other("a thread died while it wrote".into()))
    }

    fn reader(&self) -> Stored<Connection> {
        let idle = self.readers.lock().ok().and_then(|mut readers| readers.pop());
        if let Some(idle) = idle {
            return Ok(idle);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let reader = Connection::open_with_flags(&self.path, flags)?;
        configure(&reader, 8_000)?;
        reader.pragma_update(None, "query_only", true)?;
        Ok(reader)
    }

    fn put_back(&self, reader: Connection) {
        if let Ok(mut readers) = self.readers.lock()
            && readers.len() < limit::READERS
        {
            readers.push(reader);
        }
    }
}

fn configure(c: &Connection, cache_kib: i32) -> Stored<()> {
    c.busy_timeout(BUSY_WAIT)?;
    c.set_prepared_statement_cache_capacity(96);
    // Without this a statement is compiled again whenever a parameter that might matter to its plan
    // changes: at every run.
    c.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    c.pragma_update(None, "synchronous", "FULL")?;
    c.pragma_update(None, "secure_delete", true)?;
    c.pragma_update(None, "temp_store", "MEMORY")?;
    c.pragma_update(None, "cache_size", -cache_kib)?;
    c.pragma_update(None, "wal_autocheckpoint", 4000)?;
    Ok(())
}

impl Store for SqliteStore {
    fn read(&self, work: &mut dyn FnMut(&dyn View) -> Stored<()>) -> Stored<()> {
        let reader = self.reader()?;
        let snapshot = Transaction::new_unchecked(&reader, TransactionBehavior::Deferred)?;
        work(&view::Session::reading(&reader))?;
        snapshot.finish()?;
        self.put_back(reader);
        Ok(())
    }

    fn write(&self, work: &mut dyn FnMut(&mut dyn Tx) -> Stored<()>) -> Stored<()> {
        let writer = self.writer()?;
        let tx = Transaction::new_unchecked(&writer, TransactionBehavior::Immediate)?;
        let mut session = view::Session::writing(&writer)?;
        work(&mut session)?;
        session.store_head()?;
        Ok(tx.commit()?)
    }

    fn scrub(&self, traces: &[Vec<u8>]) -> Stored<()> {
        let writer = self.writer()?;
        checkpoint(&writer)?;
        let found = trace::found(&self.path, traces)?;
        let left_over =
            found.into_iter().try_fold(false, |any, t| Ok::<_, StoreError>(any || !lives(&writer, t)?))?;
        if left_over {
            // Bytes that balancing left behind in a page: a file built anew from what lives has none.
            writer.execute_batch("VACUUM")?;
            checkpoint(&writer)?;
        }
        Ok(())
    }

    fn copy_to(&self, path: &Path) -> Stored<()> {
        let reader = self.reader()?;
        let mut copy = Connection::open(path)?;
        {
            let backup = rusqlite::backup::Backup::new(&reader, &mut copy)?;
            match backup.step(-1)? {
                rusqlite::backup::StepResult::Done => {}
                _ => return Err(StoreError::Busy),
            }
        }
        let _: String = copy.query_row("PRAGMA journal_mode=DELETE", [], |r| r.get(0))?;
        drop(copy);
        self.put_back(reader);
        Ok(())
    }

    fn check(&self, depth: Depth) -> Stored<Vec<Flaw>> {
        let reader = self.reader()?;
        let flaws = check::check(&reader, depth)?;
        if flaws.is_empty() {
            self.put_back(reader);
        }
        Ok(flaws)
    }
}

/// Whether a note that still stands says the same words.
fn lives(c: &Connection, trace: &[u8]) -> Stored<bool> {
    let sql = "SELECT 1 FROM note WHERE salt = ?1 OR instr(CAST(text AS BLOB), ?1) > 0 LIMIT 1";
    Ok(c.prepare(sql)?.exists([trace])?)
}

/// Moves the whole WAL into the file and empties it.
fn checkpoint(c: &Connection) -> Stored<()> {
    let is_busy: i64 = c.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |r| r.get(0))?;
    if is_busy == 0 { Ok(()) } else { Err(StoreError::Busy) }
}
