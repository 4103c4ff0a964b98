//! Stores whose key is lost. Each is looked into through a copy, so that it stays as it was found. An encrypted one
//! says nothing without its key.

use std::{fs, io, path::Path};

use rusqlite::Connection;

use super::{
    aside,
    cipher::Form,
    file::{FILE, remove_left_over},
    migrate,
};
use crate::{error::Error, private};

/// The copy that is read.
pub(super) const COPY: &str = "pantau.db.lost";

/// Folders of the lost stores in `dir`, the latest first.
pub(super) fn names(dir: &Path) -> Result<Vec<String>, Error> {
    let mut numbers = aside::numbers(dir)?;
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    Ok(numbers.into_iter().map(aside::name).collect())
}

/// Looks into the lost store in the folder `name`; `None` where it can never say anything: it is encrypted or damaged.
pub(super) fn look_into<T>(
    dir: &Path,
    name: &str,
    look: impl FnOnce(&Connection) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    let from = dir.join(name);
    if Form::of(&from.join(FILE))? != Form::Plain {
        return Ok(None);
    }
    remove_left_over(dir, COPY)?;
    let found = copy(dir, &from).and_then(|()| look(&open(&dir.join(COPY))?));
    remove_left_over(dir, COPY)?;
    match found {
        Err(Error::Damaged(_)) => Ok(None),
        other => other.map(Some),
    }
}

/// But for the index of the log, which SQLite makes anew.
fn copy(dir: &Path, from: &Path) -> Result<(), Error> {
    for suffix in ["-journal", "-wal", ""] {
        let file = from.join(format!("{FILE}{suffix}"));
        if file.exists() {
            // Not with its mode: others may have been able to read it.
            let (mut from, to) = (fs::File::open(file)?, dir.join(format!("{COPY}{suffix}")));
            io::copy(&mut from, &mut private::create(&to)?)?;
        }
    }
    Ok(())
}

fn open(copy: &Path) -> Result<Connection, Error> {
    let mut c = Connection::open(copy)?;
    // Texts belong in no file but the store's.
    c.execute_batch("PRAGMA temp_store = MEMORY")?;
    migrate::migrate(&mut c)?;
    Ok(c)
}
