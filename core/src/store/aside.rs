//! The way back from a lost key: the store is moved aside, untouched, and a new one can be enrolled.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use super::{
    cipher,
    file::{FILE, SUSPECT, with_logs},
    salvage,
};
use crate::{error::Error, private, vault};

/// The folder while files are moved into it.
const MOVING: &str = "pantau.lost.part";
/// A lost store, numbered from 1.
const LOST: &str = "pantau.lost";

/// Moves database and key aside; where they are now. The caller holds the lock.
pub(super) fn move_aside(dir: &Path) -> Result<PathBuf, Error> {
    if !files().iter().any(|name| dir.join(name).exists()) {
        return Err(Error::Storage("there is no store to move aside".into()));
    }
    private::create_dir(&dir.join(MOVING))?;
    File::open(dir)?.sync_all()?;
    finish_move(dir)
}

/// Finishes what a process began that died meanwhile: half a store must not be opened.
pub(super) fn finish(dir: &Path) -> Result<(), Error> {
    if dir.join(MOVING).exists() { finish_move(dir).map(drop) } else { Ok(()) }
}

fn finish_move(dir: &Path) -> Result<PathBuf, Error> {
    let moving = dir.join(MOVING);
    for name in files() {
        let from = dir.join(&name);
        if from.exists() {
            fs::rename(from, moving.join(name))?;
        }
    }
    File::open(&moving)?.sync_all()?;
    // A higher number is a later one, whichever of them somebody removed.
    let latest = numbers(dir)?.into_iter().max().unwrap_or(0);
    let lost = dir.join(name(latest + 1));
    fs::rename(moving, &lost)?;
    File::open(dir)?.sync_all()?;
    Ok(lost)
}

/// The folder of a lost store.
pub(super) fn name(number: u32) -> String {
    format!("{LOST}-{number}")
}

/// Numbers of the lost stores in `dir`, in no order.
pub(super) fn numbers(dir: &Path) -> Result<Vec<u32>, Error> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(dir)? {
        let found = entry?.file_name();
        let number = found.to_str().and_then(|n| n.strip_prefix(LOST)?.strip_prefix('-'));
        numbers.extend(number.and_then(|n| n.parse::<u32>().ok()).filter(|n| *n < u32::MAX));
    }
    Ok(numbers)
}

/// All that makes up a store.
fn files() -> Vec<String> {
    let databases = [FILE, salvage::NEW, cipher::SIDE].map(with_logs).concat();
    databases.into_iter().chain([SUSPECT.to_owned(), vault::FILE.to_owned()]).collect()
}
