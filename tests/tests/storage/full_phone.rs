//! A phone whose disk is full, to the last byte: what was saved goes out, and is held once there is room again.

use std::{fs, path::PathBuf};

use pantau_core::{Budget, Cancel, Error, OpenOptions, Phone, Silent, SyncEnd, SyncReport};
use pantau_tests::{new_visit, place};

use crate::{
    full::{ROOM, noise, on_a_small_disk},
    journal::journal,
    rig::{Rig, wait},
};

const TPS: &str = "62.06.13.2001/001";
/// Bytes of the phone's disk.
pub(crate) const DISK: u64 = 9 << 20;

struct Full {
    path: PathBuf,
    rig: Rig,
}

impl Full {
    fn new(seed: u64) -> Self {
        let path = PathBuf::from(std::env::var_os(ROOM).expect("only as a child, with a disk of its own"));
        Self { path, rig: Rig::in_memory(seed) }
    }

    fn store(&self) -> PathBuf {
        self.path.join("phone")
    }

    fn open(&self, life: u64) -> Phone {
        Phone::open(&self.store(), self.rig.phone_env(life), OpenOptions::default()).unwrap()
    }

    /// A phone that is enrolled, opened with its reserves.
    fn phone(&self) -> Phone {
        self.rig.phone(&self.store(), 1, 1).shutdown().unwrap();
        self.open(2)
    }

    fn sync(&self, phone: &Phone) -> SyncReport {
        self.rig.clock.pass(1);
        phone.forget_backoff().or_else(|e| if e == Error::DiskFull { Ok(()) } else { Err(e) }).unwrap();
        // A delay that was set before the disk was full and cannot be forgotten passes.
        self.rig.clock.pass(4_000);
        wait(phone.sync(Budget::PLENTY, &Silent, &Cancel::new())).unwrap()
    }

    /// Fills the disk, to the last page.
    fn fill(&self, name: &str) {
        let _ = fs::write(self.path.join(name), vec![1; usize::try_from(DISK).unwrap()]);
        let disk = rustix::fs::statvfs(&self.path).unwrap();
        assert_eq!(disk.f_bavail, 0);
    }

    /// Saves until nothing more fits.
    fn save_all(&self, phone: &Phone) -> u64 {
        for n in 0..10_000 {
            match phone.capture(new_visit(TPS, &noise(n))) {
                Ok(_) => {}
                Err(Error::DiskFull) => return n,
                Err(e) => panic!("{e}"),
            }
        }
        panic!("the disk does not fill");
    }

    /// All that was saved is held by the server, once.
    fn all_is_held(&self, phone: &Phone, saved: u64) {
        let rows = crate::log::log(&self.rig.line.server());
        let device = phone.status().unwrap().device.unwrap();
        let there = rows.iter().filter(|r| r.entry.device == device && r.entry.note.is_none()).count();
        assert_eq!(there as u64, saved);
    }
}

#[test]
fn what_a_full_phone_saved_goes_out() {
    on_a_small_disk("full_phone::goes_out", DISK);
}

#[test]
#[ignore = "run by the test above, with a disk of its own"]
fn goes_out() {
    let full = Full::new(1);
    let phone = full.phone();
    full.fill("photos");
    let saved = full.save_all(&phone);
    eprintln!("{saved} records fitted");
    assert!(saved > 20, "the reserve for records was not used");
    // The room that is kept for receipts is enough to keep them.
    phone.low_disk().unwrap();
    let report = full.sync(&phone);
    eprintln!("{report:?}");
    full.all_is_held(&phone, saved);
    assert_eq!(journal(&full.store()).held, saved, "the receipt is kept");
    assert_eq!(report.end, SyncEnd::Done);
    // Records take no room that receipts need.
    assert_eq!(phone.capture(new_visit(TPS, &noise(1))), Err(Error::DiskFull));
    fs::remove_file(full.path.join("photos")).unwrap();
    phone.capture(new_visit(TPS, "setelah ada ruang")).unwrap();
    assert_eq!(full.sync(&phone).end, SyncEnd::Done);
    full.all_is_held(&phone, saved + 1);
}

#[test]
fn a_phone_without_a_byte_of_room_sends_and_asks_again() {
    on_a_small_disk("full_phone::asks_again", DISK);
}

#[test]
#[ignore = "run by the test above, with a disk of its own"]
fn asks_again() {
    let full = Full::new(2);
    let phone = full.phone();
    full.fill("photos");
    let saved = full.save_all(&phone);
    phone.low_disk().unwrap();
    // Somebody else takes all that is left, and what was kept for receipts.
    fs::remove_file(full.store().join("pantau.reserve.receipts")).unwrap();
    full.fill("more photos");
    for _ in 0..2 {
        let report = full.sync(&phone);
        eprintln!("{report:?}");
        assert_eq!(report.end, SyncEnd::PhoneFull);
        assert_eq!(report.records_sent, saved);
        full.all_is_held(&phone, saved);
    }
    // It can still be read.
    assert_eq!(phone.unsent().unwrap().records, saved, "no receipt is kept");
    assert_eq!(phone.tps_card(&place(TPS)).unwrap().timeline.len() as u64, saved);
    // A kill: the app starts on the same full disk.
    drop(phone);
    let phone = full.open(3);
    assert_eq!(full.sync(&phone).end, SyncEnd::PhoneFull);
    fs::remove_file(full.path.join("more photos")).unwrap();
    fs::remove_file(full.path.join("photos")).unwrap();
    let report = full.sync(&phone);
    assert_eq!((report.end, phone.unsent().unwrap().records), (SyncEnd::Done, 0));
    full.all_is_held(&phone, saved);
}
