//! Every storage call of an act fails in turn.

use pantau_shim::{Disk, Event, Fault, Loss, Trouble, Watch};

use crate::images::{Files, files, lay};

/// How calls fail: how, and whether all that follow do, too.
const WAYS: [(Trouble, bool); 4] = [
    (Trouble::IoError, false),
    (Trouble::IoError, true),
    (Trouble::DiskFull, false),
    (Trouble::DiskFull, true),
];

/// What one failure did.
pub(crate) struct Struck<T> {
    /// What the act said.
    pub(crate) said: T,
    /// What reached the disk meanwhile.
    events: Vec<Event>,
    /// The disk before it.
    start: Files,
    pub(crate) fault: Fault,
}

impl<T> Struck<T> {
    /// For whoever reads a failed test.
    pub(crate) fn at(&self) -> String {
        format!("{:?}", self.fault)
    }

    /// Makes the folder what it is when the power goes right after the act and takes all that it can.
    pub(crate) fn crash(&self, folder: &std::path::Path) {
        let mut disk = Disk::new(self.start.clone());
        self.events.iter().for_each(|e| disk.apply(e));
        lay(folder, &disk.crash(&mut Loss::All));
    }
}

/// Calls `strike` for every way to fail and every call that can, until none failed any more. It prepares
/// the folder, arms with [`arm`], acts, and ends with [`disarm`]. Returns how many calls failed.
pub(crate) fn everywhere(mut strike: impl FnMut(Fault) -> u64) -> u64 {
    let mut struck = 0;
    for (trouble, sticky) in WAYS {
        for at in 0.. {
            let failed = strike(Fault { trouble, at, sticky });
            if failed == 0 {
                assert!(at > 0, "{trouble:?}: the act calls nothing that could fail");
                break;
            }
            struck += failed;
        }
    }
    struck
}

/// Acts while a call fails; how many did.
pub(crate) fn struck<T>(
    watch: &Watch,
    fault: Fault,
    beside: &[&str],
    act: impl FnOnce() -> T,
) -> (u64, Struck<T>) {
    let start = files(watch.path());
    watch.record_with(beside);
    watch.fail(fault);
    let said = act();
    let failed = watch.calm();
    (failed, Struck { said, events: watch.take(), start, fault })
}
