//! The phone's store: one SQLite file, one writer, one reader, one process.
//!
//! Nothing here waits for the network. A transaction begins and ends inside [`Db::write`].

mod aside;
mod cipher;
mod lock;
mod log;
pub(crate) mod lost;
mod migrate;
pub(crate) mod private;
mod reserve;
mod salvage;
mod seal;
pub(crate) mod setting;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use pantau_protocol::keys::PublicKey;
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior, config::DbConfig};

use crate::{
    env::Entropy,
    error::Error,
    limit,
    phone::{OpenOptions, OpenReport},
    places,
    vault::Vault,
};

const FILE: &str = "pantau.db";
/// There once SQLite called the file damaged: the next open looks at all of it.
const SUSPECT: &str = "pantau.suspect";

/// The open store.
#[derive(Debug)]
pub(crate) struct Db {
    dir: PathBuf,
    reserve_bytes: u64,
    vault: Vault,
    closed: AtomicBool,
    open: Mutex<Option<Held>>,
    reader: Mutex<Option<Connection>>,
    /// Held while a lost store is read.
    copying: Mutex<()>,
}

/// What is given back at a pause.
#[derive(Debug)]
struct Held {
    writer: Connection,
    /// The disk was full, and the log is still taken in at every commit.
    cramped: bool,
    /// The reserve is there. To ask the disk at every write costs a capture one part in seventy.
    has_reserve: bool,
    _lock: lock::Lock,
}

impl Db {
    /// Opens or creates the store in `dir` and reads from it what its user cannot do without: damage there
    /// is healed like any other that shows at the start.
    pub(crate) fn open<T>(
        dir: &Path,
        options: &OpenOptions,
        now: i64,
        entropy: &Arc<dyn Entropy>,
        first: impl Fn(&Connection) -> Result<T, Error>,
    ) -> Result<(Self, OpenReport, T), Error> {
        private::create_dir(dir)?;
        let mended = private::mend(dir)?;
        let lock = lock::take(dir)?;
        aside::finish(dir)?;
        // Of a process that died while it read a lost store.
        let _ = remove_left_over(dir, lost::COPY);
        salvage::finish(dir, now)?;
        let vault = cipher::unlock(dir, options.keys.as_deref(), entropy)?;
        let mut report = OpenReport::default();
        let begin = |report: &mut OpenReport| {
            cipher::convert(dir, &vault)?;
            let writer = start(dir, &vault, report)?;
            let reader = connect_reader(dir, &vault)?;
            let found = first(&reader)?;
            Ok((writer, reader, found))
        };
        let (writer, reader, found) = match begin(&mut report) {
            Err(Error::Damaged(_)) => {
                report = salvage::salvage(dir, &vault, now)?;
                begin(&mut OpenReport::default())?
            }
            other => other?,
        };
        report.mended = mended;
        let has_reserve = reserve::make(dir, options.reserve_bytes);
        log::lengthen(dir);
        let db = Self {
            dir: dir.to_owned(),
            reserve_bytes: options.reserve_bytes,
            vault,
            closed: AtomicBool::new(false),
            open: Mutex::new(Some(Held { writer, cramped: false, has_reserve, _lock: lock })),
            reader: Mutex::new(Some(reader)),
            copying: Mutex::default(),
        };
        Ok((db, report, found))
    }

    /// What opens the seeds of the signing keys.
    pub(crate) fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Reads on a snapshot.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let guard = locked(&self.reader);
        let reader = guard.as_ref().ok_or_else(|| self.away())?;
        let snapshot = || work(&*reader.unchecked_transaction()?);
        self.watch(snapshot())
    }

    /// Writes in one transaction: all of it, or nothing. When the disk is full, room is made and the work
    /// done once more.
    pub(crate) fn write<T>(
        &self,
        mut work: impl FnMut(&Transaction<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut guard = locked(&self.open);
        let held = guard.as_mut().ok_or_else(|| self.away())?;
        let done = attempt(&mut held.writer, &mut work);
        match done {
            Err(Error::DiskFull) if make_room(&self.dir, held) => attempt(&mut held.writer, &mut work),
            Ok(value) => {
                if !held.has_reserve {
                    held.has_reserve = reserve::make(&self.dir, self.reserve_bytes);
                }
                if held.has_reserve && held.cramped {
                    held.cramped = take_in_every(&held.writer, log::PAGES).is_err();
                }
                Ok(value)
            }
            Err(e) => self.watch(Err(e)),
        }
    }

    /// Folders of the lost stores beside this one, the latest first.
    pub(crate) fn lost_names(&self) -> Result<Vec<String>, Error> {
        lost::names(&self.dir)
    }

    /// What one of them holds of an officer: see [`lost::read`].
    pub(crate) fn lost(
        &self,
        name: &str,
        server: &PublicKey,
        officer: u32,
    ) -> Result<Option<lost::Lost>, Error> {
        // Two would read through one copy.
        let _alone = locked(&self.copying);
        if self.is_away() {
            return Err(self.away());
        }
        lost::read(&self.dir, name, server, officer)
    }

    /// Empties the log of the database if something was erased. It waits for no reader: if one is in the way,
    /// the next erasure, pause or open does it.
    pub(crate) fn scrub(&self) {
        if let Some(held) = locked(&self.open).as_ref() {
            let _ = scrub(&self.dir, &held.writer);
        }
    }

    /// Gives back the room that the log takes, where no reader is in the way.
    pub(crate) fn shrink(&self) -> Result<(), Error> {
        let guard = locked(&self.open);
        let held = guard.as_ref().ok_or_else(|| self.away())?;
        log::empty(&held.writer).map(drop)
    }

    /// Lets go of every connection and lock.
    pub(crate) fn pause(&self) {
        // The reader first: it would be in the way.
        *locked(&self.reader) = None;
        if let Some(held) = locked(&self.open).take() {
            // What stays in the log is as safe there.
            let _ = scrub(&self.dir, &held.writer).and_then(|()| log::rest(&held.writer));
        }
    }

    /// Takes connections and lock again.
    pub(crate) fn resume(&self) -> Result<(), Error> {
        if self.closed.load(Ordering::SeqCst) {
            return Err(Error::Closed);
        }
        let mut guard = locked(&self.open);
        if guard.is_none() {
            let lock = lock::take(&self.dir)?;
            self.vault.check_kept(&self.dir)?;
            let writer = start(&self.dir, &self.vault, &mut OpenReport::default())?;
            *locked(&self.reader) = Some(connect_reader(&self.dir, &self.vault)?);
            log::lengthen(&self.dir);
            let has_reserve = reserve::make(&self.dir, self.reserve_bytes);
            *guard = Some(Held { writer, cramped: false, has_reserve, _lock: lock });
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
            let _ = private::create(&self.dir.join(SUSPECT));
        }
        done
    }
}

/// Moves the store in `dir` aside; where it is now.
pub(crate) fn move_aside(dir: &Path) -> Result<PathBuf, Error> {
    let _lock = lock::take(dir)?;
    aside::move_aside(dir)
}

/// All files of the database `name`: its own, and what SQLite keeps beside it.
fn with_logs(name: &str) -> [String; 4] {
    ["", "-wal", "-shm", "-journal"].map(|suffix| format!("{name}{suffix}"))
}

/// Removes what a process that died left of a database in the making.
fn remove_left_over(dir: &Path, name: &str) -> Result<(), Error> {
    for left_over in with_logs(name).map(|file| dir.join(file)) {
        if left_over.exists() {
            std::fs::remove_file(left_over)?;
        }
    }
    Ok(())
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

/// Releases the reserve, and takes the log of the database into its file now and at every commit until there
/// is a reserve again: so the log is written over from its start. Growing on, it would use up the reserve
/// within a few records. Says whether there is more room.
fn make_room(dir: &Path, held: &mut Held) -> bool {
    held.cramped = true;
    let released = reserve::release(dir);
    held.has_reserve = false;
    let taken_in = log::take_in(&held.writer);
    let often = take_in_every(&held.writer, 1);
    released || taken_in.unwrap_or(false) && often.is_ok()
}

/// Whatever was erased stays in the log of the database until that is emptied.
fn scrub(dir: &Path, writer: &Connection) -> Result<(), Error> {
    if setting::get_or(writer, &setting::SCRUB, false)? && log::empty(writer)? {
        setting::clear(writer, &setting::SCRUB)?;
        log::lengthen(dir);
    }
    Ok(())
}

fn take_in_every(writer: &Connection, pages: i64) -> Result<(), Error> {
    Ok(writer.pragma_update(None, "wal_autocheckpoint", pages)?)
}

fn start(dir: &Path, vault: &Vault, report: &mut OpenReport) -> Result<Connection, Error> {
    let mut writer = connect(&dir.join(FILE), vault)?;
    seal::check(&writer, vault)?;
    let is_suspect = dir.join(SUSPECT).exists();
    if is_suspect {
        check(&writer)?;
    }
    report.upgraded_from = migrate::migrate(&mut writer)?;
    seal::settle(&mut writer, vault)?;
    if is_suspect {
        // What follows from the records is folded anew: to SQLite any content of a long state is as good.
        let tx = writer.transaction()?;
        places::refold_all(&tx, &places::reference(&tx)?)?;
        tx.commit()?;
        let _ = std::fs::remove_file(dir.join(SUSPECT));
    }
    log::keep(&writer)?;
    // A process that died may have left it undone.
    let _ = scrub(dir, &writer);
    Ok(writer)
}

fn connect(path: &Path, vault: &Vault) -> Result<Connection, Error> {
    private::ensure(path)?;
    let connection = Connection::open(path)?;
    cipher::give_key(&connection, vault)?;
    connection.busy_timeout(limit::BUSY)?;
    connection.set_prepared_statement_cache_capacity(64);
    // A plan that holds for every value: else SQLite plans some statements anew at every call.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // FULL: what was called saved survives a power cut. MEMORY: Android has no temp folder.
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON;
         PRAGMA checkpoint_fullfsync = ON; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON;
         PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;",
    )?;
    Ok(connection)
}

fn connect_reader(dir: &Path, vault: &Vault) -> Result<Connection, Error> {
    let reader = connect(&dir.join(FILE), vault)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{env::SystemEntropy, vault::tests::Mirror};

    fn open(dir: &Path) -> Db {
        let options = OpenOptions { keys: Some(Arc::new(Mirror)), ..OpenOptions::default() };
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        Db::open(dir, &options, 0, &entropy, |_| Ok(())).unwrap().0
    }

    #[test]
    fn a_full_disk_releases_the_reserve_and_the_record_still_fits() {
        let dir = tempfile::tempdir().unwrap();
        let db = open(dir.path());
        let reserve = dir.path().join("pantau.reserve");
        assert_eq!(std::fs::metadata(&reserve).unwrap().len(), limit::RESERVE_BYTES);
        let mut tries = 0;
        let saved = db.write(|_| {
            tries += 1;
            if reserve.exists() { Err(Error::DiskFull) } else { Ok(tries) }
        });
        assert_eq!(saved, Ok(2));
        assert!(!reserve.exists());
        db.write(|_| Ok(())).unwrap();
        assert!(reserve.exists(), "the reserve is made again when there is room");
    }

    #[test]
    fn a_disk_that_stays_full_is_said_and_nothing_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let db = open(dir.path());
        db.write(|tx| Ok(tx.pragma_update(None, "max_page_count", 1)?)).unwrap();
        let fill = |tx: &Transaction<'_>| {
            for n in 0..500 {
                let name = format!("{n:0>900}");
                tx.execute("INSERT INTO setting (name, value) VALUES (?1, x'00')", [name])?;
            }
            Ok(())
        };
        assert_eq!(db.write(fill), Err(Error::DiskFull));
        let rows: u32 = db
            .read(|c| Ok(c.query_row("SELECT count(*) FROM setting WHERE name LIKE '0%'", [], |r| r.get(0))?))
            .unwrap();
        assert_eq!(rows, 0);
    }

    #[test]
    fn every_hot_query_finds_its_index() {
        let dir = tempfile::tempdir().unwrap();
        let db = open(dir.path());
        // A partial index serves only a query that repeats its condition: this is what goes wrong unseen.
        let scans = |c: &Connection, sql: &str| {
            let mut q = c.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
            let blanks = vec![None::<i64>; q.parameter_count()];
            let plan = q.query_map(rusqlite::params_from_iter(blanks), |r| r.get::<_, String>(3))?;
            let plan: Vec<String> = plan.collect::<Result<_, _>>()?;
            Ok::<_, Error>(
                plan.into_iter().filter(|l| l.starts_with("SCAN") && !l.contains("subquery")).collect(),
            )
        };
        for file in SOURCES {
            for sql in statements(file) {
                let found: Vec<String> = db.read(|c| scans(c, &sql)).unwrap();
                let is_small = |l: &String| SMALL.iter().any(|t| l.starts_with(&format!("SCAN {t}")));
                assert!(found.iter().all(is_small), "{found:?} in {sql}");
            }
        }
    }

    /// Tables of a few rows, which may be read whole.
    const SMALL: &[&str] = &["journal", "j", "draft", "setting", "wanted", "w"];
    const SOURCES: &[&str] = &[
        include_str!("../capture.rs"),
        include_str!("../draft.rs"),
        include_str!("../identity.rs"),
        include_str!("../journal.rs"),
        include_str!("../places.rs"),
        include_str!("../tps.rs"),
        include_str!("../row.rs"),
        include_str!("../sync/page.rs"),
        include_str!("../sync/reply.rs"),
        include_str!("../sync/request.rs"),
    ];

    /// The literal statements of a source file, and its conditions for `row::select`.
    fn statements(source: &str) -> Vec<String> {
        let literals = || source.split('"').filter(|s| !s.contains('{'));
        let is_sql = |s: &&str| ["SELECT ", "UPDATE ", "DELETE "].iter().any(|w| s.starts_with(w));
        // Folding all anew is to read all.
        let is_whole = |s: &&str| s.ends_with("UNION SELECT place FROM state");
        let is_begun = |s: &&str| s.trim_end().ends_with("FROM");
        let is_condition =
            |s: &&str| s.starts_with("r.") && [" = ", " > ", " BETWEEN "].iter().any(|o| s.contains(o));
        let whole = literals().filter(is_sql).filter(|s| !is_begun(s) && !is_whole(s)).map(str::to_owned);
        let built = literals().filter(is_condition).map(|s| format!("{} WHERE {s}", crate::row::SELECT));
        whole.chain(built).chain([crate::row::AT_PLACE.to_owned()]).collect()
    }
}
