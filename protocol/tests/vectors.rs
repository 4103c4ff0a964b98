//! Reads `protocol/vectors/*.json` as a second implementation would, and checks this one against them; also
//! that the files and the tables of `docs/PROTOCOL.md` are what the generator writes today.
//!
//! After a wanted change: `cargo run -p pantau-protocol --example vectors`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

#[path = "../examples/vectors/cases/mod.rs"]
mod cases;

use pantau_protocol::{
    body::Body,
    cbor,
    enrol::{BadCode, Certificate, Code, EnrolReply, EnrolRequest, Invitation, proof},
    exchange::{Lost, Outcome, Page, Reply, Request, Succession},
    frame::{self, BadFrame},
    hash,
    journal::{self, DeviceId, Digest, Link, RecordId},
    keys::{PublicKey, SecretKey, ServerId, words},
    note::{Commitment, Field, Note, Salt},
    place::{Place, Scope},
    profile::{Profile, Quantity},
    projection::{Fact, Fold},
    receipt::{Epoch, OldReceipt, Receipt, ReceiptContext, Statement},
    record::Record,
    segment::Segment,
    time::{self, Anchor, Envelope},
    validate,
};
use serde_json::Value;

const AGAIN: &str = "run `cargo run -p pantau-protocol --example vectors` if this change is wanted";

fn file(name: &str) -> Value {
    serde_json::from_str(&text(name)).expect(name)
}

fn text(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}; {AGAIN}", path.display()))
}

/// Readings of a JSON value; each panics with the value where the file is not what it should be.
trait Read {
    fn list(&self, key: &str) -> &[Value];
    fn str(&self, key: &str) -> &str;
    fn hex(&self, key: &str) -> Vec<u8>;
    fn int(&self, key: &str) -> i64;
    fn opt(&self, key: &str) -> Option<i64>;
    fn codes(&self, key: &str) -> Vec<Place>;
}

impl Read for Value {
    fn list(&self, key: &str) -> &[Value] {
        self[key].as_array().unwrap_or_else(|| panic!("no list {key} in {self}"))
    }
    fn str(&self, key: &str) -> &str {
        self[key].as_str().unwrap_or_else(|| panic!("no text {key} in {self}"))
    }
    fn hex(&self, key: &str) -> Vec<u8> {
        hash::unhex(self.str(key)).unwrap_or_else(|| panic!("no hexadecimal {key} in {self}"))
    }
    fn int(&self, key: &str) -> i64 {
        self[key].as_i64().unwrap_or_else(|| panic!("no number {key} in {self}"))
    }
    fn opt(&self, key: &str) -> Option<i64> {
        self[key].as_i64()
    }
    fn codes(&self, key: &str) -> Vec<Place> {
        self.list(key).iter().map(|c| Place::new(c.as_str().unwrap()).unwrap()).collect()
    }
}

fn public(v: &Value, key: &str) -> PublicKey {
    PublicKey::from_slice(&v.hex(key)).unwrap()
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().unwrap()
}

fn envelope(v: &Value) -> Option<Envelope> {
    Some(Envelope { received_at: v.opt("received_at")?, not_before: v.opt("not_before")? })
}

#[test]
fn the_files_are_what_the_generator_writes() {
    for (name, content) in cases::files() {
        // Compressors may differ in their output; those files are checked by decoding alone.
        if !name.starts_with("frames") {
            assert!(cases::pretty(&content) == text(name), "{name} is out of date: {AGAIN}");
        }
    }
}

#[test]
fn the_tables_of_the_protocol_page_are_up_to_date() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/PROTOCOL.md");
    let page = std::fs::read_to_string(path).unwrap();
    assert!(cases::tables::fill(&page) == page, "docs/PROTOCOL.md is out of date: {AGAIN}");
}

#[test]
fn canonical_cbor() {
    let file = file("cbor.json");
    for case in file.list("good") {
        assert_eq!(cbor::check(&case.hex("hex")), Ok(()), "{case}");
    }
    for case in file.list("bad") {
        let why = format!("{:?}", cbor::check(&case.hex("hex")).expect_err(case.str("name")));
        assert_eq!(why, format!("{}({})", case.str("reason"), case.int("byte")), "{case}");
    }
}

#[test]
fn places_and_scopes() {
    let file = file("places.json");
    for case in file.list("codes") {
        let place = Place::new(case.str("code")).unwrap();
        assert_eq!(place.level().map(|l| format!("{l:?}")).as_deref(), case["level"].as_str(), "{case}");
        assert_eq!(place.ancestors().collect::<Vec<_>>(), case.codes("ancestors"), "{case}");
        assert_eq!(place.district().as_str(), case.str("district"));
        assert_eq!(cbor::from_slice::<Place>(&case.hex("cbor")).unwrap(), place);
    }
    for bad in file.list("bad_codes") {
        assert!(Place::new(bad.as_str().unwrap()).is_err(), "{bad}");
    }
    let looked = file.codes("keys_looked_at");
    for case in file.list("scopes") {
        let scope = Scope::new(case.codes("roots"));
        assert_eq!(scope.roots(), case.codes("canonical_roots"));
        assert_eq!(scope.digest().to_string(), case.str("digest"));
        for (key, above) in [("sees_field_records_with_key", false), ("sees_desk_records_with_key", true)] {
            let seen: Vec<Place> = looked.iter().filter(|k| scope.sees([*k], above)).cloned().collect();
            assert_eq!(seen, case.codes(key), "{case}");
        }
    }
}

#[test]
fn keys_notes_digests_links_and_ids() {
    let file = file("chain.json");
    for case in file.list("hashes") {
        let parts: Vec<Vec<u8>> =
            case.list("parts").iter().map(|p| hash::unhex(p.as_str().unwrap()).unwrap()).collect();
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        assert_eq!(hash::tagged(case.str("tag"), &parts).to_vec(), case.hex("hash"));
    }
    let mut first_links = std::collections::BTreeMap::new();
    for case in file.list("keys") {
        let key = SecretKey::from_seed(&array(&case.hex("seed"))).public();
        assert_eq!(key.to_string(), case.str("public_key"));
        assert_eq!(key.device_id().to_string(), case.str("device_id"));
        assert_eq!(key.server_id().to_string(), case.str("server_id"));
        assert_eq!(key.fingerprint().to_string(), case.str("fingerprint"));
        assert_eq!(journal::first_link(&key.0).to_string(), case.str("first_link"));
        first_links.insert(key.device_id(), journal::first_link(&key.0));
    }
    for case in file.list("notes") {
        let field = Field::from_number(case.int("field") as u32);
        let note = Note { field, salt: Salt(array(&case.hex("salt"))), text: case.str("text").into() };
        assert_eq!(note.commitment().to_string(), case.str("commitment"));
    }
    let device = DeviceId::from_slice(&file.hex("journal_of_device")).unwrap();
    let mut link = first_links[&device];
    for case in file.list("records") {
        let commitments: Vec<(Field, Commitment)> = case
            .list("commitments_in_field_order")
            .iter()
            .map(|c| {
                let field = Field::from_number(c[0].as_u64().unwrap() as u32);
                (field, Commitment::from_hex(c[1].as_str().unwrap()).unwrap())
            })
            .collect();
        assert_eq!(link.to_string(), case.str("link_before"));
        let digest: Digest =
            journal::digest(&device, case.int("seq") as u64, &case.hex("payload"), &commitments);
        link = journal::next_link(&link, &digest);
        assert_eq!(digest.to_string(), case.str("digest"));
        assert_eq!(RecordId::of_digest(&digest).to_string(), case.str("id"));
        assert_eq!(
            (link.to_string().as_str(), link.short().to_vec()),
            (case.str("link"), case.hex("link_short"))
        );
    }
}

#[test]
fn anchors_effective_times_and_deadlines() {
    let file = file("time.json");
    let key = array(&file.hex("anchor_key"));
    for case in file.list("anchors") {
        let device = DeviceId::from_slice(&case.hex("device")).unwrap();
        let anchor = Anchor { time: case.int("time"), mac: array(&case.hex("mac")) };
        assert!(anchor.verify(&key, &device) && !anchor.verify(&key, &DeviceId([0; 16])));
        assert!(!Anchor { time: anchor.time + 1, ..anchor }.verify(&key, &device));
    }
    for case in file.list("effective") {
        let effective = time::effective(case.int("claimed_at"), envelope(case).as_ref());
        let said = (case.int("effective_at"), case["impossible"].as_bool().unwrap());
        assert_eq!((effective.at, effective.impossible), said, "{case}");
    }
    for case in file.list("deadlines") {
        let verdict = time::deadline(envelope(case).as_ref(), case.int("due"));
        assert_eq!(format!("{verdict:?}"), case.str("verdict"), "{case}");
    }
}

#[test]
fn receipts() {
    let file = file("receipts.json");
    let keys = [public(&file, "server_public_key")];
    for case in file.list("cases") {
        let receipt: Receipt = cbor::from_slice(&case.hex("receipt")).unwrap();
        let context = ReceiptContext {
            server: ServerId::from_slice(&case.hex("server")).unwrap(),
            epoch: cbor::from_slice(&case.hex("epoch")).unwrap(),
            device: DeviceId::from_slice(&case.hex("device")).unwrap(),
            link: Link::from_slice(&case.hex("link")).unwrap(),
        };
        assert_eq!(receipt.verify(&context, &keys), case["valid"].as_bool().unwrap(), "{case}");
        assert_eq!(Receipt::hash(&receipt.statement, &context).to_vec(), case.hex("signed_hash"));
    }
    let statement = file.hex("statement");
    assert_eq!(cbor::to_vec(&cbor::from_slice::<Statement>(&statement).unwrap()), statement);
    cbor::from_slice::<OldReceipt>(&file.hex("old_receipt")).unwrap();
    cbor::from_slice::<Lost>(&file.hex("lost")).unwrap();
    let epochs: Vec<Epoch> = file
        .list("epochs_ascending")
        .iter()
        .map(|e| Epoch::from_slice(&hash::unhex(e.as_str().unwrap()).unwrap()).unwrap())
        .collect();
    assert!(epochs.is_sorted_by(|a, b| a < b));
}

#[test]
fn payloads_good_bad_and_impossible() {
    let file = file("payloads.json");
    for case in file.list("good") {
        let bytes = case.hex("payload");
        assert_eq!(cbor::check(&bytes), Ok(()), "{case}");
        let record = Record::from_payload(&bytes).unwrap();
        assert_eq!((record.at, record.place.as_str()), (case.int("at"), case.str("place")));
        assert_eq!(i64::from(record.basis.number()), case.int("basis"));
        assert_eq!(i64::from(record.kind.number()), case.int("kind"));
        assert_eq!(record.body.0, case.hex("body"), "a body is kept byte for byte");
        assert_eq!(record.place_keys(), case.codes("place_keys"), "{case}");
        let statement = record.statement().unwrap();
        assert_eq!(i64::from(statement.kind().number()), case.int("statement_kind"));
        let body = record.decode_body().unwrap();
        assert_eq!(validate::record(&record, &body), Ok(()), "{case}");
        if !case.str("name").contains("unknown keys") {
            assert_eq!(record.to_payload(), bytes, "{case}");
            assert_eq!(body.encode(), record.body);
        }
    }
    for case in file.list("bad").iter().filter(|c| c["payload"].is_string()) {
        let read: Result<Body, _> = Record::from_payload(&case.hex("payload")).and_then(|r| r.decode_body());
        let why = read.expect_err(case.str("name"));
        let reason = match &why {
            pantau_protocol::record::BadPayload::Canonical(c) => format!("Canonical.{c:?}"),
            other => format!("{other:?}"),
        };
        assert!(reason.starts_with(case.str("reason")), "{reason}: {case}");
    }
    for case in file.list("impossible") {
        let record = Record::from_payload(&case.hex("payload")).unwrap();
        let error = validate::record(&record, &record.decode_body().unwrap()).expect_err(case.str("field"));
        assert_eq!(
            (error.field.as_str(), format!("{:?}", error.problem).as_str()),
            (case.str("field"), case.str("problem"))
        );
        assert_eq!(i64::from(error.problem.reason().number()), case.int("reason"));
    }
}

#[test]
fn kit_quantities() {
    let file = file("kit.json");
    for case in file.list("formulas") {
        let q = Quantity { base: case.int("base") as u32, per_mille: case.int("per_mille") as u32 };
        for (voters, pieces) in file.list("voters").iter().zip(case.list("pieces")) {
            assert_eq!(u64::from(q.of(voters.as_u64().unwrap() as u32)), pieces.as_u64().unwrap(), "{case}");
        }
    }
    for case in file.list("profiles") {
        let profile: Profile = cbor::from_slice(&case.hex("cbor")).unwrap();
        assert_eq!(profile.code, case.str("code"));
        for item in case.list("items") {
            let quantity = profile.item(item.int("item") as u32).unwrap().quantity;
            assert_eq!(i64::from(quantity.of(271)), item.int("pieces_for_271_voters"));
        }
    }
}

#[test]
fn frames_open_or_fail_as_stated() {
    for name in ["frames.json", "frames-dictionary-1.json"] {
        let file = file(name);
        for case in file.list("good") {
            let bytes = case.hex("frame");
            let parsed = frame::parse(&bytes).unwrap();
            assert_eq!(parsed.kind as i64, case.int("kind"));
            assert_eq!(parsed.evidence().signed_hash().to_vec(), case.hex("signed_hash"));
            assert_eq!(parsed.device.map(|d| d.to_string()).as_deref(), case["device"].as_str());
            assert_eq!(parsed.key.is_some(), case["introduced"].as_bool().unwrap());
            let span = parsed.span.map(|s| (s.first as i64, s.count as i64, s.link.to_string()));
            let said = &case["span"];
            let said =
                said.is_object().then(|| (said.int("first"), said.int("count"), said.str("link").to_owned()));
            assert_eq!(span, said, "{case}");
            assert_eq!(parsed.open(&public(case, "key")), Ok(case.hex("body")), "{name}: {AGAIN}");
            assert_eq!(frame::request_hash(&bytes).to_vec(), case.hex("request_digest"));
        }
        for case in file.list("replies") {
            let (bytes, keys) = (case.hex("frame"), [public(case, "server_key")]);
            let parsed = frame::parse(&bytes).unwrap();
            assert_eq!(parsed.kind as i64, case.int("kind"));
            let digest = array(&case.hex("request_digest"));
            assert_eq!(parsed.open_reply(&keys, &digest), Ok(case.hex("body")), "{name}: {AGAIN}");
        }
    }
}

#[test]
fn damaged_frames_fail_with_their_reason() {
    let file = file("frames.json");
    let named = |why: BadFrame| format!("{why:?}").split('(').next().unwrap().to_owned();
    for case in file.list("bad").iter().filter(|c| c["frame"].is_string()) {
        let bytes = case.hex("frame");
        let why = frame::parse(&bytes).and_then(|p| p.open(&public(case, "key")));
        assert_eq!(named(why.expect_err(case.str("name"))), case.str("reason"), "{case}");
    }
    for case in file.list("bad_replies") {
        let bytes = case.hex("frame");
        let (keys, digest) = ([public(case, "server_key")], array(&case.hex("request_digest")));
        let why = frame::parse(&bytes).and_then(|p| p.open_reply(&keys, &digest));
        assert_eq!(named(why.expect_err(case.str("name"))), case.str("reason"), "{case}");
    }
}

#[test]
fn requests_replies_outcomes_and_pages() {
    let file = file("messages.json");
    for case in file.list("requests") {
        let bytes = case.hex("cbor");
        assert_eq!(cbor::to_vec(&cbor::from_slice::<Request>(&bytes).unwrap()), bytes, "{case}");
    }
    for case in file.list("replies") {
        let bytes = case.hex("cbor");
        assert_eq!(cbor::to_vec(&cbor::from_slice::<Reply>(&bytes).unwrap()), bytes, "{case}");
    }
    for case in file.list("outcomes") {
        let outcome: Outcome = cbor::from_slice(&case.hex("cbor")).unwrap();
        assert_eq!(format!("{outcome:?}"), case.str("name"));
        assert_eq!(cbor::to_vec(&outcome), case.hex("cbor"));
    }
    let case = &file["segment"];
    let segment: Segment = cbor::from_slice(&case.hex("cbor")).unwrap();
    let device = DeviceId::from_slice(&case.hex("device")).unwrap();
    let base = Link::from_slice(&case.hex("base")).unwrap();
    for (got, said) in
        segment.chain(&device, case.int("first") as u64, &base).iter().zip(case.list("records"))
    {
        assert_eq!((got.seq as i64, got.digest.to_string().as_str()), (said.int("seq"), said.str("digest")));
        assert_eq!(got.link.to_string(), said.str("link"));
    }
    let rows = cbor::from_slice::<Page>(&file["page"].hex("cbor")).unwrap().unpack().unwrap();
    assert_eq!(rows.len(), file["page"].list("rows").len());
    for (row, said) in rows.iter().zip(file["page"].list("rows")) {
        assert_eq!((row.position as i64, row.seq as i64), (said.int("position"), said.int("seq")));
        assert_eq!(
            (i64::from(row.kind.number()), i64::from(row.branch)),
            (said.int("kind"), said.int("branch"))
        );
        assert_eq!(
            (row.device.to_string().as_str(), Some(row.envelope)),
            (said.str("device"), envelope(said))
        );
        assert_eq!(row.payload, said.hex("payload"));
        if let Some(id) = said["id"].as_str() {
            assert_eq!(row.record_id().to_string(), id);
        }
    }
    assert!(cbor::from_slice::<Page>(&file["bad_page"].hex("cbor")).unwrap().unpack().is_err());
}

#[test]
fn enrolment_texts_proofs_and_attestations() {
    let file = file("enrolment.json");
    for case in file["qr"].list("good") {
        let read = Invitation::parse(case.str("text")).unwrap();
        assert_eq!(
            (read.url.as_str(), read.fingerprint.to_string()),
            (case.str("url"), case.str("fingerprint").into())
        );
        assert_eq!(
            (read.code.handle.as_str(), read.code.secret.as_str()),
            (case.str("handle"), case.str("secret"))
        );
        assert_eq!(read.to_text(), case.str("text_as_written"));
    }
    for case in file["qr"].list("bad") {
        let why: BadCode = Invitation::parse(case.str("text")).expect_err(case.str("text"));
        let name = format!("{why:?}");
        assert_eq!(name.split('(').next(), Some(case.str("reason")), "{case}");
    }
    for case in file.list("typed") {
        let read = Code::typed(case.str("typed_handle"), case.str("typed_secret")).ok();
        let (handle, secret) =
            (read.as_ref().map(|c| c.handle.as_str()), read.as_ref().map(|c| c.secret.as_str()));
        assert_eq!((handle, secret), (case["handle"].as_str(), case["secret"].as_str()), "{case}");
    }
    let case = &file["proof"];
    let code = Code::typed(case.str("handle"), case.str("secret")).unwrap();
    assert_eq!(code.key().to_vec(), case.hex("code_key"));
    assert_eq!(proof(&code.key(), &public(case, "device_key")).to_vec(), case.hex("proof"));
    let request: EnrolRequest = cbor::from_slice(&file["request"].hex("cbor")).unwrap();
    assert_eq!((request.handle.as_str(), request.proof.to_vec()), (case.str("handle"), case.hex("proof")));
    for case in file.list("replies") {
        let bytes = case.hex("cbor");
        assert_eq!(cbor::to_vec(&cbor::from_slice::<EnrolReply>(&bytes).unwrap()), bytes, "{case}");
    }
    let all = &file["attestations"];
    for case in all.list("certificates") {
        let certificate: Certificate = cbor::from_slice(&case.hex("certificate")).unwrap();
        assert_eq!(certificate.hash().to_vec(), case.hex("signed_hash"));
        assert_eq!(certificate.verify(&[public(all, "server_public_key")]), case["valid"].as_bool().unwrap());
        assert_eq!(certificate.device().to_string(), case.str("device"));
        assert_eq!(certificate.scope().digest().to_string(), case.str("scope_digest"));
    }
    let case = &all["succession"];
    let succession: Succession = cbor::from_slice(&case.hex("succession")).unwrap();
    let (old, new) = (public(case, "old_public_key"), public(case, "new_public_key"));
    assert!(succession.verify(&old, &new) && !succession.verify(&old, &public(case, "not_valid_for_key")));
    assert_eq!(Succession::hash(&succession.predecessor, &new).to_vec(), case.hex("signed_hash"));
    for case in all.list("words") {
        assert_eq!(words(&public(case, "server_key"), &public(case, "device_key")), case.str("words"));
    }
}

fn fact(v: &Value) -> Fact {
    let id = RecordId(v.str("id").parse().unwrap());
    let device = DeviceId::from_slice(&v.hex("device")).unwrap();
    let payload = v.hex("payload");
    let seq = v.int("seq") as u64;
    assert_eq!(RecordId::of_digest(&journal::digest(&device, seq, &payload, &[])), id);
    Fact::new(id, (device, v.int("branch") as u32, seq), envelope(v), &payload).unwrap()
}

#[test]
fn facts_make_the_states_and_the_digest() {
    let file = file("projection.json");
    assert_eq!(file.int("version"), i64::from(pantau_protocol::projection::VERSION));
    for case in file.list("cases") {
        let mut fold = Fold::new();
        for v in case.list("facts").iter().chain(file.list("facts_of_every_case")).rev() {
            fold.insert(fact(v));
        }
        for said in case.list("states") {
            let state = fold.state(&Place::new(said.str("place")).unwrap());
            assert_eq!(hash::hex(&cbor::to_vec(&state)), said.str("state"), "{}", case.str("name"));
        }
        assert_eq!(fold.digest().to_string(), case.str("digest"), "{}", case.str("name"));
    }
}
