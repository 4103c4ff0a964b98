//! Looks for bytes in the database file itself, to prove that an erased note is gone.

use std::{
    collections::HashMap,
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    os::unix::fs::MetadataExt as _,
    path::Path,
    sync::Mutex,
};

use memchr::memmem;

use crate::store::{StoreError, Stored};

/// Files stay open for ever once looked at: closing any descriptor of a database drops the locks that
/// SQLite holds on it in the same process (POSIX), and another process could then harm it.
static OPEN: Mutex<Option<HashMap<(u64, u64), File>>> = Mutex::new(None);

const CHUNK: usize = 1 << 20;

/// Those of `traces` that occur in the file.
pub(super) fn found<'t>(path: &Path, traces: &'t [Vec<u8>]) -> Stored<Vec<&'t [u8]>> {
    let traces: Vec<&[u8]> = traces.iter().map(Vec::as_slice).filter(|t| !t.is_empty()).collect();
    if traces.is_empty() {
        return Ok(traces);
    }
    let mut open = OPEN.lock().map_err(|_| StoreError::Other("a thread died while it read".into()))?;
    let io = |e: std::io::Error| StoreError::Other(format!("{}: {e}", path.display()));
    let meta = std::fs::metadata(path).map_err(io)?;
    let file = match open.get_or_insert_default().entry((meta.dev(), meta.ino())) {
        std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
        std::collections::hash_map::Entry::Vacant(new) => new.insert(File::open(path).map_err(io)?),
    };
    file.seek(SeekFrom::Start(0)).map_err(io)?;
    search(file, traces).map_err(io)
}

fn search<'t>(file: &mut File, traces: Vec<&'t [u8]>) -> std::io::Result<Vec<&'t [u8]>> {
    let overlap = traces.iter().map(|t| t.len()).max().unwrap_or(1) - 1;
    let mut window = Vec::with_capacity(CHUNK + overlap);
    let (mut found, mut sought) = (Vec::new(), traces);
    while file.by_ref().take(CHUNK as u64).read_to_end(&mut window)? > 0 {
        let (here, elsewhere) = sought.into_iter().partition(|t| memmem::find(&window, t).is_some());
        found.extend::<Vec<_>>(here);
        sought = elsewhere;
        window.drain(..window.len().saturating_sub(overlap));
    }
    Ok(found)
}
