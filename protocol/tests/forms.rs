//! Properties of the wire form: canonical CBOR, decoders that meet anything, unknown things that survive,
//! pages.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

#[path = "samples/model.rs"]
mod model;
mod samples;

use minicbor::Decoder;
use model::{Value, canonical, read, value, worsen, write};
use pantau_protocol::{
    body::{Body, Correct, CustodyKind, Kind, Line, LineState, Receive, Rest, Seal, SealState},
    cbor::{self, Raw},
    enrol::{EnrolReply, EnrolRequest, Invitation},
    exchange::{Head, LateNote, LogRow, Page, Reply, Request, RowKind},
    frame,
    journal::{DeviceId, Link, RecordId},
    keys::SecretKey,
    limit,
    note::{CarriedNote, Commitment, Field, Note, Salt, SaltSeed},
    place::Scope,
    receipt::Epoch,
    record::{Basis, Fix, Record},
    segment::{Segment, SentRecord, Span},
    time::{Anchor, Envelope},
    validate,
};
use proptest::prelude::*;
use samples::code;

fn record() -> impl Strategy<Value = Record> {
    let line = (any::<u32>(), 0..9u32, any::<u32>(), 0..3u32, 0..3u32, prop::option::of(0..3u32)).prop_map(
        |(item, state, good, damaged, missing, kit)| Line {
            item,
            state: LineState::from_number(state),
            good,
            damaged,
            missing,
            kit,
        },
    );
    let receive = (
        prop::collection::vec(line, 0..4),
        prop::collection::vec(code(), 0..4),
        prop::option::of("[a-z]{0,9}"),
        prop::option::of(any::<[u8; 16]>()),
    )
        .prop_map(|(lines, kits, label, dispatch)| {
            Body::Receive(Receive {
                at: CustodyKind::Tps,
                label,
                dispatch: dispatch.and_then(|b| RecordId::from_slice(&b)),
                rest: Rest::SealedAsDispatched,
                lines,
                seals: vec![Seal { number: "S1".into(), state: SealState::Other(77), kit: None }],
                kits,
                containers: Vec::new(),
                form: None,
            })
        });
    let opaque = (70..99_000u32, value()).prop_map(|(kind, value)| {
        let mut raw = Vec::new();
        write(&value, &mut raw);
        Body::Opaque(Kind::from_number(kind), Raw(raw))
    });
    let body = prop_oneof![receive, opaque].prop_flat_map(|inner| {
        let correct = (any::<[u8; 16]>(), Just(inner.clone())).prop_map(|(target, inner)| {
            Body::Correct(Correct {
                target: RecordId::from_slice(&target).unwrap(),
                target_places: vec![],
                kind: inner.kind(),
                body: inner.encode(),
            })
        });
        prop_oneof![Just(inner), correct]
    });
    let fix = (any::<i32>(), any::<i32>(), any::<u32>(), any::<bool>())
        .prop_map(|(lat, lon, accuracy, mock)| Fix { lat, lon, accuracy, mock });
    let anchor = (any::<i64>(), any::<[u8; 8]>()).prop_map(|(time, mac)| Anchor { time, mac });
    (any::<i64>(), code(), 1..9u32, prop::option::of(fix), body, prop::option::of(anchor)).prop_map(
        |(at, place, basis, fix, body, anchor)| Record {
            basis: Basis::from_number(basis),
            fix,
            anchor,
            ..Record::new(at, place, &body)
        },
    )
}

fn carried() -> impl Strategy<Value = Vec<CarriedNote>> {
    let note = (any::<bool>(), any::<[u8; 16]>(), "\\PC{0,20}");
    prop::collection::vec(note, 0..4).prop_map(|all| {
        let field = |i: usize| Field::from_number(i as u32 + 1);
        all.into_iter()
            .enumerate()
            .map(|(i, (whole, salt, text))| {
                let note = Note { field: field(i), salt: Salt(salt), text };
                if whole {
                    CarriedNote::Whole(note)
                } else {
                    CarriedNote::Committed(field(i), note.commitment())
                }
            })
            .collect()
    })
}

fn row() -> impl Strategy<Value = LogRow> {
    let time = prop_oneof![0..2_000_000_000i64, any::<i64>()];
    let meta = (any::<u64>(), 1..6u32, 0..3u8, 0..5u32, any::<u64>());
    (meta, time.clone(), time, prop::collection::vec(any::<u8>(), 0..30), carried()).prop_map(
        |((position, kind, device, branch, seq), received_at, not_before, payload, notes)| LogRow {
            position,
            kind: RowKind::from_number(kind),
            device: DeviceId([device; 16]),
            branch,
            seq,
            envelope: Envelope { received_at, not_before },
            payload,
            notes,
        },
    )
}

fn segment() -> impl Strategy<Value = Segment> {
    // Few records stay whole, more are taken apart.
    let records = prop::collection::vec((record(), carried()), 1..20);
    (records, any::<Option<[u8; 16]>>()).prop_map(|(all, seed)| {
        let seed = seed.map(SaltSeed);
        let sent = |(n, (r, mut notes)): (u64, (Record, Vec<CarriedNote>))| {
            for note in &mut notes {
                if let (CarriedNote::Whole(note), Some(seed)) = (note, seed.filter(|_| n % 3 != 1)) {
                    note.salt = seed.after(n).salt(note.field);
                }
            }
            let payload = if n % 7 == 5 { vec![0xff, n as u8] } else { r.to_payload() };
            SentRecord { payload, notes }
        };
        Segment { base: [7; 8], seed, records: (0..).zip(all).map(sent).collect() }
    })
}

fn request() -> impl Strategy<Value = Request> {
    segment().prop_map(|segment| {
        let mut request = Request::new(Head::new(3, &Link([1; 32])), 1_700_000_000);
        let note = Note { field: Field::Note, salt: Salt([2; 16]), text: "rakit hanyut".into() };
        request.notes = vec![LateNote { seq: 2, note }];
        request.segment = Some(segment);
        request
    })
}

fn reply() -> impl Strategy<Value = Reply> {
    use pantau_protocol::exchange::Outcome;
    prop::collection::vec(row(), 0..4).prop_map(|rows| Reply {
        receipt: None,
        epoch: Epoch { created_at: 5, random: [1; 8] },
        server_time: 1_700_000_000,
        anchor_mac: [3; 8],
        outcomes: vec![Outcome::Gap { heads: vec![Head::new(9, &Link([4; 32]))] }, Outcome::Other(99)],
        want_notes: vec![(4, Field::Need)],
        page: Page::pack(&rows),
        scope: Scope::nothing().digest(),
        position: 12,
        more: true,
        backoff_s: 3,
        min_version: 1,
        dictionaries: vec![2],
        certificate: None,
        state_digest: None,
        address: None,
    })
}

/// Everything that reads bytes from outside, with what is done to the result at once.
fn feed_all(bytes: &[u8]) {
    let _ = cbor::from_slice::<Request>(bytes).map(|r| r.segment.map(|s| feed_segment(&s)));
    let _ = cbor::from_slice::<Reply>(bytes).map(|r| r.page.unpack());
    let _ = cbor::from_slice::<Page>(bytes).map(|page| page.unpack());
    let _ = cbor::from_slice::<Segment>(bytes).map(|s| feed_segment(&s));
    let _ = cbor::from_slice::<EnrolRequest>(bytes);
    let _ = cbor::from_slice::<EnrolReply>(bytes);
    if let Ok(record) = Record::from_payload(bytes) {
        assert!(record.place_keys().contains(&record.place));
        let _ = record.statement();
        if let Ok(body) = record.decode_body() {
            let _ = validate::record(&record, &body);
            let _ = body.encode();
        }
    }
    let key = SecretKey::from_seed(&[1; 32]).public();
    if let Ok(parsed) = frame::parse(bytes) {
        let _ = (parsed.open(&key), parsed.open_reply(&[key], &[0; 32]));
    }
    let _ = Invitation::parse(&String::from_utf8_lossy(bytes));
}

fn feed_segment(segment: &Segment) {
    let _ = segment.chain(&DeviceId([0; 16]), u64::MAX, &Link([0; 32]));
    let _ = segment.records.iter().all(SentRecord::notes_are_sound);
}

/// One byte replaced, taken out, put in, or the end cut off.
fn damaged(bytes: &[u8], how: u8, at: prop::sample::Index, new: u8) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let at = at.index(bytes.len());
    match how % 4 {
        0 => out[at] = new,
        1 => {
            out.remove(at);
        }
        2 => out.insert(at, new),
        _ => out.truncate(at),
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_walk_accepts_what_is_canonical_and_nothing_else(
        value in value(), how in any::<u8>(), at in any::<prop::sample::Index>(), new in any::<u8>(),
    ) {
        let mut bytes = Vec::new();
        write(&value, &mut bytes);
        prop_assert_eq!(cbor::check(&bytes), Ok(()));
        let bad = damaged(&bytes, how, at, new);
        prop_assert_eq!(cbor::check(&bad).is_ok(), canonical(&bad), "{}", pantau_protocol::hash::hex(&bad));
    }

    #[test]
    fn a_longer_form_and_a_doubled_key_are_refused(value in value(), how in any::<u8>(), at in 0..6usize) {
        if let Some(bad) = worsen(&value, how, at) {
            prop_assert!(cbor::check(&bad).is_err(), "{}", pantau_protocol::hash::hex(&bad));
            prop_assert!(!canonical(&bad));
        }
    }

    #[test]
    fn the_walk_agrees_with_the_model_on_anything(bytes in prop::collection::vec(any::<u8>(), 0..24)) {
        prop_assert_eq!(cbor::check(&bytes).is_ok(), canonical(&bytes));
    }

    #[test]
    fn what_we_write_is_canonical_and_reads_back(record in record()) {
        let payload = record.to_payload();
        prop_assert!(canonical(&payload));
        let read = Record::from_payload(&payload).unwrap();
        prop_assert_eq!(&read, &record);
        let body = read.decode_body().unwrap();
        prop_assert_eq!(body.encode(), record.body);
    }

    #[test]
    fn a_damaged_payload_is_refused_or_says_something_else(
        record in record(), how in any::<u8>(), at in any::<prop::sample::Index>(), new in any::<u8>(),
    ) {
        let payload = record.to_payload();
        let bad = damaged(&payload, how, at, new);
        feed_all(&bad);
        if bad != payload && let Ok(read) = Record::from_payload(&bad) {
            prop_assert!(canonical(&bad));
            // Known keys with default values and unknown keys are the only things a record does not show.
            prop_assert!(read != record || bad.len() != payload.len());
        }
    }

    #[test]
    fn no_decoder_panics_on_anything(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        feed_all(&bytes);
        feed_all(&[b"PT\x01\x01\x00\x01", bytes.as_slice()].concat());
    }

    #[test]
    fn no_decoder_panics_on_damaged_messages(
        request in request(), reply in reply(),
        damage in prop::collection::vec((any::<u8>(), any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let page = cbor::to_vec(&reply.page);
        for whole in [cbor::to_vec(&request), cbor::to_vec(&reply), page] {
            let mut bytes = whole;
            for (how, at, new) in &damage {
                if !bytes.is_empty() {
                    bytes = damaged(&bytes, *how, *at, *new);
                }
            }
            feed_all(&bytes);
        }
    }

    #[test]
    fn messages_read_back_as_they_were(request in request(), reply in reply()) {
        prop_assert_eq!(cbor::from_slice::<Request>(&cbor::to_vec(&request)).unwrap(), request);
        prop_assert_eq!(cbor::from_slice::<Reply>(&cbor::to_vec(&reply)).unwrap(), reply);
    }

    #[test]
    fn damaged_frames_never_open(
        request in request(), how in any::<u8>(), at in any::<prop::sample::Index>(), new in any::<u8>(),
    ) {
        let key = SecretKey::from_seed(&[1; 32]);
        let span = Span { first: 1, count: 1, link: Link([5; 32]) };
        let body = cbor::to_vec(&request);
        let good = frame::seal(frame::FrameKind::Request, &key, frame::Sender::Known, Some(&span), 0, &body);
        prop_assert_eq!(frame::parse(&good).unwrap().open(&key.public()), Ok(body));
        let bad = damaged(&good, how, at, new);
        if bad != good {
            prop_assert!(frame::parse(&bad).and_then(|p| p.open(&key.public())).is_err());
        }
    }

    #[test]
    fn unknown_keys_survive_every_hop(record in record(), key in 100..9_000u64, value in value()) {
        // A newer phone's record: one key more, also inside the body.
        let plain = record.to_payload();
        let Some(Value::Map(mut entries)) = read(&mut Decoder::new(&plain), 0) else { panic!("a record is a map") };
        for (known, inside) in &mut entries {
            if let (5, Value::Map(body)) = (known.1, inside) {
                body.push(((false, key), value.clone()));
            }
        }
        entries.push(((false, key), value));
        let mut payload = Vec::new();
        write(&Value::Map(entries), &mut payload);
        prop_assume!(cbor::check(&payload).is_ok());

        let sent = SentRecord { payload: payload.clone(), notes: vec![] };
        let segment = Segment { base: [0; 8], seed: None, records: vec![sent] };
        let taken: Segment = cbor::from_slice(&cbor::to_vec(&segment)).unwrap();
        let row = LogRow {
            position: 1,
            kind: RowKind::Record,
            device: DeviceId([1; 16]),
            branch: 0,
            seq: 1,
            envelope: Envelope { received_at: 1, not_before: 0 },
            payload: taken.records[0].payload.clone(),
            notes: vec![],
        };
        let page: Page = cbor::from_slice(&cbor::to_vec(&Page::pack(std::slice::from_ref(&row)))).unwrap();
        let served = page.unpack().unwrap().remove(0);
        prop_assert_eq!(&served.payload, &payload);
        prop_assert_eq!(served.record_id(), row.record_id());
        // An older reader understands the rest.
        let read = Record::from_payload(&served.payload).unwrap();
        prop_assert_eq!((read.at, &read.place, read.kind), (record.at, &record.place, record.kind));
        prop_assert_eq!(read.place_keys(), record.place_keys());
    }

    #[test]
    fn a_page_unpacks_to_what_was_packed(rows in prop::collection::vec(row(), 0..20)) {
        let bytes = cbor::to_vec(&Page::pack(&rows));
        prop_assert_eq!(cbor::from_slice::<Page>(&bytes).unwrap().unpack().unwrap(), rows);
    }

    #[test]
    fn a_commitment_binds_field_salt_and_text(
        salt in any::<[u8; 16]>(), text in "\\PC{0,20}", more in "\\PC{1,3}",
    ) {
        let note = |field, salt, text: &str| Note { field, salt: Salt(salt), text: text.into() }.commitment();
        let one: Commitment = note(Field::Note, salt, &text);
        prop_assert_eq!(one, note(Field::Note, salt, &text));
        prop_assert_ne!(one, note(Field::Need, salt, &text));
        prop_assert_ne!(one, note(Field::Note, salt, &format!("{text}{more}")));
        let mut other = salt;
        other[3] ^= 1;
        prop_assert_ne!(one, note(Field::Note, other, &text));
    }
}

#[test]
fn nesting_is_allowed_up_to_the_limit_and_no_deeper() {
    let nested = |n: usize| [vec![0x81; n], vec![0x00]].concat();
    assert_eq!(cbor::check(&nested(limit::CBOR_DEPTH)), Ok(()));
    assert!(matches!(cbor::check(&nested(limit::CBOR_DEPTH + 1)), Err(cbor::NotCanonical::Depth(_))));
    assert!(cbor::check(&vec![0x81; limit::PAYLOAD_BYTES]).is_err());
}

#[test]
fn every_width_has_its_least_number() {
    for (short, long) in
        [("17", "1817"), ("18ff", "1900ff"), ("19ffff", "1a0000ffff"), ("1affffffff", "1b00000000ffffffff")]
    {
        let bytes = |hex: &str| pantau_protocol::hash::unhex(hex).unwrap();
        assert_eq!(cbor::check(&bytes(short)), Ok(()));
        assert_eq!(cbor::check(&bytes(long)), Err(cbor::NotCanonical::Form(0)));
    }
}
