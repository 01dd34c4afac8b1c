//! SQLite's side of the disk: the functions that it calls, each a translation to [`Disk`] and [`State`].
//!
//! SQLite calls a VFS through C function pointers. Every pointer that comes in is one that SQLite's interface guarantees
//! for the time of the call; what lies behind `pAppData` and in our files is a `&'static Disk`, leaked once per disk.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::mem::size_of;

use rusqlite::ffi;

use super::{Change, Disk, File, Handle, State};

/// Makes SQLite know `disk` as the VFS `name`.
pub(super) fn register(name: &str, disk: &'static Disk) {
    let c_name = Box::leak(CString::new(name).expect("a VFS name has no zero byte").into_boxed_c_str());
    // SAFETY: the name is a C string; SQLite only looks it up.
    let known = unsafe { ffi::sqlite3_vfs_find(c_name.as_ptr()) };
    assert!(known.is_null(), "there is already a VFS {name}");
    let vfs = Box::leak(Box::new(vfs(c_name, disk)));
    // SAFETY: the structure and all it points to live for ever.
    let done = unsafe { ffi::sqlite3_vfs_register(vfs, 0) };
    assert_eq!(done, ffi::SQLITE_OK, "SQLite takes a well-formed VFS");
}

/// Makes SQLite forget the VFS `name`. It is not freed, so late callers find a disk without files.
pub(super) fn unregister(name: &str) {
    let name = CString::new(name).expect("it was one when registered");
    // SAFETY: a C string, and a VFS that lives for ever.
    unsafe {
        let vfs = ffi::sqlite3_vfs_find(name.as_ptr());
        if !vfs.is_null() {
            ffi::sqlite3_vfs_unregister(vfs);
        }
    }
}

/// SQLite allocates `szOsFile` bytes for each file and hands them back with each operation.
#[repr(C)]
struct OpenFile {
    base: ffi::sqlite3_file,
    disk: &'static Disk,
    handle: u64,
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    // Version 1: no shared memory, so a WAL needs `locking_mode = exclusive`, as in simulations.
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

fn vfs(name: &'static CStr, disk: &'static Disk) -> ffi::sqlite3_vfs {
    ffi::sqlite3_vfs {
        iVersion: 1,
        szOsFile: c_int::try_from(size_of::<OpenFile>()).expect("a few words"),
        mxPathname: 512,
        pNext: std::ptr::null_mut(),
        zName: name.as_ptr(),
        pAppData: std::ptr::from_ref(disk).cast_mut().cast(),
        xOpen: Some(open),
        xDelete: Some(delete),
        xAccess: Some(access),
        xFullPathname: Some(full_pathname),
        xDlOpen: None,
        xDlError: None,
        xDlSym: None,
        xDlClose: None,
        xRandomness: Some(randomness),
        xSleep: Some(sleep),
        xCurrentTime: Some(current_time),
        xGetLastError: Some(last_error),
        xCurrentTimeInt64: None,
        xSetSystemCall: None,
        xGetSystemCall: None,
        xNextSystemCall: None,
    }
}

/// The disk of a VFS.
///
/// # Safety
/// `vfs` is one that [`vfs`] made.
unsafe fn disk_of(vfs: *mut ffi::sqlite3_vfs) -> &'static Disk {
    // SAFETY: see above; the disk is never freed.
    unsafe { &*(*vfs).pAppData.cast::<Disk>() }
}

/// The disk and handle of an open file.
///
/// # Safety
/// `file` was opened by [`open`].
unsafe fn opened(file: *mut ffi::sqlite3_file) -> (&'static Disk, u64) {
    // SAFETY: see above; `OpenFile` begins with `sqlite3_file`.
    let file = unsafe { &*file.cast::<OpenFile>() };
    (file.disk, file.handle)
}

/// # Safety
/// `name` is null or a C string.
unsafe fn text(name: *const c_char) -> Option<String> {
    // SAFETY: see above.
    (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned())
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite passes its own VFS, a path or null, and `szOsFile` writable bytes.
    let (disk, name) = unsafe {
        (*file).pMethods = std::ptr::null();
        (disk_of(vfs), text(name))
    };
    let mut state = disk.state();
    if state.off {
        return ffi::SQLITE_CANTOPEN;
    }
    state.last_handle += 1;
    let id = state.last_handle;
    let path = name.unwrap_or_else(|| format!("temporary-{id}"));
    let entry = state.file(&path);
    if entry.now.is_none() {
        if flags & ffi::SQLITE_OPEN_CREATE == 0 {
            return ffi::SQLITE_CANTOPEN;
        }
        entry.apply(Change::Create);
    }
    let handle = Handle { path, life: state.life, lock: ffi::SQLITE_LOCK_NONE };
    state.handles.insert(id, handle);
    drop(state);
    // SAFETY: as above; `OpenFile` has exactly the size that the VFS asked for.
    unsafe {
        let base = ffi::sqlite3_file { pMethods: &METHODS };
        file.cast::<OpenFile>().write(OpenFile { base, disk, handle: id });
        if !out_flags.is_null() {
            *out_flags = flags;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(vfs: *mut ffi::sqlite3_vfs, name: *const c_char, sync_folder: c_int) -> c_int {
    // SAFETY: SQLite passes its own VFS and a path.
    let (disk, name) = unsafe { (disk_of(vfs), text(name).unwrap_or_default()) };
    let mut state = disk.state();
    if state.off {
        return ffi::SQLITE_IOERR_DELETE;
    }
    let burns = state.burns();
    let file = state.file(&name);
    if file.now.is_none() {
        return ffi::SQLITE_IOERR_DELETE_NOENT;
    }
    file.apply(Change::Delete);
    if burns {
        drop(state);
        disk.lose(State::burn);
        return ffi::SQLITE_IOERR_DELETE;
    }
    if sync_folder != 0 {
        state.files.values_mut().for_each(File::sync_name);
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn access(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    _flags: c_int,
    exists: *mut c_int,
) -> c_int {
    // SAFETY: SQLite passes its own VFS, a path, and a place for the answer.
    unsafe {
        let state = disk_of(vfs).state();
        let name = text(name).unwrap_or_default();
        *exists = c_int::from(state.files.get(&name).is_some_and(|file| file.now.is_some()));
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn full_pathname(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    len: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: `name` is a C string and `out` has `len` writable bytes.
    unsafe {
        let bytes = CStr::from_ptr(name).to_bytes_with_nul();
        if bytes.len() > usize::try_from(len).unwrap_or(0) {
            return ffi::SQLITE_CANTOPEN;
        }
        std::ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len());
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn randomness(_vfs: *mut ffi::sqlite3_vfs, len: c_int, out: *mut c_char) -> c_int {
    // SAFETY: `out` has `len` writable bytes. The same bytes each time: a simulation replays.
    unsafe { std::ptr::write_bytes(out, 0x5a, usize::try_from(len).unwrap_or(0)) };
    len
}

unsafe extern "C" fn sleep(_vfs: *mut ffi::sqlite3_vfs, micros: c_int) -> c_int {
    micros
}

unsafe extern "C" fn current_time(_vfs: *mut ffi::sqlite3_vfs, julian_day: *mut f64) -> c_int {
    // SAFETY: a place for the answer. Nothing in the project asks the database for the time.
    unsafe { *julian_day = 2_461_041.5 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn last_error(_vfs: *mut ffi::sqlite3_vfs, _len: c_int, _out: *mut c_char) -> c_int {
    0
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite closes what `open` opened, once.
    let (disk, id) = unsafe { opened(file) };
    disk.state().handles.remove(&id);
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(file: *mut ffi::sqlite3_file, out: *mut c_void, len: c_int, at: ffi::sqlite3_int64) -> c_int {
    // SAFETY: an open file and `len` writable bytes, which nothing else refers to during the call.
    let ((disk, id), out) = unsafe {
        let len = usize::try_from(len).unwrap_or(0);
        (opened(file), std::slice::from_raw_parts_mut(out.cast::<u8>(), len))
    };
    let state = disk.state();
    let Some(path) = state.path(id) else { return ffi::SQLITE_IOERR_READ };
    let bytes = state.files.get(&path).and_then(|file| file.now.as_deref()).unwrap_or_default();
    let rest = bytes.get(usize::try_from(at).unwrap_or(usize::MAX)..).unwrap_or_default();
    let have = rest.len().min(out.len());
    out[..have].copy_from_slice(&rest[..have]);
    out[have..].fill(0);
    if have == out.len() { ffi::SQLITE_OK } else { ffi::SQLITE_IOERR_SHORT_READ }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    bytes: *const c_void,
    len: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: an open file and `len` readable bytes.
    let ((disk, id), bytes) = unsafe {
        let len = usize::try_from(len).unwrap_or(0);
        (opened(file), std::slice::from_raw_parts(bytes.cast::<u8>(), len))
    };
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    disk.change(id, |state, path| {
        state.counts.writes += 1;
        state.counts.bytes += bytes.len() as u64;
        state.file(path).apply(Change::Write { at, bytes: bytes.to_vec() });
    })
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, len: ffi::sqlite3_int64) -> c_int {
    // SAFETY: an open file.
    let (disk, id) = unsafe { opened(file) };
    let len = usize::try_from(len).unwrap_or(0);
    disk.change(id, |state, path| {
        state.counts.writes += 1;
        state.file(path).apply(Change::Resize(len));
    })
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: an open file.
    let (disk, id) = unsafe { opened(file) };
    disk.change(id, |state, path| {
        state.counts.syncs += 1;
        if state.fuse.as_ref().is_none_or(|fuse| fuse.left > 0) {
            state.sync(path);
        }
    })
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, size: *mut ffi::sqlite3_int64) -> c_int {
    // SAFETY: an open file and a place for the answer.
    let (disk, id) = unsafe { opened(file) };
    let state = disk.state();
    let Some(path) = state.path(id) else { return ffi::SQLITE_IOERR_FSTAT };
    let len = state.files.get(&path).and_then(|file| file.now.as_ref()).map_or(0, Vec::len);
    // SAFETY: as above.
    unsafe { *size = i64::try_from(len).unwrap_or(i64::MAX) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: an open file.
    let (disk, id) = unsafe { opened(file) };
    let mut state = disk.state();
    let Some(path) = state.path(id) else { return ffi::SQLITE_IOERR_LOCK };
    let in_the_way = match level {
        ffi::SQLITE_LOCK_SHARED => ffi::SQLITE_LOCK_PENDING,
        ffi::SQLITE_LOCK_EXCLUSIVE => ffi::SQLITE_LOCK_SHARED,
        _ => ffi::SQLITE_LOCK_RESERVED,
    };
    if state.others_hold(id, &path, in_the_way) {
        return ffi::SQLITE_BUSY;
    }
    if let Some(handle) = state.handles.get_mut(&id) {
        handle.lock = handle.lock.max(level);
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: an open file.
    let (disk, id) = unsafe { opened(file) };
    if let Some(handle) = disk.state().handles.get_mut(&id) {
        handle.lock = handle.lock.min(level);
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, held: *mut c_int) -> c_int {
    // SAFETY: an open file and a place for the answer.
    let (disk, id) = unsafe { opened(file) };
    let state = disk.state();
    let Some(path) = state.path(id) else { return ffi::SQLITE_IOERR_CHECKRESERVEDLOCK };
    // SAFETY: as above.
    unsafe { *held = c_int::from(state.others_hold(id, &path, ffi::SQLITE_LOCK_RESERVED)) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_control(_file: *mut ffi::sqlite3_file, _operation: c_int, _arg: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_file: *mut ffi::sqlite3_file) -> c_int {
    4096
}

unsafe extern "C" fn device_characteristics(_file: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}
