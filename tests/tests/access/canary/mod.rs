//! A canary in every field that may hold a name, a number or a text: it may be read on the pages of the desk
//! and in the records, and must be heard nowhere else; once erased, nowhere at all.

mod erased;
mod heard;

use std::sync::Arc;

use fastrand::Rng;
use pantau_core::{NewRecord, Phone};
use pantau_env::fake::HandClock;
use pantau_log::{
    author::{self, NewDeskRecord},
    store::Row,
};
use pantau_protocol::{
    body::{Body, CustodyKind, Directive, Incident, Officer, Receive, Rest, Severity},
    exchange::LateNote,
    journal::RecordId,
    note::{CarriedNote, Field, Note, Salt, SaltSeed},
    record::{Basis, Record},
};
use pantau_tests::{place, sync, visit};

use crate::{
    hand::Hand,
    rig::{Direct, Rig},
};

/// In every text that must not be heard.
const BIRD: &str = "Kenari-";
const HERE: &str = "62.06.13.2001/001";

/// A text of its own for a field.
fn canary(what: &str) -> String {
    format!("{BIRD}{what}-7f3a91 berkicau di sini")
}

/// A server, its phones and everything that somebody may have told them.
struct Aviary {
    rig: Rig,
    phone: Phone,
    direct: Arc<Direct>,
    hand: Hand,
    /// What the phone's salts follow from.
    seeds: Vec<SaltSeed>,
}

impl Aviary {
    async fn new(seed: u64) -> Self {
        let rig = Rig::disk(seed);
        let now = rig.clock.now();
        let officer = NewDeskRecord::new(now, place(HERE), Body::Officer(Officer { officer: 2 }))
            .with_note(Field::Name, canary("nama"))
            .with_note(Field::Phone, canary("telepon"));
        let task = Directive { officer: Some(2), role: None, due: now + 60 };
        let task = NewDeskRecord::new(now, place(HERE), Body::Directive(task))
            .with_note(Field::Note, canary("perintah"));
        let mut call = NewDeskRecord::new(now, place(HERE), said())
            .with_note(Field::Note, canary("catatan-telepon"))
            .with_note(Field::Informant, canary("pelapor-desk"));
        call.basis = Basis::ToldByPhone;
        author::append(&rig.server, vec![officer, task, call]).unwrap();
        let clock = Arc::new(HandClock::at(now));
        let (phone, direct) = rig.phone(2, &clock).await;
        says(&phone);
        let seeds = seeds(&rig.files.path().join("phone-0").join("pantau.db"));
        assert_eq!(sync(&phone).await, pantau_core::SyncEnd::Done);
        let mut hand = Hand::new(&rig.server, &mut Rng::with_seed(seed));
        rig.admit(2, &hand.key.public());
        odd_notes(&rig, &mut hand);
        Self { rig, phone, direct, hand, seeds }
    }

    /// Rows of the log that hold a canary, with the record each note belongs to.
    fn nests(&self) -> Vec<(RecordId, Note)> {
        let of = |row: &Row| row.notes.iter().map(|n| (row.entry.id, n.clone())).collect::<Vec<_>>();
        let mut all: Vec<_> = self.rig.rows().iter().flat_map(of).collect();
        all.retain(|(_, note)| note.text.contains(BIRD));
        all.sort_by_key(|(id, note)| (*id, note.field.number()));
        all.dedup_by_key(|(id, note)| (*id, note.field));
        all
    }
}

/// What the salts of a phone that has not sent anything follow from, record by record.
fn seeds(db: &std::path::Path) -> Vec<SaltSeed> {
    let c = rusqlite::Connection::open(db).unwrap();
    let (seed, last) = c
        .query_row("SELECT salt_seed, head_seq FROM journal", [], |r| Ok((SaltSeed(r.get(0)?), r.get(1)?)))
        .unwrap();
    (0..last).map(|records| seed.after(records)).collect()
}

fn said() -> Body {
    Body::Incident(Incident { category: pantau_protocol::body::Category::Staff, severity: Severity::High })
}

/// A phone's owner fills in every field there is.
fn says(phone: &Phone) {
    visit(phone, HERE, &canary("kunjungan"));
    let mut incident = NewRecord::new(place(HERE), said());
    (incident.basis, incident.informant) = (Basis::ToldInPerson, Some(canary("pelapor")));
    incident.note = Some(canary("kendala"));
    incident.notes = vec![(Field::Need, canary("kebutuhan"))];
    let incident = phone.capture(incident).unwrap();
    let receive = Receive {
        at: CustodyKind::Tps,
        label: None,
        dispatch: None,
        rest: Rest::CountedAsExpected,
        lines: Vec::new(),
        seals: Vec::new(),
        kits: Vec::new(),
        containers: Vec::new(),
        form: None,
    };
    let mut receive = NewRecord::new(place(HERE), Body::Receive(receive));
    receive.notes = vec![(Field::Receiver, canary("penerima"))];
    phone.capture(receive).unwrap();
    let mut better = NewRecord::new(place(HERE), said());
    better.note = Some(canary("pembetulan"));
    phone.correct(incident.id, better).unwrap();
    phone.retract(visit(phone, HERE, &canary("keliru")).id, Some(canary("alasan")), None).unwrap();
}

/// Notes that come late, and notes of records that are set aside.
fn odd_notes(rig: &Rig, hand: &mut Hand) {
    let note = |field, text: &str, salt: u8| Note { field, salt: Salt([salt; 16]), text: canary(text) };
    let late = note(Field::Note, "terlambat", 0xa1);
    let (field, commitment) = (late.field, late.commitment());
    let record = |at: &str| Record::new(rig.clock.now(), place(at), &said()).to_payload();
    hand.write(record(HERE), vec![CarriedNote::Committed(field, commitment)]);
    let outside = note(Field::Note, "di-luar-wilayah", 0xa2);
    hand.write(record("62.06.14.2001/001"), vec![CarriedNote::Whole(outside)]);
    hand.write(b"bukan rekaman".to_vec(), vec![CarriedNote::Whole(note(Field::Need, "rusak", 0xa3))]);
    let mut long = note(Field::Note, "panjang", 0xa4);
    long.text += &"x".repeat(3_000);
    hand.write(record(HERE), vec![CarriedNote::Whole(long)]);
    hand.push(&mut Rng::with_seed(1));
    let (mut request, _) = hand.request(1, 0);
    request.notes = vec![LateNote { seq: 1, note: late }];
    hand.send(&request, None);
}
