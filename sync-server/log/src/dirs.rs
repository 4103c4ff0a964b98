//! Where a server keeps its files.

use std::{
    fs::{self},
    io::Write as _,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use crate::{
    Error,
    files::{OTHERS, mend_file, parent, private},
};

/// The data directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataDir(PathBuf);

impl DataDir {
    /// The directory at `path`, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The database: the log and all that follows from it.
    pub fn db(&self) -> PathBuf {
        self.0.join("pantau.db")
    }

    /// The server's keys, apart from the database.
    pub fn identity(&self) -> PathBuf {
        self.0.join("identity.json")
    }

    /// Every record of the desk, apart from the database.
    pub fn desk_journal(&self) -> PathBuf {
        self.0.join("desk.journal")
    }

    /// Whether a server lives here.
    ///
    /// # Errors
    /// [`Error::NoPermission`] where this user may not look.
    pub fn has_server(&self) -> Result<bool, Error> {
        match fs::metadata(self.db()) {
            Ok(_) => Ok(true),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(e) => Err(Error::io(&self.db())(e)),
        }
    }

    /// Finds a file of the server that this user may not read: one that root restored, say.
    pub(crate) fn check_readable(&self) -> Result<(), Error> {
        let beside = |suffix| self.0.join(format!("pantau.db{suffix}"));
        for file in [self.db(), beside("-wal"), beside("-shm"), self.identity(), self.desk_journal()] {
            // What is not there is told by whoever needs it.
            if rustix::fs::access(&file, rustix::fs::Access::READ_OK) == Err(rustix::io::Errno::ACCESS) {
                return Err(Error::no_permission(&file));
            }
        }
        Ok(())
    }

    /// Creates the directory, or sees to it that one that is there is readable by its owner only, with all
    /// files of a server in it.
    ///
    /// # Errors
    /// As [`DataDir::mend`].
    pub fn create(&self) -> Result<(), Error> {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.0);
        made.map_err(Error::io(&self.0))?;
        for path in self.mend()? {
            tracing::warn!(path = %path.display(), "others could read this; now they cannot");
        }
        Ok(())
    }

    /// Takes away what other users may do with the directory and with the files of a server in it. Returns
    /// what had to be mended: others may have read it.
    ///
    /// # Errors
    /// [`Error::Refused`] for a directory that others can enter and that is not this user's alone to change: it
    /// belongs to somebody else, or holds other things than a server. [`Error::Io`].
    pub fn mend(&self) -> Result<Vec<PathBuf>, Error> {
        let mut mended = Vec::new();
        let io = || Error::io(&self.0);
        let found = fs::metadata(&self.0).map_err(io())?;
        let mut files = Vec::new();
        let mut has_others = false;
        for entry in fs::read_dir(&self.0).map_err(io())? {
            let entry = entry.map_err(io())?;
            let is_ours = entry.file_name().to_str().is_some_and(|n| OURS.iter().any(|o| n.starts_with(o)));
            if is_ours { files.push(entry.path()) } else { has_others = true }
        }
        if found.mode() & OTHERS != 0 {
            let is_own = found.uid() == rustix::process::geteuid().as_raw();
            if !is_own || found.mode() & STICKY != 0 || has_others && files.is_empty() {
                return Err(self.exposed());
            }
            fs::set_permissions(&self.0, fs::Permissions::from_mode(0o700)).map_err(io())?;
            mended.push(self.0.clone());
        }
        for file in files {
            if mend_file(&file).map_err(Error::io(&file))? {
                mended.push(file);
            }
        }
        Ok(mended)
    }

    fn exposed(&self) -> Error {
        let path = self.0.display();
        Error::Refused(format!(
            "other users can enter {path}, and names and passwords' hashes would lie there; \
             run: chmod 700 {path} — or name a directory of its own with --data"
        ))
    }
}

/// Beginnings of the names of a server's files.
const OURS: [&str; 5] = ["pantau.", "identity.", "desk.", "backup.", "restore."];
/// Mode bit of a directory that many share.
const STICKY: u32 = 0o1000;

/// Writes a whole file so that a crash leaves the old one or the new one; readable by its owner only.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let temporary = path.with_extension("new");
    // One that a dead process left may have another mode.
    let _ = fs::remove_file(&temporary);
    let mut file = private().write(true).create_new(true).open(&temporary).map_err(Error::io(&temporary))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(Error::io(&temporary))?;
    fs::rename(&temporary, path).map_err(Error::io(path))?;
    sync_parent(path)
}

/// Makes a rename or a new file in this directory durable.
pub(crate) fn sync_parent(path: &Path) -> Result<(), Error> {
    let parent = parent(path);
    fs::File::open(parent).and_then(|d| d.sync_all()).map_err(Error::io(parent))
}
