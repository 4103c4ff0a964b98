//! Watched folders: what happened in them, and what shall fail.

use std::{
    ffi::c_int,
    fs::Metadata,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use rusqlite::ffi;

use crate::vfs;

/// What reached the disk, in order. Names are relative to the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A file that was not there is there, empty.
    Create(String),
    /// Bytes at an offset.
    Write(String, u64, Vec<u8>),
    /// A file has this length.
    Truncate(String, u64),
    /// What was written to a file so far survives.
    Sync(String),
    /// A file is gone; with `true` that survives, too.
    Delete(String, bool),
    /// A file beside the database, which SQLite does not write, has this content and survives.
    Beside(String, Vec<u8>),
}

/// A kind of call that can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// Opening a file.
    Open,
    /// Deleting a file.
    Delete,
    /// Asking whether a file is there.
    Access,
    /// Reading.
    Read,
    /// Writing.
    Write,
    /// Cutting a file.
    Truncate,
    /// Syncing.
    Sync,
    /// Asking for a length.
    Size,
    /// Locking a file.
    Lock,
    /// Mapping the index of the write-ahead log.
    Map,
}

impl Call {
    /// What SQLite's own file system returns when this fails.
    fn failure(self) -> c_int {
        match self {
            Self::Open => ffi::SQLITE_CANTOPEN,
            Self::Delete => ffi::SQLITE_IOERR_DELETE,
            Self::Access => ffi::SQLITE_IOERR_ACCESS,
            Self::Read => ffi::SQLITE_IOERR_READ,
            Self::Write => ffi::SQLITE_IOERR_WRITE,
            Self::Truncate => ffi::SQLITE_IOERR_TRUNCATE,
            Self::Sync => ffi::SQLITE_IOERR_FSYNC,
            Self::Size => ffi::SQLITE_IOERR_FSTAT,
            Self::Lock => ffi::SQLITE_IOERR_LOCK,
            Self::Map => ffi::SQLITE_IOERR_SHMMAP,
        }
    }
}

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// With the I/O error that belongs to it. Every call counts.
    IoError,
    /// With a full disk. Only writes count.
    DiskFull,
}

/// Which call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// How.
    pub trouble: Trouble,
    /// Which one of those that count, from 0.
    pub at: u64,
    /// All that follow, too.
    pub sticky: bool,
}

/// A disk with little room: files grow no further than this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// Bytes left.
    pub bytes: u64,
    /// A file that takes room as well, and how much: once it is gone there is more.
    pub reserve: Option<(PathBuf, u64)>,
}

#[derive(Debug, Default)]
struct State {
    recorded: Option<Vec<Event>>,
    /// Files beside the database, and what they were last.
    beside: Vec<(String, Option<Seen>)>,
    fault: Option<Fault>,
    counted: u64,
    failed: u64,
    room: Option<Room>,
}

/// When two of these are equal the file was not touched.
type Seen = (u64, u64, i64, i64);

fn seen(m: &Metadata) -> Seen {
    (m.ino(), m.len(), m.mtime(), m.mtime_nsec())
}

#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    state: Mutex<State>,
}

static FOLDERS: RwLock<Vec<Arc<Folder>>> = RwLock::new(Vec::new());

/// The watched folder that a file lies in, and its name there.
pub(crate) fn find(path: &Path) -> Option<(Arc<Folder>, String)> {
    let folders = FOLDERS.read().unwrap_or_else(PoisonError::into_inner);
    let parent = path.parent()?;
    let folder = folders.iter().find(|f| f.path == parent)?;
    Some((Arc::clone(folder), path.file_name()?.to_string_lossy().into_owned()))
}

impl Folder {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call; what it shall fail with, if it shall.
    pub(crate) fn gate(&self, call: Call) -> Result<(), c_int> {
        let mut state = self.state();
        let Some(fault) = state.fault else { return Ok(()) };
        if fault.trouble == Trouble::DiskFull && call != Call::Write {
            return Ok(());
        }
        let number = state.counted;
        state.counted += 1;
        if number < fault.at || number > fault.at && !fault.sticky {
            return Ok(());
        }
        state.failed += 1;
        Err(match fault.trouble {
            Trouble::IoError => call.failure(),
            Trouble::DiskFull => ffi::SQLITE_FULL,
        })
    }

    /// Whether a file may grow by so much.
    pub(crate) fn grow(&self, by: u64) -> Result<(), c_int> {
        let mut state = self.state();
        let Some(room) = &mut state.room else { return Ok(()) };
        if let Some((_, bytes)) = room.reserve.take_if(|(path, _)| !path.exists()) {
            room.bytes += bytes;
        }
        match room.bytes.checked_sub(by) {
            Some(left) => room.bytes = left,
            None => {
                state.failed += 1;
                return Err(ffi::SQLITE_FULL);
            }
        }
        Ok(())
    }

    pub(crate) fn holds(&self, name: &str) -> bool {
        self.path.join(name).exists()
    }

    pub(crate) fn has_little_room(&self) -> bool {
        self.state().room.is_some()
    }

    /// Notes what happened, and before it what happened beside the database.
    pub(crate) fn note(&self, event: impl FnOnce() -> Event) {
        let mut state = self.state();
        if state.recorded.is_some() {
            let beside = self.beside(&mut state);
            if let Some(recorded) = &mut state.recorded {
                recorded.extend(beside);
                recorded.push(event());
            }
        }
    }

    fn beside(&self, state: &mut State) -> Vec<Event> {
        let mut changed = Vec::new();
        for (name, last) in &mut state.beside {
            let path = self.path.join(&*name);
            let now = std::fs::metadata(&path).ok().map(|m| seen(&m));
            if now != *last
                && let Ok(content) = std::fs::read(&path)
            {
                changed.push(Event::Beside(name.clone(), content));
            }
            *last = now;
        }
        changed
    }
}

/// A watched folder. The watch ends when this is dropped; what is open then stays watched until it is closed.
#[derive(Debug)]
pub struct Watch(Arc<Folder>);

/// Watches the files of a folder, which must be there; not those of folders in it. From the first call on,
/// every database of this process that names no other file system is opened through this layer.
///
/// # Errors
/// A folder that is not there, or SQLite refuses the layer.
pub fn watch(folder: &Path) -> std::io::Result<Watch> {
    vfs::install().map_err(std::io::Error::other)?;
    let folder = Arc::new(Folder { path: folder.canonicalize()?, state: Mutex::default() });
    FOLDERS.write().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&folder));
    Ok(Watch(folder))
}

impl Watch {
    /// The folder.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Starts to record, from nothing.
    pub fn record(&self) {
        self.record_with(&[]);
    }

    /// The same, with files beside the database that others write and sync: their content is noted
    /// whenever SQLite does something after they changed.
    pub fn record_with(&self, beside: &[&str]) {
        let mut state = self.0.state();
        state.recorded = Some(Vec::new());
        state.beside = beside.iter().map(|name| ((*name).to_owned(), None)).collect();
        for (name, last) in &mut state.beside {
            *last = std::fs::metadata(self.0.path.join(&*name)).ok().map(|m| seen(&m));
        }
    }

    /// Number of events so far.
    pub fn recorded(&self) -> usize {
        self.counter().recorded()
    }

    /// Counts events after this watch is out of reach.
    pub fn counter(&self) -> Counter {
        Counter(Arc::clone(&self.0))
    }

    /// Ends the recording.
    pub fn take(&self) -> Vec<Event> {
        let mut state = self.0.state();
        let beside = self.0.beside(&mut state);
        let mut events = state.recorded.take().unwrap_or_default();
        events.extend(beside);
        events
    }

    /// From now on calls are counted, and the one that is told fails.
    pub fn fail(&self, fault: Fault) {
        let mut state = self.0.state();
        (state.fault, state.counted, state.failed) = (Some(fault), 0, 0);
    }

    /// From now on the disk has little room.
    pub fn cramp(&self, room: Room) {
        let mut state = self.0.state();
        (state.room, state.failed) = (Some(room), 0);
    }

    /// Nothing fails any more; how many calls did.
    pub fn calm(&self) -> u64 {
        let mut state = self.0.state();
        (state.fault, state.room) = (None, None);
        std::mem::take(&mut state.failed)
    }
}

/// Tells how much a watch has recorded.
#[derive(Debug, Clone)]
pub struct Counter(Arc<Folder>);

impl Counter {
    /// Number of events so far.
    pub fn recorded(&self) -> usize {
        self.0.state().recorded.as_ref().map_or(0, Vec::len)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut folders = FOLDERS.write().unwrap_or_else(PoisonError::into_inner);
        folders.retain(|f| !Arc::ptr_eq(f, &self.0));
    }
}
