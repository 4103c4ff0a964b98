//! The phone's store: one SQLite file, one writer, one reader, one process.
//!
//! Nothing here waits for the network. A transaction begins and ends inside [`Db::write`].

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use pantau_protocol::projection;
use rusqlite::{Connection, Transaction, TransactionBehavior};

#[cfg(feature = "sqlcipher")]
use super::convert;
use super::{
    aside, cipher,
    connect::{check, connect, connect_reader},
    file::{FILE, SUSPECT, remove_left_over},
    lock, lost, migrate,
    options::{OpenOptions, OpenReport},
    reserve::{self, For},
    salvage, seal, setting, wal,
};
use crate::{env::Entropy, error::Error, private, vault::Vault};

/// Writes anew what follows from the records: the rooms that know how are above this one.
pub(crate) type Rederive = fn(&Connection) -> Result<(), Error>;

/// The open store.
#[derive(Debug)]
pub(crate) struct Db {
    dir: PathBuf,
    reserve_bytes: u64,
    vault: Vault,
    rederive: Rederive,
    closed: AtomicBool,
    open: Mutex<Option<Open>>,
    reader: Mutex<Option<Connection>>,
    /// Locked while a lost store is read.
    copying: Mutex<()>,
}

/// What an open store keeps to itself and gives back at a pause.
#[derive(Debug)]
struct Open {
    writer: Connection,
    /// The disk was full, and the log is still taken in at every commit.
    cramped: bool,
    /// The reserves are there. To ask the disk at every write costs a capture one part in seventy.
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
        rederive: Rederive,
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
            #[cfg(feature = "sqlcipher")]
            convert::convert(dir, &vault)?;
            let writer = start(dir, &vault, rederive, report)?;
            let reader = connect_reader(dir, &vault)?;
            let found = first(&reader)?;
            Ok((writer, reader, found))
        };
        let (writer, reader, found) = match begin(&mut report) {
            Err(Error::Damaged(_)) => {
                report = salvage::salvage(dir, &vault, rederive, now)?;
                begin(&mut OpenReport::default())?
            }
            other => other?,
        };
        report.mended = mended;
        let has_reserve = reserve::make(dir, options.reserve_bytes);
        wal::lengthen(dir);
        let db = Self {
            dir: dir.to_owned(),
            reserve_bytes: options.reserve_bytes,
            vault,
            rederive,
            closed: AtomicBool::new(false),
            open: Mutex::new(Some(Open { writer, cramped: false, has_reserve, _lock: lock })),
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
        self.write_within(&[For::Records], &mut work)
    }

    /// As [`Db::write`], for what a reply brings: it may use the room that is kept for receipts.
    pub(crate) fn write_receipt<T>(
        &self,
        mut work: impl FnMut(&Transaction<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.write_within(&[For::Records, For::Receipts], &mut work)
    }

    fn write_within<T>(
        &self,
        reserves: &[For],
        work: &mut impl FnMut(&Transaction<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut guard = locked(&self.open);
        let open = guard.as_mut().ok_or_else(|| self.away())?;
        let mut done = attempt(&mut open.writer, work);
        let had_room = done.is_ok();
        for room in reserves {
            // To take in the log may use up what was just released, and a receipt is short.
            let is_short = *room == For::Receipts;
            if matches!(done, Err(Error::DiskFull)) && is_short && reserve::release(&self.dir, *room) {
                done = attempt(&mut open.writer, work);
            }
            if matches!(done, Err(Error::DiskFull)) && make_room(&self.dir, open, *room) {
                done = attempt(&mut open.writer, work);
            }
        }
        if done.is_ok() && !had_room && reserves.contains(&For::Receipts) {
            reserve::make_for_receipts(&self.dir, self.reserve_bytes);
        }
        if had_room {
            if !open.has_reserve {
                open.has_reserve = reserve::make(&self.dir, self.reserve_bytes);
            }
            if open.has_reserve && open.cramped {
                open.cramped = take_in_every(&open.writer, wal::PAGES).is_err();
            }
        }
        self.watch(done)
    }

    /// Folders of the lost stores beside this one, the latest first.
    pub(crate) fn lost_names(&self) -> Result<Vec<String>, Error> {
        lost::names(&self.dir)
    }

    /// Looks into one of them with a connection to a copy of it, so that it stays as it was found. `None` where it can
    /// never say anything: it is encrypted or damaged.
    pub(crate) fn look_into_lost<T>(
        &self,
        name: &str,
        look: impl FnOnce(&Connection) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        // Two would read through one copy.
        let _alone = locked(&self.copying);
        if self.is_away() {
            return Err(self.away());
        }
        lost::look_into(&self.dir, name, look)
    }

    /// Empties the log of the database if something was erased. It waits for no reader: if one is in the way,
    /// the next erasure, pause or open does it.
    pub(crate) fn scrub(&self) {
        if let Some(open) = locked(&self.open).as_ref() {
            let _ = scrub(&self.dir, &open.writer);
        }
    }

    /// Gives back the room that the log takes, where no reader is in the way. Where the disk is so full that the
    /// log cannot be taken in, even with what was reserved for records, there is nothing to give back.
    pub(crate) fn shrink(&self) -> Result<(), Error> {
        let mut guard = locked(&self.open);
        let open = guard.as_mut().ok_or_else(|| self.away())?;
        let mut done = wal::empty(&open.writer);
        if matches!(done, Err(Error::DiskFull)) && make_room(&self.dir, open, For::Records) {
            done = wal::empty(&open.writer);
        }
        match done {
            Ok(_) | Err(Error::DiskFull) => Ok(()),
            Err(e) => Err(e),
        }
    }

    /// Lets go of every connection and lock.
    pub(crate) fn pause(&self) {
        // The reader first: it would be in the way.
        *locked(&self.reader) = None;
        if let Some(open) = locked(&self.open).take() {
            // What stays in the log is as safe there.
            let _ = scrub(&self.dir, &open.writer).and_then(|()| wal::checkpoint_at_close(&open.writer));
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
            let writer = start(&self.dir, &self.vault, self.rederive, &mut OpenReport::default())?;
            *locked(&self.reader) = Some(connect_reader(&self.dir, &self.vault)?);
            wal::lengthen(&self.dir);
            let has_reserve = reserve::make(&self.dir, self.reserve_bytes);
            *guard = Some(Open { writer, cramped: false, has_reserve, _lock: lock });
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

/// Releases a reserve, and takes the log of the database into its file now and at every commit until there
/// is a reserve again: so the log is written over from its start. Growing on, it would use up the reserve
/// within a few records. Says whether there is more room.
fn make_room(dir: &Path, open: &mut Open, room: For) -> bool {
    open.cramped = true;
    let released = reserve::release(dir, room);
    open.has_reserve = false;
    let taken_in = wal::take_in(&open.writer);
    let often = take_in_every(&open.writer, 1);
    released || taken_in.unwrap_or(false) && often.is_ok()
}

/// Whatever was erased stays in the log of the database until that is emptied.
fn scrub(dir: &Path, writer: &Connection) -> Result<(), Error> {
    if setting::get_or(writer, &setting::SCRUB, false)? && wal::empty(writer)? {
        setting::clear(writer, &setting::SCRUB)?;
        wal::lengthen(dir);
    }
    Ok(())
}

fn take_in_every(writer: &Connection, pages: i64) -> Result<(), Error> {
    Ok(writer.pragma_update(None, "wal_autocheckpoint", pages)?)
}

fn start(
    dir: &Path,
    vault: &Vault,
    rederive: Rederive,
    report: &mut OpenReport,
) -> Result<Connection, Error> {
    let mut writer = connect(&dir.join(FILE), vault)?;
    seal::check(&writer, vault)?;
    let is_suspect = dir.join(SUSPECT).exists();
    if is_suspect {
        check(&writer)?;
    }
    report.upgraded_from = migrate::migrate(&mut writer)?;
    seal::settle(&mut writer, vault)?;
    // An earlier version of the app folded otherwise, and wrote states otherwise.
    let is_old = setting::get_or(&writer, &setting::FOLD, 0)? != projection::VERSION;
    if is_suspect || is_old {
        // To SQLite any content of a long state is as good.
        let tx = writer.transaction()?;
        rederive(&tx)?;
        tx.commit()?;
        let _ = std::fs::remove_file(dir.join(SUSPECT));
    }
    wal::keep(&writer)?;
    // A process that died may have left it undone.
    let _ = scrub(dir, &writer);
    Ok(writer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{env::SystemEntropy, limit, vault::tests::Mirror};

    fn open(dir: &Path) -> Db {
        let options = OpenOptions { keys: Some(Arc::new(Mirror)), ..OpenOptions::default() };
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        Db::open(dir, &options, 0, &entropy, |_| Ok(()), |_| Ok(())).unwrap().0
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
}
