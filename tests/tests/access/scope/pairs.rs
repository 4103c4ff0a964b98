//! The real province: 136 kecamatan, each with a camat, a record of its own, a task and a note. Nobody gets
//! anything of any other.

use std::{collections::BTreeMap, sync::Arc};

use pantau_drill::province::{REGIONS_CSV, TPS_CSV};
use pantau_log::{
    author::{self, NewDeskRecord},
    import::{self, Files, Source},
    store::SqliteStore,
};
use pantau_protocol::{
    body::{Body, Directive},
    exchange::LogRow,
    journal::DeviceId,
    note::{CarriedNote, Field, Note, Salt},
    place::Place,
    record::Record,
    role::Role,
};
use pantau_tests::Campaign;

use super::said;
use crate::{hand::Hand, rig::Rig};

/// The province with a device for everybody who is asked for.
struct Province {
    rig: Rig,
    districts: Vec<Place>,
    stations: BTreeMap<Place, Vec<Place>>,
}

fn province(seed: u64) -> Province {
    let rig = Rig::bare(seed, |files| Box::new(SqliteStore::open(&files.join("log.db")).unwrap()));
    let source = |name, text: &'static str| Some(Source { name, bytes: text.as_bytes() });
    let files = Files {
        regions: source("regions.csv", REGIONS_CSV),
        tps: source("tps.csv", TPS_CSV),
        ..Files::default()
    };
    let plan = import::plan(&import::parse(&files).unwrap(), &import::Known::nothing()).unwrap();
    import::apply(&rig.server, plan).unwrap();
    let mut stations: BTreeMap<Place, Vec<Place>> = BTreeMap::new();
    for post in pantau_drill::province::posts().unwrap() {
        stations.entry(post.place.district()).or_default().push(post.place);
    }
    let districts: Vec<Place> = stations.keys().cloned().collect();
    assert_eq!(districts.len(), 136);
    Province { rig, districts, stations }
}

/// Whether a kecamatan may get a row, by the text of the codes alone.
fn may_see(row: &LogRow, district: &str) -> bool {
    let record = Record::from_payload(&row.payload).unwrap();
    let within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '/']))
    };
    let from_above = (20..60).contains(&record.kind.number());
    let sees = |at: &Place| within(at.as_str(), district) || from_above && within(district, at.as_str());
    record.place_keys().iter().any(sees)
}

#[test]
fn no_kecamatan_gets_anything_of_another() {
    for seed in Campaign::new("scope-pairs", 1).seeds() {
        let mut rng = fastrand::Rng::with_seed(seed);
        let Province { rig, districts, stations } = province(rng.u64(..));
        let now = rig.clock.now();
        let mut camats: Vec<Hand> = Vec::new();
        for (n, district) in (1..).zip(&districts) {
            rig.officer(n, Role::Camat, district.as_str());
            let mut hand = Hand::new(&rig.server, &mut rng);
            rig.admit(n, &hand.key.public());
            let posts = &stations[district];
            for kind in [1, 4, 7] {
                let at = &posts[rng.usize(0..posts.len())];
                let text = format!("hanya untuk {district}");
                let note = CarriedNote::Whole(Note { field: Field::Note, salt: Salt([kind; 16]), text });
                let body = said::body(u32::from(kind));
                hand.write(Record::new(now, at.clone(), &body).to_payload(), vec![note]);
            }
            hand.push(&mut rng);
            camats.push(hand);
        }
        let task = |at: &Place| {
            let body = Body::Directive(Directive { officer: None, role: None, due: now + 60 });
            NewDeskRecord::new(now, at.clone(), body).with_note(Field::Note, format!("hanya untuk {at}"))
        };
        author::append(&rig.server, districts.iter().map(task).collect()).unwrap();

        let devices: Vec<DeviceId> = camats.iter().map(Hand::device).collect();
        let mut pairs = 0;
        for (reader, district) in camats.iter_mut().zip(&districts) {
            let rows = reader.read();
            for row in &rows {
                assert!(may_see(row, district.as_str()), "{district} gets {row:?}");
                assert!(!devices.contains(&row.device), "{district} gets what another camat wrote");
                for note in &row.notes {
                    let CarriedNote::Whole(note) = note else { continue };
                    let others =
                        note.text.strip_prefix("hanya untuk ").is_some_and(|d| d != district.as_str());
                    assert!(!others, "{district} gets a note: {}", note.text);
                }
            }
            // All that is its own is there: its stations, its task.
            let kinds = |kind: u32| {
                rows.iter()
                    .filter(|r| Record::from_payload(&r.payload).unwrap().kind.number() == kind)
                    .count()
            };
            assert_eq!((kinds(41), kinds(20)), (stations[district].len(), 1), "{district}");
            pairs += districts.len() - 1;
        }
        assert_eq!(pairs, 136 * 135);
        broader_scopes(&rig, &districts, &camats, &mut rng);
    }
}

/// Regencies, pairs of kecamatan and single villages, drawn by lot: each gets what is its own, no more.
fn broader_scopes(rig: &Rig, districts: &[Place], camats: &[Hand], rng: &mut fastrand::Rng) {
    for n in 1_000..1_040 {
        let mut draw = || districts[rng.usize(0..districts.len())].clone();
        let roots = match n % 3 {
            0 => vec![draw().parent().unwrap()],
            1 => vec![draw(), draw()],
            _ => vec![draw(), draw(), draw().parent().unwrap()],
        };
        for root in &roots {
            rig.officer(n, Role::Viewer, root.as_str());
        }
        let mut reader = Hand::new(&Arc::clone(&rig.server), rng);
        rig.admit(n, &reader.key.public());
        let rows = reader.read();
        for (camat, district) in camats.iter().zip(districts) {
            let seen = rows.iter().filter(|r| r.device == camat.device()).count();
            let meant = if roots.iter().any(|r| district.is_within(r)) { 3 } else { 0 };
            assert_eq!(seen, meant, "{roots:?} reads {district}");
        }
    }
}
