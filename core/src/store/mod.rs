//! The phone's store: one SQLite file, one writer, one reader, one process.
//!
//! Nothing here waits for the network. A transaction begins and ends inside [`Db::write`].

mod migrate;
mod reserve;
mod salvage;
pub(crate) mod setting;

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};

use crate::{error::Error, limit, phone::OpenReport};

const FILE: &str = "pantau.db";
const LOCK: &str = "pantau.lock";
/// There once SQLite called the file damaged: the next open looks at all of it.
const SUSPECT: &str = "pantau.suspect";

/// The open store.
#[derive(Debug)]
pub(crate) struct Db {
    dir: PathBuf,
    reserve_bytes: u64,
    closed: AtomicBool,
    open: Mutex<Option<Held>>,
    reader: Mutex<Option<Connection>>,
}

/// What is given back at a pause.
#[derive(Debug)]
struct Held {
    writer: Connection,
    /// Keeps other processes out; the system lets go of it when this process dies.
    _lock: File,
}

impl Db {
    /// Opens or creates the store in `dir`.
    pub(crate) fn open(dir: &Path, reserve_bytes: u64, now: i64) -> Result<(Self, OpenReport), Error> {
        std::fs::create_dir_all(dir)?;
        let lock = lock(dir)?;
        let mut report = OpenReport::default();
        let writer = match start(dir, &mut report) {
            Err(Error::Damaged(_)) => {
                report = salvage::salvage(dir, now)?;
                start(dir, &mut OpenReport::default())?
            }
            other => other?,
        };
        let reader = connect_reader(dir)?;
        reserve::make(dir, reserve_bytes);
        let db = Self {
            dir: dir.to_owned(),
            reserve_bytes,
            closed: AtomicBool::new(false),
            open: Mutex::new(Some(Held { writer, _lock: lock })),
            reader: Mutex::new(Some(reader)),
        };
        Ok((db, report))
    }

    /// Reads on a snapshot.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let guard = locked(&self.reader);
        let reader = guard.as_ref().ok_or_else(|| self.away())?;
        let snapshot = || work(&*reader.unchecked_transaction()?);
        self.watch(snapshot())
    }

    /// Writes in one transaction: all of it, or nothing. When the disk is full the reserve is released and
    /// the work done once more.
    pub(crate) fn write<T>(
        &self,
        mut work: impl FnMut(&Transaction<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut guard = locked(&self.open);
        let held = guard.as_mut().ok_or_else(|| self.away())?;
        let done = attempt(&mut held.writer, &mut work);
        match done {
            Err(Error::DiskFull) if reserve::release(&self.dir) => attempt(&mut held.writer, &mut work),
            Ok(value) => {
                reserve::make(&self.dir, self.reserve_bytes);
                Ok(value)
            }
            Err(e) => self.watch(Err(e)),
        }
    }

    /// Rewrites the log of the database into its file, so that nothing of what was erased stays in it. It
    /// waits for no reader: if one is in the way, the next erasure or pause does it.
    pub(crate) fn scrub(&self) {
        if let Some(held) = locked(&self.open).as_ref() {
            let _ = held.writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        }
    }

    /// Lets go of every connection and lock.
    pub(crate) fn pause(&self) {
        // The reader first: the writer's close then checkpoints and removes the log.
        *locked(&self.reader) = None;
        *locked(&self.open) = None;
    }

    /// Takes connections and lock again.
    pub(crate) fn resume(&self) -> Result<(), Error> {
        if self.closed.load(Ordering::SeqCst) {
            return Err(Error::Closed);
        }
        let mut guard = locked(&self.open);
        if guard.is_none() {
            let lock = lock(&self.dir)?;
            let writer = start(&self.dir, &mut OpenReport::default())?;
            *locked(&self.reader) = Some(connect_reader(&self.dir)?);
            *guard = Some(Held { writer, _lock: lock });
        }
        Ok(())
    }

    /// As [`Db::pause`], for good.
    pub(crate) fn shutdown(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.pause();
    }

    /// Whether the store is paused or shut down.
    pub(crate) fn is_away(&self) -> bool {
        locked(&self.open).is_none()
    }

    fn away(&self) -> Error {
        if self.closed.load(Ordering::SeqCst) { Error::Closed } else { Error::Paused }
    }

    /// Leaves a mark when SQLite calls the file damaged. A check of the whole file is too slow for every
    /// open, and what is damaged in its depth shows only when it is read.
    fn watch<T>(&self, done: Result<T, Error>) -> Result<T, Error> {
        if matches!(done, Err(Error::Damaged(_))) {
            let _ = File::create(self.dir.join(SUSPECT));
        }
        done
    }
}

/// A lock whose holder panicked guards a connection whose transaction was rolled back: it can be used.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn attempt<T>(
    writer: &mut Connection,
    work: &mut impl FnMut(&Transaction<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let tx = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let value = work(&tx)?;
    tx.commit()?;
    Ok(value)
}

fn lock(dir: &Path) -> Result<File, Error> {
    let file = File::options().create(true).truncate(false).write(true).open(dir.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse),
        Err(TryLockError::Error(e)) => Err(e.into()),
    }
}

fn start(dir: &Path, report: &mut OpenReport) -> Result<Connection, Error> {
    let mut writer = connect(&dir.join(FILE))?;
    if dir.join(SUSPECT).exists() {
        check(&writer)?;
        let _ = std::fs::remove_file(dir.join(SUSPECT));
    }
    report.upgraded_from = migrate::migrate(&mut writer)?;
    Ok(writer)
}

fn connect(path: &Path) -> Result<Connection, Error> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(limit::BUSY)?;
    connection.set_prepared_statement_cache_capacity(64);
    // FULL: what was called saved survives a power cut. MEMORY: Android has no temp folder.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON;
         PRAGMA checkpoint_fullfsync = ON; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON;
         PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;",
    )?;
    Ok(connection)
}

fn connect_reader(dir: &Path) -> Result<Connection, Error> {
    let reader = connect(&dir.join(FILE))?;
    reader.pragma_update(None, "query_only", true)?;
    Ok(reader)
}

/// Looks at every page of the file.
fn check(connection: &Connection) -> Result<(), Error> {
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |r| r.get(0))?;
    if verdict == "ok" { Ok(()) } else { Err(Error::Damaged(verdict)) }
}

/// Whether SQLite says that the file is broken.
pub(crate) fn says_damaged(code: Option<ErrorCode>) -> bool {
    matches!(code, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}
