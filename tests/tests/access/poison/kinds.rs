//! Records that cannot be taken as they are, and strange ones that must be.

use pantau_protocol::{
    body::{
        Answer, Body, Containers, Correct, CustodyKind, DailyReport, Device, Directive, Dispatch, Erase,
        Figures, Found, Grant, Kind, Line, LineState, Loose, Officer, Packed, Packing, Point, Receive, Rest,
        Retract, Revoke, Ruling, Seal, SealOut, SealState, ServerKeys, Situation, Standby, Turnout, Verdict,
        Visit,
    },
    cbor::Raw,
    exchange::Reason,
    journal::{DeviceId, RecordId},
    limit,
    note::{CarriedNote, Commitment, Field, Note, Salt},
    place::Place,
    record::{Basis, Fix, Record},
    role::Role,
    time::Anchor,
};
use pantau_tests::place;

fn ruling(records: Vec<RecordId>) -> Ruling {
    Ruling { verdict: Verdict::Admit, records, target_places: Vec::new(), closing: None }
}

fn daily_report() -> DailyReport {
    let total = Figures::default();
    DailyReport { at: 1_800_000_000, number: None, office: None, fold: 1, total, rows: Vec::new() }
}

/// Where the author works.
pub(crate) const HERE: &str = "62.06.13.2001/001";

/// One odd record and what must become of it.
#[derive(Debug, Clone)]
pub(crate) struct Odd {
    pub(crate) name: &'static str,
    pub(crate) payload: Vec<u8>,
    pub(crate) notes: Vec<CarriedNote>,
    /// Why it is set aside; `None` for what must be taken.
    pub(crate) reason: Option<Reason>,
}

fn odd(name: &'static str, payload: Vec<u8>, reason: Option<Reason>) -> Odd {
    Odd { name, payload, notes: Vec::new(), reason }
}

fn record(at: i64, where_: &str, body: &Body) -> Record {
    Record::new(at, place(where_), body)
}

/// A plain statement.
pub(crate) fn standby(present: u32, team: u32) -> Body {
    Body::Standby(Standby { present, team, situation: Situation::Calm, no_obstacle: false })
}

fn receive() -> Receive {
    Receive {
        at: CustodyKind::Tps,
        label: None,
        dispatch: None,
        rest: Rest::NotChecked,
        lines: Vec::new(),
        seals: Vec::new(),
        kits: Vec::new(),
        containers: Vec::new(),
        form: None,
    }
}

/// Two kits and some loose goods, to the village.
fn dispatch() -> Dispatch {
    Dispatch {
        from: CustodyKind::Ppk,
        from_label: None,
        to: Point { kind: CustodyKind::Pps, place: place("62.06.13.2001"), label: None },
        kits: vec![place(HERE), place("62.06.13.2001/002")],
        packed: Packed::AsPacked,
        containers: Vec::new(),
        lines: vec![Loose { item: 13, pieces: 12, kit: None }],
        seals: Vec::new(),
        due: None,
    }
}

fn note(field: Field, bytes: usize) -> CarriedNote {
    CarriedNote::Whole(Note { field, salt: Salt([3; 16]), text: "n".repeat(bytes) })
}

/// Everything a field officer of kecamatan 62.06.13 may not say, and everything strange that is no reason.
pub(crate) fn all(at: i64) -> Vec<Odd> {
    [malformed(at), over_limit(at), impossible(at), not_allowed(at), notes(at), strange(at)].concat()
}

fn malformed(at: i64) -> Vec<Odd> {
    let whole = record(at, HERE, &standby(3, 5)).to_payload();
    let cut = whole[..whole.len() - 1].to_vec();
    let longer = [whole.as_slice(), &[0]].concat();
    let deep = [vec![0x81; 40], vec![0]].concat();
    let shape = Body::Opaque(Kind::Visit, Raw(vec![1]));
    let nothing = Body::Opaque(Kind::Dispatch, Raw(vec![0xa0]));
    let bad = |name, payload| odd(name, payload, Some(Reason::Malformed));
    vec![
        bad("empty", vec![]),
        bad("a break", vec![0xff]),
        bad("an empty map", vec![0xa0]),
        bad("words", b"bukan rekaman".to_vec()),
        bad("cut short", cut),
        bad("a byte too many", longer),
        bad("a key too long", vec![0xa1, 0x18, 0x00, 0x00]),
        bad("a key twice", vec![0xa2, 0, 0, 0, 0]),
        bad("an open map", vec![0xbf, 0xff]),
        bad("too deep", deep),
        bad("2^64 items", vec![0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        bad("2^64 bytes", vec![0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        bad("a body of another shape", record(at, HERE, &shape).to_payload()),
        bad("a dispatch of nothing", record(at, HERE, &nothing).to_payload()),
    ]
}

fn over_limit(at: i64) -> Vec<Odd> {
    let line = |item| Line { item, state: LineState::Counted, good: 1, damaged: 0, missing: 0, kit: None };
    let seal = |n: usize| Seal { number: "9".repeat(n), state: SealState::Intact, kit: None };
    let loose = |item| Loose { item, pieces: 1, kit: None };
    let seal_out = |n: u32| SealOut { number: n.to_string(), kit: None };
    let tps = |n: u32| place(&format!("62.06.13.2001/{n}"));
    let answers = vec![Answer::Ok; limit::CHECKLIST_ITEMS + 1];
    let bodies = [
        ("long payload", Body::Opaque(Kind::Other(250), Raw(long_text(limit::PAYLOAD_BYTES)))),
        ("65 answers", Body::Visit(Visit { checklist: 1, version: 1, answers, way: None })),
        ("65 lines", Body::Receive(Receive { lines: (0..65).map(line).collect(), ..receive() })),
        ("65 seals", Body::Receive(Receive { seals: vec![seal(1); 65], ..receive() })),
        ("long seal", Body::Receive(Receive { seals: vec![seal(97)], ..receive() })),
        ("long label", Body::Receive(Receive { label: Some("x".repeat(97)), ..receive() })),
        ("65 kits", Body::Receive(Receive { kits: vec![place(HERE); 65], ..receive() })),
        ("long form", Body::Receive(Receive { form: Some("x".repeat(97)), ..receive() })),
        (
            "63 kits and where they go",
            Body::Dispatch(Dispatch { kits: (100..163).map(tps).collect(), ..dispatch() }),
        ),
        (
            "257 lines of a dispatch",
            Body::Dispatch(Dispatch { lines: (0..257).map(loose).collect(), ..dispatch() }),
        ),
        (
            "513 seals of a dispatch",
            Body::Dispatch(Dispatch { seals: (0..513).map(seal_out).collect(), ..dispatch() }),
        ),
        ("long landing", Body::Dispatch(Dispatch { from_label: Some("x".repeat(97)), ..dispatch() })),
    ];
    bodies.map(|(name, b)| odd(name, record(at, HERE, &b).to_payload(), Some(Reason::OverLimit))).into()
}

/// A CBOR text of so many bytes.
fn long_text(bytes: usize) -> Vec<u8> {
    let length = u16::try_from(bytes).unwrap().to_be_bytes();
    [&[0x79], length.as_slice(), vec![b'x'; bytes].as_slice()].concat()
}

fn impossible(at: i64) -> Vec<Odd> {
    let line = Line { item: 1, state: LineState::Counted, good: 1, damaged: 0, missing: 0, kit: None };
    let found = Found { good: 1, damaged: 0, missing: 0, kit: None };
    let seal = Seal { number: "1".into(), state: SealState::Intact, kit: None };
    let obstacle = Standby { present: 1, team: 2, situation: Situation::Obstacle, no_obstacle: true };
    let blank = Visit { checklist: 1, version: 1, answers: vec![Answer::Blank; 15], way: None };
    let inner = Correct {
        target: RecordId::from_bytes([9; 16]),
        target_places: Vec::new(),
        kind: Kind::Visit,
        body: Raw(vec![1]),
    };
    let bodies = [
        ("6 of 5 present", standby(6, 5)),
        ("a team of none", standby(0, 0)),
        ("hour 24", Body::Turnout(Turnout { hour: 24, voters: 1 })),
        ("a million and one voters", Body::Turnout(Turnout { hour: 9, voters: limit::COUNT + 1 })),
        ("an item twice", Body::Receive(Receive { lines: vec![line.clone(), line.clone()], ..receive() })),
        (
            "too good",
            Body::Receive(Receive { lines: vec![Line { good: u32::MAX, ..line.clone() }], ..receive() }),
        ),
        (
            "a kit beyond the kits",
            Body::Receive(Receive {
                lines: vec![Line { kit: Some(1), ..line.clone() }],
                kits: vec![place(HERE)],
                ..receive()
            }),
        ),
        (
            "an item of one kit twice",
            Body::Receive(Receive {
                lines: vec![line.clone(), Line { kit: Some(0), ..line.clone() }],
                kits: vec![place(HERE)],
                ..receive()
            }),
        ),
        (
            "a seal twice, and a form",
            Body::Receive(Receive {
                seals: vec![seal.clone(), seal.clone()],
                form: Some("17".into()),
                ..receive()
            }),
        ),
        (
            "containers of one kit twice",
            Body::Receive(Receive { containers: vec![found, found], ..receive() }),
        ),
        (
            "too many containers",
            Body::Receive(Receive { containers: vec![Found { missing: u32::MAX, ..found }], ..receive() }),
        ),
        (
            "a dispatch of nothing at all",
            Body::Dispatch(Dispatch { kits: Vec::new(), lines: Vec::new(), ..dispatch() }),
        ),
        ("no kit, as packed", Body::Dispatch(Dispatch { kits: Vec::new(), ..dispatch() })),
        ("a kit twice", Body::Dispatch(Dispatch { kits: vec![place(HERE); 2], ..dispatch() })),
        (
            "a kit that does not go along",
            Body::Dispatch(Dispatch {
                containers: vec![Containers { count: 1, kit: Some(2) }],
                ..dispatch()
            }),
        ),
        (
            "a dispatch to where it is",
            Body::Dispatch(Dispatch {
                to: Point { kind: CustodyKind::Ppk, place: place(HERE), label: None },
                ..dispatch()
            }),
        ),
        ("no obstacle but one", Body::Standby(obstacle)),
        ("a visit without a word", Body::Visit(blank)),
        ("a correction of another shape", Body::Correct(inner)),
    ];
    let fixes = [(9_000_001, 0, 1), (i32::MIN, 0, 1), (0, 18_000_001, 1), (0, 0, limit::ACCURACY_M + 1)];
    let elsewhere = fixes.map(|(lat, lon, accuracy)| Record {
        fix: Some(Fix { lat, lon, accuracy, mock: false }),
        ..record(at, HERE, &standby(3, 5))
    });
    let bodies = bodies.map(|(name, b)| (name, record(at, HERE, &b)));
    let all = bodies.into_iter().chain(elsewhere.map(|r| ("nowhere on earth", r)));
    all.map(|(name, r)| odd(name, r.to_payload(), Some(Reason::Impossible))).collect()
}

fn not_allowed(at: i64) -> Vec<Odd> {
    let (device, target) = (DeviceId([5; 16]), RecordId::from_bytes([9; 16]));
    let correct = |kind: Kind, body: &Body| {
        let target_places = vec![place(HERE)];
        Body::Correct(Correct { target, target_places, kind, body: body.encode() })
    };
    let directive = Body::Directive(Directive { officer: None, role: None, due: at });
    let grant = Body::Grant(Grant { officer: 2, role: Role::DeskAdmin, ended: false, new_person: false });
    let revoke = Revoke { device, seq: 0, link: [0; 32], trusted: Vec::new(), regions: Vec::new() };
    let register = Device { device, public_key: [1; 32], officer: 1, predecessor: None, regions: Vec::new() };
    let erase = Erase { target, field: Field::Note, target_places: vec![place(HERE)] };
    let desks = Retract {
        target: RecordId::from_bytes([7; 16]),
        target_places: Vec::new(),
        kind: Some(Kind::Directive),
    };
    let roles = [
        ("a directive", directive.clone()),
        ("a directive by correction", correct(Kind::Directive, &directive)),
        ("a correction of a correction", correct(Kind::Correct, &correct(Kind::Standby, &standby(1, 1)))),
        ("a grant", grant.clone()),
        ("a grant by correction", correct(Kind::Grant, &grant)),
        ("a device", Body::Device(register)),
        ("a revocation", Body::Revoke(revoke)),
        ("an erasure", Body::Erase(erase)),
        ("an officer", Body::Officer(Officer { officer: 2 })),
        ("server keys", Body::ServerKeys(ServerKeys { keys: Vec::new() })),
        ("a retraction in the desk's name", Body::Retract(desks)),
        ("a ruling", Body::Ruling(ruling(vec![RecordId::from_bytes([7; 16])]))),
        ("a daily report", Body::DailyReport(daily_report())),
        ("a packing list", Body::Packing(Packing { containers: 5, seals: Vec::new(), lines: Vec::new() })),
    ];
    let kits = Receive { kits: vec![place("62.06.14.2001/001")], ..receive() };
    let theirs = Dispatch { kits: vec![place("62.06.14.2001/001")], ..dispatch() };
    let to_them = Point { kind: CustodyKind::Ppk, place: place("62.06.14"), label: None };
    let to_them = Dispatch { to: to_them, ..dispatch() };
    let places = [
        ("next door", "62.06.14.2001/001", standby(3, 5)),
        ("above", "62.06", standby(3, 5)),
        ("a neighbour of like name", "62.06.131", standby(3, 5)),
        ("far away", "99.99.99.9999/999", standby(3, 5)),
        ("kits of next door", HERE, Body::Receive(kits)),
        ("kits of next door sent on", HERE, Body::Dispatch(theirs)),
        ("goods for next door", HERE, Body::Dispatch(to_them)),
    ];
    let roles = roles.map(|(name, b)| (name, HERE, b, Reason::NotYourRole));
    let places = places.map(|(name, at, b)| (name, at, b, Reason::OutsideGrants));
    let all = roles.into_iter().chain(places);
    all.map(|(name, w, b, reason)| odd(name, record(at, w, &b).to_payload(), Some(reason))).collect()
}

fn notes(at: i64) -> Vec<Odd> {
    let payload = record(at, HERE, &standby(3, 5)).to_payload();
    let with = |name, notes, reason| Odd { name, payload: payload.clone(), notes, reason };
    let numbered = |from: u32, to: u32| (from..=to).map(|n| note(Field::from_number(n), 5)).collect();
    let committed = |n: u32| CarriedNote::Committed(Field::from_number(n), Commitment([7; 32]));
    vec![
        with("a long note", vec![note(Field::Note, limit::NOTE_BYTES + 1)], Some(Reason::OverLimit)),
        with("17 notes", numbered(1, 17), Some(Reason::OverLimit)),
        with("17 promises", (1..=17).map(committed).collect(), Some(Reason::OverLimit)),
        with("a note twice", vec![note(Field::Note, 3), note(Field::Note, 4)], Some(Reason::Malformed)),
        with("notes upside down", vec![note(Field::Need, 3), note(Field::Note, 4)], Some(Reason::Malformed)),
        with("16 notes", numbered(1, 16), None),
        with("the longest note", vec![note(Field::Note, limit::NOTE_BYTES)], None),
    ]
}

fn strange(at: i64) -> Vec<Odd> {
    let target = RecordId::from_bytes([9; 16]);
    // Standby {0: 3, 1: 5, 2: situation 9, 77: "x"}
    let newer = Raw(vec![0xa4, 0, 3, 1, 5, 2, 9, 0x18, 77, 0x61, 0x78]);
    let empty = Visit { checklist: 77, version: 9, answers: Vec::new(), way: None };
    let retract = Retract { target, target_places: Vec::new(), kind: None };
    let newer_dispatch = Dispatch { from: CustodyKind::Other(9), packed: Packed::Other(9), ..dispatch() };
    let warehouse = Point { kind: CustodyKind::Warehouse, place: place("62.06"), label: None };
    let back = Dispatch { to: warehouse, ..dispatch() };
    let seal = Seal { number: "1".into(), state: SealState::Intact, kit: None };
    let twice = Receive { seals: vec![seal.clone(), seal], kits: vec![place(HERE); 2], ..receive() };
    let bodies = [
        ("an unknown kind", HERE, Body::Opaque(Kind::Other(250), Raw(vec![0xa0]))),
        ("unknown keys and cases", HERE, Body::Opaque(Kind::Standby, newer)),
        ("an outreach before its time", HERE, Body::Opaque(Kind::Outreach, Raw(vec![0xa0]))),
        ("a dispatch of a newer version", HERE, Body::Dispatch(newer_dispatch)),
        (
            "a dispatch that was due long ago",
            HERE,
            Body::Dispatch(Dispatch { due: Some(i64::MIN), ..dispatch() }),
        ),
        ("goods back to the warehouse", HERE, Body::Dispatch(back)),
        ("a seal and a kit twice, as before", HERE, Body::Receive(twice)),
        ("a place nobody knows", "62.06.13.2009/001", standby(3, 5)),
        ("a place of no shape", "62.06.13.x-9/A", standby(3, 5)),
        ("a checklist nobody knows", HERE, Body::Visit(empty)),
        ("a retraction of nothing", HERE, Body::Retract(retract)),
    ];
    let mut all: Vec<_> = bodies.into_iter().map(|(n, w, b)| (n, record(at, w, &b))).collect();
    let plain = || record(at, HERE, &standby(3, 5));
    for time in [i64::MIN, i64::MAX, 0, -1, 1 << 40] {
        all.push(("a clock beside itself", record(time, HERE, &standby(3, 5))));
    }
    all.push((
        "an anchor of nobody",
        Record { anchor: Some(Anchor { time: i64::MAX, mac: [1; 8] }), ..plain() },
    ));
    all.push(("a copy of nothing", Record { copy_of: Some(target), ..plain() }));
    all.push(("an unknown basis", Record { basis: Basis::Other(9), ..plain() }));
    let edge = Fix { lat: -9_000_000, lon: 18_000_000, accuracy: 0, mock: true };
    all.push(("the south pole", Record { fix: Some(edge), ..plain() }));
    all.into_iter().map(|(name, r)| odd(name, r.to_payload(), None)).collect()
}

/// The key of place a record is about, where it has one.
pub(crate) fn place_of(payload: &[u8]) -> Option<Place> {
    Record::from_payload(payload).ok().map(|r| r.place)
}
