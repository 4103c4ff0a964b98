//! Folders as values: what a backup tool reads and puts back.

use std::path::{Path, PathBuf};

/// The files of a folder.
#[derive(Clone)]
pub(crate) struct Folder(Vec<(PathBuf, Vec<u8>)>);

impl Folder {
    /// Reads every file of `dir`.
    pub(crate) fn read(dir: &Path) -> Self {
        let entries = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path());
        let files = entries.filter(|p| p.is_file());
        Self(files.map(|p| (p.file_name().unwrap().into(), std::fs::read(&p).unwrap())).collect())
    }

    /// Makes `dir` hold these files and no others.
    pub(crate) fn write(&self, dir: &Path) {
        let _ = std::fs::remove_dir_all(dir);
        std::fs::create_dir_all(dir).unwrap();
        for (name, content) in &self.0 {
            std::fs::write(dir.join(name), content).unwrap();
        }
    }
}

/// Where files of a game go: in memory where the system has such a place, and `real` does not forbid it.
pub(crate) fn scratch(real: bool) -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if real { Err(()) } else { tempfile::tempdir_in(memory).map_err(|_| ()) };
    made.unwrap_or_else(|()| tempfile::tempdir().unwrap())
}
