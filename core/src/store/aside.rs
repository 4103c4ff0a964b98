//! The way back from a lost key: the store is moved aside, untouched, and a new one can be enrolled.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use super::{FILE, SUSPECT, cipher, salvage, with_logs};
use crate::{error::Error, vault};

/// The folder while files are moved into it.
const MOVING: &str = "pantau.lost.part";
/// A lost store, numbered from 1.
pub(super) const LOST: &str = "pantau.lost";
/// Lost stores in one place at most.
const MOST: u32 = 1_000;

/// Moves database and key aside; where they are now. The caller holds the lock.
pub(super) fn move_aside(dir: &Path) -> Result<PathBuf, Error> {
    if !files().iter().any(|name| dir.join(name).exists()) {
        return Err(Error::Storage("there is no store to move aside".into()));
    }
    fs::create_dir_all(dir.join(MOVING))?;
    File::open(dir)?.sync_all()?;
    rest(dir)
}

/// Finishes what a process began that died meanwhile: half a store must not be opened.
pub(super) fn finish(dir: &Path) -> Result<(), Error> {
    if dir.join(MOVING).exists() { rest(dir).map(drop) } else { Ok(()) }
}

fn rest(dir: &Path) -> Result<PathBuf, Error> {
    let moving = dir.join(MOVING);
    for name in files() {
        let from = dir.join(&name);
        if from.exists() {
            fs::rename(from, moving.join(name))?;
        }
    }
    File::open(&moving)?.sync_all()?;
    let names = (1..=MOST).map(|n| dir.join(format!("{LOST}-{n}")));
    let Some(lost) = names.into_iter().find(|path| !path.exists()) else {
        return Err(Error::Storage("too many lost stores".into()));
    };
    fs::rename(moving, &lost)?;
    File::open(dir)?.sync_all()?;
    Ok(lost)
}

/// All that makes up a store.
fn files() -> Vec<String> {
    let databases = [FILE, salvage::NEW, cipher::SIDE].map(with_logs).concat();
    databases.into_iter().chain([SUSPECT.to_owned(), vault::FILE.to_owned()]).collect()
}
