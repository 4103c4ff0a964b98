//! The file system: opening, deleting and asking for files. SQLite's own, below, does the work.

use std::{
    ffi::{CStr, OsStr, c_char, c_int},
    os::unix::ffi::OsStrExt as _,
    path::Path,
    sync::{Arc, OnceLock},
};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_vfs};

use crate::{
    file::{self, Watched},
    watch::{self, Call, Event, Folder},
};

static INSTALLED: OnceLock<Result<(), String>> = OnceLock::new();

/// Makes this layer the default file system of the process, once.
pub(crate) fn install() -> Result<(), String> {
    INSTALLED.get_or_init(register).clone()
}

fn register() -> Result<(), String> {
    // SAFETY: a null name asks for the default.
    let below = unsafe { ffi::sqlite3_vfs_find(std::ptr::null()) };
    // SAFETY: null, or a table that lives as long as the process.
    let base = *unsafe { below.as_ref() }.ok_or("SQLite has no file system")?;
    // What is not replaced ignores the table it is called with: time, sleep, randomness, full path names.
    let own = Box::leak(Box::new(sqlite3_vfs {
        iVersion: 2,
        szOsFile: base.szOsFile + file::HEAD,
        pNext: std::ptr::null_mut(),
        zName: c"pantau-shim".as_ptr(),
        pAppData: below.cast(),
        xOpen: Some(open),
        xDelete: Some(delete),
        xAccess: Some(access),
        ..base
    }));
    // SAFETY: the table lives for ever and its functions do what SQLite asks of them.
    match unsafe { ffi::sqlite3_vfs_register(own, 1) } {
        ffi::SQLITE_OK => Ok(()),
        code => Err(format!("SQLite refuses the layer: {code}")),
    }
}

/// SQLite's own file system.
///
/// # Safety
/// `vfs` is the table made by [`register`].
unsafe fn below(vfs: *mut sqlite3_vfs) -> *mut sqlite3_vfs {
    // SAFETY: the table lives for ever; nobody writes to this field after it was made.
    unsafe { (*vfs).pAppData.cast() }
}

/// The watched folder of a file that SQLite names.
///
/// # Safety
/// `name` is null or a string that ends in a zero byte.
unsafe fn find(name: *const c_char) -> Option<(Arc<Folder>, String)> {
    if name.is_null() {
        return None;
    }
    // SAFETY: not null, and the caller's promise.
    let name = unsafe { CStr::from_ptr(name) };
    watch::find(Path::new(OsStr::from_bytes(name.to_bytes())))
}

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite calls with our table.
    let base = unsafe { below(vfs) };
    // SAFETY: SQLite's names end in a zero byte.
    let Some((folder, short)) = (unsafe { find(name) }) else {
        // The file below takes our place: nothing of it comes through here any more.
        // SAFETY: the arguments are SQLite's own, and its file is larger than the one below needs.
        return unsafe { open_below(base, name, file, flags, out_flags) };
    };
    // SAFETY: `file` points to at least `szOsFile` bytes of ours.
    unsafe { file::clear(file) };
    if let Err(code) = folder.gate(Call::Open) {
        return code;
    }
    let is_new = flags & ffi::SQLITE_OPEN_CREATE != 0 && !folder.holds(&short);
    // SAFETY: the room for the file below begins behind our head.
    let inner = unsafe { file::inner(file) };
    // SAFETY: the other arguments are SQLite's own.
    let code = unsafe { open_below(base, name, inner, flags, out_flags) };
    if code == ffi::SQLITE_OK && is_new {
        folder.note(|| Event::Create(short.clone()));
    }
    // SAFETY: `inner` was just opened, or failed to be, in the room behind our head.
    unsafe { file::adopt(file, Watched { folder, name: short }, code) }
}

/// # Safety
/// As SQLite calls `xOpen` of `base`.
unsafe fn open_below(
    base: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: `base` is SQLite's table.
    let Some(open) = (unsafe { (*base).xOpen }) else { return ffi::SQLITE_CANTOPEN };
    // SAFETY: the caller's promise.
    unsafe { open(base, name, file, flags, out_flags) }
}

unsafe extern "C" fn delete(vfs: *mut sqlite3_vfs, name: *const c_char, sync_dir: c_int) -> c_int {
    // SAFETY: SQLite's names end in a zero byte.
    let found = unsafe { find(name) };
    if let Some(Err(code)) = found.as_ref().map(|(folder, _)| folder.gate(Call::Delete)) {
        return code;
    }
    // SAFETY: SQLite calls with our table.
    let base = unsafe { below(vfs) };
    // SAFETY: `base` is SQLite's table.
    let Some(delete) = (unsafe { (*base).xDelete }) else { return ffi::SQLITE_IOERR_DELETE };
    // SAFETY: the arguments are SQLite's own.
    let code = unsafe { delete(base, name, sync_dir) };
    if let (ffi::SQLITE_OK, Some((folder, short))) = (code, found) {
        folder.note(|| Event::Delete(short, sync_dir != 0));
    }
    code
}

unsafe extern "C" fn access(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite's names end in a zero byte.
    let found = unsafe { find(name) };
    if let Some(Err(code)) = found.map(|(folder, _)| folder.gate(Call::Access)) {
        return code;
    }
    // SAFETY: SQLite calls with our table.
    let base = unsafe { below(vfs) };
    // SAFETY: `base` is SQLite's table.
    let Some(access) = (unsafe { (*base).xAccess }) else { return ffi::SQLITE_IOERR_ACCESS };
    // SAFETY: the arguments are SQLite's own.
    unsafe { access(base, name, flags, out) }
}
