//! Requests, replies, pages and enrolment.

use pantau_protocol::{
    body::{KeyState, KeyUse, ServerKey},
    cbor,
    enrol::{BadCode, Code, EnrolOutcome, EnrolReply, EnrolRequest, Invitation},
    exchange::{
        Counted, Cursor, Head, Held, LateNote, LogRow, Lost, Outcome, Page, Reason, Reply, Request, RowKind,
        StateDigest, Succession,
    },
    journal::{self, DeviceId, Digest, Link},
    note::{CarriedNote, Field, Note, SaltSeed},
    place::Scope,
    receipt::{OldReceipt, Receipt},
    segment::{Segment, SentRecord},
    time::Envelope,
};
use serde_json::{Value, json};

use super::{NOW, OTHER_PHONE, PHONE, SERVER, bodies, chain, diagnostic, hex_of, key, place};

fn scope() -> Scope {
    Scope::new([place("62.06.13")])
}

/// What the salts of the segment follow from.
const SEED: SaltSeed = SaltSeed([0x5e; 16]);

fn segment() -> Segment {
    let notes = chain::notes();
    let salt = SEED.next().salt(Field::Note);
    let seeded = CarriedNote::Whole(Note { field: Field::Note, salt, text: "jalan putus".into() });
    let (whole, kept_back) = (CarriedNote::Whole(notes[0].clone()), notes[1].commitment());
    let payload = bodies::payload(&bodies::visit()).to_payload();
    Segment {
        base: [8; 8],
        seed: Some(SEED),
        records: vec![
            SentRecord {
                payload: payload.clone(),
                notes: vec![whole, CarriedNote::Committed(Field::Informant, kept_back)],
            },
            SentRecord { payload, notes: vec![seeded] },
            // What is no record travels too, and is quarantined.
            SentRecord { payload: b"?".to_vec(), notes: vec![] },
        ],
    }
}

fn requests() -> Vec<(&'static str, Request)> {
    let quiet = Request::new(Head::new(0, &journal::first_link(&key(PHONE).public().0)), NOW);
    let receipt = Receipt::sign(chain::statement(), &chain::context(), &key(SERVER));
    let full = Request {
        cursor: Some(Cursor { epoch: chain::epoch(), scope: scope().digest(), position: 69_000 }.short()),
        head: Some(Head::new(302, &Link([5; 32]))),
        segment: Some(segment()),
        notes: vec![LateNote { seq: 299, note: chain::notes()[2].clone() }],
        time_guess: NOW + 3,
        budget_bytes: 65_536,
        certificate: Some(chain::certificate()),
        old_receipts: vec![OldReceipt { epoch: chain::epoch(), link: chain::context().link, receipt }],
        lost: Some(Lost { first: 290, last: 295, link: Link([4; 32]) }),
        succession: Some(Succession::sign(&key(OTHER_PHONE), &key(PHONE).public())),
        want_digest: true,
        tail: vec![Digest([6; 32]), Digest([7; 32])],
    };
    let push = Request { segment: Some(segment()), ..Request::new(Head::new(302, &Link([5; 32])), NOW) };
    vec![("a phone with nothing to say", quiet), ("records", push), ("every key", full)]
}

/// Every outcome, with a case of a newer server.
pub fn outcomes() -> Vec<Outcome> {
    let held = |seq, reason, field: &str| Held { seq, reason, field: field.into() };
    vec![
        Outcome::Stored,
        Outcome::Duplicate,
        Outcome::Gap { heads: vec![Head { seq: 290, link: [1; 8] }, Head { seq: 12, link: [2; 8] }] },
        Outcome::Gap { heads: vec![] },
        Outcome::Behind { have: 310 },
        Outcome::Fork { at: 300, branch: 1 },
        Outcome::Quarantined(vec![
            held(301, Reason::Impossible, "receive.lines[0].good"),
            held(302, Reason::Malformed, ""),
            held(303, Reason::Other(50), "new"),
        ]),
        Outcome::Revoked { counted: vec![] },
        Outcome::Revoked {
            counted: vec![Counted { device: key(PHONE).public().device_id(), first: 1, last: 41 }],
        },
        Outcome::Unknown,
        Outcome::Malformed,
        Outcome::Refused,
        Outcome::Upgrade { min: 2 },
        Outcome::Later { after_s: 30 },
        Outcome::Other(99),
    ]
}

fn rows() -> Vec<LogRow> {
    let device = |n| key(n).public().device_id();
    let row = |position, kind, device, seq, received_at, not_before| LogRow {
        position,
        kind,
        device,
        branch: 0,
        seq,
        envelope: Envelope { received_at, not_before },
        payload: bodies::payload(&bodies::visit()).to_payload(),
        notes: vec![],
    };
    let notes = chain::notes();
    let (record, other) = (RowKind::Record, DeviceId([6; 16]));
    vec![
        LogRow {
            notes: vec![CarriedNote::Whole(notes[0].clone())],
            ..row(69_001, record, device(OTHER_PHONE), 5, NOW - 90, 0)
        },
        LogRow { branch: 1, ..row(69_003, record, other, 7, NOW - 90, NOW - 500) },
        row(69_004, record, device(OTHER_PHONE), 6, NOW - 80, NOW - 80),
        LogRow {
            payload: vec![],
            notes: vec![CarriedNote::Whole(notes[1].clone())],
            ..row(69_010, RowKind::Note, device(OTHER_PHONE), 2, NOW - 300, 0)
        },
        LogRow { payload: b"?".to_vec(), ..row(69_011, RowKind::Quarantined, other, 3, NOW, 0) },
    ]
}

/// A reply to a phone that has nothing to say and learns nothing.
pub fn quiet() -> Reply {
    Reply { server_time: NOW, anchor_mac: [3; 8], ..Reply::of(chain::epoch(), vec![]) }
}

fn replies() -> Vec<(&'static str, Reply)> {
    let receipt = Receipt::sign(chain::statement(), &chain::context(), &key(SERVER));
    let full = Reply {
        receipt: Some(receipt.clone()),
        outcomes: outcomes(),
        want_notes: vec![(299, Field::Need), (300, Field::Note)],
        page: Page::pack(&rows()),
        scope: scope().digest(),
        position: 70_000,
        more: true,
        backoff_s: 20,
        min_version: 1,
        dictionaries: vec![2, 3],
        certificate: Some(chain::certificate()),
        state_digest: Some(StateDigest([9; 32])),
        ..quiet()
    };
    let turned_away = Reply { outcomes: vec![Outcome::Unknown], ..quiet() };
    let over_quota = Reply {
        receipt: Some(receipt),
        outcomes: vec![Outcome::Later { after_s: 3_600 }],
        scope: scope().digest(),
        position: 70_000,
        ..quiet()
    };
    let moved = Reply { address: Some("https://new.example/pantau".into()), ..quiet() };
    vec![
        ("nothing new", quiet()),
        ("every key and every outcome", full),
        ("turned away: scope and position say nothing", turned_away),
        ("over the quota of the day: receipt and page count", over_quota),
        ("a server that moves", moved),
    ]
}

fn message(name: &str, bytes: &[u8]) -> Value {
    json!({ "name": name, "cbor": hex_of(bytes), "says": diagnostic(bytes) })
}

pub fn messages() -> Value {
    let segment = segment();
    let device = key(PHONE).public().device_id();
    let base = journal::first_link(&key(PHONE).public().0);
    let chained: Vec<Value> = segment
        .chain(&device, 300, &base)
        .iter()
        .map(|c| json!({ "seq": c.seq, "digest": c.digest.to_string(), "link": c.link.to_string() }))
        .collect();
    let rows: Vec<Value> = rows()
        .iter()
        .map(|r| {
            json!({
                "position": r.position, "kind": r.kind.number(), "device": r.device.to_string(),
                "branch": r.branch, "seq": r.seq, "received_at": r.envelope.received_at,
                "not_before": r.envelope.not_before, "payload": hex_of(&r.payload),
                "notes": r.notes.iter().map(|n| hex_of(cbor::to_vec(n))).collect::<Vec<_>>(),
                "id": (r.kind == RowKind::Record).then(|| r.record_id().to_string()),
            })
        })
        .collect();
    json!({
        "requests": requests().iter().map(|(n, r)| message(n, &cbor::to_vec(r))).collect::<Vec<_>>(),
        "replies": replies().iter().map(|(n, r)| message(n, &cbor::to_vec(r))).collect::<Vec<_>>(),
        "counts": counts(),
        "outcomes": outcomes().iter().map(|o| message(&format!("{o:?}"), &cbor::to_vec(o))).collect::<Vec<_>>(),
        "segment": {
            "cbor": hex_of(cbor::to_vec(&segment)), "device": device.to_string(), "first": 300,
            "base": base.to_string(), "records": chained,
        },
        "page": { "cbor": hex_of(cbor::to_vec(&Page::pack(&self::rows()))), "rows": rows },
        "bad_page": {
            "name": "a row of a device that is not listed",
            "cbor": hex_of(page_without_devices()),
        },
    })
}

/// What of a reply with one outcome counts; `Later` with and without a receipt.
fn counts() -> Vec<Value> {
    let receipt = Receipt::sign(chain::statement(), &chain::context(), &key(SERVER));
    let told = |outcome: &Outcome, receipt: Option<Receipt>| {
        let has_receipt = receipt.is_some();
        let counts = Reply { receipt, outcomes: vec![outcome.clone()], ..quiet() }.carries();
        json!({
            "outcome": hex_of(cbor::to_vec(outcome)), "with_receipt": has_receipt,
            "receipt": counts.receipt, "page": counts.page, "certificate": counts.certificate,
        })
    };
    outcomes().iter().flat_map(|o| [told(o, Some(receipt.clone())), told(o, None)]).collect()
}

/// A page of one row, with its list of devices emptied.
fn page_without_devices() -> Vec<u8> {
    let page = cbor::to_vec(&Page::pack(&rows()[..1]));
    // {0: [h'…16 bytes…'], …} becomes {0: [], …}.
    assert_eq!(page[..4], [0xa3, 0x00, 0x81, 0x50]);
    [&[0xa3, 0x00, 0x80], &page[20..]].concat()
}

fn bad_code(why: &BadCode) -> &'static str {
    match why {
        BadCode::NotOurs => "NotOurs",
        BadCode::Mistyped => "Mistyped",
        BadCode::Fingerprint => "Fingerprint",
        BadCode::Address(_) => "Address",
    }
}

fn texts() -> Value {
    let print = key(SERVER).public().fingerprint().to_string();
    let good = [
        format!("PANTAU1 A1B2 0123ABCD {print} https://pantau.example"),
        format!("PANTAU1 a1b2 oil0-abcd {print} http://10.0.0.5:8080/"),
        format!("  PANTAU1\nA1B2  0123ABCD {print}\thttps://pantau.example/desk/  "),
    ];
    let bad = [
        "".to_owned(),
        "https://pantau.example".into(),
        format!("PANTAU2 A1B2 0123ABCD {print} https://pantau.example"),
        format!("PANTAU1 A1B2 0123ABCD {print}"),
        format!("PANTAU1 A1B 0123ABCD {print} https://pantau.example"),
        format!("PANTAU1 A1B2 0123ABCU {print} https://pantau.example"),
        format!("PANTAU1 A1B2 0123ABCD {} https://pantau.example", &print[1..]),
        format!("PANTAU1 A1B2 0123ABCD +{} https://pantau.example", &print[1..]),
        format!("PANTAU1 A1B2 0123ABCD {print} ftp://pantau.example"),
        format!("PANTAU1 A1B2 0123ABCD {print} https://"),
        format!("PANTAU1 A1B2 0123ABCD {print} http://127.0.0.1:8413/sign-in"),
        format!("PANTAU1 A1B2 0123ABCD {print} http://127.0.0.1:8413/?lang=id"),
        format!("PANTAU1 A1B2 0123ABCD {print} http://127.0.0.1:8413/#main"),
        format!("PANTAU1 A1B2 0123ABCD {print} https://user:pw@host/"),
        format!("PANTAU1 A1B2 0123ABCD {print} https://pantau.example/?x=1"),
    ];
    let good: Vec<Value> = good
        .iter()
        .map(|text| {
            let i = Invitation::parse(text).expect(text);
            json!({
                "text": text, "url": i.url, "handle": i.code.handle, "secret": i.code.secret,
                "fingerprint": i.fingerprint.to_string(), "text_as_written": i.to_text(),
            })
        })
        .collect();
    let bad: Vec<Value> = bad
        .iter()
        .map(|text| json!({ "text": text, "reason": bad_code(&Invitation::parse(text).expect_err(text)) }))
        .collect();
    json!({ "good": good, "bad": bad })
}

pub fn enrolment() -> Value {
    let code = Code::typed("A1B2", "0123ABCD").unwrap();
    let device = key(PHONE).public();
    let request = EnrolRequest { handle: code.handle.clone(), proof: code.proof(&device) };
    let server_key =
        |id, used_for, public_key| ServerKey { id, used_for, public_key, state: KeyState::Active };
    let reply = |outcome| EnrolReply {
        outcome,
        server_key: key(SERVER).public(),
        keys: vec![],
        certificate: None,
        epoch: chain::epoch(),
        server_time: NOW,
        wait_s: 0,
    };
    let enrolled = EnrolReply {
        keys: vec![
            server_key(1, KeyUse::Signing, key(SERVER).public().0),
            server_key(2, KeyUse::Sealing, [0x42; 32]),
        ],
        certificate: Some(chain::certificate()),
        ..reply(EnrolOutcome::Enrolled)
    };
    let asleep = EnrolReply { wait_s: 900, ..reply(EnrolOutcome::Asleep) };
    let replies = [
        ("enrolled", enrolled),
        ("wrong code", reply(EnrolOutcome::WrongCode)),
        ("asleep", asleep),
        ("used", reply(EnrolOutcome::Used)),
        ("expired", reply(EnrolOutcome::Expired)),
        ("an outcome of a newer server", reply(EnrolOutcome::Other(40))),
    ];
    let typed = [
        ("A1B2", "0123ABCD"),
        ("a1-b2", "0123 abcd"),
        ("ilo0", "OOOO-IIII"),
        ("A1BU", "01234567"),
        ("A1B2", "0123ABC"),
        ("A1B2C", "0123ABCD"),
        ("A1B2", "0123ABC!"),
    ];
    let typed: Vec<Value> = typed
        .iter()
        .map(|(handle, secret)| {
            let read = Code::typed(handle, secret).ok();
            json!({
                "typed_handle": handle, "typed_secret": secret,
                "handle": read.as_ref().map(|c| &c.handle), "secret": read.as_ref().map(|c| &c.secret),
            })
        })
        .collect();
    json!({
        "qr": texts(),
        "typed": typed,
        "proof": {
            "handle": code.handle, "secret": code.secret, "code_key": hex_of(code.key()),
            "device_key": device.to_string(), "proof": hex_of(code.proof(&device)),
        },
        "request": message("enrolment", &cbor::to_vec(&request)),
        "replies": replies.iter().map(|(n, r)| message(n, &cbor::to_vec(r))).collect::<Vec<_>>(),
        "attestations": chain::attestations(),
    })
}
