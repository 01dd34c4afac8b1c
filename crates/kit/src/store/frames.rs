//! SQLite's write-ahead log, written in large pieces. SQLite writes each page and each page's header by itself, a hundred calls
//! of the system for one commit; here they are gathered in memory until the log is synced.
//!
//! Invariant: what was written is in the file before it is synced, and nothing waits but while a commit writes. That is so for a connection
//! that syncs at every commit and never spills its cache, and for no other: SQLite then writes to the log only to sync it at once.
#![allow(unsafe_code)]

use std::ffi::{CString, c_char, c_int, c_void};
use std::mem::size_of;
use std::sync::{Mutex, PoisonError};

use rusqlite::ffi;

use crate::problem::Fault;

/// Bytes that wait at most; a larger commit is written in several pieces. SQLite's own files take less than 128 KiB at once.
const MOST: usize = 124 << 10;

/// The name of a VFS that is `base` (the system's own when absent) but for how logs are written.
///
/// # Errors
/// A fault when SQLite does not know `base`.
pub(super) fn over(base: Option<&str>) -> Result<String, Fault> {
    // Found and registered by one at a time.
    static LOCK: Mutex<()> = Mutex::new(());
    let _lock = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    let c_text = |name: &str| CString::new(name).map_err(|e| Fault::new("a VFS name has no zero byte", e));
    let c_base = base.map(c_text).transpose()?;
    // SAFETY: null or a C string; SQLite only looks it up.
    let base_vfs = unsafe { ffi::sqlite3_vfs_find(c_base.as_ref().map_or(std::ptr::null(), |name| name.as_ptr())) };
    if base_vfs.is_null() {
        return Err(Fault::msg(format!("there is no VFS {base:?}")));
    }
    let name = format!("{}-framed", base.unwrap_or("system"));
    let c_name = c_text(&name)?;
    // SAFETY: VFSs are never freed, ours neither: what is found can be read. `pAppData` of one with our name is its base.
    unsafe {
        let known = ffi::sqlite3_vfs_find(c_name.as_ptr());
        if !known.is_null() {
            if (*known).pAppData == base_vfs.cast() {
                return Ok(name);
            }
            // A disk of a simulation that is gone.
            ffi::sqlite3_vfs_unregister(known);
        }
        let mut vfs = *base_vfs;
        // The methods beyond the first version are not passed on; SQLite does without.
        vfs.iVersion = 1;
        vfs.szOsFile = head() + (*base_vfs).szOsFile;
        vfs.pNext = std::ptr::null_mut();
        vfs.zName = c_name.into_raw();
        vfs.pAppData = base_vfs.cast();
        vfs.xOpen = Some(open);
        vfs.xDelete = Some(delete);
        vfs.xAccess = Some(access);
        vfs.xFullPathname = Some(full_pathname);
        vfs.xDlOpen = None;
        vfs.xDlError = None;
        vfs.xDlSym = None;
        vfs.xDlClose = None;
        vfs.xRandomness = Some(randomness);
        vfs.xSleep = Some(sleep);
        vfs.xCurrentTime = Some(current_time);
        vfs.xGetLastError = Some(last_error);
        match ffi::sqlite3_vfs_register(Box::into_raw(Box::new(vfs)), 0) {
            ffi::SQLITE_OK => Ok(name),
            code => Err(Fault::msg(format!("SQLite does not take the VFS {name}: {code}"))),
        }
    }
}

/// A log that is open. The base's own file follows it in memory.
#[repr(C)]
struct Log {
    methods: *const ffi::sqlite3_io_methods,
    /// Where `waiting` belongs.
    at: ffi::sqlite3_int64,
    /// What was written and is not in the file yet.
    waiting: Vec<u8>,
}

/// Bytes before the base's file: a [`Log`], and the file aligned as SQLite aligns.
fn head() -> c_int {
    c_int::try_from(size_of::<Log>().next_multiple_of(16)).expect("a few words")
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    // Version 1: a log has neither shared memory nor pages to map.
    iVersion: 1,
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
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

/// Calls the method `name` of `file`, which is one of the base's.
macro_rules! ask {
    ($file:expr, $name:ident $(, $argument:expr)*) => {{
        let file: *mut ffi::sqlite3_file = $file;
        match (*(*file).pMethods).$name {
            Some(method) => method(file $(, $argument)*),
            None => ffi::SQLITE_NOTFOUND,
        }
    }};
}

/// The same for the VFS.
macro_rules! ask_vfs {
    ($vfs:expr, $otherwise:expr, $name:ident $(, $argument:expr)*) => {{
        let base: *mut ffi::sqlite3_vfs = (*$vfs).pAppData.cast();
        match (*base).$name {
            Some(method) => method(base $(, $argument)*),
            None => $otherwise,
        }
    }};
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite passes a VFS that `over` made, and as many writable bytes as that asks for: enough for the base's file, and where the
    // file is a log, for ours before it. All other files are the base's alone.
    unsafe {
        if flags & ffi::SQLITE_OPEN_WAL == 0 {
            return ask_vfs!(vfs, ffi::SQLITE_CANTOPEN, xOpen, name, file, flags, out_flags);
        }
        (*file).pMethods = std::ptr::null();
        let below = below(file);
        (*below).pMethods = std::ptr::null();
        let code = ask_vfs!(vfs, ffi::SQLITE_CANTOPEN, xOpen, name, below, flags, out_flags);
        if code == ffi::SQLITE_OK {
            file.cast::<Log>().write(Log { methods: &METHODS, at: 0, waiting: Vec::new() });
        } else if !(*below).pMethods.is_null() {
            ask!(below, xClose);
        }
        code
    }
}

/// The base's file of the log `file`.
///
/// # Safety
/// `file` has as many bytes as our VFS asks for.
unsafe fn below(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    // SAFETY: see above.
    unsafe { file.cast::<u8>().add(usize::try_from(head()).unwrap_or(0)).cast() }
}

/// Writes what waits.
///
/// # Safety
/// `file` was opened as a log by [`open`] and nobody else refers to it.
unsafe fn flush(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: see above.
    unsafe {
        let log = &mut *file.cast::<Log>();
        if log.waiting.is_empty() {
            return ffi::SQLITE_OK;
        }
        let len = c_int::try_from(log.waiting.len()).unwrap_or(c_int::MAX);
        let code = ask!(below(file), xWrite, log.waiting.as_ptr().cast(), len, log.at);
        // When it cannot be written, the commit fails, and its place in the log may be another process's next.
        log.waiting.clear();
        code
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    bytes: *const c_void,
    len: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: an open log and `len` readable bytes.
    unsafe {
        let log = &mut *file.cast::<Log>();
        let bytes = std::slice::from_raw_parts(bytes.cast::<u8>(), usize::try_from(len).unwrap_or(0));
        let end = log.at + i64::try_from(log.waiting.len()).unwrap_or(i64::MAX);
        if at != end || log.waiting.len() + bytes.len() > MOST {
            let code = flush(file);
            if code != ffi::SQLITE_OK {
                return code;
            }
        }
        let log = &mut *file.cast::<Log>();
        if log.waiting.is_empty() {
            log.at = at;
        }
        log.waiting.extend_from_slice(bytes);
        ffi::SQLITE_OK
    }
}

/// Writes what waits and then asks the base.
macro_rules! then {
    ($file:expr, $name:ident $(, $argument:expr)*) => {{
        // SAFETY: SQLite passes a log that `open` opened, and what the base's method takes.
        unsafe {
            match flush($file) {
                ffi::SQLITE_OK => ask!(below($file), $name $(, $argument)*),
                code => code,
            }
        }
    }};
}

unsafe extern "C" fn read(file: *mut ffi::sqlite3_file, out: *mut c_void, len: c_int, at: ffi::sqlite3_int64) -> c_int {
    then!(file, xRead, out, len, at)
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, len: ffi::sqlite3_int64) -> c_int {
    then!(file, xTruncate, len)
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    then!(file, xSync, flags)
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, size: *mut ffi::sqlite3_int64) -> c_int {
    then!(file, xFileSize, size)
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    then!(file, xLock, level)
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    then!(file, xUnlock, level)
}

unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, held: *mut c_int) -> c_int {
    then!(file, xCheckReservedLock, held)
}

unsafe extern "C" fn file_control(file: *mut ffi::sqlite3_file, operation: c_int, argument: *mut c_void) -> c_int {
    then!(file, xFileControl, operation, argument)
}

unsafe extern "C" fn sector_size(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: an open log.
    unsafe { ask!(below(file), xSectorSize) }
}

unsafe extern "C" fn device_characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: an open log.
    unsafe { ask!(below(file), xDeviceCharacteristics) }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite closes what `open` opened, once.
    unsafe {
        std::ptr::drop_in_place(file.cast::<Log>());
        ask!(below(file), xClose)
    }
}

unsafe extern "C" fn delete(vfs: *mut ffi::sqlite3_vfs, name: *const c_char, sync_folder: c_int) -> c_int {
    // SAFETY: as `open`; the arguments are the base's.
    unsafe { ask_vfs!(vfs, ffi::SQLITE_IOERR_DELETE, xDelete, name, sync_folder) }
}

unsafe extern "C" fn access(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    exists: *mut c_int,
) -> c_int {
    // SAFETY: as `open`; the arguments are the base's.
    unsafe { ask_vfs!(vfs, ffi::SQLITE_IOERR_ACCESS, xAccess, name, flags, exists) }
}

unsafe extern "C" fn full_pathname(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    len: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: as `open`; the arguments are the base's.
    unsafe { ask_vfs!(vfs, ffi::SQLITE_CANTOPEN, xFullPathname, name, len, out) }
}

unsafe extern "C" fn randomness(vfs: *mut ffi::sqlite3_vfs, len: c_int, out: *mut c_char) -> c_int {
    // SAFETY: as `open`; the arguments are the base's.
    unsafe { ask_vfs!(vfs, 0, xRandomness, len, out) }
}

unsafe extern "C" fn sleep(vfs: *mut ffi::sqlite3_vfs, micros: c_int) -> c_int {
    // SAFETY: as `open`.
    unsafe { ask_vfs!(vfs, 0, xSleep, micros) }
}

unsafe extern "C" fn current_time(vfs: *mut ffi::sqlite3_vfs, julian_day: *mut f64) -> c_int {
    // SAFETY: as `open`; the arguments are the base's.
    unsafe { ask_vfs!(vfs, ffi::SQLITE_ERROR, xCurrentTime, julian_day) }
}

unsafe extern "C" fn last_error(vfs: *mut ffi::sqlite3_vfs, len: c_int, out: *mut c_char) -> c_int {
    // SAFETY: as `open`; the arguments are the base's.
    unsafe { ask_vfs!(vfs, 0, xGetLastError, len, out) }
}
