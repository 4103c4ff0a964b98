//! The store in SQLite: WAL, `synchronous=FULL` but for what can be made again, one writer, readers on snapshots.
//! Several processes may use one file: the server and a command beside it.

mod accounts;
mod check;
mod deeds;
mod kinds;
mod page;
mod places;
mod rows;
mod schema;
mod space;
mod trace;
mod tx;
mod view;

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior, config::DbConfig};

use self::space::Space;
use super::{Depth, Flaw, Store, StoreError, Stored, Tx, View};
use crate::{files, limit};

/// How long a writer waits for another process.
const BUSY_WAIT: Duration = Duration::from_secs(10);

/// How readers open the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// As a file that may be written.
    Writable,
    /// As one that may not, beside a WAL and its index.
    ReadOnly,
    /// As one that nobody changes: there is no WAL.
    Immutable,
}

/// A store in one SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    /// None where nothing may be written.
    writer: Option<Mutex<Connection>>,
    readers: Mutex<Vec<Connection>>,
    how: How,
    space: Space,
}

impl From<rusqlite::Error> for StoreError {
    fn from(e: rusqlite::Error) -> Self {
        match e.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DiskFull) => Self::Full,
            // Whoever knows the file puts its name in.
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                Self::ReadOnly { file: PathBuf::new() }
            }
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
    /// Opens the file, creates it if it is not there, and brings it to the newest schema.
    ///
    /// # Errors
    /// [`StoreError::Newer`] for a file of a newer version.
    pub fn open(path: &Path) -> Stored<Self> {
        // SQLite gives the files beside it the mode of this one.
        make_private(path)?;
        let open = || {
            let mut writer = Connection::open(path)?;
            if !schema::can_be_read(&writer)? {
                return Err(match files::may_write_beside(path) {
                    true => StoreError::Other(format!("{} cannot be opened", path.display())),
                    false => StoreError::ReadOnly { file: PathBuf::new() },
                });
            }
            configure(&writer, 32_000)?;
            let _: String = writer.query_row("PRAGMA journal_mode=WAL", [], |r| r.get(0))?;
            schema::migrate(&mut writer)?;
            Ok(writer)
        };
        let writer: Stored<Connection> = open();
        let writer = writer.map_err(|e| at(beside(path, "-wal"), e))?;
        Ok(Self::of(path, Some(writer), How::Writable))
    }

    /// Opens a file that may not be written, for reading alone; its schema stays as it is.
    ///
    /// # Errors
    /// [`StoreError::Unmerged`] if there is a WAL that cannot be read without writing;
    /// [`StoreError::Newer`] for a file of a newer version; [`StoreError::Corrupt`] for no database.
    pub fn open_to_read(path: &Path) -> Stored<Self> {
        let wal = beside(path, "-wal");
        let has_wal = std::fs::metadata(&wal).is_ok_and(|m| m.len() > 0);
        let how = [How::ReadOnly, How::Immutable];
        for how in how.into_iter().filter(|how| !has_wal || *how == How::ReadOnly) {
            let store = Self::of(path, None, how);
            let reader = store.connect()?;
            if schema::can_be_read(&reader)? {
                schema::refuse_newer(&reader)?;
                configure(&reader, 8_000)?;
                return Ok(store);
            }
        }
        if has_wal {
            Err(StoreError::Unmerged { file: wal })
        } else {
            Err(StoreError::Other(format!("{} cannot be read", path.display())))
        }
    }

    fn of(path: &Path, writer: Option<Connection>, how: How) -> Self {
        let (readers, space) = (Mutex::default(), Space::of(path));
        Self { path: path.to_owned(), writer: writer.map(Mutex::new), readers, how, space }
    }

    fn writer(&self) -> Stored<MutexGuard<'_, Connection>> {
        let writer = self.writer.as_ref().ok_or_else(|| StoreError::ReadOnly { file: self.path.clone() })?;
        writer.lock().map_err(|_| StoreError::Other("a thread died while it wrote".into()))
    }

    fn reader(&self) -> Stored<Connection> {
        let idle = self.readers.lock().ok().and_then(|mut readers| readers.pop());
        if let Some(idle) = idle {
            return Ok(idle);
        }
        let reader = self.connect()?;
        configure(&reader, 8_000)?;
        reader.pragma_update(None, "query_only", true)?;
        Ok(reader)
    }

    fn transact(&self, writer: &Connection, work: &mut dyn FnMut(&mut dyn Tx) -> Stored<()>) -> Stored<()> {
        let tx = Transaction::new_unchecked(writer, TransactionBehavior::Immediate)?;
        let mut session = view::Session::writing(writer, self.space.of_one_transaction())?;
        work(&mut session)?;
        session.store_head()?;
        Ok(tx.commit()?)
    }

    /// Runs `work` in a transaction; how its commit waits for the disk, SQLite's `synchronous` says.
    fn commit(&self, synchronous: &str, work: &mut dyn FnMut(&mut dyn Tx) -> Stored<()>) -> Stored<()> {
        let writer = self.writer()?;
        writer.pragma_update(None, "synchronous", synchronous)?;
        let written = self.transact(&writer, work);
        match &written {
            Ok(()) => self.space.settle(&writer),
            Err(StoreError::Full) => self.space.make_room(&writer),
            Err(_) => {}
        }
        written.map_err(|e| at(self.path.clone(), e))
    }

    fn connect(&self) -> Stored<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Ok(match self.how {
            How::Writable => Connection::open_with_flags(&self.path, flags)?,
            How::ReadOnly => Connection::open_with_flags(&self.path, READ_ONLY)?,
            How::Immutable => Connection::open_with_flags(immutable(&self.path), READ_ONLY)?,
        })
    }

    fn put_back(&self, reader: Connection) {
        if let Ok(mut readers) = self.readers.lock()
            && readers.len() < limit::READERS
        {
            readers.push(reader);
        }
    }
}

const READ_ONLY: OpenFlags =
    OpenFlags::SQLITE_OPEN_READ_ONLY.union(OpenFlags::SQLITE_OPEN_NO_MUTEX).union(OpenFlags::SQLITE_OPEN_URI);

/// The file as a URI that says that nobody changes it: SQLite then looks for no WAL and takes no lock.
fn immutable(path: &Path) -> String {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                uri.push(char::from(*byte))
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    uri
}

/// A file beside the database.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Creates the file if it is not there, and lets nobody but its owner read it or what SQLite keeps beside it.
fn make_private(path: &Path) -> Stored<()> {
    let made = files::private().read(true).write(true).create(true).truncate(false).open(path);
    let named = |e: std::io::Error| match e.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            StoreError::ReadOnly { file: path.to_owned() }
        }
        ErrorKind::StorageFull => StoreError::Full,
        _ => StoreError::Other(format!("{}: {e}", path.display())),
    };
    made.map_err(named)?;
    for file in ["", "-wal", "-shm", "-journal"].map(|suffix| beside(path, suffix)) {
        files::mend_file(&file).map_err(named)?;
    }
    Ok(())
}

/// The error with the file's name, where it is that something cannot be written.
fn at(file: PathBuf, error: StoreError) -> StoreError {
    match error {
        StoreError::ReadOnly { .. } => StoreError::ReadOnly { file },
        other => other,
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
    // 4,000 pages of 4 KiB.
    c.pragma_update(None, "journal_size_limit", limit::WAL_BYTES.cast_signed())?;
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
        self.commit("FULL", work)
    }

    fn write_derived(&self, work: &mut dyn FnMut(&mut dyn Tx) -> Stored<()>) -> Stored<()> {
        // The frames of the WAL carry checksums one upon the other, and the next durable commit syncs these, too.
        self.commit("NORMAL", work)
    }

    fn tend(&self) -> Stored<()> {
        if self.writer.is_some() { self.space.tend() } else { Ok(()) }
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
        make_private(path)?;
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
