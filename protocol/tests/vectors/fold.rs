//! States and digests of sets of records.

use pantau_protocol::{
    cbor, hash,
    journal::{self, DeviceId, RecordId},
    place::{Place, Scope},
    projection::{Fact, Fold},
};
use serde_json::Value;

use super::{Read, envelope, file};

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
    for name in ["projection.json", "projection-rules.json"] {
        check(&file(name));
    }
}

fn check(file: &Value) {
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
        for within in case["within"].as_array().into_iter().flatten() {
            let scope = Scope::new(within.codes("roots"));
            assert_eq!(fold.digest_within(&scope).to_string(), within.str("digest"), "{}", case.str("name"));
        }
    }
}
