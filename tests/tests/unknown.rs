//! A newer phone says what this version does not know: it is stored, passed on and kept byte for byte.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

use pantau_core::transport::{HttpTransport, Post, Transport as _};
use pantau_protocol::{
    body::{Body, Kind},
    cbor::{self, Raw},
    exchange::{Head, Outcome, Reply, Request, RowKind},
    frame::{self, FrameKind, Sender},
    journal::{self, DeviceId},
    keys::SecretKey,
    record::Record,
    segment::{Segment, SentRecord, Span},
};
use pantau_tests::{World, place, settle};

/// Records a newer phone might write: an unknown kind, an unknown key in a known body, an unknown case.
fn newer_payloads(at: i64) -> Vec<Vec<u8>> {
    let tps = place("62.06.13.2001/001");
    let unknown_kind = Body::Opaque(Kind::Other(250), Raw(vec![0xa1, 0x00, 0x18, 0x2a]));
    // Standby {0: 3, 1: 5, 2: situation 9, 7: "x"}
    let newer_body = Body::Opaque(Kind::Standby, Raw(vec![0xa4, 0, 3, 1, 5, 2, 9, 7, 0x61, 0x78]));
    [unknown_kind, newer_body].iter().map(|b| Record::new(at, tps.clone(), b).to_payload()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_kinds_keys_and_cases_survive_every_hop() {
    let world = World::new(61).await;
    let (reader, ..) = world.phone("pembaca", 1).await;
    let key = enrol_by_hand(&world).await;
    let payloads = newer_payloads(world.clock.now());
    let reply = push(&world, &key, &payloads).await;
    assert_eq!(reply.outcomes, [Outcome::Stored]);
    assert_eq!(reply.receipt.unwrap().statement.last, 2);

    let device = key.public().device_id();
    let stored: Vec<_> = world
        .log()
        .into_iter()
        .filter(|r| r.entry.device == device)
        .map(|r| (r.entry.row, r.entry.payload))
        .collect();
    let expected: Vec<_> = payloads.iter().map(|p| (RowKind::Record, p.clone())).collect();
    assert_eq!(stored, expected);

    settle(&world, &[&reader]).await;
    let kept = payloads_on_phone(&world, "pembaca", &device);
    assert_eq!(kept, payloads);
    // What can be read of them is shown.
    let card = reader.tps_card(&place("62.06.13.2001/001")).unwrap();
    assert_eq!(card.timeline.len(), 2);
    assert_eq!(card.state.standby.unwrap().said.situation, pantau_protocol::body::Situation::Other(9));
}

/// Enrols a bare key, as a phone of another make would.
async fn enrol_by_hand(world: &World) -> SecretKey {
    let code = world.code(2).await;
    let key = SecretKey::from_seed(&[9; 32]);
    let request = pantau_protocol::enrol::EnrolRequest {
        handle: code.code.handle.clone(),
        proof: code.code.proof(&key.public()),
    };
    let body = cbor::to_vec(&request);
    let bytes = frame::seal(FrameKind::Enrol, &key, Sender::Introduced, None, 1, &body);
    let digest = frame::request_hash(&bytes);
    let answer = post(world, "enrol", bytes).await;
    let parsed = frame::parse(&answer).unwrap();
    let server = parsed.key.unwrap();
    assert_eq!(server.fingerprint(), code.fingerprint);
    let body = parsed.open_reply(&[server], &digest).unwrap();
    let reply: pantau_protocol::enrol::EnrolReply = cbor::from_slice(&body).unwrap();
    assert!(reply.certificate.is_some());
    key
}

async fn push(world: &World, key: &SecretKey, payloads: &[Vec<u8>]) -> Reply {
    let device = key.public().device_id();
    let base = journal::first_link(&key.public().0);
    let records = payloads.iter().map(|p| SentRecord { payload: p.clone(), notes: vec![] }).collect();
    let segment = Segment { base: base.short(), seed: None, records };
    let link = segment.chain(&device, 1, &base).last().unwrap().link;
    let span = Span { first: 1, count: payloads.len() as u64, link };
    let mut request = Request::new(Head::new(span.last(), &link), world.clock.now());
    request.segment = Some(segment);
    let body = cbor::to_vec(&request);
    let bytes = frame::seal(FrameKind::Request, key, Sender::Known, Some(&span), 1, &body);
    let digest = frame::request_hash(&bytes);
    let answer = post(world, "exchange", bytes).await;
    let keys = world.server().identity().signing_keys();
    cbor::from_slice(&frame::parse(&answer).unwrap().open_reply(&keys, &digest).unwrap()).unwrap()
}

async fn post(world: &World, call: &str, body: Vec<u8>) -> Vec<u8> {
    let within = std::time::Duration::from_secs(30);
    let post = Post { url: format!("{}/v1/{call}", world.url()), body, within, strict_dates: false };
    HttpTransport::new().unwrap().post(post).await.unwrap().body
}

/// The payloads of a device as they lie in a phone's file.
fn payloads_on_phone(world: &World, name: &str, device: &DeviceId) -> Vec<Vec<u8>> {
    let db = rusqlite::Connection::open(world.path(name).join("pantau.db")).unwrap();
    let mut q = db.prepare("SELECT payload FROM record WHERE device = ?1 ORDER BY seq").unwrap();
    let rows = q.query_map([device.0], |r| r.get(0)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}
