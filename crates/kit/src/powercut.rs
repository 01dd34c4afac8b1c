//! A disk in memory on which only synced bytes survive a power cut: a SQLite VFS for simulations and tests.
//!
//! What was written, grown, truncated, created or deleted since the last sync survives a cut whole, in part (torn between
//! 512-byte sectors) or not at all, each change for itself. Bytes outside a torn write stay as they were, which is what
//! SQLite assumes of every disk by default. The real files behind a VFS of the system are never touched.
// SQLite calls a VFS through C function pointers. Every pointer that comes in is one that SQLite's interface guarantees
// for the time of the call; what lies behind `pAppData` and in our files is a `&'static Disk`, leaked once per disk.
#![allow(unsafe_code)]

use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::mem::size_of;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand::rngs::StdRng;
use rand::{Rng, RngCore, SeedableRng};
use rusqlite::ffi;

use crate::store::Location;

/// What a disk writes at once or not at all.
const SECTOR: usize = 512;

/// A disk whose power can be cut. Clones are the same disk; when the last is dropped its files are gone.
#[derive(Clone)]
pub struct PowerCut(Arc<Registered>);

struct Registered {
    disk: &'static Disk,
    name: String,
}

struct Disk {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    off: bool,
    /// Counts up with each loss of power; handles of an earlier one are dead.
    life: u64,
    files: BTreeMap<String, File>,
    handles: BTreeMap<u64, Handle>,
    last_handle: u64,
    counts: Counts,
    fuse: Option<Fuse>,
    on_loss: Option<Box<dyn Fn() + Send>>,
}

/// What has been asked of a disk since it was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Writes and truncations.
    pub writes: u64,
    /// Syncs of a file.
    pub syncs: u64,
    /// Bytes written.
    pub bytes: u64,
    /// Power cuts.
    pub cuts: u64,
    /// Writes, truncations and syncs that a cut or a kill interrupted or came before.
    pub refused: u64,
}

struct Fuse {
    left: u64,
    random: StdRng,
}

/// A file as programs see it now, as the disk would show it after a cut, and the changes between the two.
#[derive(Default)]
struct File {
    now: Option<Vec<u8>>,
    kept: Option<Vec<u8>>,
    unsynced: Vec<Change>,
}

#[derive(Clone)]
enum Change {
    Create,
    Write { at: usize, bytes: Vec<u8> },
    Resize(usize),
    Delete,
}

struct Handle {
    path: String,
    life: u64,
    lock: c_int,
}

impl PowerCut {
    /// A new empty disk that SQLite knows as the VFS `name`.
    ///
    /// # Panics
    /// When SQLite already knows a VFS of that name.
    #[must_use]
    pub fn register(name: &str) -> PowerCut {
        let disk: &'static Disk = Box::leak(Box::new(Disk { state: Mutex::default() }));
        let c_name = Box::leak(CString::new(name).expect("a VFS name has no zero byte").into_boxed_c_str());
        // SAFETY: the name is a C string; SQLite only looks it up.
        let known = unsafe { ffi::sqlite3_vfs_find(c_name.as_ptr()) };
        assert!(known.is_null(), "there is already a VFS {name}");
        let vfs = Box::leak(Box::new(vfs(c_name, disk)));
        // SAFETY: the structure and all it points to live for ever.
        let done = unsafe { ffi::sqlite3_vfs_register(vfs, 0) };
        assert_eq!(done, ffi::SQLITE_OK, "SQLite takes a well-formed VFS");
        PowerCut(Arc::new(Registered { disk, name: name.to_owned() }))
    }

    /// The database file `path` on this disk.
    #[must_use]
    pub fn location(&self, path: &str) -> Location {
        Location::Sqlite { path: path.to_owned(), vfs: Some(self.0.name.clone()) }
    }

    /// Cuts the power: of what was not synced, a part that `random` decides survives. Every open file fails from now on, and
    /// none can be opened before [`PowerCut::restore`].
    pub fn cut(&self, random: &mut dyn RngCore) {
        self.0.disk.lose(|state| state.cut(random));
    }

    /// Ends the program but not the machine: everything written survives. Otherwise as [`PowerCut::cut`].
    pub fn kill(&self) {
        self.0.disk.lose(State::stop);
    }

    /// Gives power again: files can be opened and hold what survived.
    pub fn restore(&self) {
        self.0.disk.state().off = false;
    }

    /// Whether there is no power.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.0.disk.state().off
    }

    /// Cuts the power inside the `n`-th write, truncation, deletion or sync from now (1 is the next); `seed` decides what survives.
    pub fn fail_after(&self, n: u64, seed: u64) {
        self.0.disk.state().fuse = Some(Fuse { left: n.max(1), random: StdRng::seed_from_u64(seed) });
    }

    /// Takes back what [`PowerCut::fail_after`] arranged, if it has not happened.
    pub fn disarm(&self) {
        self.0.disk.state().fuse = None;
    }

    /// Calls `told` whenever power is lost, inside the operation that lost it.
    pub fn on_loss(&self, told: impl Fn() + Send + 'static) {
        self.0.disk.state().on_loss = Some(Box::new(told));
    }

    /// What has been asked of the disk so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.0.disk.state().counts
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let name = CString::new(self.name.as_str()).expect("it was one when registered");
        // SAFETY: the VFS was registered under this name and is never freed, so late callers find a disk without files.
        unsafe {
            let vfs = ffi::sqlite3_vfs_find(name.as_ptr());
            if !vfs.is_null() {
                ffi::sqlite3_vfs_unregister(vfs);
            }
        }
        let mut state = self.disk.state();
        state.stop();
        state.files.clear();
        state.on_loss = None;
    }
}

impl Disk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lose(&self, how: impl FnOnce(&mut State)) {
        let mut state = self.state();
        how(&mut state);
        let told = state.on_loss.take();
        drop(state);
        if let Some(told) = told {
            told();
            self.state().on_loss.get_or_insert(told);
        }
    }

    /// Runs `change` on the file behind `handle`, unless the power is lost before or in the middle of it.
    fn change(&self, handle: u64, change: impl FnOnce(&mut State, &str)) -> c_int {
        let mut state = self.state();
        let Some(path) = state.path(handle) else {
            state.counts.refused += 1;
            return ffi::SQLITE_IOERR;
        };
        if !state.burns() {
            change(&mut state, &path);
            return ffi::SQLITE_OK;
        }
        // A write that the cut interrupts is on its way: like those before it, it may survive. A sync is not done.
        change(&mut state, &path);
        drop(state);
        self.lose(State::burn);
        ffi::SQLITE_IOERR
    }
}

impl State {
    fn stop(&mut self) {
        self.off = true;
        self.life += 1;
        self.fuse = None;
    }

    fn cut(&mut self, random: &mut dyn RngCore) {
        self.stop();
        self.counts.cuts += 1;
        for file in self.files.values_mut() {
            file.lose_power(random);
        }
    }

    fn burn(&mut self) {
        if let Some(mut fuse) = self.fuse.take() {
            self.cut(&mut fuse.random);
        }
    }

    /// Counts the fuse down; true when it has burnt.
    fn burns(&mut self) -> bool {
        let Some(fuse) = &mut self.fuse else { return false };
        fuse.left -= 1;
        fuse.left == 0
    }

    fn path(&self, handle: u64) -> Option<String> {
        let handle = self.handles.get(&handle)?;
        (handle.life == self.life && !self.off).then(|| handle.path.clone())
    }

    fn file(&mut self, path: &str) -> &mut File {
        self.files.entry(path.to_owned()).or_default()
    }

    /// Syncs a file, and with a new one its folder, as SQLite does on real disks: what became of the other names is then durable too.
    fn sync(&mut self, path: &str) {
        let file = self.file(path);
        let is_new = file.unsynced.iter().any(|change| matches!(change, Change::Create));
        file.sync();
        if is_new {
            self.files.values_mut().for_each(File::sync_name);
        }
    }

    /// Whether another live handle holds `level` or more on the same file.
    fn others_hold(&self, id: u64, path: &str, level: c_int) -> bool {
        let live = self.handles.iter().filter(|(other, handle)| **other != id && handle.life == self.life);
        live.into_iter().any(|(_, handle)| handle.path == path && handle.lock >= level)
    }
}

impl File {
    fn apply(&mut self, change: Change) {
        perform(&mut self.now, &change);
        self.unsynced.push(change);
    }

    fn sync(&mut self) {
        for change in self.unsynced.drain(..) {
            perform(&mut self.kept, &change);
        }
    }

    fn sync_name(&mut self) {
        let named = self.unsynced.iter().rposition(|change| matches!(change, Change::Create | Change::Delete));
        if let Some(named) = named {
            for change in self.unsynced.drain(..=named) {
                perform(&mut self.kept, &change);
            }
            // Of a new file the folder's sync makes only the name durable.
            if let Some(kept) = &mut self.kept {
                kept.clear();
            }
        }
    }

    fn lose_power(&mut self, random: &mut dyn RngCore) {
        for change in std::mem::take(&mut self.unsynced) {
            match change {
                // Without its entry in the folder, what was written to the new file is nowhere.
                Change::Create if random.random_bool(0.5) => break,
                Change::Resize(_) | Change::Delete if random.random_bool(0.5) => {}
                Change::Write { at, bytes } => tear(&mut self.kept, at, &bytes, random),
                other => perform(&mut self.kept, &other),
            }
        }
        self.now = self.kept.clone();
    }
}

fn perform(file: &mut Option<Vec<u8>>, change: &Change) {
    match change {
        Change::Create => *file = Some(Vec::new()),
        Change::Delete => *file = None,
        Change::Resize(len) => {
            if let Some(file) = file {
                file.resize(*len, 0);
            }
        }
        Change::Write { at, bytes } => put(file, *at, bytes),
    }
}

fn put(file: &mut Option<Vec<u8>>, at: usize, bytes: &[u8]) {
    if let Some(file) = file {
        let end = at + bytes.len();
        if file.len() < end {
            file.resize(end, 0);
        }
        file[at..end].copy_from_slice(bytes);
    }
}

/// What may be left of a write: all, nothing, the first sectors, or some sectors, of which one may be neither old nor new.
fn tear(file: &mut Option<Vec<u8>>, at: usize, bytes: &[u8], random: &mut dyn RngCore) {
    let end = at + bytes.len();
    let sectors: Vec<(usize, usize)> = (at / SECTOR..=end.saturating_sub(1) / SECTOR)
        .map(|sector| ((sector * SECTOR).max(at), ((sector + 1) * SECTOR).min(end)))
        .collect();
    match random.random_range(0..10) {
        0..3 => put(file, at, bytes),
        3..6 => {}
        6..8 => {
            let whole = random.random_range(0..sectors.len());
            let upto = sectors[whole].0;
            put(file, at, &bytes[..upto - at]);
        }
        _ => {
            for (from, to) in sectors {
                match random.random_range(0..16) {
                    0..8 => put(file, from, &bytes[from - at..to - at]),
                    8 => {
                        let mut noise = vec![0; to - from];
                        random.fill_bytes(&mut noise);
                        put(file, from, &noise);
                    }
                    _ => {}
                }
            }
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
