//! The same with real phones: what a phone shows of its own poison, places that are not there yet, and a
//! reassignment while nobody is reached.

use std::sync::Arc;

use fastrand::Rng;
use pantau_core::{Delivery, Phone, SyncEnd};
use pantau_env::fake::HandClock;
use pantau_log::import::{self, Files, Source};
use pantau_protocol::{
    exchange::RowKind,
    journal::{self, Link, RecordId},
    record::Record,
    role::Role,
};
use pantau_tests::{Campaign, place, sync, visit};
use rusqlite::{Connection, params};

use super::kinds::{self, HERE, Odd, standby};
use crate::{hand::Hand, rig::Rig};

/// Puts odd payloads in the place of what a phone wrote last, as a version with a fault would have: the
/// chain is as whole as ever.
fn spoil(db: &std::path::Path, odds: &[(u64, &Odd)]) {
    let c = Connection::open(db).unwrap();
    let (device, mut link): ([u8; 16], [u8; 32]) = c
        .query_row(
            "SELECT j.device, r.base FROM journal j JOIN record r ON r.own = j.number WHERE r.seq = 1",
            [],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )
        .unwrap();
    let device = journal::DeviceId(device);
    let mut q = c.prepare("SELECT row, seq, payload FROM record WHERE own > 0 ORDER BY seq").unwrap();
    let rows: Vec<(i64, u64, Vec<u8>)> =
        q.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).unwrap().map(Result::unwrap).collect();
    for (row, seq, written) in rows {
        let payload = odds.iter().find(|o| o.0 == seq).map_or(written, |o| o.1.payload.clone());
        let digest = journal::digest(&device, seq, &payload, &[]);
        let (base, id) = (link, RecordId::of_digest(&digest));
        link = journal::next_link(&Link(base), &digest).0;
        c.execute(
            "UPDATE record SET payload = ?2, id = ?3, base = ?4, link = ?5 WHERE row = ?1",
            params![row, payload, id.as_bytes(), base, link],
        )
        .unwrap();
    }
    c.execute("UPDATE journal SET head_link = ?1", [link]).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_shows_its_own_poison_as_set_aside_and_goes_on() {
    for seed in Campaign::new("poison-phones", 30).seeds() {
        let (rig, mut rng) = (Rig::memory(seed), Rng::with_seed(seed));
        let clock = Arc::new(HandClock::at(rig.clock.now()));
        // What a phone itself can read: it wrote it.
        let odds: Vec<Odd> = kinds::all(clock.now())
            .into_iter()
            .filter(|o| o.notes.is_empty() && Record::from_payload(&o.payload).is_ok())
            .collect();
        let (phone, direct) = rig.phone(2, &clock).await;
        let (reader, _) = rig.phone(1, &clock).await;
        for _ in 0..20 {
            phone.capture(pantau_core::NewRecord::new(place(HERE), standby(1, 2))).unwrap();
        }
        let mut chosen: Vec<(u64, &Odd)> = Vec::new();
        // The first one carries the anchor that the rest stand on.
        for seq in 2..=20 {
            if rng.bool() {
                chosen.push((seq, &odds[rng.usize(0..odds.len())]));
            }
        }
        phone.shutdown().unwrap();
        spoil(&rig.files.path().join("phone-0").join("pantau.db"), &chosen);
        let phone = reopened(&rig, &clock, direct);
        assert_eq!(sync(&phone).await, SyncEnd::Done, "seed {seed}");
        let unsent = phone.unsent().unwrap();
        assert_eq!((unsent.records, unsent.notes), (0, 0), "seed {seed}");
        for row in phone.journal(None, 50).unwrap() {
            let poison = chosen.iter().find(|c| c.0 == row.seq).and_then(|c| c.1.reason);
            match (&row.delivery, poison) {
                (Delivery::Held { .. }, None) => {}
                (Delivery::Quarantined { reason, .. }, Some(meant)) if *reason == meant => {}
                other => panic!("seed {seed}: record {}: {other:?}", row.seq),
            }
        }
        let after = visit(&phone, HERE, "sesudah racun");
        for phone in [&phone, &reader, &phone] {
            let both = phone.compare().await.unwrap();
            assert_eq!(both.own, both.server, "seed {seed}");
        }
        let seen = reader.tps_card(&place(HERE)).unwrap();
        assert!(seen.timeline.iter().any(|r| r.id == after.id), "seed {seed}");
        let read = rig.rows().iter().filter(|r| r.entry.row == RowKind::Quarantined).count();
        assert_eq!(read, chosen.iter().filter(|c| c.1.reason.is_some()).count(), "seed {seed}");
    }
}

/// The first phone of a rig, opened again.
fn reopened(rig: &Rig, clock: &Arc<HandClock>, direct: Arc<crate::rig::Direct>) -> Phone {
    let env = pantau_core::Env {
        clock: Arc::<HandClock>::clone(clock),
        entropy: Arc::new(pantau_env::fake::SeededEntropy::new(rig.seed, 6_000)),
        transport: direct,
    };
    Phone::open(&rig.files.path().join("phone-0"), env, pantau_core::OpenOptions::default()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_places_that_are_not_there_yet_wait_for_them() {
    for seed in Campaign::new("poison-places", 4).seeds() {
        let (rig, mut rng) = (Rig::memory(seed), Rng::with_seed(seed));
        let clock = Arc::new(HandClock::at(rig.clock.now()));
        let (reader, _) = rig.phone(1, &clock).await;
        let mut hand = Hand::new(&rig.server, &mut rng);
        rig.admit(2, &hand.key.public());
        let new = |n: usize| format!("62.06.13.2003/{n:03}");
        for n in 1..=9 {
            hand.state(clock.now(), &new(n), &standby(u32::try_from(n).unwrap(), 9));
        }
        hand.push(&mut rng);
        assert!(rig.rows().iter().all(|r| r.entry.row == RowKind::Record), "seed {seed}: held back");
        assert_eq!(sync(&reader).await, SyncEnd::Done);
        assert_eq!(reader.tps_list(&Default::default()).unwrap().len(), 10, "seed {seed}");

        let rows: String =
            (1..=9).map(|n| format!("62.06.13.2003,{n:03},200,100,100,,,remote,weak\n")).collect();
        let tps =
            format!("village_code,number,voters,voters_male,voters_female,lat,lon,access,signal\n{rows}");
        let regions = "code,parent,level,name\n62.06.13.2003,62.06.13,desa,Hulu Tiga\n";
        let files = Files {
            regions: Some(Source { name: "regions.csv", bytes: regions.as_bytes() }),
            tps: Some(Source { name: "tps.csv", bytes: tps.as_bytes() }),
            ..Files::default()
        };
        let plan = {
            let known = rig.server.known().unwrap();
            import::plan(&import::parse(&files).unwrap(), &import::known(&known)).unwrap()
        };
        import::apply(&rig.server, plan).unwrap();
        assert_eq!(sync(&reader).await, SyncEnd::Done);
        assert_eq!(reader.tps_list(&Default::default()).unwrap().len(), 19, "seed {seed}");
        for n in 1..=9 {
            let card = reader.tps_card(&place(&new(n))).unwrap();
            assert_eq!(card.state.standby.unwrap().said.present as usize, n, "seed {seed}");
            let shown = rig.server.places().unwrap().state(&place(&new(n))).unwrap();
            assert_eq!(shown.standby.as_ref().unwrap().said.present as usize, n, "seed {seed}");
        }
        let both = reader.compare().await.unwrap();
        assert_eq!(both.own, both.server, "seed {seed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reassignment_while_offline_loses_nothing_and_hides_what_it_must() {
    for seed in Campaign::new("reassigned", 20).seeds() {
        let (rig, mut rng) = (Rig::memory(seed), Rng::with_seed(seed));
        let clock = Arc::new(HandClock::at(rig.clock.now()));
        let (camat, _) = rig.phone(1, &clock).await;
        let (hilir, _) = rig.phone(3, &clock).await;
        let (moved, direct) = rig.phone(2, &clock).await;
        visit(&camat, HERE, "dilihat sebelum pindah");
        visit(&hilir, "62.06.14.2001/001", "dilihat sesudah pindah");
        for phone in [&camat, &hilir, &moved] {
            assert_eq!(sync(phone).await, SyncEnd::Done);
        }
        direct.point(None);
        let mut saved = Vec::new();
        for n in 1..=rng.usize(2..6) {
            saved.push(visit(&moved, &format!("62.06.13.2001/{n:03}"), "tanpa sinyal"));
        }
        // The desk moves the officer, in either order.
        let moves = [("62.06.13", true), ("62.06.14", false)];
        let first = usize::from(rng.bool());
        for (at, ended) in [moves[first], moves[1 - first]] {
            rig.clock.pass(60);
            rig.grant(2, Role::FieldOfficer, at, ended);
        }
        saved.push(visit(&moved, "62.06.13.2001/005", "belum tahu"));
        direct.point(Some(&rig.server));
        for phone in [&moved, &camat, &hilir, &moved] {
            let both = phone.compare().await.unwrap();
            assert_eq!(both.own, both.server, "seed {seed}: a silent difference");
        }
        for one in &saved {
            let held: Vec<_> = rig.rows().into_iter().filter(|r| r.entry.id == one.id).collect();
            assert_eq!((held.len(), held[0].entry.row), (1, RowKind::Record), "seed {seed}");
        }
        // The camat sees all of it, the officer only what is his now; his own words stay with him.
        let sees = |phone: &Phone, at: &str| phone.tps_card(&place(at)).unwrap().timeline.len();
        assert_eq!((sees(&camat, HERE), sees(&camat, "62.06.14.2001/001")), (2, 0), "seed {seed}");
        assert_eq!((sees(&moved, HERE), sees(&moved, "62.06.14.2001/001")), (1, 1), "seed {seed}");
        assert_eq!(moved.tps_list(&Default::default()).unwrap().len(), 5, "seed {seed}");
        assert_eq!(moved.journal(None, 50).unwrap().len(), saved.len(), "seed {seed}");
        // What it writes now is for the new place; of the old one it is told so at once.
        let refused = moved.capture(pantau_core::NewRecord::new(place(HERE), standby(1, 2)));
        assert!(matches!(refused, Err(pantau_core::Error::Field { .. })), "{refused:?}");
        visit(&moved, "62.06.14.2001/002", "di tempat baru");
        let both = moved.compare().await.unwrap();
        assert_eq!(both.own, both.server, "seed {seed}");
        let db = std::fs::read(rig.files.path().join("phone-2").join("pantau.db")).unwrap();
        assert!(!db.windows(22).any(|w| w == b"dilihat sebelum pindah"), "seed {seed}: still on the phone");
    }
}
