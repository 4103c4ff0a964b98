//! From what was recorded to images of the disk after a crash.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use fastrand::Rng;
use pantau_shim::{Disk, Event, Loss, Watch, watch};
use pantau_tests::{Campaign, fast_folder};

/// Files by name.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// Something that was done while the recording went on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Act<T> {
    /// Number of events before it began.
    pub(crate) began: usize,
    /// Number of events when it said that it was done.
    pub(crate) ended: usize,
    /// What it said.
    pub(crate) said: T,
}

impl<T> Act<T> {
    /// Does something and notes between which events it was.
    pub(crate) fn of(watch: &Watch, act: impl FnOnce() -> T) -> Self {
        let began = watch.recorded();
        let said = act();
        Self { began, ended: watch.recorded(), said }
    }
}

/// A workload that was recorded.
pub(crate) struct History<T> {
    /// The disk before it.
    pub(crate) start: Files,
    pub(crate) events: Vec<Event>,
    pub(crate) acts: Vec<Act<T>>,
}

impl<T> History<T> {
    /// What was acknowledged when the power went after `cut` events.
    pub(crate) fn acknowledged(&self, cut: usize) -> impl Iterator<Item = &T> {
        self.acts.iter().filter(move |a| a.ended <= cut).map(|a| &a.said)
    }

    /// What had been tried by then: the power may go in the middle of an act's first event.
    pub(crate) fn tried(&self, cut: usize) -> impl Iterator<Item = &T> {
        self.acts.iter().filter(move |a| a.began <= cut).map(|a| &a.said)
    }

    /// Calls `look` with images at every cut: one where nothing can be lost, else `variants` of them.
    pub(crate) fn crash(
        &self,
        rng: &mut Rng,
        variants: usize,
        mut look: impl FnMut(usize, &str, &Files, &mut Rng),
    ) {
        let mut disk = Disk::new(self.start.clone());
        for cut in 0..=self.events.len() {
            if let Some(event) = cut.checked_sub(1).map(|i| &self.events[i]) {
                disk.apply(event);
            }
            for _ in 0..if disk.pending() == 0 { 1 } else { variants } {
                let (loss, files) = crashed(&disk, self.events.get(cut), rng);
                look(cut, loss, &files, rng);
            }
        }
    }
}

/// One image, and what was lost.
fn crashed(disk: &Disk, next: Option<&Event>, rng: &mut Rng) -> (&'static str, Files) {
    let kind = rng.u8(..8);
    let mut draw = |bound: u64| rng.u64(..bound);
    let (name, mut loss) = match kind {
        0 => ("all lost", Loss::All),
        1 => ("nothing lost", Loss::Nothing),
        2 | 3 => ("cut off", Loss::Prefix(&mut draw)),
        _ => ("reordered", Loss::Subset(&mut draw)),
    };
    let mut files = disk.crash(&mut loss);
    if let Some(Event::Beside(name, content)) = next {
        // The power went while this file was appended to, before its sync.
        let before = files.get(name).map_or(0, Vec::len);
        if content.starts_with(files.get(name).map_or(&[], Vec::as_slice)) {
            files.insert(name.clone(), content[..rng.usize(before..=content.len())].to_vec());
        }
    }
    if rng.u8(..4) == 0 {
        // The index of the write-ahead log is memory: whatever is left of it means nothing.
        files.insert("pantau.db-shm".into(), std::iter::repeat_with(|| rng.u8(..)).take(32_768).collect());
    }
    (name, files)
}

/// Makes a folder hold these files.
pub(crate) fn lay(folder: &Path, files: &Files) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if !files.contains_key(&*entry.file_name().to_string_lossy()) {
            std::fs::remove_file(entry.path()).unwrap();
        }
    }
    for (name, content) in files {
        std::fs::write(folder.join(name), content).unwrap();
    }
}

/// The files of a folder.
pub(crate) fn files(folder: &Path) -> Files {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let read = |e: std::fs::DirEntry| {
        (e.file_name().to_string_lossy().into_owned(), std::fs::read(e.path()).unwrap())
    };
    entries.map(read).collect()
}

/// Plays days on all cores, each thread in a watched folder of its own, until they gave as many images as
/// the campaign wants.
pub(crate) fn play(campaign: &Campaign, day: impl Fn(u64, &Watch) -> u64 + Sync) {
    let (seeds, images) = (Mutex::new(campaign.rng()), AtomicU64::new(0));
    let threads = std::thread::available_parallelism().map_or(2, |n| n.get().clamp(2, 8));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let folder = fast_folder();
                let watch = watch(folder.path()).unwrap();
                while images.load(Relaxed) < campaign.games() {
                    let seed = seeds.lock().unwrap().u64(..);
                    images.fetch_add(day(seed, &watch), Relaxed);
                }
            });
        }
    });
    eprintln!("{images:?} images");
}
