//! The layer under a real database with a write-ahead log.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::{collections::BTreeMap, path::Path};

use pantau_shim::{Disk, Event, Fault, Loss, Room, Trouble, Watch, watch};
use rusqlite::{Connection, ErrorCode};

fn open(watch: &Watch, synchronous: &str) -> Connection {
    let c = Connection::open(watch.path().join("a.db")).unwrap();
    c.execute_batch(&format!("PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous};")).unwrap();
    c.execute_batch("CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY, text TEXT)").unwrap();
    c
}

fn put(c: &Connection, n: i64) -> rusqlite::Result<usize> {
    c.execute("INSERT INTO t (n, text) VALUES (?1, ?2)", (n, "x".repeat(500)))
}

fn count(folder: &Path) -> i64 {
    let c = Connection::open(folder.join("a.db")).unwrap();
    c.query_row("SELECT count(*) FROM t", [], |r| r.get(0)).unwrap()
}

/// How many rows are there after a crash that loses all it can.
fn after_crash(events: &[Event]) -> i64 {
    let mut disk = Disk::default();
    events.iter().for_each(|e| disk.apply(e));
    let folder = tempfile::tempdir().unwrap();
    let files: BTreeMap<_, _> = disk.crash(&mut Loss::All);
    files.iter().for_each(|(name, content)| std::fs::write(folder.path().join(name), content).unwrap());
    count(folder.path())
}

#[test]
fn a_commit_survives_a_crash_only_when_it_is_synced() {
    for (synchronous, survive) in [("FULL", 7), ("OFF", 0)] {
        let folder = tempfile::tempdir().unwrap();
        let watch = watch(folder.path()).unwrap();
        watch.record();
        let c = open(&watch, "FULL");
        c.execute_batch(&format!("PRAGMA synchronous = {synchronous}")).unwrap();
        (0..7).for_each(|n| assert_eq!(put(&c, n), Ok(1)));
        let events = watch.take();
        assert_eq!(after_crash(&events), survive, "{synchronous}");
        drop(c);
        assert_eq!(count(folder.path()), 7);
    }
}

#[test]
fn the_call_that_is_told_fails_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let watch = watch(folder.path()).unwrap();
    let c = open(&watch, "FULL");
    let mut n = 0;
    for (trouble, sticky) in [
        (Trouble::IoError, false),
        (Trouble::IoError, true),
        (Trouble::DiskFull, false),
        (Trouble::DiskFull, true),
    ] {
        for at in 0.. {
            watch.fail(Fault { trouble, at, sticky });
            let put_in = put(&c, n);
            let failed = watch.calm();
            n += i64::from(put_in.is_ok());
            if failed == 0 {
                assert!(at >= 2, "{trouble:?}: a commit writes at least twice");
                break;
            }
            let code = put_in.unwrap_err().sqlite_error_code();
            let expected =
                if trouble == Trouble::IoError { ErrorCode::SystemIoFailure } else { ErrorCode::DiskFull };
            assert_eq!(code, Some(expected), "{trouble:?} at {at}");
            assert!(sticky || failed == 1);
        }
    }
    drop(c);
    assert_eq!(count(folder.path()), n);
}

#[test]
fn a_cramped_disk_has_room_again_when_the_reserve_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let (watch, reserve) = (watch(folder.path()).unwrap(), folder.path().join("reserve"));
    std::fs::write(&reserve, b"").unwrap();
    let c = open(&watch, "FULL");
    watch.cramp(Room { bytes: 10_000, reserve: Some((reserve.clone(), 20_000)) });
    let fill = |from: i64| (from..).find(|n| put(&c, *n).is_err()).unwrap();
    let first = fill(0);
    assert!((1..4).contains(&first), "{first} rows in 10 kB");
    std::fs::remove_file(&reserve).unwrap();
    assert!((3..8).contains(&(fill(first) - first)));
    assert!(watch.calm() > 0);
    assert_eq!(put(&c, 1_000), Ok(1));
}

#[test]
fn folders_are_watched_apart() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, other) = (watch(one.path()).unwrap(), watch(other.path()).unwrap());
    one.record();
    let (_one, _other) = (open(&one, "FULL"), open(&other, "FULL"));
    other.record();
    assert!(!one.take().is_empty());
    assert!(other.take().is_empty());
}
