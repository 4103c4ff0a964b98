//! Files that only their owner may read, whatever the umask.

use std::{
    fs::{self, OpenOptions},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

/// Mode bits of everybody but the owner.
pub(crate) const OTHERS: u32 = 0o077;

/// Options for a file that only its owner may read, whatever the umask: that can take bits away only.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

/// Takes away what others may do with a file; says whether there was something. One that is not there or no
/// plain file is left alone.
pub(crate) fn mend_file(path: &Path) -> std::io::Result<bool> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(e) => return Err(e),
    };
    if !found.is_file() || found.mode() & OTHERS == 0 {
        return Ok(false);
    }
    match fs::set_permissions(path, fs::Permissions::from_mode(found.mode() & 0o700)) {
        // SQLite's own files come and go.
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(false),
        done => done.map(|()| true),
    }
}

/// Whether this process may make files beside this one.
pub(crate) fn may_write_beside(path: &Path) -> bool {
    rustix::fs::access(parent(path), rustix::fs::Access::WRITE_OK).is_ok()
}

/// Whose a file is; of one that cannot be looked at, the directory above it that can.
pub(crate) fn owner(path: &Path) -> String {
    let found = path.ancestors().find_map(|p| fs::metadata(p).ok());
    found.map_or_else(|| "somebody else".to_owned(), |m| user_name(m.uid()))
}

/// Who runs this process.
pub(crate) fn user() -> String {
    user_name(rustix::process::geteuid().as_raw())
}

/// The name of a user, or `user 1000` where there is none.
fn user_name(uid: u32) -> String {
    let all = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = all.lines().find_map(|line| {
        let mut parts = line.split(':');
        let (name, _, id) = (parts.next()?, parts.next()?, parts.next()?);
        (id.parse() == Ok(uid)).then(|| name.to_owned())
    });
    name.unwrap_or_else(|| format!("user {uid}"))
}

/// Room on the disk of a file or directory, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    /// Free for this process.
    pub(crate) free: u64,
    /// In all.
    pub(crate) total: u64,
}

/// Room on the disk of a file or directory that exists; `None` where the system does not say.
pub(crate) fn room(path: &Path) -> Option<Room> {
    let found = rustix::fs::statvfs(path).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(found.f_frsize);
    Some(Room { free: bytes(found.f_bavail), total: bytes(found.f_blocks) })
}

/// The directory of a file.
pub(crate) fn parent(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
