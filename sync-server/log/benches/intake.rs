//! Micro-benchmark of intake: one frame in, verified, stored, committed and receipted, one frame out.
//!
//! `cargo bench -p pantau-log`; in memory, and in SQLite with its fsync.
#![allow(clippy::unwrap_used, reason = "a benchmark says so by failing")]

use std::sync::Arc;

use divan::{Bencher, counter::ItemsCount};
use pantau_log::{
    DataDir, Env, Identity, Server,
    author::{self, NewDeskRecord},
    enrol, exchange,
    intake::Quota,
    ops::{self, InitOptions},
    store::MemoryStore,
};
use pantau_protocol::{
    body::{Answer, Body, Grant, Officer, Visit},
    cbor,
    enrol::EnrolRequest,
    exchange::{Head, Request},
    frame::{self, FrameKind, Sender},
    journal::{Link, first_link},
    keys::SecretKey,
    place::Place,
    record::Record,
    role::Role,
    segment::{Segment, SentRecord, Span},
};

const SIZES: [usize; 3] = [1, 50, 1_000];

fn main() {
    divan::main();
}

fn place(code: &str) -> Place {
    Place::new(code).unwrap()
}

/// A phone that speaks the protocol by hand.
struct Journal {
    key: SecretKey,
    link: Link,
    last: u64,
}

impl Journal {
    fn enrol(server: &Server) -> Self {
        let now = server.now();
        let officer = NewDeskRecord::new(now, place("62"), Body::Officer(Officer { officer: 7 }));
        let grant = Grant { officer: 7, role: Role::FieldOfficer, ended: false, new_person: false };
        author::append(server, vec![officer, NewDeskRecord::new(now, place("62.71"), Body::Grant(grant))])
            .unwrap();
        let code = ops::enrol(server, 7, "http://localhost", 3_600).unwrap().code;
        let key = SecretKey::from_seed(&[7; 32]);
        let body =
            cbor::to_vec(&EnrolRequest { handle: code.handle.clone(), proof: code.proof(&key.public()) });
        let sent = frame::seal(FrameKind::Enrol, &key, Sender::Introduced, None, frame::DICTIONARY, &body);
        enrol::answer(server, &sent).unwrap();
        let link = first_link(&key.public().0);
        Self { key, link, last: 0 }
    }

    /// The frame with the next `count` records.
    fn frame(&mut self, now: i64, count: usize) -> Vec<u8> {
        let record = |n: usize| {
            let body = Visit { checklist: 1, version: 1, answers: vec![Answer::Ok; 12], way: None };
            let at = place(&format!("62.71.01.1001/{:03}", n % 60 + 1));
            SentRecord { payload: Record::new(now, at, &Body::Visit(body)).to_payload(), notes: Vec::new() }
        };
        let records = (0..count).map(record).collect();
        let (base, first) = (self.link, self.last + 1);
        let segment = Segment { base: base.short(), seed: None, records };
        self.link = segment.chain(&self.key.public().device_id(), first, &base).last().unwrap().link;
        self.last += count as u64;
        let mut request = Request::new(Head::new(self.last, &self.link), now);
        request.segment = Some(segment);
        // What it may read is no part of intake.
        request.budget_bytes = 1;
        let span = Span { first, count: count as u64, link: self.link };
        let body = cbor::to_vec(&request);
        frame::seal(FrameKind::Request, &self.key, Sender::Known, Some(&span), frame::DICTIONARY, &body)
    }
}

fn push(bencher: Bencher<'_, '_>, server: &Arc<Server>, count: usize) {
    server.set_quota(Quota::UNLIMITED).unwrap();
    let mut journal = Journal::enrol(server);
    bencher
        .counter(ItemsCount::new(count))
        .with_inputs(|| journal.frame(server.now(), count))
        .bench_local_values(|frame| exchange::answer(server, &frame).unwrap());
    // A push that was refused would be quick and mean nothing.
    let held = pantau_log::store::read(server.store(), |view| view.head()).unwrap();
    assert!(held > journal.last, "{held} rows for {} records", journal.last);
}

fn options() -> InitOptions {
    InitOptions { regions: vec![place("62")], desk_name: "Desk".into() }
}

#[divan::bench(args = SIZES, sample_count = 40, sample_size = 1)]
fn memory(bencher: Bencher<'_, '_>, count: usize) {
    let env = Env::real();
    let identity = Identity::create(&env).unwrap();
    let server = ops::init_with(&env, Box::<MemoryStore>::default(), identity, None, &options()).unwrap();
    push(bencher, &server, count);
}

#[divan::bench(args = SIZES, sample_count = 40, sample_size = 1)]
fn sqlite(bencher: Bencher<'_, '_>, count: usize) {
    let dir = tempfile::tempdir().unwrap();
    let server = ops::init(&DataDir::new(dir.path()), &Env::real(), &options()).unwrap();
    push(bencher, &server, count);
}
