//! Micro-benchmarks of what phone and server share: sealing, the forms on the wire, the fold.
//!
//! `cargo bench -p pantau-protocol`; times per segment of so many records.
#![allow(clippy::unwrap_used, reason = "a benchmark says so by failing")]

use divan::{Bencher, counter::ItemsCount};
use pantau_protocol::{
    body::{
        Answer, Body, Category, Correct, CustodyKind, Incident, IncidentUpdate, Line, LineState, Progress,
        Receive, Rest, Seal, SealState, Severity, Visit,
    },
    cbor,
    frame::{self, FrameKind, Sender},
    journal::{self, RecordId, first_link},
    keys::SecretKey,
    note::{CarriedNote, Field, Note, Salt},
    place::Place,
    projection::{Fact, Fold},
    record::{Fix, Record},
    segment::{Segment, SentRecord, Span},
    time::Envelope,
};

const SIZES: [usize; 3] = [1, 50, 1_000];
const START: i64 = 1_707_800_000;

fn main() {
    divan::main();
}

fn key() -> SecretKey {
    SecretKey::from_seed(&[7; 32])
}

/// Visits and receipts in turn, at 60 places, with a note each.
fn record(n: usize) -> SentRecord {
    let small = u32::try_from(n % 1_000).unwrap();
    let place = Place::new(&format!("62.71.01.100{}/{:03}", n % 6, n % 10 + 1)).unwrap();
    let body = if n.is_multiple_of(2) {
        let answers =
            (0..12).map(|i| if (n + i).is_multiple_of(9) { Answer::NotOk } else { Answer::Ok }).collect();
        Body::Visit(Visit { checklist: 1, version: 1, answers, way: None })
    } else {
        let line = |item| Line {
            item,
            state: LineState::Counted,
            good: 240 + (small + item) % 60,
            damaged: 0,
            missing: 0,
            kit: None,
        };
        Body::Receive(Receive {
            at: CustodyKind::Tps,
            label: None,
            dispatch: None,
            rest: Rest::NotChecked,
            lines: (10..15).map(line).collect(),
            seals: vec![Seal { number: format!("SG-{:08}", n * 7_919), state: SealState::Intact, kit: None }],
            kits: Vec::new(),
            containers: Vec::new(),
            form: None,
        })
    };
    let mut record = Record::new(START + i64::from(small) * 30, place, &body);
    let near = i32::try_from(n % 100).unwrap();
    record.fix =
        Some(Fix { lat: -220_000 + near, lon: 11_390_000 - near, accuracy: 3 + small % 40, mock: false });
    let salt =
        Salt(pantau_protocol::hash::prefix(&pantau_protocol::hash::tagged("bench", &[&n.to_le_bytes()])));
    let note = Note { field: Field::Note, salt, text: format!("kotak suara belum tiba, perahu {n}") };
    SentRecord { payload: record.to_payload(), notes: vec![CarriedNote::Whole(note)] }
}

fn segment(count: usize) -> Segment {
    Segment { base: [0; 8], seed: None, records: (0..count).map(record).collect() }
}

fn span(segment: &Segment) -> Span {
    let (device, base) = (key().public().device_id(), first_link(&key().public().0));
    let link = segment.chain(&device, 1, &base).last().unwrap().link;
    Span { first: 1, count: segment.records.len() as u64, link }
}

fn facts(count: usize) -> Vec<Fact> {
    let device = key().public().device_id();
    let fact = |(seq, sent): (u64, SentRecord)| {
        let id = RecordId::of_digest(&journal::digest(&device, seq, &sent.payload, &[]));
        let envelope = Envelope { received_at: START, not_before: 0 };
        Fact::new(id, (device, 0, seq), Some(envelope), &sent.payload).unwrap()
    };
    (1..).zip((0..count).map(record)).map(fact).collect()
}

#[divan::bench(args = SIZES)]
fn chain(bencher: Bencher<'_, '_>, count: usize) {
    let segment = segment(count);
    bencher.counter(ItemsCount::new(count)).bench(|| span(&segment));
}

#[divan::bench(args = SIZES)]
fn encode(bencher: Bencher<'_, '_>, count: usize) {
    let segment = segment(count);
    bencher.counter(ItemsCount::new(count)).bench(|| cbor::to_vec(&segment));
}

#[divan::bench(args = SIZES)]
fn decode(bencher: Bencher<'_, '_>, count: usize) {
    let bytes = cbor::to_vec(&segment(count));
    bencher.counter(ItemsCount::new(count)).bench(|| cbor::from_slice::<Segment>(&bytes).unwrap());
}

/// Compression and signature of what is encoded already.
#[divan::bench(args = SIZES)]
fn seal(bencher: Bencher<'_, '_>, count: usize) {
    let segment = segment(count);
    let (body, span, key) = (cbor::to_vec(&segment), span(&segment), key());
    let seal = || frame::seal(FrameKind::Request, &key, Sender::Known, Some(&span), frame::DICTIONARY, &body);
    bencher.counter(ItemsCount::new(count)).bench(seal);
}

/// Verification and decompression.
#[divan::bench(args = SIZES)]
fn open(bencher: Bencher<'_, '_>, count: usize) {
    let segment = segment(count);
    let (body, span, key) = (cbor::to_vec(&segment), span(&segment), key());
    let frame = frame::seal(FrameKind::Request, &key, Sender::Known, Some(&span), frame::DICTIONARY, &body);
    let public = key.public();
    bencher.counter(ItemsCount::new(count)).bench(|| frame::parse(&frame).unwrap().open(&public).unwrap());
}

/// Payloads to facts, facts into the set.
#[divan::bench(args = SIZES)]
fn fold(bencher: Bencher<'_, '_>, count: usize) {
    let insert = |facts: Vec<Fact>| {
        let mut fold = Fold::new();
        facts.into_iter().for_each(|fact| drop(fold.insert(fact)));
        fold
    };
    bencher.counter(ItemsCount::new(count)).with_inputs(|| facts(count)).bench_values(insert);
}

/// The states of all places of a set.
#[divan::bench(args = SIZES)]
fn states(bencher: Bencher<'_, '_>, count: usize) {
    let mut fold = Fold::new();
    facts(count).into_iter().for_each(|fact| drop(fold.insert(fact)));
    bencher.counter(ItemsCount::new(count)).bench(|| fold.digest());
}

/// The state of one place that somebody fills with incidents, each with an answer and every third corrected:
/// a place costs in proportion to what is said of it.
#[divan::bench(args = [1_000, 10_000, 30_000])]
fn crowded(bencher: Bencher<'_, '_>, count: usize) {
    let place = Place::new("62.06.13.2001/003").unwrap();
    let device = key().public().device_id();
    let mut fold = Fold::new();
    let mut say = |seq: u64, body: &Body| {
        let payload = Record::new(1_707_800_000, place.clone(), body).to_payload();
        let id = RecordId::of_digest(&journal::digest(&device, seq, &payload, &Vec::new()));
        let envelope = Envelope { received_at: 1_707_800_000, not_before: 0 };
        drop(fold.insert(Fact::new(id, (device, 0, seq), Some(envelope), &payload).unwrap()));
        id
    };
    for n in 0..count as u64 {
        let incident = Body::Incident(Incident { category: Category::Access, severity: Severity::High });
        let target = say(3 * n + 1, &incident);
        let target_places = vec![place.clone()];
        let update =
            IncidentUpdate { target, target_places: target_places.clone(), progress: Progress::Done };
        say(3 * n + 2, &Body::IncidentUpdate(update));
        if n.is_multiple_of(3) {
            let correct = Correct { target, target_places, kind: incident.kind(), body: incident.encode() };
            say(3 * n + 3, &Body::Correct(correct));
        }
    }
    bencher.counter(ItemsCount::new(count)).bench(|| fold.state(&place));
}
