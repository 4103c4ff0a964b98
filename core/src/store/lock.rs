//! One process at a time.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use crate::{error::Error, private};

const FILE: &str = "pantau.lock";

/// Keeps other processes out; the system lets go of it when this process dies.
#[derive(Debug)]
pub(super) struct Lock(File);

/// Takes the lock of the store in `dir`; [`Error::InUse`] if another process has it.
pub(super) fn take(dir: &Path) -> Result<Lock, Error> {
    let file = private::open(&dir.join(FILE))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => Err(Error::InUse),
        Err(TryLockError::Error(e)) => Err(e.into()),
    }
}

impl Drop for Lock {
    /// Closing alone would not do: a child process that the app is just starting has the file open too, and
    /// the lock stays until the last of them has closed it.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_was_let_go_is_free_although_a_child_still_has_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let lock = take(dir.path()).unwrap();
        let of_the_child = lock.0.try_clone().unwrap();
        assert_eq!(take(dir.path()).unwrap_err(), Error::InUse);
        drop(lock);
        take(dir.path()).unwrap();
        drop(of_the_child);
    }
}
