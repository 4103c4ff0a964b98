//! Micro-benchmarks of capture (check, chain, notes and the durable commit of one record) and of the look at it.
//!
//! `cargo bench -p pantau-core`. `TMPDIR=/dev/shm` takes the disk out and leaves what the processor does.
#![allow(clippy::unwrap_used, reason = "a benchmark says so by failing")]

use std::{path::Path, sync::Arc};

use divan::Bencher;
use pantau_core::{
    Env, NewRecord, OpenOptions, Phone,
    env::{Clock, SystemClock, SystemEntropy},
    transport::{Answer, BoxFuture, Post, Transport, TransportError},
};
use pantau_protocol::{
    body::{Answer as Said, Body, Visit},
    cbor,
    enrol::{Certificate, CertifiedGrant, Code, EnrolOutcome, EnrolReply, Invitation},
    frame::{self, FrameKind},
    keys::{SecretKey, Sig},
    place::Place,
    receipt::Epoch,
    record::Fix,
    role::Role,
};

fn main() {
    divan::main();
}

fn server() -> SecretKey {
    SecretKey::from_seed(&[1; 32])
}

/// Enrols whoever asks: a phone captures nothing before.
struct Desk;

impl Transport for Desk {
    fn post(&self, post: Post) -> BoxFuture<'_, Result<Answer, TransportError>> {
        let key = frame::parse(&post.body).unwrap().key.unwrap();
        let issued_at = SystemClock::new().now();
        let certificate = Certificate {
            device_key: key,
            officer: 7,
            grants: vec![CertifiedGrant { role: Role::FieldOfficer, place: Place::new("62.71").unwrap() }],
            predecessor: None,
            issued_at,
            server: server().public().server_id(),
            signature: Sig([0; 64]),
        };
        let reply = EnrolReply {
            outcome: EnrolOutcome::Enrolled,
            server_key: server().public(),
            keys: Vec::new(),
            certificate: Some(certificate.sign(&server())),
            epoch: Epoch { created_at: issued_at, random: [1; 8] },
            server_time: issued_at,
            wait_s: 0,
        };
        let request_hash = frame::request_hash(&post.body);
        let body = cbor::to_vec(&reply);
        let body =
            frame::seal_reply(FrameKind::EnrolReply, &server(), &request_hash, frame::DICTIONARY, &body);
        Box::pin(async move { Ok(Answer { status: 200, body, ..Answer::default() }) })
    }
}

fn enrolled(dir: &Path) -> Phone {
    let env = Env {
        clock: Arc::new(SystemClock::new()),
        entropy: Arc::new(SystemEntropy),
        transport: Arc::new(Desk),
    };
    let phone = Phone::open(dir, env, OpenOptions::default()).unwrap();
    let code = Code::typed("A1B2", "C3D4E5F6").unwrap();
    let fingerprint = server().public().fingerprint();
    let invitation = Invitation { url: "http://localhost".into(), fingerprint, code };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(phone.enrol(&invitation)).unwrap();
    phone
}

fn visit(tps: usize) -> NewRecord {
    let place = Place::new(&format!("62.71.01.1001/{tps:03}")).unwrap();
    let body = Visit { checklist: 1, version: 1, answers: vec![Said::Ok; 12], way: None };
    let mut new = NewRecord::new(place, Body::Visit(body));
    new.fix = Some(Fix { lat: -220_000, lon: 11_390_000, accuracy: 8, mock: false });
    new.note = Some("kotak suara belum tiba, perahu rusak".into());
    new
}

/// Captures at 60 TPS in turn.
#[divan::bench(sample_count = 300, sample_size = 1)]
fn capture(bencher: Bencher<'_, '_>) {
    let dir = tempfile::tempdir().unwrap();
    let phone = enrolled(dir.path());
    let mut n = 0;
    let next = || {
        n += 1;
        visit(n % 60 + 1)
    };
    bencher.with_inputs(next).bench_local_values(|new| phone.capture(new).unwrap());
}

/// Reads the card of a TPS about which this phone has said so much since its last sync: its state is folded anew.
#[divan::bench(args = [1, 20])]
fn look(bencher: Bencher<'_, '_>, unsent: usize) {
    let dir = tempfile::tempdir().unwrap();
    let phone = enrolled(dir.path());
    for _ in 0..unsent {
        phone.capture(visit(1)).unwrap();
    }
    let place = Place::new("62.71.01.1001/001").unwrap();
    bencher.bench_local(|| phone.tps_card(&place).unwrap());
}
