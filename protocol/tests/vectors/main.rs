//! Reads `protocol/vectors/*.json` as a second implementation would, and checks this one against them; also
//! that the files and the tables of `docs/PROTOCOL.md` are what the generator writes today.
//!
//! After a wanted change: `cargo run -p pantau-protocol --example vectors`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

#[path = "../../examples/vectors/cases/mod.rs"]
mod cases;
mod fold;
mod handover;
mod wire;

use pantau_protocol::{
    body::Body,
    cbor,
    exchange::Lost,
    hash,
    journal::{self, DeviceId, Digest, Link, RecordId},
    keys::{PublicKey, SecretKey, ServerId},
    note::{Commitment, Field, Note, Salt},
    place::{Place, Scope},
    profile::{Profile, Quantity},
    receipt::{Epoch, OldReceipt, Receipt, ReceiptContext, Statement},
    record::Record,
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
        if !name.starts_with("frames") && name != "handover.json" {
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
        if case["encoded_again"] != false {
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
