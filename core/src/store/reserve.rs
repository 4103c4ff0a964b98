//! Files that hold room on disk: when the disk is full they are released, one for records and one for what a sync has
//! to keep. What was saved must still go out on a phone that has no room left for more.

use std::{fs::File, io::Write as _, path::Path};

use crate::{limit, private};

/// What a reserve grows by.
const PAGE: [u8; 4_096] = [0; 4_096];

/// What room is kept for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    Records,
    Receipts,
}

impl For {
    fn file(self) -> &'static str {
        match self {
            Self::Records => "pantau.reserve",
            Self::Receipts => "pantau.reserve.receipts",
        }
    }
}

/// Makes both reserves where they are not there and the disk has room; says whether both are. `bytes` is that for
/// records; with none there is none for receipts, either. Not having them is no error.
pub(super) fn make(dir: &Path, bytes: u64) -> bool {
    // Receipts first: without room for them, records that are saved would not be known to be held.
    bytes > 0 && make_for_receipts(dir, bytes) && make_for_records(dir, bytes)
}

/// All of it, or nothing: half a reserve would only take room that records need now.
fn make_for_records(dir: &Path, bytes: u64) -> bool {
    let path = dir.join(For::Records.file());
    if path.exists() {
        return true;
    }
    let zeros = vec![0u8; usize::try_from(bytes).unwrap_or(0)];
    let written = private::create(&path).and_then(|mut f| f.write_all(&zeros));
    if written.is_err() {
        let _ = std::fs::remove_file(&path);
    }
    written.is_ok()
}

/// As much of it as fits: what is left of it after a sync must not go to records. Says whether it is whole.
pub(super) fn make_for_receipts(dir: &Path, records: u64) -> bool {
    let (path, bytes) = (dir.join(For::Receipts.file()), limit::RECEIPT_RESERVE_BYTES.min(records));
    let has = || std::fs::metadata(&path).map_or(0, |m| m.len());
    if has() < bytes {
        let _ = private::ensure(&path).and_then(|()| {
            let mut file = File::options().append(true).open(&path)?;
            (has()..bytes).step_by(PAGE.len()).try_for_each(|_| file.write_all(&PAGE))
        });
    }
    has() >= bytes
}

/// Releases a reserve; says whether there was one.
pub(super) fn release(dir: &Path, room: For) -> bool {
    std::fs::remove_file(dir.join(room.file())).is_ok()
}
