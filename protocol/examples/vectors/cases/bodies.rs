//! Payloads of every kind, good and bad, and what kits come to.

use pantau_protocol::{
    body::*,
    cbor::{self, Raw},
    checklist::Checklist,
    hash::unhex,
    journal::{DeviceId, RecordId},
    limit,
    note::Field,
    place::Place,
    profile::{Profile, Quantity},
    record::{BadPayload, Basis, Fix, Record, ToldBy},
    role::Role,
    time::Anchor,
    validate,
};
use serde_json::{Value, json};

use super::{NOW, PHONE, desk, diagnostic, forms, goods, hex_of, key, place, tps};

fn id(n: u8) -> RecordId {
    RecordId::from_slice(&[n; 16]).unwrap()
}

fn share() -> Share {
    Share { place: Some(tps()), version: Version([7; 8]) }
}

fn closing(shares: Vec<Share>) -> Closing {
    Closing { rule: Rule::SealBroken, finding: FindingId([9; 16]), shares }
}

pub fn visit() -> Body {
    let answers = vec![Answer::Ok, Answer::NotOk, Answer::NotApplicable, Answer::Blank];
    Body::Visit(Visit { checklist: 1, version: 1, answers, way: Some(Way::Hard) })
}

pub fn receive() -> Receive {
    let line = |item, state, good, damaged, missing| Line { item, state, good, damaged, missing, kit: None };
    Receive {
        at: CustodyKind::Tps,
        label: None,
        dispatch: Some(id(8)),
        rest: Rest::CountedAsExpected,
        lines: vec![
            line(10, LineState::Counted, 300, 0, 6),
            line(11, LineState::Sealed, 1, 0, 0),
            line(12, LineState::NotChecked, 0, 0, 0),
        ],
        seals: vec![
            Seal { number: "K 000123".into(), state: SealState::Intact, kit: None },
            Seal { number: "K 000124".into(), state: SealState::Broken, kit: None },
        ],
        kits: vec![],
        containers: Vec::new(),
        form: None,
    }
}

fn at_the_village() -> Receive {
    Receive {
        at: CustodyKind::Pps,
        rest: Rest::SealedAsDispatched,
        dispatch: None,
        lines: vec![],
        seals: vec![],
        kits: vec![tps(), place("62.06.13.2001/004")],
        ..receive()
    }
}

/// One body of every kind, named.
fn all() -> Vec<(&'static str, Body)> {
    let public_key = key(PHONE).public();
    let update = |target_places| IncidentUpdate { target: id(3), target_places, progress: Progress::Done };
    let correct = |inner: &Body| Correct {
        target: id(4),
        target_places: vec![tps()],
        kind: inner.kind(),
        body: inner.encode(),
    };
    let unknown = Body::Opaque(Kind::Other(77), Raw(unhex("a2006378797a1901f480").unwrap()));
    let server_key = ServerKey {
        id: 1,
        used_for: KeyUse::Signing,
        public_key: key(super::SERVER).public().0,
        state: KeyState::Active,
    };
    vec![
        ("visit", visit()),
        (
            "visit without answers",
            Body::Visit(Visit { checklist: 3, version: 2, answers: vec![], way: None }),
        ),
        ("receive at the TPS", Body::Receive(receive())),
        ("receive of two kits at the PPS", Body::Receive(at_the_village())),
        (
            "receive at a landing",
            Body::Receive(Receive {
                at: CustodyKind::Transit,
                label: Some("Dermaga Kereng Bangkirai".into()),
                ..at_the_village()
            }),
        ),
        ("incident", Body::Incident(Incident { category: Category::Access, severity: Severity::High })),
        ("incident update", Body::IncidentUpdate(update(vec![tps(), place("62.06.13")]))),
        (
            "incident update, places out of order and twice",
            Body::IncidentUpdate(update(
                ["62.07", "62.06.13.2001/004", "62.07", "62.06.13.2001/003", "62"].map(place).to_vec(),
            )),
        ),
        ("incident update without places", Body::IncidentUpdate(update(vec![]))),
        ("turnout", Body::Turnout(Turnout { hour: 10, voters: 131 })),
        (
            "standby, nothing said of obstacles",
            Body::Standby(Standby { present: 5, team: 7, situation: Situation::Alert, no_obstacle: false }),
        ),
        (
            "standby, no obstacle",
            Body::Standby(Standby { present: 7, team: 7, situation: Situation::Calm, no_obstacle: true }),
        ),
        (
            "ruling that admits two records",
            Body::Ruling(Ruling {
                verdict: Verdict::Admit,
                records: vec![id(4), id(5)],
                target_places: vec![tps()],
                closing: None,
            }),
        ),
        (
            "ruling that undoes a revocation",
            Body::Ruling(Ruling {
                verdict: Verdict::Reinstate,
                records: vec![id(6)],
                target_places: vec![],
                closing: None,
            }),
        ),
        (
            "ruling that closes a finding at one of its places",
            Body::Ruling(Ruling {
                verdict: Verdict::Close,
                records: vec![],
                target_places: vec![tps()],
                closing: Some(closing(vec![share()])),
            }),
        ),
        (
            "region",
            Body::Region(Region {
                level: RegionLevel::District,
                name: "Katingan Tengah".into(),
                ended: None,
            }),
        ),
        (
            "region that is part of another one now",
            Body::Region(Region {
                level: RegionLevel::District,
                name: "Katingan Tengah".into(),
                ended: Some(Ended { successor: Place::new("62.06.14").ok() }),
            }),
        ),
        (
            "tps",
            Body::Tps(Tps {
                voters: 271,
                male: Some(140),
                lat: Some(-153_214),
                lon: Some(11_321_456),
                access: Access::VeryRemote,
                signal: Signal::None,
                ended: None,
                synthetic: false,
            }),
        ),
        ("profile", Body::Profile(Box::new(small_profile()))),
        (
            "checklist",
            Body::Checklist(Checklist {
                items: Checklist::shipped()[0].items[..2].to_vec(),
                ..Checklist::shipped()[0].clone()
            }),
        ),
        ("officer", Body::Officer(Officer { officer: 17 })),
        (
            "device",
            Body::Device(Device {
                device: public_key.device_id(),
                public_key: public_key.0,
                officer: 17,
                predecessor: Some(DeviceId([9; 16])),
                regions: vec![place("62.06.13")],
            }),
        ),
        ("grant", Body::Grant(Grant { officer: 17, role: Role::Camat, ended: false, new_person: false })),
        (
            "grant ended",
            Body::Grant(Grant { officer: 17, role: Role::Camat, ended: true, new_person: false }),
        ),
        (
            "revoke",
            Body::Revoke(Revoke {
                device: public_key.device_id(),
                seq: 12,
                link: [6; 32],
                trusted: vec![Trusted { branch: 0, through: 9 }, Trusted { branch: 1, through: 12 }],
                regions: vec![place("62.06.13")],
            }),
        ),
        ("server keys", Body::ServerKeys(ServerKeys { keys: vec![server_key] })),
        ("erase", Body::Erase(Erase { target: id(5), field: Field::Informant, target_places: vec![tps()] })),
        ("correct with a visit", Body::Correct(correct(&visit()))),
        ("correct with a receive that names kits", Body::Correct(correct(&Body::Receive(at_the_village())))),
        ("correct with a kind nobody knows yet", Body::Correct(correct(&unknown))),
        ("retract", Body::Retract(Retract { target: id(4), target_places: vec![tps()], kind: None })),
        (
            "retract of a directive",
            Body::Retract(Retract {
                target: id(4),
                target_places: vec![place("62.06")],
                kind: Some(Kind::Directive),
            }),
        ),
        ("outreach, reserved", Body::Opaque(Kind::Outreach, Raw(unhex("a10001").unwrap()))),
        ("a kind nobody knows yet", unknown),
        (
            "cases nobody knows yet",
            Body::Incident(Incident { category: Category::Other(300), severity: Severity::Other(70_000) }),
        ),
    ]
}

fn small_profile() -> Profile {
    let mut profile = Profile::shipped().remove(0);
    profile.kit.truncate(2);
    profile
}

pub fn payload(body: &Body) -> Record {
    Record::new(NOW, tps(), body)
}

fn good_json(name: &str, bytes: &[u8]) -> Value {
    let record = Record::from_payload(bytes).expect(name);
    let body = record.decode_body().expect(name);
    validate::record(&record, &body).expect(name);
    json!({
        "name": name,
        "payload": hex_of(bytes),
        "says": diagnostic(bytes),
        "at": record.at,
        "place": record.place.as_str(),
        "basis": record.basis.number(),
        "kind": record.kind.number(),
        "body": hex_of(&record.body.0),
        "statement_kind": record.statement().expect(name).kind().number(),
        "place_keys": record.place_keys().iter().map(Place::as_str).collect::<Vec<_>>(),
    })
}

/// The name of the reason why bytes are no payload.
pub fn bad_reason(why: &BadPayload) -> String {
    match why {
        BadPayload::TooLong(_) => "TooLong".into(),
        BadPayload::Canonical(c) => format!("Canonical.{}", forms::reason(c).0),
        BadPayload::Shape(_) => "Shape".into(),
    }
}

pub fn payloads() -> Value {
    let mut good: Vec<Value> = all()
        .iter()
        .chain(&goods::good())
        .chain(&desk::good())
        .map(|(n, b)| good_json(n, &payload(b).to_payload()))
        .collect();
    let full = Record {
        basis: Basis::ToldByRadio,
        fix: Some(Fix { lat: -220_112, lon: 11_391_650, accuracy: 12, mock: false }),
        anchor: Some(Anchor { time: NOW - 50, mac: [3; 8] }),
        copy_of: Some(id(2)),
        ..payload(&visit())
    };
    let told = Record {
        basis: Basis::ToldByMessage,
        told: Some(ToldBy { officer: Some(7), at: NOW - 600 }),
        ..payload(&visit())
    };
    let by_a_stranger = Record {
        basis: Basis::ToldByPhone,
        told: Some(ToldBy { officer: None, at: NOW - 600 }),
        ..payload(&visit())
    };
    let mocked = Record { fix: Some(Fix { lat: 0, lon: 0, accuracy: 0, mock: true }), ..payload(&visit()) };
    let odd = Record { basis: Basis::Other(40), ..Record::new(-1, place("KPU-62"), &visit()) };
    for (name, record) in [
        ("every key", full),
        ("told by an officer", told),
        ("told by somebody who is none", by_a_stranger),
        ("a made-up position", mocked),
        ("odd basis, place and time", odd),
    ] {
        good.push(good_json(name, &record.to_payload()));
    }
    // A newer version's keys: in the body (9), in the record (8 and 300).
    let newer = "a600 1a65cba010 01 71 36322e30362e31332e323030312f303033 04 06 05 a3 000a 011883 09 6161 08 f5 19012c 81 20";
    // Key 2 says what its absence says: a reader takes both for `Seen`, and keeps the bytes.
    let written = "a5 00 1a65cba010 01 71 36322e30362e31332e323030312f303033 02 01 04 06 05 a2 000a 011883";
    for (name, hex) in
        [("turnout with unknown keys", newer), ("turnout, basis written though it is Seen", written)]
    {
        let mut told = good_json(name, &unhex(&hex.replace(' ', "")).unwrap());
        told["encoded_again"] = json!(false);
        good.push(told);
    }
    json!({ "good": good, "bad": bad(), "impossible": impossible() })
}

/// Bytes that are no payload.
fn bad() -> Vec<Value> {
    let plain = payload(&visit()).to_payload();
    let too_long = [&[0x59, 0x40, 0x01][..], &vec![0; limit::PAYLOAD_BYTES + 1]].concat();
    let with = |from: &str, to: &str| {
        let text = pantau_protocol::hash::hex(&plain);
        assert!(text.contains(from), "{from}");
        unhex(&text.replacen(from, to, 1)).unwrap()
    };
    // A record about 62 up to its place, and what may follow it.
    let of = |rest: &str| unhex(&format!("a4001a65cba010{}", rest.replace(' ', ""))).unwrap();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", vec![]),
        ("over the limit", too_long),
        ("a byte after the record", [&plain[..], &[0]].concat()),
        ("cut short", plain[..plain.len() - 1].to_vec()),
        ("time in a longer form", with("001a", "001b00000000")),
        ("no map", vec![0x80]),
        ("no body", unhex("a3001a65cba0100162363204 01".replace(' ', "").as_str()).unwrap()),
        ("place is a number", of("0105 0406 05a2000a011883")),
        ("place with a space", of("01623620 0406 05a2000a011883")),
        ("place is empty", of("0160 0406 05a2000a011883")),
        ("place longer than allowed", of(&format!("017819{} 0406 05a2000a011883", "36".repeat(25)))),
        ("kind is text", of("01623632 046136 05a2000a011883")),
        ("body lacks a key it must have", of("01623632 0406 05a1000a")),
        ("body is a list", of("01623632 0406 05820a1883")),
        ("body has a number over 32 bits", of("01623632 0406 05a2000a011b0000000100000000")),
    ];
    cases
        .into_iter()
        .map(|(name, bytes)| {
            let read = Record::from_payload(&bytes).and_then(|r| r.decode_body());
            let reason = bad_reason(&read.expect_err(name));
            // The bytes of the longest case would only fill the file.
            let hex = if bytes.len() > limit::PAYLOAD_BYTES { json!(null) } else { hex_of(&bytes) };
            json!({ "name": name, "payload": hex, "length": bytes.len(), "reason": reason })
        })
        .collect()
}

/// Readable payloads that say what cannot be: the field and the problem of each.
fn impossible() -> Vec<Value> {
    let fix = |lat, lon, accuracy| Some(Fix { lat, lon, accuracy, mock: false });
    let plain = payload(&visit());
    let standby = |present, team, situation, no_obstacle| {
        payload(&Body::Standby(Standby { present, team, situation, no_obstacle }))
    };
    let visit_of = |answers| payload(&Body::Visit(Visit { checklist: 1, version: 1, answers, way: None }));
    let receive_of = |change: &dyn Fn(&mut Receive)| {
        let mut r = receive();
        change(&mut r);
        payload(&Body::Receive(r))
    };
    let many = |n: usize| (0..n).map(|i| place(&format!("62.06.13.2001/{i}"))).collect::<Vec<_>>();
    let corrected = |kind, body: Body| {
        payload(&Body::Correct(Correct { target: id(4), target_places: vec![], kind, body: body.encode() }))
    };
    let ruling_of = |records| {
        payload(&Body::Ruling(Ruling {
            verdict: Verdict::Admit,
            records,
            target_places: vec![],
            closing: None,
        }))
    };
    let closing_of = |verdict, closing| {
        payload(&Body::Ruling(Ruling { verdict, records: vec![], target_places: vec![], closing }))
    };
    let tps_of = |voters| {
        let (access, signal) = (Access::Regular, Signal::Weak);
        payload(&Body::Tps(Tps {
            voters,
            male: None,
            lat: None,
            lon: None,
            access,
            signal,
            ended: None,
            synthetic: false,
        }))
    };
    let turnout = |hour, voters| Body::Turnout(Turnout { hour, voters });
    let long = "x".repeat(limit::LABEL_BYTES + 1);
    let mut kit = small_profile();
    kit.kit = vec![kit.kit[0].clone(); limit::KIT_ITEMS + 1];
    let mut list = Checklist::shipped().remove(0);
    list.items = vec![list.items[0].clone(); limit::CHECKLIST_ITEMS + 1];
    let cases = vec![
        Record { fix: fix(9_000_001, 0, 5), ..plain.clone() },
        Record { fix: fix(0, -18_000_001, 5), ..plain.clone() },
        Record { fix: fix(0, 0, limit::ACCURACY_M + 1), ..plain.clone() },
        Record { told: Some(ToldBy { officer: Some(7), at: NOW }), ..plain },
        visit_of(vec![Answer::Blank; 3]),
        visit_of(vec![Answer::Ok; limit::CHECKLIST_ITEMS + 1]),
        receive_of(&|r| r.lines[1].item = 10),
        receive_of(&|r| r.lines[0].good = limit::COUNT + 1),
        receive_of(&|r| r.lines[1].damaged = limit::COUNT + 1),
        receive_of(&|r| r.lines[2].missing = limit::COUNT + 1),
        receive_of(&|r| r.lines = vec![r.lines[0].clone(); limit::RECEIVE_LINES + 1]),
        receive_of(&|r| r.seals = vec![r.seals[0].clone(); limit::SEALS + 1]),
        receive_of(&|r| r.seals[1].number.clone_from(&long)),
        receive_of(&|r| r.label = Some(long.clone())),
        receive_of(&|r| r.kits = many(limit::PLACE_KEYS)),
        payload(&turnout(24, 1)),
        payload(&turnout(10, limit::COUNT + 1)),
        standby(0, 0, Situation::Calm, false),
        standby(8, 7, Situation::Calm, false),
        standby(0, limit::COUNT + 1, Situation::Calm, false),
        standby(5, 7, Situation::Obstacle, true),
        payload(&Body::Region(Region { level: RegionLevel::Village, name: long.clone(), ended: None })),
        tps_of(limit::VOTERS + 1),
        payload(&Body::Profile(Box::new(kit))),
        payload(&Body::Checklist(list)),
        corrected(Kind::Retract, Body::Retract(Retract { target: id(1), target_places: vec![], kind: None })),
        corrected(
            Kind::Tps,
            Body::Region(Region { level: RegionLevel::Village, name: "Desa".into(), ended: None }),
        ),
        corrected(Kind::Turnout, Body::Opaque(Kind::Turnout, Raw(vec![0xA0]))),
        corrected(Kind::Turnout, turnout(24, 1)),
        payload(&Body::Retract(Retract {
            target: id(4),
            target_places: many(limit::PLACE_KEYS),
            kind: None,
        })),
        ruling_of(vec![]),
        ruling_of(vec![id(4); limit::RULING_RECORDS + 1]),
        closing_of(Verdict::Close, None),
        closing_of(Verdict::Reopen, Some(closing(vec![]))),
        closing_of(Verdict::Admit, Some(closing(vec![share()]))),
        closing_of(Verdict::Close, Some(closing(vec![share(); limit::PLACE_KEYS + 1]))),
    ];
    cases
        .into_iter()
        .chain(goods::impossible())
        .chain(desk::impossible())
        .map(|record| {
            let bytes = record.to_payload();
            let body = record.decode_body().unwrap();
            let error = validate::record(&record, &body).expect_err(&diagnostic(&bytes));
            json!({
                "payload": hex_of(&bytes), "field": error.field, "problem": format!("{:?}", error.problem),
                "reason": error.problem.reason().number(),
            })
        })
        .collect()
}

pub fn kit() -> Value {
    let formulas = [(0, 1020), (0, 1025), (5, 0), (2, 1000), (0, 0), (1, 1), (u32::MAX, 1000), (0, u32::MAX)];
    let voters = [0, 1, 49, 50, 271, 300, 600, 2_000];
    let formulas: Vec<Value> = formulas
        .iter()
        .map(|(base, per_mille)| {
            let q = Quantity { base: *base, per_mille: *per_mille };
            json!({ "base": base, "per_mille": per_mille, "pieces": voters.map(|v| q.of(v)) })
        })
        .collect();
    let profiles: Vec<Value> = Profile::shipped()
        .iter()
        .map(|p| {
            let items: Vec<Value> = p
                .kit
                .iter()
                .map(|i| json!({ "item": i.number, "pieces_for_271_voters": i.quantity.of(271) }))
                .collect();
            let hours = p.turnout_hours();
            json!({
                "code": p.code, "version": p.version, "items": items,
                "first_turnout_hour": hours.start(), "last_turnout_hour": hours.end(),
                "cbor": hex_of(cbor::to_vec(p)),
            })
        })
        .collect();
    json!({ "voters": voters, "formulas": formulas, "profiles": profiles })
}
