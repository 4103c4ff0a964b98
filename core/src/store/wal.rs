//! SQLite's write-ahead log, kept at its full length.
//!
//! A commit that lengthens a file makes the file system write down the new length, too: on ext4 that is a third
//! of what a capture costs. So the log is filled with zeros to the length it reaches anyway, once, and stays
//! when the store is closed. To SQLite zeros are a log that ends there.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use rusqlite::{Connection, config::DbConfig};

use super::file::FILE;
use crate::error::Error;

/// Pages the log grows to before it is taken into the file: SQLite's own number.
pub(super) const PAGES: i64 = 1_000;

/// Those pages with their heads, and the head of the log.
const BYTES: u64 = 32 + PAGES.unsigned_abs() * (4_096 + 24);

/// Lets the log stay when this connection closes.
pub(super) fn keep(writer: &Connection) -> Result<(), Error> {
    writer.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(())
}

/// Lengthens the log, where there is one and the disk has room. Without it commits are only slower.
pub(super) fn lengthen(dir: &Path) {
    let fill = || -> io::Result<()> {
        let mut log = File::options().append(true).open(dir.join(format!("{FILE}-wal")))?;
        let before = log.metadata()?.len();
        let filled = io::copy(&mut io::repeat(0).take(BYTES.saturating_sub(before)), &mut log);
        match filled {
            Ok(0) => Ok(()),
            Ok(_) => log.sync_all(),
            // Half of it would only take room that records need now.
            Err(_) => log.set_len(before),
        }
    };
    let _ = fill();
}

/// Takes the log into the file, so that the next commit writes over it from its start. Says whether there was
/// something to take in and nothing was in the way.
pub(super) fn take_in(writer: &Connection) -> Result<bool, Error> {
    Ok(writer.query_row("PRAGMA wal_checkpoint(RESTART)", [], |r| {
        let (is_busy, frames, moved): (bool, i64, i64) = (r.get(0)?, r.get(1)?, r.get(2)?);
        Ok(!is_busy && frames > 0 && frames == moved)
    })?)
}

/// Takes the log into the file and begins it anew: the next open finds one page in it. Where a reader or a
/// full disk is in the way the log waits, whole.
pub(super) fn checkpoint_at_close(writer: &Connection) -> Result<(), Error> {
    if take_in(writer)? {
        let version: i64 = writer.query_row("PRAGMA user_version", [], |r| r.get(0))?;
        writer.pragma_update(None, "user_version", version)?;
    }
    Ok(())
}

/// Empties the log, so that nothing of what was erased stays in it. Says whether no reader was in the way.
pub(super) fn empty(writer: &Connection) -> Result<bool, Error> {
    Ok(writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |r| r.get(0).map(|is_busy: bool| !is_busy))?)
}

/// Takes the log in and does without one: all of the database is then in one file, which one rename can move.
pub(super) fn end(connection: &Connection) -> Result<(), Error> {
    let mode: String = connection.query_row("PRAGMA journal_mode = DELETE", [], |r| r.get(0))?;
    if mode == "delete" { Ok(()) } else { Err(Error::Storage(format!("a log that stays: {mode}"))) }
}
