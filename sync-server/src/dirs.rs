//! Where a server keeps its files.

use std::path::{Path, PathBuf};

use crate::Error;

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

    /// Creates the directory, readable by its owner only.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn create(&self) -> Result<(), Error> {
        use std::os::unix::fs::DirBuilderExt as _;
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.0);
        made.map_err(Error::io(&self.0))
    }
}

/// Writes a whole file so that a crash leaves the old one or the new one; readable by its owner only.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
    let temporary = path.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)
        .map_err(Error::io(&temporary))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(Error::io(&temporary))?;
    std::fs::rename(&temporary, path).map_err(Error::io(path))?;
    sync_parent(path)
}

/// Makes a rename or a new file in this directory durable.
pub(crate) fn sync_parent(path: &Path) -> Result<(), Error> {
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(parent).and_then(|d| d.sync_all()).map_err(Error::io(parent))
}
