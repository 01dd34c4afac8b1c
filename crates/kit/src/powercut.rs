//! A disk in memory on which only synced bytes survive a power cut: a SQLite VFS for simulations and tests.
//!
//! What was written, grown, truncated, created or deleted since the last sync survives a cut whole, in part (torn between
//! 512-byte sectors) or not at all, each change for itself. Bytes outside a torn write stay as they were, which is what
//! SQLite assumes of every disk by default. The real files behind a VFS of the system are never touched.

mod vfs;

use std::collections::BTreeMap;
use std::ffi::c_int;
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
        vfs::register(name, disk);
        PowerCut(Arc::new(Registered { disk, name: name.to_owned() }))
    }

    /// The database file `path` on this disk.
    #[must_use]
    pub fn location(&self, path: &str) -> Location {
        Location::Sqlite { path: path.to_owned(), vfs: Some(self.0.name.clone()), synced: true }
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
        vfs::unregister(&self.name);
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
