//! A phone whose database lost rows on the flash: it goes on and says exactly what it lost.

use std::collections::BTreeSet;

use fastrand::Rng;
use pantau_core::SyncEnd;
use pantau_log::store;
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
