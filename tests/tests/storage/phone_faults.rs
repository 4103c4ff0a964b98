//! The phone's store on a disk that fails: a typed error or a record that is durable, and it goes on.

use std::path::Path;

use pantau_core::{Error, OpenOptions, Phone, SyncEnd, limit};
use pantau_shim::{Room, Trouble, Watch, watch};
use pantau_tests::{fast_folder, place, visit};

use crate::{
    faults::{everywhere, struck},
    images::{Files, files, lay},
    journal::{Own, journal},
    rig::{Rig, wait},
};

const SEED: u64 = 1;

/// A phone's store as a dead process left it, the log of the database not yet taken in: records held and
/// not, and a page still to be read.
fn store(rig: &Rig, watch: &Watch) -> (Files, Vec<Own>) {
    let phone = rig.phone(watch.path(), 1, 0);
    for n in 1..=3 {
        visit(&phone, &format!("62.06.13.2001/00{n}"), "sudah di server");
    }
    assert_eq!(wait(pantau_tests::sync(&phone)), SyncEnd::Done);
    crate::server::direct(rig, &rig.line.server());
    for n in 1..=3 {
        visit(&phone, &format!("62.06.13.2002/00{n}"), "tersimpan di HP");
    }
    let left = files(watch.path());
    assert!(!left["pantau.db-wal"].is_empty());
    (left, journal(watch.path()).rows)
}

fn check_error(error: &Error, at: &str) {
    let is_typed = matches!(error, Error::DiskFull | Error::Storage(_));
    assert!(is_typed, "{at}: {error:?}");
}

/// After the failure, and after a crash that follows it: all of `rows` is there, at most `more` others are,
/// and the phone goes on.
fn lives_on(rig: &Rig, watch: &Watch, rows: &[Own], more: usize, at: &str) {
    let phone = rig.open(watch.path(), 7).unwrap_or_else(|e| panic!("{at}: it does not open again: {e}"));
    assert_eq!(phone.open_report().moved_aside, None, "{at}");
    let found = journal(watch.path());
    assert!(found.is_whole() && found.rows.starts_with(rows), "{at}: records are gone");
    assert!(found.rows.len() <= rows.len() + more, "{at}: records that nobody saved");
    assert_eq!(visit(&phone, "62.06.13.2001/005", "terus").seq, found.rows.len() as u64 + 1, "{at}");
}

#[test]
fn a_phone_opens_or_says_why_not() {
    let (rig, folder) = (Rig::in_memory(SEED), fast_folder());
    let watch = watch(folder.path()).unwrap();
    let (left, rows) = store(&rig, &watch);
    let struck = everywhere(|fault| {
        lay(watch.path(), &left);
        let (failed, done) = struck(&watch, fault, &[], || rig.open(watch.path(), 1).map(drop));
        if let Err(e) = &done.said {
            check_error(e, &done.at());
            assert_ne!(fault.trouble, Trouble::DiskFull, "{}: what is there can be read", done.at());
        }
        lives_on(&rig, &watch, &rows, 0, &done.at());
        done.crash(watch.path());
        lives_on(&rig, &watch, &rows, 0, &format!("{}, then a crash", done.at()));
        failed
    });
    eprintln!("{struck} calls failed");
}

#[test]
fn a_capture_is_durable_or_an_error() {
    let (rig, folder) = (Rig::in_memory(SEED), fast_folder());
    let watch = watch(folder.path()).unwrap();
    let (left, rows) = store(&rig, &watch);
    let struck = everywhere(|fault| {
        lay(watch.path(), &left);
        let phone = rig.open(watch.path(), 1).unwrap();
        let new = || pantau_tests::new_visit("62.06.13.2002/005", "penuh");
        let (failed, done) = struck(&watch, fault, &[], || phone.capture(new()));
        let at = done.at();
        let mut kept = rows.clone();
        match &done.said {
            Ok(saved) => {
                let found = journal(watch.path()).rows;
                assert_eq!(found.last().map(|r| r.id), Some(saved.id), "{at}: called saved");
                kept = found;
            }
            Err(e) if fault.trouble == Trouble::DiskFull => assert_eq!(*e, Error::DiskFull, "{at}"),
            Err(e) => {
                check_error(e, &at);
                assert_eq!(journal(watch.path()).rows, rows, "{at}: saved and called an error");
            }
        }
        // The same handle goes on.
        let seq = visit(&phone, "62.06.13.2001/004", "lagi").seq;
        assert_eq!(seq, kept.len() as u64 + 1, "{at}");
        drop(phone);
        lives_on(&rig, &watch, &kept, 1, &at);
        done.crash(watch.path());
        lives_on(&rig, &watch, &kept, 1, &format!("{at}, then a crash"));
        failed
    });
    eprintln!("{struck} calls failed");
}

#[test]
fn a_sync_that_fails_loses_nothing_and_is_made_up_for() {
    let (rig, folder) = (Rig::in_memory(SEED), fast_folder());
    let watch = watch(folder.path()).unwrap();
    let (left, rows) = store(&rig, &watch);
    let struck = everywhere(|fault| {
        lay(watch.path(), &left);
        let phone = rig.open(watch.path(), 1).unwrap();
        let (failed, done) = struck(&watch, fault, &[], || wait(sync(&phone)));
        let at = done.at();
        let held = match &done.said {
            Ok(SyncEnd::Done) => rows.len() as u64,
            Ok(_) => 0,
            Err(e) => {
                check_error(e, &at);
                0
            }
        };
        assert_eq!(wait(sync(&phone)), Ok(SyncEnd::Done), "{at}");
        assert_eq!(phone.unsent().unwrap().records, 0, "{at}");
        let both = wait(phone.compare()).unwrap();
        assert_eq!(both.own, both.server, "{at}");
        drop(phone);
        done.crash(watch.path());
        assert!(journal(watch.path()).held >= held, "{at}, then a crash: called held");
        lives_on(&rig, &watch, &rows, 0, &format!("{at}, then a crash"));
        failed
    });
    eprintln!("{struck} calls failed");
}

async fn sync(phone: &Phone) -> Result<SyncEnd, Error> {
    phone.forget_backoff()?;
    let budget = pantau_core::Budget::PLENTY;
    phone.sync(budget, &pantau_core::Silent, &pantau_core::Cancel::new()).await.map(|report| report.end)
}

/// A closed store with one page overwritten, which costs nothing that the server cannot tell again, and is
/// looked for at the next open.
fn damaged(rig: &Rig, watch: &Watch, rows: &[Own]) -> Files {
    drop(rig.open(watch.path(), 1).unwrap());
    let sound = files(watch.path());
    let pages = sound["pantau.db"].len() / 4096;
    let spoilt = |page: usize| {
        let mut files = sound.clone();
        files.get_mut("pantau.db").unwrap()[page * 4096..(page + 1) * 4096].fill(0xAA);
        files.insert("pantau.suspect".into(), Vec::new());
        files
    };
    let costs_nothing = |files: &Files| {
        lay(watch.path(), files);
        let phone = rig.open(watch.path(), 1).unwrap();
        phone.open_report().moved_aside.is_some()
            && phone.status().is_ok_and(|s| s.device.is_some())
            && journal(watch.path()).rows == rows
            && wait(sync(&phone)) == Ok(SyncEnd::Done)
    };
    (1..pages).map(spoilt).find(costs_nothing).unwrap()
}

#[test]
fn a_salvage_on_a_full_disk_is_made_up_for() {
    let (rig, folder) = (Rig::in_memory(SEED), fast_folder());
    let watch = watch(folder.path()).unwrap();
    let (left, rows) = store(&rig, &watch);
    lay(watch.path(), &left);
    let damaged = damaged(&rig, &watch, &rows);
    let struck = everywhere(|fault| {
        if fault.trouble == Trouble::IoError {
            // What cannot be read is given up: that is what a salvage is.
            return u64::from(fault.at == 0);
        }
        lay(watch.path(), &damaged);
        let (failed, done) = struck(&watch, fault, &[], || rig.open(watch.path(), 1).map(drop));
        let at = done.at();
        if let Err(e) = &done.said {
            assert_eq!(*e, Error::DiskFull, "{at}");
        }
        let phone = rig.open(watch.path(), 2).unwrap_or_else(|e| panic!("{at}: it does not open again: {e}"));
        let found = journal(watch.path());
        assert!(found.is_whole() && found.rows == rows, "{at}: {} records are left", found.rows.len());
        assert_eq!(wait(sync(&phone)), Ok(SyncEnd::Done), "{at}");
        let both = wait(phone.compare()).unwrap();
        assert_eq!(both.own, both.server, "{at}");
        let aside = |name: &str| name.starts_with("pantau.db.corrupt-");
        assert!(files(watch.path()).keys().any(|n| aside(n)), "{at}: the damaged store is gone");
        failed
    });
    eprintln!("{struck} calls failed");
}

/// Records that the reserve has room for, at least: some days of work.
const FIT: usize = 200;

/// Empties the log of the database, which could not be lengthened on a disk that was nearly full.
fn shorten_log(folder: &Path) {
    let other = rusqlite::Connection::open(folder.join("pantau.db")).unwrap();
    let is_busy: bool = other.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |r| r.get(0)).unwrap();
    assert!(!is_busy);
    assert_eq!(std::fs::metadata(folder.join("pantau.db-wal")).unwrap().len(), 0);
}

#[test]
fn records_fit_on_a_full_disk() {
    records_fit(false);
}

#[test]
fn records_fit_on_a_full_disk_with_a_short_log() {
    records_fit(true);
}

fn records_fit(is_short: bool) {
    let (rig, folder) = (Rig::in_memory(SEED), fast_folder());
    let watch = watch(folder.path()).unwrap();
    let (left, rows) = store(&rig, &watch);
    lay(watch.path(), &left);
    drop(Phone::open(watch.path(), rig.phone_env(1), OpenOptions::default()).unwrap());
    let reserve = watch.path().join("pantau.reserve");
    assert!(reserve.exists());
    // Opened without one of its own, it does not make the reserve again, as it could not on a full disk.
    let phone = rig.open(watch.path(), 1).unwrap();
    if is_short {
        shorten_log(watch.path());
    }
    watch.cramp(Room { bytes: 0, reserve: Some((reserve, limit::RESERVE_BYTES)) });
    let mut fit = 0;
    let error = loop {
        match phone.capture(pantau_tests::new_visit("62.06.13.2002/005", "penuh")) {
            Ok(_) => fit += 1,
            Err(e) => break e,
        }
        assert!(fit < 2_000, "it never ends");
    };
    assert_eq!(error, Error::DiskFull);
    assert!(fit >= FIT, "only {fit} records fit");
    let kept = journal(watch.path());
    assert!(kept.is_whole());
    assert_eq!(kept.rows.len(), rows.len() + fit);
    phone.tps_card(&place("62.06.13.2002/005")).unwrap();
    // What is saved goes out all the same; the phone has no room for what comes back.
    assert_eq!(wait(sync(&phone)), Ok(SyncEnd::PhoneFull));
    watch.calm();
    assert_eq!(wait(sync(&phone)), Ok(SyncEnd::Done));
    drop(phone);
    lives_on(&rig, &watch, &kept.rows, 0, "full");
    eprintln!("{fit} records fit");
}
