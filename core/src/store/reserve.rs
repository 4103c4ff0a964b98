//! A file that holds room on disk: when the disk is full it is released, so that records still fit.

use std::{io::Write as _, path::Path};

use crate::private;

const FILE: &str = "pantau.reserve";

/// Makes the reserve if it is not there and the disk has room; says whether it is there. Not having it is
/// no error.
pub(super) fn make(dir: &Path, bytes: u64) -> bool {
    if bytes == 0 {
        return false;
    }
    let path = dir.join(FILE);
    if path.exists() {
        return true;
    }
    let zeros = vec![0u8; usize::try_from(bytes).unwrap_or(0)];
    let written = private::create(&path).and_then(|mut f| f.write_all(&zeros));
    if written.is_err() {
        // Half a reserve would only take room that records need now.
        let _ = std::fs::remove_file(&path);
    }
    written.is_ok()
}

/// Releases the reserve; says whether there was one.
pub(super) fn release(dir: &Path) -> bool {
    std::fs::remove_file(dir.join(FILE)).is_ok()
}
