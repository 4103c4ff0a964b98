//! A store whose key is lost: what it did not deliver is said again under the new key, once, by the same officer.

use std::{path::Path, sync::Arc};

use pantau_core::{NewRecord, Phone, SyncEnd};
use pantau_protocol::{
    body::{Answer as Said, Body, Kind},
    journal::RecordId,
    note::CarriedNote,
    record::Record,
};

use crate::{
    rig::{Keystore, World, incident, place, visit},
    server::{Held, OFFICER},
    vault::files,
};

const TPS: [&str; 3] = ["62.06.13.2001/001", "62.06.13.2001/002", "62.06.13.2001/003"];

/// A phone with a key of its own.
fn open(world: &World, dir: &Path, seed: u64, keys: &Arc<Keystore>) -> Phone {
    Phone::open(dir, world.env(seed), keys.options()).unwrap()
}

/// The platform loses the key; the store is moved aside, and a new one opened under another key.
fn lose(world: &World, dir: &Path, seed: u64, phone: Phone) -> Phone {
    phone.shutdown().unwrap();
    drop(phone);
    Phone::move_aside(dir).unwrap();
    world.server().renew_code();
    open(world, dir, seed, &Keystore::new(seed as u8))
}

/// Whether this build can read what lies in a lost store.
const READS: bool = !cfg!(feature = "sqlcipher");

fn record(held: &Held) -> Record {
    Record::from_payload(&held.row.payload).unwrap()
}

fn bad_visit(code: &str) -> NewRecord {
    let mut new = visit(code);
    if let Body::Visit(visit) = &mut new.body {
        visit.answers[0] = Said::NotOk;
    }
    new
}

/// One record held, then a visit, an incident and its correction that are not; and a draft.
async fn half_sent(world: &World, dir: &Path) -> (Phone, [RecordId; 3]) {
    let phone = open(world, dir, 1, &Keystore::new(1));
    world.enrol(&phone).await;
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    phone.capture(visit(TPS[0])).unwrap();
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    let visited = phone.capture(visit(TPS[1])).unwrap().id;
    let told = phone.capture(incident(TPS[2], "jembatan putus")).unwrap().id;
    let corrected = phone.correct(told, incident(TPS[2], "jembatan sudah bisa dilewati")).unwrap().id;
    phone.save_draft(Kind::Visit, &place(TPS[2]), b"half").unwrap();
    (phone, [visited, told, corrected])
}

#[tokio::test]
async fn what_a_lost_store_did_not_send_is_said_again() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let (phone, originals) = half_sent(&world, dir.path()).await;
    let at: Vec<i64> = phone.journal(None, 10).unwrap().iter().map(|r| r.at).collect();
    world.clock.pass(86_400);
    let phone = lose(&world, dir.path(), 2, phone);
    let lost = files(&dir.path().join("pantau.lost-1"));
    let enrolled = world.enrol(&phone).await;
    assert_eq!(files(&dir.path().join("pantau.lost-1")), lost, "it is only read");
    assert!(!files(dir.path()).keys().any(|name| name.contains("db.lost")), "no copy is left");
    if !READS {
        assert_eq!((enrolled.repeated, phone.unsent().unwrap().records), (0, 0));
        return;
    }
    assert_eq!((enrolled.repeated, phone.unsent().unwrap().records), (3, 3));
    assert_eq!(phone.draft(Kind::Visit, &place(TPS[2])).unwrap().unwrap().content, b"half");
    // Before any sync the phone shows them, with their texts and the times they were said at.
    let shown = phone.journal(None, 10).unwrap();
    assert_eq!(shown.iter().map(|r| r.at).collect::<Vec<_>>(), at[..3]);
    let incidents = phone.tps_card(&place(TPS[2])).unwrap().state.incidents;
    assert_eq!(incidents.len(), 1, "the correction counts for the copy of what it corrects");
    let timeline = phone.tps_card(&place(TPS[2])).unwrap().timeline;
    let superseded: Vec<_> = timeline.iter().map(|r| (r.kind, r.superseded)).collect();
    assert!(superseded.contains(&(Kind::Incident, true)), "{superseded:?}");
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    let same = phone.compare().await.unwrap();
    assert_eq!(same.own, same.server);
    let held = world.server().held_of(phone.status().unwrap().device.unwrap());
    let copies: Vec<_> = held.iter().map(|h| record(h).copy_of.unwrap()).collect();
    assert_eq!(copies, originals);
    let texts: Vec<_> = held.iter().flat_map(|h| &h.row.notes).map(text).collect();
    assert_eq!(texts, ["jembatan putus", "jembatan sudah bisa dilewati"]);
    // Whoever enrols again has said it.
    world.server().renew_code();
    assert_eq!(world.enrol(&phone).await.repeated, 0);
}

fn text(note: &CarriedNote) -> &str {
    match note {
        CarriedNote::Whole(note) => &note.text,
        CarriedNote::Committed(..) => panic!("the text is not here"),
    }
}

#[tokio::test]
async fn only_the_same_officer_at_the_same_server_says_it_again() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let (phone, originals) = half_sent(&world, dir.path()).await;
    let phone = lose(&world, dir.path(), 2, phone);
    world.server().officer = 8;
    assert_eq!(world.enrol(&phone).await.repeated, 0);
    assert_eq!(phone.drafts().unwrap(), []);
    let other = World::of(2);
    let phone = lose(&other, dir.path(), 3, phone);
    assert_eq!(other.enrol(&phone).await.repeated, 0);
    assert_eq!(phone.drafts().unwrap(), []);
    let phone = lose(&world, dir.path(), 4, phone);
    world.server().officer = OFFICER;
    let said = world.enrol(&phone).await.repeated;
    assert_eq!(said, if READS { originals.len() as u64 } else { 0 });
}

#[tokio::test]
async fn of_a_phone_that_two_officers_had_each_says_his_own() {
    if !READS {
        return;
    }
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let (phone, originals) = half_sent(&world, dir.path()).await;
    world.server().officer = 8;
    world.server().renew_code();
    assert_eq!(world.enrol(&phone).await.officer, 8);
    let theirs = phone.capture(visit(TPS[0])).unwrap().id;
    let phone = lose(&world, dir.path(), 2, phone);
    assert_eq!(world.enrol(&phone).await.repeated, 1);
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    let held = world.server().held_of(phone.status().unwrap().device.unwrap());
    assert_eq!(record(&held[0]).copy_of, Some(theirs));
    assert_eq!(phone.drafts().unwrap().len(), 1, "drafts are of whoever had the phone last");
    let phone = lose(&world, dir.path(), 3, phone);
    world.server().officer = OFFICER;
    assert_eq!(world.enrol(&phone).await.repeated, originals.len() as u64);
    assert_eq!(phone.drafts().unwrap(), []);
}

#[tokio::test]
async fn what_could_not_be_read_at_the_enrolment_is_read_at_the_next_open() {
    if !READS {
        return;
    }
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let (phone, _) = half_sent(&world, dir.path()).await;
    let at: Vec<i64> = phone.journal(None, 10).unwrap().iter().map(|r| r.at).collect();
    world.clock.pass(86_400);
    let phone = lose(&world, dir.path(), 2, phone);
    // No copy can be made where something else is.
    std::fs::create_dir_all(dir.path().join("pantau.db.lost/in the way")).unwrap();
    assert_eq!(world.enrol(&phone).await.repeated, 0);
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    // Meanwhile he says more of the same place, one record with an anchor and one that is not sent.
    phone.capture(bad_visit(TPS[1])).unwrap();
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    let newer = phone.capture(visit(TPS[1])).unwrap().id;
    phone.shutdown().unwrap();
    std::fs::remove_dir_all(dir.path().join("pantau.db.lost")).unwrap();
    let phone = open(&world, dir.path(), 3, &Keystore::new(2));
    assert_eq!((phone.open_report().repeated, phone.unsent().unwrap().records), (3, 4));
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    let visited = phone.tps_card(&place(TPS[1])).unwrap().state;
    assert_eq!(visited.last_visit.unwrap().record, newer, "what is said again is no later word");
    let same = phone.compare().await.unwrap();
    assert_eq!(same.own, same.server);
    let told = phone.tps_card(&place(TPS[2])).unwrap().timeline;
    let times: Vec<_> = told.iter().map(|r| (r.at, r.effective_at)).collect();
    assert_eq!(times, [(at[0], at[0]), (at[1], at[1])], "no anchor says later");
    phone.shutdown().unwrap();
    drop(phone);
    assert_eq!(open(&world, dir.path(), 4, &Keystore::new(2)).open_report().repeated, 0);
}

#[tokio::test]
async fn evidence_of_a_revoked_phone_is_not_said_again() {
    for enrols_between in [false, true] {
        let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
        let (phone, _) = half_sent(&world, dir.path()).await;
        let device = phone.status().unwrap().device.unwrap();
        world.server().revoke(device, None);
        assert_eq!(world.sync(&phone).await.end, SyncEnd::Revoked);
        phone.capture(visit(TPS[0])).unwrap();
        if enrols_between {
            world.server().renew_code();
            world.enrol(&phone).await;
            phone.capture(visit(TPS[1])).unwrap();
        }
        let phone = lose(&world, dir.path(), 2, phone);
        let trusted = u64::from(enrols_between && READS);
        assert_eq!(world.enrol(&phone).await.repeated, trusted);
    }
}

#[tokio::test]
async fn a_later_lost_store_has_the_higher_number() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let (phone, _) = half_sent(&world, dir.path()).await;
    let phone = lose(&world, dir.path(), 2, phone);
    let phone = lose(&world, dir.path(), 3, phone);
    std::fs::remove_dir_all(dir.path().join("pantau.lost-1")).unwrap();
    drop(lose(&world, dir.path(), 4, phone));
    assert!(dir.path().join("pantau.lost-3").exists() && !dir.path().join("pantau.lost-1").exists());
}

#[tokio::test]
async fn lost_twice_it_is_said_once_and_names_the_first_original() {
    if !READS {
        return;
    }
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let (phone, originals) = half_sent(&world, dir.path()).await;
    let phone = lose(&world, dir.path(), 2, phone);
    assert_eq!(world.enrol(&phone).await.repeated, 3);
    phone.save_draft(Kind::Visit, &place(TPS[2]), b"more").unwrap();
    let further = phone.capture(visit(TPS[0])).unwrap().id;
    let phone = lose(&world, dir.path(), 3, phone);
    assert_eq!(world.enrol(&phone).await.repeated, 4);
    assert_eq!(phone.draft(Kind::Visit, &place(TPS[2])).unwrap().unwrap().content, b"more");
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    let held = world.server().held_of(phone.status().unwrap().device.unwrap());
    let copies: Vec<_> = held.iter().map(|h| record(h).copy_of.unwrap()).collect();
    assert_eq!((&copies[..3], copies[3]), (&originals[..], further));
}

#[tokio::test]
async fn a_lost_store_that_cannot_be_read_is_in_nobodys_way() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let (phone, _) = half_sent(&world, dir.path()).await;
    let phone = lose(&world, dir.path(), 2, phone);
    let damaged = dir.path().join("pantau.lost-1/pantau.db");
    let mut bytes = std::fs::read(&damaged).unwrap();
    bytes[100..].fill(0xAA);
    std::fs::write(&damaged, &bytes).unwrap();
    let _ = std::fs::remove_file(dir.path().join("pantau.lost-1/pantau.db-wal"));
    assert_eq!(world.enrol(&phone).await.repeated, 0);
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    assert_eq!(std::fs::read(&damaged).unwrap(), bytes);
    // A process that died while it read one left its copy.
    phone.shutdown().unwrap();
    std::fs::write(dir.path().join("pantau.db.lost"), b"half a copy").unwrap();
    open(&world, dir.path(), 3, &Keystore::new(2));
    assert!(!dir.path().join("pantau.db.lost").exists());
}

#[tokio::test]
async fn a_lost_store_with_nothing_to_say_leaves_the_journal_open() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = open(&world, dir.path(), 1, &Keystore::new(1));
    world.enrol(&phone).await;
    phone.capture(visit(TPS[0])).unwrap();
    phone.shutdown().unwrap();
    drop(phone);
    let lost = dir.path().join("pantau.lost-1");
    std::fs::create_dir(&lost).unwrap();
    std::fs::write(lost.join("pantau.db"), b"no database at all").unwrap();
    let phone = open(&world, dir.path(), 2, &Keystore::new(1));
    assert_eq!((phone.open_report().repeated, phone.status().unwrap().journals.len()), (0, 1));
}
