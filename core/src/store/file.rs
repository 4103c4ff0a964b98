//! Names of the files that make up a store.

use std::path::Path;

use crate::error::Error;

/// The database.
pub(super) const FILE: &str = "pantau.db";
/// There once SQLite called the file damaged: the next open looks at all of it.
pub(super) const SUSPECT: &str = "pantau.suspect";

/// All files of the database `name`: its own, and what SQLite keeps beside it.
pub(super) fn with_logs(name: &str) -> [String; 4] {
    ["", "-wal", "-shm", "-journal"].map(|suffix| format!("{name}{suffix}"))
}

/// Removes what a process that died left of a database in the making.
pub(super) fn remove_left_over(dir: &Path, name: &str) -> Result<(), Error> {
    for left_over in with_logs(name).map(|file| dir.join(file)) {
        if left_over.exists() {
            std::fs::remove_file(left_over)?;
        }
    }
    Ok(())
}
