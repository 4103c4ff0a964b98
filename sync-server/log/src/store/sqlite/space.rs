//! Room on the disk. A WAL that grows while room is short can never be taken into the file again, since that
//! needs as much room once more: the server would stay full although space was freed. So the WAL stays shorter
//! than half of what is free, a transaction takes at most a quarter of it, and a reserve is kept for the case
//! that somebody else fills the disk.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::Connection;

use crate::{
    files, limit,
    store::{StoreError, Stored},
};

/// How long a checkpoint for the sake of room waits for readers.
const READERS_WAIT: Duration = Duration::from_millis(200);

/// The room beside one database.
#[derive(Debug)]
pub(super) struct Space {
    wal: PathBuf,
    reserve: PathBuf,
}

impl Space {
    pub(super) fn of(database: &Path) -> Self {
        let beside = |suffix: &str| {
            let mut name = database.as_os_str().to_owned();
            name.push(suffix);
            PathBuf::from(name)
        };
        Self { wal: beside("-wal"), reserve: database.with_extension("reserve") }
    }

    /// Bytes that one transaction may add: beyond, it is refused as on a full disk, so that the WAL can still
    /// be taken in.
    pub(super) fn of_one_transaction(&self) -> u64 {
        (self.free() / 4).saturating_sub(limit::TRANSACTION_BYTES)
    }

    /// After a commit: takes the WAL in where it has grown too long for the room that is left.
    pub(super) fn settle(&self, writer: &Connection) {
        let wal = length(&self.wal);
        if wal > limit::WAL_LONGEST || wal > self.free() / 2 {
            shrink(writer);
        }
    }

    /// The disk is full: gives back what can be given back, the reserve last.
    pub(super) fn make_room(&self, writer: &Connection) {
        shrink(writer);
        if self.free() < limit::ROOM_LEAST && fs::remove_file(&self.reserve).is_ok() {
            tracing::warn!("the disk is full; the reserve is released");
            shrink(writer);
        }
    }

    /// Makes the reserve if it is not there and there is room for it. An error if there is none for records.
    pub(super) fn tend(&self) -> Stored<()> {
        let free = self.free();
        if !self.reserve.exists()
            && free >= limit::RESERVE_FREE
            && let Err(error) = fill(&self.reserve, (free / 8).min(limit::RESERVE_BYTES))
        {
            // Half a reserve would only take room that records need.
            let _ = fs::remove_file(&self.reserve);
            tracing::warn!(%error, "no reserve could be made");
        }
        if self.of_one_transaction() < limit::PUSH_BYTES { Err(StoreError::Full) } else { Ok(()) }
    }

    /// Bytes free on the disk; where the system does not say, there is no limit.
    fn free(&self) -> u64 {
        files::room(files::parent(&self.wal)).map_or(u64::MAX, |room| room.free)
    }
}

/// Moves the WAL into the file and cuts it to nothing. What is in the way, a reader or a disk without room,
/// leaves it whole.
fn shrink(writer: &Connection) {
    let shrunk = writer
        .busy_timeout(READERS_WAIT)
        .and_then(|()| writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |r| r.get::<_, bool>(0)));
    if !matches!(shrunk, Ok(false)) {
        tracing::debug!(?shrunk, "the write-ahead log stays as long as it is");
    }
    let _ = writer.busy_timeout(super::BUSY_WAIT);
}

fn length(file: &Path) -> u64 {
    fs::metadata(file).map_or(0, |m| m.len())
}

/// A file that takes up so many bytes of the disk.
fn fill(path: &Path, bytes: u64) -> io::Result<()> {
    let mut file = files::private().write(true).create(true).truncate(true).open(path)?;
    match rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, bytes) {
        Err(rustix::io::Errno::OPNOTSUPP) => {
            io::copy(&mut io::Read::take(io::repeat(0), bytes), &mut file)?;
            file.sync_all()
        }
        done => Ok(done?),
    }
}
