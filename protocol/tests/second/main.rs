//! A second implementation of what phone and server must agree on, written from `docs/PROTOCOL.md` alone and held
//! against the golden vectors. It uses nothing of this crate: where it fails after a change, the page no longer
//! tells what the code does. Change it by the page, not by the code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]
#![allow(unreachable_pub, reason = "modules of a test")]

mod cbor;
mod fold;
mod forms;
mod handover;
mod state;
mod transcript;
mod wire;

use std::collections::BTreeSet;

use fold::{Fact, World};
use serde_json::Value as Json;
use wire::{Note, h};

fn file(name: &str) -> Json {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn list<'a>(v: &'a Json, key: &str) -> &'a [Json] {
    v[key].as_array().unwrap_or_else(|| panic!("no list {key} in {v}"))
}

fn hex(v: &Json) -> Vec<u8> {
    let text = v.as_str().unwrap_or_else(|| panic!("no hexadecimal: {v}")).replace('-', "");
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

fn fixed<const N: usize>(v: &Json) -> [u8; N] {
    hex(v).try_into().unwrap_or_else(|_| panic!("of a wrong length: {v}"))
}

fn number(v: &Json) -> i128 {
    i128::from(v.as_i64().unwrap_or_else(|| panic!("no number: {v}")))
}

#[test]
fn canonical_or_not_and_why() {
    let file = file("cbor.json");
    for case in list(&file, "good") {
        let bytes = hex(&case["hex"]);
        assert_eq!(cbor::bytes(&cbor::whole(&bytes).unwrap()), bytes, "{case}");
    }
    for case in list(&file, "bad") {
        let (reason, at) = cbor::whole(&hex(&case["hex"])).unwrap_err();
        assert_eq!((reason, at as i128), (case["reason"].as_str().unwrap(), number(&case["byte"])), "{case}");
    }
}

#[test]
fn hashes_ids_and_links() {
    let file = file("chain.json");
    for case in list(&file, "keys") {
        let key = hex(&case["public_key"]);
        assert_eq!(wire::first16(h("pantau/1/device", &[&key])), fixed(&case["device_id"]));
        assert_eq!(wire::first16(h("pantau/1/server", &[&key])), fixed(&case["server_id"]));
        assert_eq!(h("pantau/1/fingerprint", &[&key]), fixed(&case["fingerprint"]));
        assert_eq!(h("pantau/1/journal", &[&key]), fixed(&case["first_link"]));
    }
    for case in list(&file, "records") {
        let commitments = list(case, "commitments_in_field_order").iter();
        let notes: Vec<Note> = commitments
            .map(|c| Note { field: number(&c[0]) as u32, commitment: fixed(&c[1]), whole: None })
            .collect();
        let device = hex(&file["journal_of_device"]);
        let digest = wire::digest(&device, number(&case["seq"]) as u64, &hex(&case["payload"]), &notes);
        assert_eq!(digest, fixed(&case["digest"]), "{case}");
        assert_eq!(wire::id(&digest), fixed(&case["id"]), "{case}");
        assert_eq!(wire::link(&fixed(&case["link_before"]), &digest), fixed(&case["link"]), "{case}");
    }
}

#[test]
fn segments_taken_apart() {
    let file = file("segment.json");
    let device = hex(&file["device"]);
    let mut link: [u8; 32] = fixed(&file["base"]);
    let (base, records) = wire::segment(&hex(&file["cbor"])).unwrap();
    assert_eq!(base, link[..8]);
    assert_eq!(records.len(), list(&file, "records").len());
    for ((payload, notes), said) in records.iter().zip(list(&file, "records")) {
        assert_eq!(*payload, hex(&said["payload"]), "{said}");
        assert_eq!(notes.len(), list(said, "notes").len());
        for (note, told) in notes.iter().zip(list(said, "notes")) {
            assert_eq!(i128::from(note.field), number(&told["field"]));
            assert_eq!(note.commitment, fixed(&told["commitment"]), "{told}");
            let whole = note.whole.as_ref().map(|(text, salt)| (text.as_str(), *salt));
            assert_eq!(whole, told["text"].as_str().map(|t| (t, fixed(&told["salt"]))), "{told}");
        }
        let digest = wire::digest(&device, number(&said["seq"]) as u64, payload, notes);
        link = wire::link(&link, &digest);
        assert_eq!((digest, link), (fixed(&said["digest"]), fixed(&said["link"])), "{said}");
        assert_eq!(wire::id(&digest), fixed(&said["id"]), "{said}");
    }
    for case in list(&file, "bad") {
        assert!(wire::segment(&hex(&case["cbor"])).is_none(), "{case}");
    }
}

#[test]
fn pages_row_by_row() {
    let file = file("messages.json");
    let rows = wire::page(&hex(&file["page"]["cbor"])).unwrap();
    assert_eq!(rows.len(), list(&file["page"], "rows").len());
    for (row, said) in rows.iter().zip(list(&file["page"], "rows")) {
        let got = [row.position, row.kind, row.branch, row.seq, row.received_at, row.not_before];
        let keys = ["position", "kind", "branch", "seq", "received_at", "not_before"];
        assert_eq!(got, keys.map(|k| number(&said[k])), "{said}");
        assert_eq!((row.device, &row.carried.0), (fixed(&said["device"]), &hex(&said["payload"])), "{said}");
        if said["id"].is_string() {
            let digest = wire::digest(&row.device, row.seq as u64, &row.carried.0, &row.carried.1);
            assert_eq!(wire::id(&digest), fixed(&said["id"]), "{said}");
        }
    }
    assert!(wire::page(&hex(&file["bad_page"]["cbor"])).is_none());
}

#[test]
fn frames_are_signed_and_packed_as_told() {
    let file = file("frames.json");
    let unpack =
        |body: &[u8]| zstd::decode_all([&[0x28, 0xB5, 0x2F, 0xFD], body].concat().as_slice()).unwrap();
    for case in list(&file, "good") {
        let bytes = hex(&case["frame"]);
        let frame = wire::frame(&bytes);
        let hash = wire::signed_hash(&frame, None);
        assert_eq!((hash, frame.signature), (fixed(&case["signed_hash"]), &hex(&case["signature"])[..]));
        assert!(wire::is_signed(&hex(&case["key"]), &hash, frame.signature), "{case}");
        assert_eq!((i128::from(frame.kind), unpack(frame.body)), (number(&case["kind"]), hex(&case["body"])));
        let span = case["span"].as_object();
        let span = span.map(|s| (number(&s["first"]), number(&s["count"]), hex(&s["link"])));
        assert_eq!(frame.span.map(|(f, c, l)| (f, c, l.to_vec())), span, "{case}");
        assert_eq!(h("pantau/1/request", &[&bytes]), fixed(&case["request_digest"]));
    }
    for case in list(&file, "replies") {
        let bytes = hex(&case["frame"]);
        let frame = wire::frame(&bytes);
        let hash = wire::signed_hash(&frame, Some(&hex(&case["request_digest"])));
        assert!(wire::is_signed(&hex(&case["server_key"]), &hash, frame.signature), "{case}");
        assert_eq!(unpack(frame.body), hex(&case["body"]));
    }
}

#[test]
fn receipts_hold_over_ones_own_link() {
    let file = file("receipts.json");
    for case in list(&file, "cases") {
        let receipt = cbor::whole(&hex(&case["receipt"])).unwrap();
        let epoch = cbor::whole(&hex(&case["epoch"])).unwrap();
        let mut marked = (epoch.at(0).unwrap().int() as i64).to_be_bytes().to_vec();
        marked.extend(epoch.at(1).unwrap().raw::<8>());
        let statement = cbor::bytes(receipt.at(0).unwrap());
        let (server, device, link) = (hex(&case["server"]), hex(&case["device"]), hex(&case["link"]));
        let hash = h("pantau/1/receipt", &[&server, &marked, &device, &link, &statement]);
        assert_eq!(hash, fixed(&case["signed_hash"]), "{case}");
        let signature = receipt.at(1).unwrap().raw::<64>();
        let holds = wire::is_signed(&hex(&file["server_public_key"]), &hash, &signature);
        assert_eq!(Some(holds), case["valid"].as_bool(), "{case}");
    }
}

#[test]
fn a_journal_goes_on_behind_a_hole() {
    let file = &file("receipts.json")["hole"];
    let lost = cbor::whole(&hex(&file["lost"])).unwrap();
    let record = &file["record_behind"];
    let (device, seq) = (hex(&file["device"]), number(&record["seq"]));
    assert_eq!(lost.at(1).unwrap().int() + 1, seq);
    let digest = wire::digest(&device, seq as u64, &hex(&record["payload"]), &[]);
    assert_eq!(digest, fixed(&record["digest"]));
    let link = wire::link(&lost.at(2).unwrap().raw(), &digest);
    assert_eq!(link, fixed(&file["link"]));
    let receipt = cbor::whole(&hex(&file["receipt"])).unwrap();
    let statement = receipt.at(0).unwrap();
    assert_eq!(statement.opt(1), Some(seq), "it counts on behind the hole");
    let steps: Vec<_> = statement.items(3).iter().map(|s| (s.opt(0).unwrap(), s.opt(1).unwrap())).collect();
    let is_lost = |n: &i128| (lost.at(0).unwrap().int()..=lost.at(1).unwrap().int()).contains(n);
    assert!(steps.iter().flat_map(|(first, last)| *first..=*last).all(|n| !is_lost(&n)), "{steps:?}");
}

/// The table "What of a reply counts": receipt, page, certificate.
fn counts(code: i128, has_receipt: bool) -> [bool; 3] {
    match code {
        4 | 5 | 11 => [true, false, true],
        7 => [true, false, false],
        8..=10 => [false; 3],
        12 => [has_receipt; 3],
        _ => [true; 3],
    }
}

#[test]
fn replies_count_as_far_as_their_outcomes_allow() {
    for case in list(&file("messages.json"), "counts") {
        let code = cbor::whole(&hex(&case["outcome"])).unwrap().at(0).unwrap().int();
        let said = ["receipt", "page", "certificate"].map(|k| case[k].as_bool().unwrap());
        assert_eq!(counts(code, case["with_receipt"].as_bool().unwrap()), said, "{case}");
    }
}

fn fact(v: &Json) -> Fact {
    let payload = hex(&v["payload"]);
    let record = cbor::whole(&payload).unwrap();
    let device = fixed(&v["device"]);
    let id = wire::id(&wire::digest(&device, number(&v["seq"]) as u64, &payload, &[]));
    assert_eq!(id, fixed(&v["id"]), "{v}");
    Fact {
        branch: number(&v["branch"]),
        seq: number(&v["seq"]),
        envelope: v["received_at"].as_i64().map(|at| (i128::from(at), number(&v["not_before"]))),
        ..self::record(id, device, &record)
    }
}

/// A record that was not sent yet.
fn record(id: fold::Id, device: fold::Id, record: &cbor::Value) -> Fact {
    Fact {
        id,
        device,
        branch: 0,
        seq: 1,
        envelope: None,
        at: record.at(0).unwrap().int(),
        place: record.at(1).unwrap().text().to_owned(),
        basis: record.opt(2).unwrap_or(1),
        kind: record.at(4).unwrap().int(),
        body: record.at(5).unwrap().clone(),
        copy_of: record.at(7).map(cbor::Value::raw),
        election: record.opt(9),
        against: record
            .at(10)
            .map(|a| (a.opt(0).unwrap(), a.items(1).iter().map(cbor::Value::int).collect())),
        told_by: record.at(11).and_then(|told| told.opt(0)),
    }
}

/// `a` lies within `b`.
fn is_within(a: &str, b: &str) -> bool {
    a.strip_prefix(b).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '/']))
}

/// The state digest of the places that `sees` lets through.
fn digest(world: &World, version: u32, sees: impl Fn(&str) -> bool) -> [u8; 32] {
    let places: BTreeSet<String> = world.facts.values().flat_map(Fact::keys).filter(|p| sees(p)).collect();
    let empty = state::of(&World::new([]), "62");
    let states: Vec<(String, Vec<u8>)> = places
        .into_iter()
        .map(|place| (state::of(world, &place), place))
        .filter(|(state, _)| *state != empty)
        .map(|(state, place)| (place, cbor::bytes(&state)))
        .collect();
    let version = version.to_be_bytes();
    let mut parts: Vec<&[u8]> = vec![&version];
    states.iter().for_each(|(place, state)| parts.extend([place.as_bytes(), state.as_slice()]));
    h("pantau/1/state", &parts)
}

#[test]
fn records_fold_to_the_same_states() {
    let mut cases = 0;
    for name in ["projection.json", "projection-rules.json"] {
        let file = file(name);
        let version = number(&file["version"]) as u32;
        for case in list(&file, "cases") {
            let name = &case["name"];
            let all = list(&file, "facts_of_every_case").iter().chain(list(case, "facts"));
            let world = World::new(all.map(fact));
            for said in list(case, "states") {
                let state = state::of(&world, said["place"].as_str().unwrap());
                let told = cbor::whole(&hex(&said["state"])).unwrap();
                assert_eq!(state, told, "{name}: {}", said["place"]);
            }
            assert_eq!(digest(&world, version, |_| true), fixed(&case["digest"]), "{name}");
            for within in case["within"].as_array().into_iter().flatten() {
                let roots: Vec<&str> = list(within, "roots").iter().map(|r| r.as_str().unwrap()).collect();
                let sees = |p: &str| roots.iter().any(|r| is_within(p, r) || is_within(r, p));
                assert_eq!(digest(&world, version, sees), fixed(&within["digest"]), "{name}: {roots:?}");
            }
            cases += 1;
        }
    }
    assert!(cases >= 50, "{cases}");
}
