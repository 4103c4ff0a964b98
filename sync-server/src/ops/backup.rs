//! Backup: keys, database and the desk's journal in one encrypted file.

use std::{
    fs::{File, OpenOptions},
    io::BufWriter,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use super::sealed::Sealing;
use crate::{
    DataDir, Env, Error, dirs,
    store::{SqliteStore, Store as _},
};

/// Names of the parts; also the names of the files in a data directory.
pub(super) const IDENTITY: &str = "identity.json";
pub(super) const JOURNAL: &str = "desk.journal";
pub(super) const DATABASE: &str = "pantau.db";

/// A file that is removed when it is no longer needed.
pub(super) struct Scratch(pub(super) PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Writes a backup of a data directory, encrypted under a passphrase. The server may be running.
///
/// # Errors
/// [`Error::Refused`] if the file is there already; failures of store and files.
pub fn backup(dirs: &DataDir, env: &Env, out: &Path, passphrase: &str) -> Result<(), Error> {
    if passphrase.is_empty() {
        return Err(Error::Refused("a backup needs a passphrase".into()));
    }
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(out).map_err(Error::io(out))?;
    let written = write(dirs, env, file, passphrase, out);
    if written.is_err() {
        let _ = std::fs::remove_file(out);
    }
    written
}

fn write(dirs: &DataDir, env: &Env, file: File, passphrase: &str, out: &Path) -> Result<(), Error> {
    let copy = Scratch(dirs.path().join("backup.new"));
    let _ = std::fs::remove_file(&copy.0);
    // Created first, so that it is never readable by others.
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).open(&copy.0).map_err(Error::io(&copy.0))?;
    SqliteStore::open(&dirs.db())?.copy_to(&copy.0)?;
    let mut sealing = Sealing::start(BufWriter::new(file), passphrase, env)?;
    add(&mut sealing, IDENTITY, &dirs.identity())?;
    add(&mut sealing, DATABASE, &copy.0)?;
    // After the database: it then holds at least what the database holds.
    if dirs.desk_journal().exists() {
        add(&mut sealing, JOURNAL, &dirs.desk_journal())?;
    }
    let file = sealing.finish()?.into_inner().map_err(|e| Error::io(out)(e.into_error()))?;
    file.sync_all().map_err(Error::io(out))?;
    dirs::sync_parent(out)
}

fn add(sealing: &mut Sealing<BufWriter<File>>, name: &str, path: &Path) -> Result<(), Error> {
    let file = File::open(path).map_err(Error::io(path))?;
    let size = file.metadata().map_err(Error::io(path))?.len();
    sealing.part(name, size, file)
}
