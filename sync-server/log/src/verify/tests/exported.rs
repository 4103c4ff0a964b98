//! An exported file, verified by itself.

use serde_json::{Value, json};

use super::*;
use crate::verify::{Break, file};

fn export(world: &World) -> Vec<Value> {
    let mut out = Vec::new();
    ops::export(&world.rig.server, &mut out).unwrap();
    String::from_utf8(out).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

fn verify(world: &World, lines: &[Value]) -> Report {
    let path = world.path("export.ndjson");
    let text: String = lines.iter().map(|l| format!("{l}\n")).collect();
    std::fs::write(&path, text).unwrap();
    file::export(&path, &mut |_| ControlFlow::Continue(())).unwrap().1
}

#[test]
fn an_honest_export_is_whole_and_names_its_server() {
    let world = World::new();
    let path = world.path("export.ndjson");
    let rows = ops::export(&world.rig.server, std::fs::File::create(&path).unwrap()).unwrap();
    let (exported, report) = file::export(&path, &mut |_| ControlFlow::Continue(())).unwrap();
    assert!(report.is_clean(), "{}", report.summary());
    assert_eq!((report.rows, exported.head), (rows, rows));
    assert_eq!(exported.fingerprint, world.rig.server.identity().fingerprint().to_string());
    let direct = world.verify();
    assert_eq!(report.signatures, direct.signatures);
    assert_eq!((report.records, report.notes), (direct.records, direct.notes));
}

/// The line of a record of the first phone.
fn record<'l>(world: &World, lines: &'l mut [Value], seq: u64) -> &'l mut Value {
    let device = world.phone.device().to_string();
    let is_it = |l: &&mut Value| l["device"] == device.as_str() && l["branch"] == 0 && l["seq"] == seq;
    lines.iter_mut().filter(is_it).find(|l| l.get("note_of").is_none()).unwrap()
}

#[test]
fn every_change_of_an_export_is_found() {
    let world = World::new();
    let whole = export(&world);
    assert!(verify(&world, &whole).is_clean());
    let check = |kind: &str, what: &str, change: &dyn Fn(&mut Vec<Value>)| {
        let mut lines = whole.clone();
        change(&mut lines);
        let report = verify(&world, &lines);
        assert!(report.counts.contains_key(kind), "{what}: {:?}, expected {kind}", report.counts);
        assert!(report.counts.contains_key("export"), "{what}: the server's signature covers it");
    };
    let set = |kind: &str, seq: u64, name: &str, value: Value| {
        check(kind, name, &|lines| record(&world, lines, seq)[name] = value.clone());
    };
    let turnout = whole.iter().find(|l| l["record"]["body"]["voters"] == 34).unwrap();
    let changed = turnout["payload"].as_str().unwrap().replace("1822", "1836");
    set("content", 1, "payload", json!(changed));
    set("id", 2, "id", json!("00000000-0000-8000-8000-000000000000"));
    set("link", 2, "link", json!("00".repeat(32)));
    set("column", 2, "at", json!(1));
    set("column", 2, "keys", json!(["62.07"]));
    set("column", 2, "kind", json!(77));
    set("note_gone", 2, "notes", json!([]));
    set("epoch", 9, "epoch", json!({"created_at": 0, "random": "0000000000000000"}));
    set("content", 2, "commitments", json!([]));
    set(
        "unsigned",
        1,
        "evidence",
        json!({"first": 9, "last": 9, "header": "", "body_hash": "00".repeat(32), "signature": "00".repeat(64)}),
    );
    check("note", "a note's text", &|lines| record(&world, lines, 2)["notes"][0]["text"] = json!("aman"));
    check("signature", "a signature", &|lines| {
        record(&world, lines, 1)["evidence"]["signature"] = json!("00".repeat(64));
    });
    check("unsigned", "no signature", &|lines| {
        record(&world, lines, 1).as_object_mut().unwrap().remove("evidence");
    });
    check("not_erased", "a note said to be erased", &|lines| {
        let line = record(&world, lines, 2);
        line["absent"] = json!([{"field": 1, "why": "erased", "with": line["id"]}]);
        line["notes"] = json!([]);
    });
    check("note_gone", "erased with another record", &|lines| {
        let other = record(&world, lines, 5)["id"].clone();
        let line = record(&world, lines, 2);
        line["absent"] = json!([{"field": 1, "why": "erased", "with": other}]);
        line["notes"] = json!([]);
    });
    check("gap", "a record less", &|lines| lines.retain(|l| l["position"] != world.position(9)));
    check("no_row", "a record less", &|lines| lines.retain(|l| l["position"] != world.position(9)));
    check("order", "a record twice", &|lines| {
        let at = lines.iter().position(|l| l["position"] == world.position(9)).unwrap();
        lines.insert(at, lines[at].clone());
    });
    check("branch", "a branch's head", &|lines| {
        let line = lines.iter_mut().find(|l| l.get("branch_of").is_some()).unwrap();
        line["last"] = json!(999);
    });
    check("gap", "a hole hidden", &|lines| lines.retain(|l| l.get("hole_of").is_none()));
    check("export", "a line that is none", &|lines| lines.insert(3, json!("?")));
    check("export", "lines behind the end", &|lines| lines.push(lines[3].clone()));
    check("unregistered", "no registration", &|lines| {
        let device = world.phone.device().to_string();
        lines.retain(|l| l["record"]["body"]["device"] != device.as_str());
    });
}

#[test]
fn a_short_export_and_one_of_an_older_version_are_told() {
    let world = World::new();
    let mut lines = export(&world);
    lines.pop();
    let report = verify(&world, &lines);
    assert!(
        report.breaks.iter().any(|b| matches!(b, Break::Export { what, .. } if what.contains("too early")))
    );
    let path = world.path("old.ndjson");
    std::fs::write(&path, format!("{}\n", lines[1])).unwrap();
    let refused = file::export(&path, &mut |_| ControlFlow::Continue(())).unwrap_err();
    assert!(refused.to_string().contains("no export that this version can verify"), "{refused}");
}

#[test]
fn another_servers_signature_does_not_fit() {
    let world = World::new();
    let mut lines = export(&world);
    let other = World::new().rig.server.identity().first_key();
    let strange = pantau_protocol::keys::SecretKey::from_seed(&[9; 32]).public();
    assert_eq!(other, world.rig.server.identity().first_key(), "the same rig");
    lines[0]["signing_keys"] = json!([strange.to_string()]);
    let report = verify(&world, &lines);
    assert!(report.counts.get("export").is_some_and(|n| *n >= 2), "{:?}", report.breaks);
}
