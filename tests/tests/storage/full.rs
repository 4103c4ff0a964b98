//! A real disk that is full: a small file system in memory. It is filled by what phones bring, and by somebody
//! else; as soon as room is freed the server goes on by itself, on the same disk, in the same process.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Duration,
};

use pantau_core::{Phone, SyncEnd};
use pantau_log::{DataDir, Server, health::Trouble, intake::Quota, limit, ops};
use pantau_tests::{fast_folder, visit, world};

use crate::{
    log::{log, sound},
    rig::{Rig, wait},
};

/// Names the small file system for the child process of a test.
pub(crate) const ROOM: &str = "PANTAU_SMALL_DISK";
/// Bytes of the disk.
const DISK: u64 = 14 << 20;

/// Runs a test of this file again in a process that has a disk of its own.
pub(crate) fn on_a_small_disk(test: &str, bytes: u64) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display();
    let script = format!("mount -t tmpfs -o size={bytes} tmpfs {path} && exec \"$0\" \"$@\"");
    let is_root = rustix::process::geteuid().is_root();
    let mut command = Command::new("unshare");
    command.args(if is_root { ["-m"].as_slice() } else { &["-U", "-r", "-m"] });
    command.args(["sh", "-c", &script]).arg(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--ignored", "--nocapture"]).env(ROOM, folder.path());
    let ended = command.status().expect("this test needs unshare and mount");
    assert!(ended.success(), "{test}: {ended}");
}

struct Disk {
    path: PathBuf,
    rig: Rig,
    server: Arc<Server>,
    /// Records saved so far.
    saved: u64,
}

impl Disk {
    fn new(seed: u64) -> Self {
        let path = PathBuf::from(std::env::var_os(ROOM).expect("only as a child, with a disk of its own"));
        let rig = Rig::new(seed);
        let dir = DataDir::new(path.join("data"));
        world::make(&dir, &rig.server_env(0));
        let server = ops::open(&dir, &rig.server_env(1)).unwrap();
        server.set_quota(Quota::UNLIMITED).unwrap();
        server.look_after();
        rig.up(Arc::clone(&server));
        Self { path, rig, server, saved: 0 }
    }

    fn free(&self) -> u64 {
        let found = rustix::fs::statvfs(&self.path).unwrap();
        found.f_bavail * found.f_frsize
    }

    fn length(&self, name: &str) -> u64 {
        fs::metadata(self.path.join("data").join(name)).map_or(0, |m| m.len())
    }

    /// Somebody else's file.
    fn ballast(&self, name: &str, bytes: u64) {
        let file = fs::File::create(self.path.join(name)).unwrap();
        rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, bytes).unwrap();
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.path.join(name)).unwrap();
    }

    /// What `/healthz` does a few seconds later.
    fn is_fit(&self) -> bool {
        self.rig.clock.wait(Duration::from_secs(10));
        self.server.check_write();
        self.server.health().is_fit()
    }

    fn sync(&self, phone: &Phone) -> SyncEnd {
        self.rig.clock.pass(1);
        phone.forget_backoff().unwrap();
        let budget = pantau_core::Budget::PLENTY;
        let (silent, cancel) = (pantau_core::Silent, pantau_core::Cancel::new());
        wait(phone.sync(budget, &silent, &cancel)).unwrap().end
    }

    /// Records of about 2 KB, until a sync does not end well.
    fn fill(&mut self, phone: &Phone) {
        loop {
            for _ in 0..20 {
                self.saved += 1;
                let tps = format!("62.06.13.200{}/00{}", 1 + self.saved % 2, 1 + self.saved % 5);
                visit(phone, &tps, &noise(self.saved));
            }
            // A refused push makes room: what the WAL takes, then the reserve.
            let ends = [0; 3].map(|_| {
                let end = self.sync(phone);
                self.check_wal();
                end
            });
            assert!(ends.iter().all(|e| matches!(e, SyncEnd::Done | SyncEnd::Offline(_))), "{ends:?}");
            if !ends.contains(&SyncEnd::Done) {
                return;
            }
        }
    }

    /// What stands in the WAL alone can be taken in with the room there is.
    fn check_wal(&self) {
        let (wal, free) = (self.length("pantau.db-wal"), self.free() + self.length("pantau.reserve"));
        assert!(wal <= free, "{wal} bytes of WAL and {free} left");
    }

    /// Everything that was called held is there, and everything else after one more sync.
    fn nothing_is_lost(&self, phone: &Phone) {
        assert_eq!(self.sync(phone), SyncEnd::Done);
        assert_eq!(phone.unsent().unwrap().records, 0);
        let rows = log(&self.server);
        let device = phone.status().unwrap().device.unwrap();
        let held = rows.iter().filter(|r| r.entry.device == device && r.entry.note.is_none()).count();
        assert_eq!(held as u64, self.saved);
        assert_eq!(sound(&self.server, &rows), Ok(()));
    }
}

/// A note that does not compress.
pub(crate) fn noise(seed: u64) -> String {
    let mut rng = fastrand::Rng::with_seed(seed);
    std::iter::repeat_with(|| rng.alphanumeric()).take(1_900).collect()
}

#[test]
fn a_disk_filled_by_phones_takes_records_again_as_soon_as_room_is_freed() {
    on_a_small_disk("full::filled_by_phones", DISK);
}

#[test]
#[ignore = "run by the test above, with a disk of its own"]
fn filled_by_phones() {
    let home = fast_folder();
    let mut disk = Disk::new(1);
    for (name, bytes) in [("a", 3 << 20), ("b", 2 << 20), ("c", 1 << 20)] {
        disk.ballast(name, bytes);
    }
    let phone = disk.rig.phone(home.path(), 1, 1);
    assert!(disk.is_fit());
    for name in ["c", "b", "a"] {
        let before = disk.saved;
        disk.fill(&phone);
        eprintln!("{} records fit; {} bytes free", disk.saved - before, disk.free());
        assert!(disk.saved > before + 40, "only {} fitted", disk.saved - before);
        assert!(!disk.server.health().is_fit(), "a push was refused");
        assert!(matches!(disk.sync(&phone), SyncEnd::Offline(_)), "it stays full");
        disk.remove(name);
        // Without a restart, and without anybody who tends to it.
        assert_eq!(disk.sync(&phone), SyncEnd::Done);
        disk.check_wal();
        assert!(disk.is_fit());
    }
    disk.nothing_is_lost(&phone);
}

#[test]
fn a_disk_filled_by_somebody_else_says_so_and_goes_on() {
    on_a_small_disk("full::filled_by_somebody_else", DISK);
}

#[test]
#[ignore = "run by the test above, with a disk of its own"]
fn filled_by_somebody_else() {
    let home = fast_folder();
    let mut disk = Disk::new(2);
    let phone = disk.rig.phone(home.path(), 1, 1);
    assert!(disk.length("pantau.reserve") > 0);
    for n in 0..3_u64 {
        for _ in 0..20 {
            disk.saved += 1;
            visit(&phone, "62.06.13.2001/001", &noise(disk.saved));
        }
        assert_eq!(disk.sync(&phone), SyncEnd::Done);
        assert!(disk.is_fit());
        // All that is left, to the last page.
        disk.ballast("most", disk.free() - 4096);
        let _ = fs::write(disk.path.join("rest"), vec![1; 1 << 20]);
        assert_eq!(disk.free(), 0);
        for _ in 0..20 {
            disk.saved += 1;
            visit(&phone, "62.06.13.2001/002", &noise(disk.saved));
        }
        let end = disk.sync(&phone);
        eprintln!("round {n}: {end:?}, {} bytes free", disk.free());
        if end == SyncEnd::Done {
            assert_eq!(disk.length("pantau.reserve"), 0, "there was nothing else to take");
        } else {
            let troubles = disk.server.health().troubles();
            assert!(matches!(troubles.as_slice(), [(Trouble::CannotWrite, _)]), "{troubles:?}");
        }
        disk.remove("rest");
        disk.remove("most");
        assert!(disk.is_fit());
        assert_eq!(disk.sync(&phone), SyncEnd::Done);
        assert!(disk.length("pantau.reserve") > 0, "there is room for a reserve again");
    }
    disk.nothing_is_lost(&phone);
    drop(disk.server);
    reopened(&disk.path.join("data"), &disk.rig);
}

#[test]
fn a_disk_that_fills_up_is_told_of_before_it_is_full() {
    on_a_small_disk("full::fills_up", DISK);
}

#[test]
#[ignore = "run by the test above, with a disk of its own"]
fn fills_up() {
    let home = fast_folder();
    let mut disk = Disk::new(3);
    let phone = disk.rig.phone(home.path(), 1, 1);
    assert_eq!(disk.server.health().troubles(), []);
    // The eighth of a disk as small as this is less than the least.
    disk.ballast("most", disk.free() - limit::DISK_LOW_LEAST);
    disk.server.look_after();
    assert_eq!(disk.server.health().troubles(), [], "as much as the mark is enough");
    disk.ballast("rest", 1 << 20);
    // Nobody asks: this is what a serving server does by itself.
    disk.server.look_after();
    let troubles = disk.server.health().troubles();
    assert!(
        matches!(troubles.as_slice(), [(Trouble::DiskLow, text)] if text.contains("8 MiB")),
        "{troubles:?}"
    );
    assert!(disk.server.health().render().contains("pantau_trouble{trouble=\"disk_low\"} 1\n"));
    assert_eq!(disk.server.metrics().disk_free.get(), disk.free());
    assert!(disk.is_fit(), "it still stores");
    disk.saved += 1;
    visit(&phone, "62.06.13.2001/001", &noise(disk.saved));
    assert_eq!(disk.sync(&phone), SyncEnd::Done);
    disk.remove("rest");
    disk.remove("most");
    disk.server.look_after();
    assert_eq!(disk.server.health().troubles(), [], "it recovers by itself");
    disk.nothing_is_lost(&phone);
}

#[test]
fn a_server_that_nobody_asks_notices_that_it_cannot_write() {
    on_a_small_disk("full::nobody_asks", DISK);
}

#[test]
#[ignore = "run by the test above, with a disk of its own"]
fn nobody_asks() {
    let disk = Disk::new(4);
    disk.ballast("most", disk.free() - 4096);
    let _ = fs::write(disk.path.join("rest"), vec![1; 1 << 20]);
    fs::remove_file(disk.path.join("data/pantau.reserve")).unwrap();
    disk.ballast("reserve", disk.free());
    disk.server.look_after();
    assert!(disk.server.health().is_fit(), "a write worked a moment ago");
    disk.rig.clock.wait(Duration::from_secs(60));
    disk.server.look_after();
    assert!(!disk.server.health().is_fit(), "a write is tried once a minute");
    disk.remove("most");
    disk.server.look_after();
    disk.rig.clock.wait(Duration::from_secs(5));
    disk.server.look_after();
    assert!(disk.server.health().is_fit(), "and as long as none works, often");
}

fn reopened(dir: &Path, rig: &Rig) {
    rig.down();
    let server = ops::open(&DataDir::new(dir), &rig.server_env(9)).unwrap();
    assert_eq!(sound(&server, &log(&server)), Ok(()));
}
