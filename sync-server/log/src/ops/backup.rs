//! Backup: keys, database and the desk's journal in one encrypted file.
//!
//! What goes into the file is a copy of the database, and that very copy is verified first: a backup that
//! cannot be verified is never written, for whoever needs it one day has nothing else. The file gets its name
//! when it is whole and synced; until then it is called `….partial`.

use std::{
    fs::File,
    io::BufWriter,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use super::sealed::{Lock, Sealing};
use crate::{
    DataDir, Error, Identity, dirs, files,
    store::{SqliteStore, Store as _, StoreError},
    verify::{self, Break, Extent, Report, Watcher},
};

/// Names of the parts; also the names of the files in a data directory.
pub(super) const IDENTITY: &str = "identity.json";
pub(super) const JOURNAL: &str = "desk.journal";
pub(super) const DATABASE: &str = "pantau.db";
/// What SQLite had not moved into the file yet: only in a backup of a file that SQLite cannot read.
pub(super) const DATABASE_WAL: &str = "pantau.db-wal";
/// An empty part that marks a backup which nobody verified. Inside, so that a new name does not hide it.
pub(super) const UNVERIFIED: &str = "unverified";

/// A file that is removed when it is no longer needed.
pub(super) struct Scratch(pub(super) PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Writes a verified backup of a data directory, encrypted. The server may be running.
///
/// # Errors
/// [`Error::Damaged`] if the log is not what was written: nothing is written then, see
/// [`backup_unverified`]. [`Error::Refused`] if the file is there already, or another backup is running;
/// failures of store and files.
pub fn backup(dirs: &DataDir, out: &Path, lock: &Lock) -> Result<Report, Error> {
    backup_watched(dirs, out, lock, &mut |_| ControlFlow::Continue(()))
}

/// The same; `watcher` is told how far the verification has come.
///
/// # Errors
/// As [`backup`].
pub fn backup_watched(
    dirs: &DataDir,
    out: &Path,
    lock: &Lock,
    watcher: Watcher<'_>,
) -> Result<Report, Error> {
    let written = Output::start(out)?;
    let identity = Identity::load(&dirs.identity())?;
    let copy = copy(dirs)?;
    let journal = dirs.desk_journal();
    let report = verify::database(&copy.path.0, &identity, Some(&journal), Extent::Full, watcher)?;
    if !report.is_clean() {
        return Err(damaged(out, &report));
    }
    let mut sealing = Sealing::start(BufWriter::new(&written.file), lock)?;
    add(&mut sealing, IDENTITY, &dirs.identity())?;
    add(&mut sealing, DATABASE, &copy.path.0)?;
    // After the database: it then holds at least what the database holds.
    if journal.exists() {
        add(&mut sealing, JOURNAL, &journal)?;
    }
    written.finish(sealing)?;
    Ok(report)
}

/// Writes what there is, whatever state it is in, and marks it as unverified: for a damaged server, which
/// must not be left without any copy. The name should say so, too. Returns what a verification finds.
///
/// # Errors
/// [`Error::Refused`] if the file is there already; failures of files.
pub fn backup_unverified(dirs: &DataDir, out: &Path, lock: &Lock) -> Result<Report, Error> {
    let written = Output::start(out)?;
    let copied = copy(dirs);
    let database = copied.as_ref().map_or_else(|_| dirs.db(), |copy| copy.path.0.clone());
    let mut report = match Identity::load(&dirs.identity()) {
        Ok(identity) => {
            let journal = dirs.desk_journal();
            let every = &mut |_| ControlFlow::Continue(());
            verify::database(&database, &identity, Some(&journal), Extent::Full, every)?
        }
        Err(_) => Report::default(),
    };
    let mut sealing = Sealing::start(BufWriter::new(&written.file), lock)?;
    sealing.part(UNVERIFIED, 0, &[][..])?;
    let mut parts = vec![(IDENTITY, dirs.identity()), (DATABASE, database), (JOURNAL, dirs.desk_journal())];
    if let Err(error) = &copied {
        // The file as it lies there, with what belongs to it: somebody may yet read it with better tools.
        report.add(Break::File(error.to_string()));
        parts.push((DATABASE_WAL, dirs.path().join(DATABASE_WAL)));
    }
    for (name, path) in parts.iter().filter(|(_, path)| path.exists()) {
        add(&mut sealing, name, path)?;
    }
    written.finish(sealing)?;
    Ok(report)
}

fn damaged(out: &Path, report: &Report) -> Error {
    Error::Damaged(format!(
        "no backup was written to {}: the log is not what was written. {}. Delete nothing. \
         `pantau-server verify` lists everything that is wrong; `pantau-server backup --unverified` saves \
         what is there all the same, marked as unverified",
        out.display(),
        report.summary()
    ))
}

/// A copy of the database that goes when it is no longer needed.
struct Copy {
    path: Scratch,
    /// Keeps other backups away from the copy.
    _lock: File,
}

fn copy(dirs: &DataDir) -> Result<Copy, Error> {
    let path = dirs.path().join("backup.new");
    // Created first, so that it is never readable by others. One that a killed backup left is used again.
    let lock = locked(&path, || "another backup of this server is running".into())?;
    let copy = Copy { path: Scratch(path), _lock: lock };
    SqliteStore::open_to_read(&dirs.db()).and_then(|store| store.copy_to(&copy.path.0)).map_err(|e| match e {
        StoreError::Damaged(what) | StoreError::Corrupt(what) => Error::Damaged(format!(
            "the database cannot be copied: {what}. Delete nothing; `pantau-server backup --unverified` saves \
             the files as they are"
        )),
        e => e.into(),
    })?;
    Ok(copy)
}

/// The file while it is written.
struct Output<'a> {
    out: &'a Path,
    partial: Scratch,
    file: File,
}

impl<'a> Output<'a> {
    fn start(out: &'a Path) -> Result<Self, Error> {
        refuse_existing(out)?;
        let mut name = out.as_os_str().to_owned();
        name.push(".partial");
        let path = PathBuf::from(name);
        let file = locked(&path, || format!("another backup is being written to {}", out.display()))?;
        Ok(Self { out, partial: Scratch(path), file })
    }

    /// Syncs the file, then gives it its name.
    fn finish(&self, sealing: Sealing<BufWriter<&File>>) -> Result<(), Error> {
        let partial = &self.partial.0;
        sealing.finish()?.into_inner().map_err(|e| Error::io(partial)(e.into_error()))?;
        self.file.sync_all().map_err(Error::io(partial))?;
        refuse_existing(self.out)?;
        std::fs::rename(partial, self.out).map_err(Error::io(self.out))?;
        dirs::sync_parent(self.out)
    }
}

/// An empty file that only its owner may read, locked against other backups. What a killed backup left there is
/// of no use to anybody.
fn locked(path: &Path, taken: impl FnOnce() -> String) -> Result<File, Error> {
    let file =
        files::private().write(true).create(true).truncate(false).open(path).map_err(Error::io(path))?;
    if file.try_lock().is_err() {
        return Err(Error::Refused(taken()));
    }
    // One that was there may have another mode.
    files::mend_file(path).and_then(|_| file.set_len(0)).map_err(Error::io(path))?;
    Ok(file)
}

fn refuse_existing(out: &Path) -> Result<(), Error> {
    if out.exists() { Err(Error::Refused(format!("{} is there already", out.display()))) } else { Ok(()) }
}

fn add(sealing: &mut Sealing<BufWriter<&File>>, name: &str, path: &Path) -> Result<(), Error> {
    let file = File::open(path).map_err(Error::io(path))?;
    let size = file.metadata().map_err(Error::io(path))?.len();
    sealing.part(name, size, file)
}
