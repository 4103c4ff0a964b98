//! The store: one process, pauses, damage, versions.

use std::io::{Seek as _, SeekFrom, Write as _};

use pantau_core::{Budget, Cancel, Delivery, Error, Phone, Silent, SyncEnd};
use pantau_protocol::body::Kind;

use crate::rig::{World, incident, lay_out, options, own_file, place, visit};

const TPS: &str = "62.06.13.2001/001";

#[tokio::test]
async fn one_handle_at_a_time() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    let second = Phone::open(dir.path(), world.env(2), options());
    assert_eq!(second.unwrap_err(), Error::InUse);
    phone.shutdown().unwrap();
    world.open(dir.path(), 2).status().unwrap();
}

#[tokio::test]
async fn pause_lets_go_and_resume_takes_again() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    phone.capture(visit(TPS)).unwrap();
    for _ in 0..2 {
        phone.pause().unwrap();
    }
    assert_eq!(phone.capture(visit(TPS)).unwrap_err(), Error::Paused);
    assert_eq!(phone.status().unwrap_err(), Error::Paused);
    let sync = phone.sync(Budget::PLENTY, &Silent, &Cancel::new()).await;
    assert_eq!(sync.unwrap_err(), Error::Paused);
    // Nothing is locked meanwhile.
    world.open(dir.path(), 2).shutdown().unwrap();
    for _ in 0..2 {
        phone.resume().unwrap();
    }
    assert_eq!(phone.unsent().unwrap().records, 1);
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    for _ in 0..2 {
        phone.shutdown().unwrap();
    }
    assert_eq!(phone.resume().unwrap_err(), Error::Closed);
    assert_eq!(phone.unsent().unwrap_err(), Error::Closed);
}

/// Stores as past versions left them: version, SQL. A new version adds its own and edits none.
const PAST: &[(u32, &str)] = &[(1, include_str!("fixtures/v1.sql"))];

#[tokio::test]
async fn every_past_store_opens_with_what_was_not_sent() {
    for (version, sql) in PAST {
        let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
        lay_out(dir.path(), sql);
        let phone = world.open(dir.path(), 9);
        let unsent = phone.unsent().unwrap();
        assert_eq!((unsent.records, unsent.notes), (2, 2), "version {version}");
        assert_eq!(phone.drafts().unwrap().len(), 1);
        assert_eq!(phone.tps_card(&place(TPS)).unwrap().state.incidents.len(), 2);
        let report = world.sync(&phone).await;
        assert_eq!((report.end, phone.unsent().unwrap().records), (SyncEnd::Done, 0));
        let same = phone.compare().await.unwrap();
        assert_eq!(same.own, same.server);
    }
}

/// An app of an earlier version was here: its states are bytes that this one cannot read.
fn spoil_states(dir: &std::path::Path) {
    let past = rusqlite::Connection::open(dir.join("pantau.db")).unwrap();
    let sql = "UPDATE state SET content = x'81'; UPDATE setting SET value = x'02' WHERE name = 'fold'";
    past.execute_batch(sql).unwrap();
}

#[tokio::test]
async fn states_of_an_earlier_fold_are_folded_anew() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    phone.capture(visit(TPS)).unwrap();
    world.sync(&phone).await;
    let state = phone.tps_card(&place(TPS)).unwrap().state;
    phone.shutdown().unwrap();
    spoil_states(dir.path());
    let phone = world.open(dir.path(), 1);
    assert_eq!(phone.tps_card(&place(TPS)).unwrap().state, state);
    let same = phone.compare().await.unwrap();
    assert_eq!(same.own, same.server);
}

/// Prints the fixture of the present version: run it once, when a version is published.
#[tokio::test]
#[ignore = "writes a fixture"]
async fn write_the_fixture_of_this_version() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    phone.capture(visit(TPS)).unwrap();
    world.sync(&phone).await;
    phone.capture(incident(TPS, "jembatan putus")).unwrap();
    phone.capture(incident(TPS, "air naik")).unwrap();
    phone.save_draft(Kind::Visit, &place(TPS), b"setengah").unwrap();
    phone.shutdown().unwrap();
    let db = own_file(dir.path());
    let rows = |sql: &str| -> Vec<String> {
        let mut q = db.prepare(sql).unwrap();
        q.query_map([], |r| r.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    let version: u32 = db.query_row("PRAGMA user_version", [], |r| r.get(0)).unwrap();
    let mut sql = format!("PRAGMA user_version = {version};\n");
    for line in rows("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid") {
        sql += &format!("{line};\n");
    }
    for table in rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid") {
        let columns = rows(&format!("SELECT name FROM pragma_table_info('{table}')"));
        let quoted: Vec<String> = columns.iter().map(|c| format!("quote({c})")).collect();
        for row in rows(&format!("SELECT {} FROM {table}", quoted.join(" || ', ' || "))) {
            sql += &format!("INSERT INTO {table} ({}) VALUES ({row});\n", columns.join(", "));
        }
    }
    let file = format!("{}/tests/phone/fixtures/v{version}.sql", env!("CARGO_MANIFEST_DIR"));
    std::fs::write(file, sql).unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_database_is_moved_aside() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    std::fs::write(dir.path().join("pantau.db"), vec![b'x'; 10_000]).unwrap();
    let phone = world.open(dir.path(), 1);
    let report = phone.open_report();
    let aside = report.moved_aside.unwrap();
    assert_eq!(std::fs::read(aside).unwrap(), vec![b'x'; 10_000]);
    assert_eq!(report.salvaged, 0);
    world.enrol(&phone).await;
}

#[tokio::test]
async fn damage_is_found_and_what_can_be_read_is_saved() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    for n in 0..400 {
        phone.capture(incident(TPS, &format!("kendala {n}"))).unwrap();
        if n == 200 {
            world.sync(&phone).await;
        }
    }
    phone.save_draft(Kind::Visit, &place(TPS), b"setengah").unwrap();
    phone.shutdown().unwrap();
    let file = dir.path().join("pantau.db");
    let pages = std::fs::metadata(&file).unwrap().len() / 4096;
    let mut db = std::fs::File::options().write(true).open(&file).unwrap();
    db.seek(SeekFrom::Start(pages / 2 * 4096)).unwrap();
    // One page alone may be of a state, which is folded anew before anybody reads it.
    db.write_all(&[0xAA; 3 * 4096]).unwrap();
    drop(db);
    // Damage in the depth shows when it is read, or at the next open after that.
    let phone = world.open(dir.path(), 2);
    let _ = phone.unsent();
    let _ = phone.journal(None, 500);
    let _ = phone.tps_card(&place(TPS));
    let _ = phone.state_digest();
    phone.shutdown().unwrap();
    let phone = world.open(dir.path(), 3);
    let report = phone.open_report();
    assert!(report.moved_aside.is_some() && report.salvaged >= 300, "{report:?}");
    assert_eq!(phone.tps_list(&Default::default()).unwrap().len(), 0);
    assert!(phone.tps_card(&place(TPS)).unwrap().state.incidents.len() >= 300);
    // It goes on: what is lost is said to be lost, and the rest arrives.
    phone.capture(visit(TPS)).unwrap();
    let report = world.sync(&phone).await;
    assert_eq!(report.end, SyncEnd::Done, "{report:?}");
    let rows = phone.journal(None, 500).unwrap();
    assert!(rows.iter().all(|r| matches!(r.delivery, Delivery::Held { .. })));
}

#[tokio::test]
async fn whichever_page_is_broken_the_store_opens() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    for n in 0..20 {
        phone.capture(incident(TPS, &format!("kendala {n}"))).unwrap();
    }
    phone.shutdown().unwrap();
    let sound = std::fs::read(dir.path().join("pantau.db")).unwrap();
    let mut moved_aside = 0;
    for (n, start) in (0..sound.len()).step_by(4096).enumerate() {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = sound.clone();
        bytes[start..start + 4096].fill(0xAA);
        std::fs::write(folder.path().join("pantau.db"), bytes).unwrap();
        if cfg!(feature = "sqlcipher") {
            std::fs::copy(dir.path().join("pantau.key"), folder.path().join("pantau.key")).unwrap();
        }
        let phone = world.open(folder.path(), 2 + n as u64);
        moved_aside += u32::from(phone.open_report().moved_aside.is_some());
        phone.shutdown().unwrap();
    }
    // The first page, the places of the settings and of the reference data: all that an open reads.
    assert!(moved_aside > 1, "{moved_aside}");
}

#[tokio::test]
async fn a_broken_page_costs_what_is_on_it() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    for n in 0..100 {
        phone.capture(incident(TPS, &format!("kendala {n}"))).unwrap();
    }
    phone.shutdown().unwrap();
    let sound = std::fs::read(dir.path().join("pantau.db")).unwrap();
    // Not the page that names the tables: without it nothing is found.
    let mut lost = Vec::new();
    for (n, start) in (0..sound.len()).step_by(4096).enumerate().skip(1) {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = sound.clone();
        bytes[start..start + 4096].fill(0xAA);
        std::fs::write(folder.path().join("pantau.db"), bytes).unwrap();
        std::fs::write(folder.path().join("pantau.suspect"), []).unwrap();
        if cfg!(feature = "sqlcipher") {
            std::fs::copy(dir.path().join("pantau.key"), folder.path().join("pantau.key")).unwrap();
        }
        let phone = world.open(folder.path(), 2 + n as u64);
        let report = phone.open_report();
        if report.moved_aside.is_some() {
            lost.push(100 - report.salvaged);
        }
        phone.shutdown().unwrap();
    }
    // But for the few that hold a tree together.
    let dear = lost.iter().filter(|l| **l > 20).count();
    assert!(lost.len() > 20 && dear <= 3, "{lost:?}");
}
