//! A phone whose database lost rows or was damaged on the flash: it goes on, says what it lost, and shows
//! nothing as good that it did not write.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use pantau_core::{Error, JournalRow, SyncEnd};
use pantau_protocol::journal::RecordId;
use pantau_server::store;
use pantau_tests::Campaign;

use crate::rig::{Fleet, Member, Template, fates, game, ids, is_held, journal, say, sync, sync_with};

fn write(member: &Member, rng: &mut Rng, count: usize) {
    for n in 0..count {
        while say(member, rng, &format!("isi catatan {n}")).is_none() {}
    }
}

/// Deletes a span of own records as bad flash might, and what hangs on them.
fn delete(file: &std::path::Path, first: u64, last: u64) {
    let db = rusqlite::Connection::open(file).unwrap();
    let which = format!("SELECT row FROM record WHERE own = 1 AND seq BETWEEN {first} AND {last}");
    db.execute(&format!("DELETE FROM place_key WHERE row IN ({which})"), []).unwrap();
    db.execute(&format!("DELETE FROM record WHERE row IN ({which})"), []).unwrap();
}

#[test]
fn a_phone_that_lost_part_of_its_journal_says_so_and_goes_on() {
    let template = Template::get();
    for seed in Campaign::new("restore-lost", 100).seeds() {
        game(seed, || async {
            let fleet = Fleet::new(&template, seed);
            let mut rng = Rng::with_seed(seed);
            let phone = fleet.open("camat");
            let (sent, unsent) = (rng.usize(..6), rng.usize(1..12));
            write(&phone, &mut rng, sent);
            assert_eq!(sync(&phone).await, SyncEnd::Done);
            write(&phone, &mut rng, unsent);
            let all = journal(&phone.phone);
            let device = phone.phone.status().unwrap().device.unwrap();
            phone.phone.shutdown().unwrap();
            let mut lost: BTreeSet<u64> = BTreeSet::new();
            for _ in 0..rng.usize(1..4) {
                let first = rng.u64(1..=all.len() as u64);
                let last = rng.u64(first..=all.len() as u64);
                delete(&fleet.path("camat").join("pantau.db"), first, last);
                lost.extend(first..=last);
            }
            let phone = fleet.open("camat");
            write(&phone, &mut rng, 2);
            let plan = fates(&mut rng);
            sync_with(&phone, plan).await;
            assert_eq!(sync(&phone).await, SyncEnd::Done);
            let rows = journal(&phone.phone);
            let held = ids(&fleet.log());
            assert_eq!(rows.len(), all.len() - lost.len() + 2, "a row that was not lost is gone");
            assert!(rows.iter().all(|r| is_held(r) && held.contains(&r.id)), "a false hold");
            // The holes at the desk are exactly what was lost before the server had it.
            let expected: BTreeSet<u64> = lost.iter().copied().filter(|s| *s > sent as u64).collect();
            let server = fleet.server();
            let holes = store::read(server.store(), |view| view.desk_holes()).unwrap();
            let seen: BTreeSet<u64> = holes.iter().flat_map(|(_, h)| h.first..=h.last).collect();
            assert!(holes.iter().all(|(d, _)| *d == device));
            assert_eq!(seen, expected, "holes at the desk");
            for row in &all {
                let is_there = held.contains(&row.id);
                assert_eq!(is_there, !expected.contains(&row.seq), "record {}", row.seq);
            }
            assert_eq!(phone.phone.status().unwrap().device, Some(device), "no other key is needed");
        });
    }
}

/// What a damage did to the file, for whoever reads a failed test, and the pages it hit. Only what SQLite can
/// see: a broken bit inside a value has no checksum of its own yet.
fn damage(bytes: &mut Vec<u8>, rng: &mut Rng) -> (String, BTreeSet<usize>) {
    const PAGE: usize = 4096;
    let pages = bytes.len() / PAGE;
    let page = rng.usize(..pages);
    let start = page * PAGE;
    if rng.u8(..4) == 0 {
        bytes.truncate(start.max(PAGE));
        return (format!("cut before page {page}"), (page..pages).collect());
    }
    bytes[start..start + PAGE].fill([0, 0xAA, 0xFF][rng.usize(..3)]);
    (format!("page {page} filled"), BTreeSet::from([page]))
}

/// Everything the phone shows of its own; a typed error is an answer, too.
fn looks(member: &Member) -> Result<Vec<JournalRow>, Error> {
    let rows = member.phone.journal(None, 500)?;
    member.phone.unsent()?;
    member.phone.state_digest()?;
    member.phone.directives()?;
    for station in crate::rig::stations() {
        member.phone.tps_card(&station)?;
    }
    Ok(rows)
}

#[test]
fn damage_of_the_file_is_found_or_harms_nothing() {
    let template = Template::get();
    let campaign = Campaign::new("restore-damage", 200);
    let fleet = Fleet::new(&template, campaign.seed());
    let mut rng = campaign.rng();
    let phone = fleet.open("camat");
    game(campaign.seed(), || async {
        write(&phone, &mut rng, 150);
        assert_eq!(sync(&phone).await, SyncEnd::Done);
        write(&phone, &mut rng, 150);
    });
    let written: BTreeMap<RecordId, JournalRow> =
        journal(&phone.phone).into_iter().map(|r| (r.id, r)).collect();
    phone.phone.shutdown().unwrap();
    let sound = std::fs::read(fleet.path("camat").join("pantau.db")).unwrap();
    // The page that a record lies on: its id stands beside its payload.
    let page_of = |id: &RecordId, bytes: &[u8]| -> BTreeSet<usize> {
        let finds = bytes.windows(16).enumerate().filter(|(_, w)| w == id.as_bytes());
        finds.map(|(at, _)| at / 4096).collect()
    };
    let pages: BTreeMap<RecordId, BTreeSet<usize>> =
        written.keys().map(|id| (*id, page_of(id, &sound))).collect();
    let (mut intact, mut saved) = (0u64, 0u64);
    for n in 0..campaign.games() {
        let mut bytes = sound.clone();
        let (what, hit) = damage(&mut bytes, &mut rng);
        let name = format!("rusak{n}");
        std::fs::create_dir_all(fleet.path(&name)).unwrap();
        std::fs::write(fleet.path(&name).join("pantau.db"), bytes).unwrap();
        // Damage in the depth shows when it is read, and is healed at the next open.
        let first = fleet.open(&name);
        let shown = looks(&first);
        first.phone.shutdown().unwrap();
        let rows = match shown {
            Ok(rows) => rows,
            Err(_) => {
                let again = fleet.open(&name);
                let rows = looks(&again);
                again.phone.shutdown().unwrap();
                rows.unwrap_or_else(|e| panic!("{what}: not healed: {e}"))
            }
        };
        for row in &rows {
            let known = written.get(&row.id).unwrap_or_else(|| panic!("{what}: a record never written"));
            let same = (row.seq, row.at, &row.place, &row.body, row.basis);
            let then = (known.seq, known.at, &known.place, &known.body, known.basis);
            assert_eq!(same, then, "{what}: a wrong record is shown as good");
            assert!(row.notes.iter().all(|n| known.notes.contains(n)), "{what}: a wrong note");
        }
        let shown: BTreeMap<RecordId, &JournalRow> = rows.iter().map(|r| (r.id, r)).collect();
        for (id, known) in written.iter().filter(|(id, _)| pages[*id].is_disjoint(&hit)) {
            intact += 1;
            saved += u64::from(shown.get(id).is_some_and(|r| r.notes == known.notes));
        }
        std::fs::remove_dir_all(fleet.path(&name)).unwrap();
    }
    eprintln!("{saved} of {intact} intact records were there afterwards");
    assert!(saved * 100 >= intact * 99, "{saved} of {intact} intact records were saved");
}
