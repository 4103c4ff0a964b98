//! `desk.journal`: every frame of the desk, length-framed and checksummed, appended and synced before the
//! transaction that takes it in commits.
//!
//! ```text
//! "PANTAUDJ" | version 1 | generation 8 | entries: length 4 LE | received_at 8 LE | frame | checksum 16
//! ```
//!
//! The database remembers generation and length up to which the file is taken in. A longer file means that
//! a process died between file and commit: what is whole is taken in, what is torn is cut off. A rewrite
//! (erasure) makes a new generation.

use std::{
    fs::{File, OpenOptions},
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Mutex,
};

use crate::{
    Error, dirs,
    store::{Tx, View},
};

const MAGIC: &[u8; 9] = b"PANTAUDJ\x01";
const HEADER: usize = MAGIC.len() + 8;
/// Setting of the database: generation and length, 16 bytes.
const SETTING: &str = "desk.journal";

/// One frame with the time it was first taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FrameEntry {
    pub(crate) received_at: i64,
    pub(crate) frame: Vec<u8>,
}

/// What a file holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) generation: [u8; 8],
    /// Entries with the offset behind each.
    pub(crate) entries: Vec<(u64, FrameEntry)>,
    /// Length of the sound part.
    pub(crate) sound: u64,
    /// Length of the file.
    pub(crate) length: u64,
}

/// The file of the desk's journal.
#[derive(Debug)]
pub(crate) struct DeskFile {
    path: PathBuf,
    /// Length before the append of the running transaction.
    before: Mutex<Option<u64>>,
}

impl Content {
    /// Number of entries that are whole.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

impl FrameEntry {
    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.frame.len() + 28);
        out.extend_from_slice(&u32::try_from(self.frame.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend_from_slice(&self.received_at.to_le_bytes());
        out.extend_from_slice(&self.frame);
        let sum = checksum(&out);
        out.extend_from_slice(&sum);
        out
    }
}

fn checksum(bytes: &[u8]) -> [u8; 16] {
    pantau_protocol::hash::prefix(&pantau_protocol::hash::tagged("pantau/1/desk-journal", &[bytes]))
}

impl DeskFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, before: Mutex::new(None) }
    }

    /// All entries that are whole.
    pub(crate) fn entries(&self) -> Result<Vec<FrameEntry>, Error> {
        Ok(read(&self.path)?.entries.into_iter().map(|(_, e)| e).collect())
    }

    /// Entries that stand in the file and are not taken in; cuts off a torn end. Inside the transaction
    /// that takes them in, which is what keeps other processes away.
    pub(crate) fn unfinished(&self, tx: &mut dyn Tx) -> Result<Vec<FrameEntry>, Error> {
        let (generation, length) = known(tx)?;
        let is_at = |g: &[u8; 8], l: u64| *g == generation && l == length;
        if let Some((g, l)) = peek(&self.path)?
            && is_at(&g, l)
        {
            return Ok(Vec::new());
        }
        let content = read(&self.path)?;
        if content.length > content.sound {
            tracing::warn!(
                bytes = content.length - content.sound,
                "cutting off a torn end of the desk journal"
            );
            let file = OpenOptions::new().write(true).open(&self.path).map_err(Error::io(&self.path))?;
            file.set_len(content.sound).and_then(|()| file.sync_all()).map_err(Error::io(&self.path))?;
        }
        remember(tx, content.generation, content.sound)?;
        let from = if content.generation == generation { length } else { 0 };
        Ok(content.entries.into_iter().filter(|(end, _)| *end > from).map(|(_, e)| e).collect())
    }

    /// Appends entries and syncs the file; the database learns of it in the same transaction.
    pub(crate) fn append(&self, tx: &mut dyn Tx, entries: &[FrameEntry]) -> Result<(), Error> {
        let io = || Error::io(&self.path);
        let mut options = OpenOptions::new();
        let options = options.read(true).append(true).create(true).mode(0o600);
        let mut file = options.open(&self.path).map_err(io())?;
        file.lock().map_err(io())?;
        let mut length = file.metadata().map_err(io())?.len();
        let generation = if length == 0 {
            let generation = fresh_generation(entries);
            length = write_header(&mut file, generation).map_err(io())?;
            dirs::sync_parent(&self.path)?;
            generation
        } else {
            peek(&self.path)?.ok_or_else(|| Error::DeskJournal("the file has no header".into()))?.0
        };
        if let Ok(mut before) = self.before.lock() {
            before.get_or_insert(length);
        }
        let bytes: Vec<u8> = entries.iter().flat_map(FrameEntry::to_bytes).collect();
        file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(io())?;
        remember(tx, generation, length + bytes.len() as u64)
    }

    /// The transaction failed: what it appended is cut off again, or it would be taken in later.
    pub(crate) fn forget_unfinished(&self) {
        let before = self.before.lock().ok().and_then(|mut b| b.take());
        if let Some(length) = before {
            let cut = OpenOptions::new().write(true).open(&self.path).and_then(|f| f.set_len(length));
            if let Err(error) = cut {
                tracing::error!(%error, "the desk journal holds what was not committed");
            }
        }
    }

    /// The transaction is committed.
    pub(crate) fn committed(&self) {
        if let Ok(mut before) = self.before.lock() {
            before.take();
        }
    }

    /// Writes the whole file anew. Inside a transaction, which keeps other processes away.
    pub(crate) fn rewrite(&self, tx: &mut dyn Tx, entries: &[FrameEntry]) -> Result<(), Error> {
        let generation = fresh_generation(entries);
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&generation);
        bytes.extend(entries.iter().flat_map(FrameEntry::to_bytes));
        dirs::write_private(&self.path, &bytes)?;
        remember(tx, generation, bytes.len() as u64)
    }
}

/// A generation follows from the content: two different files have different ones.
fn fresh_generation(entries: &[FrameEntry]) -> [u8; 8] {
    let bytes: Vec<u8> = entries.iter().flat_map(FrameEntry::to_bytes).collect();
    pantau_protocol::hash::prefix(&pantau_protocol::hash::tagged("pantau/1/desk-generation", &[&bytes]))
}

fn write_header(file: &mut File, generation: [u8; 8]) -> std::io::Result<u64> {
    file.write_all(MAGIC)?;
    file.write_all(&generation)?;
    Ok(HEADER as u64)
}

/// Generation and length that the database knows.
pub(crate) fn known(view: &dyn View) -> Result<([u8; 8], u64), Error> {
    let Some(bytes) = view.setting(SETTING)? else { return Ok(([0; 8], 0)) };
    let parts =
        bytes.split_first_chunk::<8>().and_then(|(g, l)| Some((*g, u64::from_le_bytes(l.try_into().ok()?))));
    Ok(parts.unwrap_or(([0; 8], 0)))
}

fn remember(tx: &mut dyn Tx, generation: [u8; 8], length: u64) -> Result<(), Error> {
    let mut bytes = generation.to_vec();
    bytes.extend_from_slice(&length.to_le_bytes());
    Ok(tx.set_setting(SETTING, &bytes)?)
}

/// Generation and length of a file; `None` if it is not there or has no whole header.
fn peek(path: &Path) -> Result<Option<([u8; 8], u64)>, Error> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Some(([0; 8], 0))),
        Err(e) => return Err(Error::io(path)(e)),
    };
    let length = file.metadata().map_err(Error::io(path))?.len();
    let mut header = [0; HEADER];
    file.seek(SeekFrom::Start(0)).map_err(Error::io(path))?;
    if file.read_exact(&mut header).is_err() {
        return Ok(None);
    }
    Ok(header.strip_prefix(MAGIC).and_then(|g| g.try_into().ok()).map(|g| (g, length)))
}

/// Reads a whole file; what is torn at its end is left out.
///
/// # Errors
/// A file that starts as no desk journal does.
pub(crate) fn read(path: &Path) -> Result<Content, Error> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Content::default()),
        Err(e) => return Err(Error::io(path)(e)),
    };
    parse(&bytes)
}

/// Takes the bytes of a file apart; what is torn at its end is left out.
///
/// # Errors
/// See [`read`].
pub(crate) fn parse(bytes: &[u8]) -> Result<Content, Error> {
    let length = bytes.len() as u64;
    let Some((header, mut rest)) = bytes.split_at_checked(HEADER) else {
        return Ok(Content { length, ..Content::default() });
    };
    let generation = header.strip_prefix(MAGIC).and_then(|g| g.try_into().ok());
    let generation = generation.ok_or_else(|| Error::DeskJournal("not a desk journal".into()))?;
    let mut content = Content { generation, entries: Vec::new(), sound: HEADER as u64, length };
    while let Some((entry, after)) = next_entry(rest) {
        content.sound += (rest.len() - after.len()) as u64;
        content.entries.push((content.sound, entry));
        rest = after;
    }
    Ok(content)
}

fn next_entry(bytes: &[u8]) -> Option<(FrameEntry, &[u8])> {
    let (length, _) = bytes.split_first_chunk::<4>()?;
    let whole = usize::try_from(u32::from_le_bytes(*length)).ok()?.checked_add(12)?;
    let (entry, rest) = bytes.split_at_checked(whole)?;
    let (sum, rest) = rest.split_first_chunk::<16>()?;
    if *sum != checksum(entry) {
        return None;
    }
    let (received_at, frame) = entry.get(4..)?.split_first_chunk::<8>()?;
    Some((FrameEntry { received_at: i64::from_le_bytes(*received_at), frame: frame.to_vec() }, rest))
}
