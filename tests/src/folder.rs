//! Where suites put files that need no real disk.

use tempfile::TempDir;

/// A temporary folder in memory where the system has such a place, else on disk. For suites that build
/// images of disks themselves, or kill processes: neither asks the disk to keep anything.
pub fn fast_folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}
