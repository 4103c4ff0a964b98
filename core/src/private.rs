//! Files and folders that only the user of this app may read, whatever the umask of the process: SQLite makes
//! its own readable by all, and so did earlier versions.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

/// Beginning of the names of a store's files.
const OURS: &str = "pantau.";

/// Opens a new file, or an old one cut to nothing.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    options().write(true).create(true).truncate(true).open(path)
}

/// Sees to it that the file is there: SQLite gives what it keeps beside a database the mode of that.
pub(crate) fn ensure(path: &Path) -> io::Result<()> {
    open(path).map(drop)
}

/// Opens a file to write, a new one if it is not there.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    options().write(true).create(true).truncate(false).open(path)
}

/// Makes a folder, with those above it.
pub(crate) fn create_dir(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Options for a file of the owner's alone.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Takes away what others may do with the folder of a store and with what is in it. Returns what had to be
/// mended. What this user may not change stays as it is: a store that could not be opened would help nobody.
pub(crate) fn mend(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut mended = Vec::new();
    close(dir, &mut mended);
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with(OURS) {
            continue;
        }
        let path = entry.path();
        close(&path, &mut mended);
        if entry.file_type()?.is_dir() {
            // A store that was moved aside.
            for inside in fs::read_dir(&path)? {
                close(&inside?.path(), &mut mended);
            }
        }
    }
    Ok(mended)
}

/// Leaves one file or folder to its owner, if it is not yet.
#[cfg(unix)]
fn close(path: &Path, mended: &mut Vec<PathBuf>) {
    use std::os::unix::fs::PermissionsExt as _;
    let Ok(found) = fs::symlink_metadata(path) else { return };
    let mode = found.permissions().mode();
    if !found.is_symlink()
        && mode & 0o077 != 0
        && fs::set_permissions(path, fs::Permissions::from_mode(mode & 0o700)).is_ok()
    {
        mended.push(path.to_owned());
    }
}

/// Elsewhere folders of an app are its own.
#[cfg(not(unix))]
fn close(_: &Path, _: &mut Vec<PathBuf>) {}
