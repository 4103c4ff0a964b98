//! One open file: a head of ours, and behind it the file of SQLite's own file system.

use std::{
    ffi::{c_int, c_void},
    sync::Arc,
};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_io_methods};

use crate::watch::{Call, Event, Folder};

/// Where a file belongs.
pub(crate) struct Watched {
    pub(crate) folder: Arc<Folder>,
    pub(crate) name: String,
}

/// What SQLite takes for the file; the file below follows.
#[repr(C, align(16))]
struct Head {
    base: sqlite3_file,
    /// Made by [`adopt`], freed by `close`.
    watched: *mut Watched,
}

/// Bytes of the head.
pub(crate) const HEAD: c_int = size_of::<Head>() as c_int;

/// Marks a file as not open, so that SQLite does not close it.
///
/// # Safety
/// `file` points to memory for a file of ours.
pub(crate) unsafe fn clear(file: *mut sqlite3_file) {
    // SAFETY: the caller's promise.
    unsafe { (*file).pMethods = std::ptr::null() };
}

/// The file below.
///
/// # Safety
/// `file` points to memory for a file of ours.
pub(crate) unsafe fn inner(file: *mut sqlite3_file) -> *mut sqlite3_file {
    // SAFETY: the memory is `HEAD` bytes longer than the file below needs.
    unsafe { file.cast::<Head>().add(1).cast() }
}

/// Takes the file below over if it was opened; if not, leaves nothing open.
///
/// # Safety
/// `file` points to memory for a file of ours, and the file below was opened in it with result `code`.
pub(crate) unsafe fn adopt(file: *mut sqlite3_file, watched: Watched, code: c_int) -> c_int {
    // SAFETY: the caller's promise.
    let below = unsafe { inner(file) };
    // SAFETY: opening sets the methods, to null where there is nothing to close.
    let methods = unsafe { (*below).pMethods };
    // SAFETY: null or a static table.
    let Some(methods) = (unsafe { methods.as_ref() }) else {
        return if code == ffi::SQLITE_OK { ffi::SQLITE_CANTOPEN } else { code };
    };
    if code != ffi::SQLITE_OK || methods.iVersion < METHODS.iVersion {
        if let Some(close) = methods.xClose {
            // SAFETY: it is open.
            unsafe { close(below) };
        }
        return if code == ffi::SQLITE_OK { ffi::SQLITE_CANTOPEN } else { code };
    }
    let head = Head { base: sqlite3_file { pMethods: &METHODS }, watched: Box::into_raw(Box::new(watched)) };
    // SAFETY: the memory is ours, aligned as SQLite aligns all files (8 bytes), and plain.
    unsafe { file.cast::<Head>().write_unaligned(head) };
    code
}

static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 3,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: Some(fetch),
    xUnfetch: Some(unfetch),
};

/// Our part of an open file.
///
/// # Safety
/// SQLite calls a method of [`METHODS`] with `file`, so [`adopt`] made it; SQLite does not close it meanwhile.
unsafe fn watched<'a>(file: *mut sqlite3_file) -> &'a Watched {
    // SAFETY: the caller's promise.
    let head = unsafe { file.cast::<Head>().read_unaligned() };
    // SAFETY: made by `adopt`, freed only by `close`.
    unsafe { &*head.watched }
}

/// Passes a call on to the method of the file below.
macro_rules! pass {
    ($file:ident, $method:ident ( $($value:expr),* ) else $missing:expr) => {{
        // SAFETY: SQLite calls a method of ours with a file that `adopt` made.
        let below = unsafe { inner($file) };
        // SAFETY: the file below is open, and `adopt` saw that its table has all methods.
        match unsafe { (*(*below).pMethods).$method } {
            // SAFETY: the arguments are SQLite's own, for a method of the same meaning.
            Some(method) => unsafe { method(below $(, $value)*) },
            None => $missing,
        }
    }};
}

/// Asks whether the call shall fail.
macro_rules! gate {
    ($file:ident, $call:expr) => {{
        // SAFETY: SQLite calls a method of ours with a file that `adopt` made.
        let watched = unsafe { watched($file) };
        if let Err(code) = watched.folder.gate($call) {
            return code;
        }
        watched
    }};
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    let code = pass!(file, xClose() else ffi::SQLITE_OK);
    // SAFETY: SQLite calls a method of ours with a file that `adopt` made.
    let head = unsafe { file.cast::<Head>().read_unaligned() };
    // SAFETY: made by `adopt`; SQLite closes a file once.
    drop(unsafe { Box::from_raw(head.watched) });
    code
}

unsafe extern "C" fn read(file: *mut sqlite3_file, to: *mut c_void, n: c_int, at: sqlite3_int64) -> c_int {
    gate!(file, Call::Read);
    pass!(file, xRead(to, n, at) else ffi::SQLITE_IOERR_READ)
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    from: *const c_void,
    n: c_int,
    at: sqlite3_int64,
) -> c_int {
    let watched = gate!(file, Call::Write);
    if watched.folder.has_little_room() {
        let mut length = 0;
        let code = pass!(file, xFileSize(&raw mut length) else ffi::SQLITE_IOERR_FSTAT);
        if code != ffi::SQLITE_OK {
            return code;
        }
        let by = (at + i64::from(n)).saturating_sub(length).max(0).unsigned_abs();
        if let Err(code) = watched.folder.grow(by) {
            return code;
        }
    }
    let code = pass!(file, xWrite(from, n, at) else ffi::SQLITE_IOERR_WRITE);
    if code == ffi::SQLITE_OK {
        watched.folder.note(|| {
            // SAFETY: SQLite hands in `n` bytes at `from`.
            let bytes = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), n.unsigned_abs() as usize) };
            Event::Write(watched.name.clone(), at.unsigned_abs(), bytes.to_vec())
        });
    }
    code
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, length: sqlite3_int64) -> c_int {
    let watched = gate!(file, Call::Truncate);
    let code = pass!(file, xTruncate(length) else ffi::SQLITE_IOERR_TRUNCATE);
    if code == ffi::SQLITE_OK {
        watched.folder.note(|| Event::Truncate(watched.name.clone(), length.unsigned_abs()));
    }
    code
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    let watched = gate!(file, Call::Sync);
    let code = pass!(file, xSync(flags) else ffi::SQLITE_IOERR_FSYNC);
    if code == ffi::SQLITE_OK {
        watched.folder.note(|| Event::Sync(watched.name.clone()));
    }
    code
}

unsafe extern "C" fn file_size(file: *mut sqlite3_file, out: *mut sqlite3_int64) -> c_int {
    gate!(file, Call::Size);
    pass!(file, xFileSize(out) else ffi::SQLITE_IOERR_FSTAT)
}

unsafe extern "C" fn lock(file: *mut sqlite3_file, level: c_int) -> c_int {
    gate!(file, Call::Lock);
    pass!(file, xLock(level) else ffi::SQLITE_IOERR_LOCK)
}

unsafe extern "C" fn unlock(file: *mut sqlite3_file, level: c_int) -> c_int {
    pass!(file, xUnlock(level) else ffi::SQLITE_IOERR_UNLOCK)
}

unsafe extern "C" fn check_reserved_lock(file: *mut sqlite3_file, out: *mut c_int) -> c_int {
    pass!(file, xCheckReservedLock(out) else ffi::SQLITE_IOERR_CHECKRESERVEDLOCK)
}

unsafe extern "C" fn file_control(file: *mut sqlite3_file, op: c_int, value: *mut c_void) -> c_int {
    pass!(file, xFileControl(op, value) else ffi::SQLITE_NOTFOUND)
}

unsafe extern "C" fn sector_size(file: *mut sqlite3_file) -> c_int {
    pass!(file, xSectorSize() else 4096)
}

unsafe extern "C" fn device_characteristics(file: *mut sqlite3_file) -> c_int {
    pass!(file, xDeviceCharacteristics() else 0)
}

unsafe extern "C" fn shm_map(
    file: *mut sqlite3_file,
    page: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    gate!(file, Call::Map);
    pass!(file, xShmMap(page, size, extend, out) else ffi::SQLITE_IOERR_SHMMAP)
}

unsafe extern "C" fn shm_lock(file: *mut sqlite3_file, at: c_int, n: c_int, flags: c_int) -> c_int {
    pass!(file, xShmLock(at, n, flags) else ffi::SQLITE_IOERR_SHMLOCK)
}

unsafe extern "C" fn shm_barrier(file: *mut sqlite3_file) {
    pass!(file, xShmBarrier() else ());
}

unsafe extern "C" fn shm_unmap(file: *mut sqlite3_file, delete: c_int) -> c_int {
    pass!(file, xShmUnmap(delete) else ffi::SQLITE_OK)
}

unsafe extern "C" fn fetch(
    file: *mut sqlite3_file,
    at: sqlite3_int64,
    n: c_int,
    out: *mut *mut c_void,
) -> c_int {
    pass!(file, xFetch(at, n, out) else ffi::SQLITE_OK)
}

unsafe extern "C" fn unfetch(file: *mut sqlite3_file, at: sqlite3_int64, page: *mut c_void) -> c_int {
    pass!(file, xUnfetch(at, page) else ffi::SQLITE_OK)
}
