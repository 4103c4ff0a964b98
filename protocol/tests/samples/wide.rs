//! Words about several places, from a few numbers: kits that travel together, loose goods, the counts of a warehouse,
//! visits, figures, lists, decisions of the desk; from phones of several scopes, one of which was copied, some of which
//! lost records.

use pantau_protocol::{
    body::{
        Access, Answer, Body, Containers, Correct, CustodyKind, Dispatch, Ended, Found, Grant, Kind, Line,
        LineState, Loose, Packed, PackedItem, Packing, Point, Rest, Retract, Ruling, Seal, SealOut,
        SealState, Signal, Tps, Turnout, Verdict,
    },
    journal::RecordId,
    place::{Place, Scope},
    projection::{Fold, findings::Loss},
    record::Fix,
    role::Role,
};
use proptest::prelude::*;

use super::{kit::*, *};

/// Logistics staff of two regions: a village of one kecamatan, and the other kecamatan.
pub const STAFF: u8 = 3;
/// Clerk of the warehouse.
pub const CLERK: u8 = 4;

/// TPS of three villages in two kecamatan.
pub fn stations() -> [Place; 4] {
    ["62.06.13.2001/003", "62.06.13.2001/004", "62.06.13.2002/001", "62.06.14.2001/001"].map(place)
}

pub fn warehouse() -> Place {
    place("62.06")
}

/// What an officer of these regions sees.
pub fn scopes() -> [Scope; 4] {
    let of = |codes: &[&str]| Scope::new(codes.iter().map(|code| place(code)).collect::<Vec<_>>());
    [of(&["62.06.13"]), of(&["62.06.13.2002", "62.06.14"]), of(&["62.06.13.2001/004"]), of(&["62.06"])]
}

/// Points that kits of the stations pass.
fn stops() -> Vec<Point> {
    let at = |kind, code: &Place, label: Option<&str>| Point {
        kind,
        place: code.clone(),
        label: label.map(str::to_owned),
    };
    let mut all = vec![
        at(CustodyKind::Warehouse, &warehouse(), None),
        at(CustodyKind::Ppk, &place("62.06.13"), None),
        at(CustodyKind::Ppk, &place("62.06.14"), None),
        at(CustodyKind::Transit, &place("62.06.13"), Some("Dermaga")),
        at(CustodyKind::Pps, &place("62.06.13.2001"), None),
        at(CustodyKind::Pps, &place("62.06.13.2002"), None),
    ];
    all.extend(stations().iter().map(|tps| at(CustodyKind::Tps, tps, None)));
    all
}

/// One word: who, his number, minute, what, and three picks.
#[derive(Debug, Clone, Copy)]
pub struct Word {
    who: u8,
    seq: u8,
    minute: i64,
    what: u8,
    picks: [u8; 3],
}

pub fn words(many: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Word>> {
    let word = (0..5u8, 1..14u8, 0..1_900i64, 0..30u8, any::<[u8; 3]>())
        .prop_map(|(who, seq, minute, what, picks)| Word { who, seq, minute, what, picks });
    prop::collection::vec(word, many)
}

/// Records that phones say they lost.
pub fn losses() -> impl Strategy<Value = Vec<Loss>> {
    let loss = (1..=4u8, 1..9u64, 0..4u64);
    let loss = loss.prop_map(|(who, first, more)| Loss { device: device(who), first, last: first + more });
    prop::collection::vec(loss, 0..4)
}

/// The desk, its officers with their regions, four TPS with their packing lists.
pub fn land() -> Vec<Say> {
    let early = TEN - 10 * HOUR;
    let mut all = vec![
        register(1, DESK, 100, None),
        grant(2, 100, Role::DeskAdmin, false, early),
        set_down(3, early, profile("pemilu-2024")),
    ];
    let holders: [(u8, Role, &[&str]); 4] = [
        (CAMAT, Role::Camat, &["62.06.13"]),
        (OFFICER, Role::FieldOfficer, &["62.06.13", "62.06.14"]),
        (STAFF, Role::LogisticsStaff, &["62.06.13.2002", "62.06.14"]),
        (CLERK, Role::LogisticsStaff, &["62.06"]),
    ];
    let mut seq = 4;
    for (who, role, regions) in holders {
        all.push(register(seq, who, u32::from(who), None));
        for region in regions {
            seq += 1;
            let body = Body::Grant(Grant { officer: u32::from(who), role, ended: false, new_person: false });
            all.push(Say::new(DESK, seq, early, &place(region), &body));
        }
        seq += 1;
    }
    for (n, tps) in stations().iter().enumerate() {
        let voters = 200 + n as u32 * 40;
        let list = Tps { lat: Some(-119_519), lon: Some(11_307_199), ..listed(voters, Signal::Strong) };
        all.push(Say::new(DESK, seq, early, tps, &Body::Tps(list)));
        let seals = (1..=3).map(|seal| format!("K {n}0{seal}")).collect();
        let lines = vec![PackedItem { item: 3, pieces: 2 }];
        let packing = Body::Packing(Packing { containers: 5, seals, lines });
        all.push(Say::new(DESK, seq + 1, early + HOUR, tps, &packing));
        seq += 2;
    }
    all
}

fn listed(voters: u32, signal: Signal) -> Tps {
    Tps {
        voters,
        male: None,
        lat: None,
        lon: None,
        access: Access::Remote,
        signal,
        ended: None,
        synthetic: false,
    }
}

/// Some of the stations, at least one.
fn kits(pick: u8) -> Vec<Place> {
    let some: Vec<Place> =
        (0..4).filter(|n| pick & (1 << n) != 0).map(|n: usize| stations()[n].clone()).collect();
    if some.is_empty() { vec![tps()] } else { some }
}

/// A dispatch of kits that names containers and seals of each kit, or quotes the packing lists.
fn kits_leave([a, b, c]: [u8; 3]) -> (Place, Body) {
    let stops = stops();
    let (from, to) = (usize::from(a) % stops.len(), usize::from(b) % stops.len());
    let to = if from == to { (from + 1) % stops.len() } else { to };
    let kits = kits(c);
    let is_listed = (a ^ b).is_multiple_of(2);
    let each = || (0..kits.len() as u32).filter(|_| is_listed);
    let body = Dispatch {
        from: stops[from].kind,
        from_label: stops[from].label.clone(),
        to: stops[to].clone(),
        packed: if is_listed { Packed::AsListed } else { Packed::AsPacked },
        containers: each().map(|kit| Containers { count: u32::from(b % 5) + kit, kit: Some(kit) }).collect(),
        lines: each().map(|kit| Loose { item: 3, pieces: u32::from(c % 3), kit: Some(kit) }).collect(),
        seals: each().map(|kit| SealOut { number: format!("K {kit}0{}", a % 4), kit: Some(kit) }).collect(),
        due: c.is_multiple_of(3).then_some(TEN + i64::from(c) * 20 * MINUTE),
        kits,
    };
    (stops[from].place.clone(), Body::Dispatch(body))
}

/// Goods without a kit for one TPS, such as ink.
fn goods_leave([a, b, c]: [u8; 3]) -> (Place, Body) {
    let to = Point { kind: CustodyKind::Tps, place: stations()[usize::from(a % 4)].clone(), label: None };
    let body = Dispatch {
        from: CustodyKind::Warehouse,
        from_label: None,
        to,
        kits: vec![],
        packed: Packed::AsListed,
        containers: vec![Containers { count: u32::from(c % 3), kit: None }],
        lines: vec![Loose { item: 3, pieces: u32::from(b % 9), kit: None }],
        seals: vec![],
        due: b.is_multiple_of(2).then_some(TEN + i64::from(c) * 10 * MINUTE),
    };
    (warehouse(), Body::Dispatch(body))
}

/// A receipt of kits, or of what came without one, at some stop.
fn they_come([a, b, c]: [u8; 3], answers: Option<RecordId>) -> (Place, Body) {
    let stops = stops();
    let at = stops[usize::from(a) % stops.len()].clone();
    let is_loose = c.is_multiple_of(5);
    let body = receive_with(Rest::from_number(u32::from(b % 3) + 1), &[], |r| {
        (r.at, r.label, r.dispatch) = (at.kind, at.label.clone(), answers);
        r.kits = if is_loose { vec![] } else { kits(c) };
        let each: Vec<Option<u32>> =
            if is_loose { vec![None] } else { (0..r.kits.len() as u32).map(Some).collect() };
        for kit in each.iter().copied().filter(|_| !b.is_multiple_of(4)) {
            let (good, damaged, missing) = (u32::from(b % 6), u32::from(a % 2), u32::from(c % 2));
            r.containers.push(Found { good, damaged, missing, kit });
            let state = LineState::from_number(u32::from(a % 3) + 1);
            r.lines.push(Line { item: 3, state, good: u32::from(c % 4), damaged, missing: 0, kit });
        }
        for kit in each.iter().copied().filter(|_| b.is_multiple_of(2)) {
            let state = SealState::from_number(u32::from(a % 3) + 1);
            let number = format!("k-{}0{}", kit.unwrap_or(0), c % 5);
            r.seals.push(Seal { number, state, kit });
        }
    });
    (at.place, body)
}

/// What the warehouse counts of a delivery.
fn bulk([a, b, c]: [u8; 3]) -> (Place, Body) {
    let good = u32::from(b) * 10;
    let lines = [1, 3].map(|item| (item, LineState::from_number(u32::from(a % 2) + 1), good + item));
    let body = receive_with(Rest::NotChecked, &lines, |r| {
        r.at = CustodyKind::Warehouse;
        r.lines[0].damaged = u32::from(c % 3);
    });
    (warehouse(), body)
}

/// What the desk sets down or decides; `named` is an earlier record.
fn from_above(what: u8, [a, b, c]: [u8; 3], named: &Say) -> (Place, Body) {
    let at = stations()[usize::from(b % 4)].clone();
    match what {
        0 | 1 => {
            let signal = Signal::from_number(u32::from(c % 4) + 1);
            let mut list = listed(u32::from(a) + 100, signal);
            list.ended = c.is_multiple_of(4).then_some(Ended { successor: None });
            (at, Body::Tps(list))
        }
        2 => {
            let lines = vec![PackedItem { item: 3, pieces: u32::from(a % 4) }];
            (at, Body::Packing(Packing { containers: u32::from(c % 7), seals: vec![], lines }))
        }
        3 => {
            let trusted = [(0, u64::from(a % 14)), (1, u64::from(c % 8))];
            (place("62"), revoke(u64::from(b), CAMAT + b % 3, &trusted[..usize::from(c % 3)]))
        }
        _ => {
            let body = Body::Ruling(Ruling {
                verdict: Verdict::from_number(u32::from(a % 3) + 1),
                records: vec![named.id()],
                target_places: named.record.place_keys(),
                closing: None,
            });
            (place("62"), body)
        }
    }
}

/// What somebody says, told of everything said before him.
fn said(word: Word, all: &[Say]) -> (Place, Body) {
    let Word { what, picks: picks @ [a, b, c], .. } = word;
    let named = &all[(usize::from(a) * 256 + usize::from(b)) % all.len()];
    // Mostly what an officer answers or corrects is a recent word.
    let near = &all[all.len() - 1 - usize::from(a) % all.len().min(6)];
    let at = stations()[usize::from(c % 4)].clone();
    match what {
        0..=4 => kits_leave(picks),
        5..=8 => they_come(picks, Some(near.id())),
        9 => they_come(picks, None),
        10 | 11 => goods_leave(picks),
        12 | 13 => bulk(picks),
        14..=16 if near.record.is_from_above() => they_come(picks, None),
        14 | 15 => {
            let (place, new) = if near.record.kind == Kind::Dispatch {
                kits_leave([b, c, a])
            } else {
                they_come([b, c, a], Some(named.id()))
            };
            let target_places = near.record.place_keys();
            (
                place,
                Body::Correct(Correct {
                    target: near.id(),
                    target_places,
                    kind: new.kind(),
                    body: new.encode(),
                }),
            )
        }
        16 => {
            let target_places = near.record.place_keys();
            (
                near.record.place.clone(),
                Body::Retract(Retract { target: near.id(), target_places, kind: None }),
            )
        }
        17 => {
            let Body::Handover(mut body) = handover(near.id(), a) else { unreachable!("a handover") };
            body.target_places = near.record.place_keys();
            (near.record.place.clone(), Body::Handover(body))
        }
        18..=20 => (at, Body::Turnout(Turnout { hour: u32::from(a % 4) + 8, voters: u32::from(b) * 2 })),
        21..=24 => (at, visit(&[Answer::from_number(u32::from(a % 4) + 1), Answer::Ok, Answer::NotOk])),
        _ => from_above(what - 25, picks, named),
    }
}

/// The records of these words, after those of [`land`], which are among them.
pub fn told(words: &[Word]) -> Vec<Say> {
    let mut all = land();
    for word in words.iter().copied() {
        let [a, b, c] = word.picks;
        let (at, body) = said(word, &all);
        let is_above = word.what >= 25 || body.kind().is_from_above();
        let who = if is_above || word.who == 4 { DESK } else { word.who + 1 };
        let seq = u64::from(word.seq) + if who == DESK { 100 } else { 0 };
        let when = TEN + word.minute * MINUTE;
        let mut say = Say::new(who, seq, when, &at, &body);
        let known = &all[usize::from(b) % all.len()];
        if c % 19 == 0 && who != DESK && !known.record.is_from_above() {
            // What another phone has said is said again.
            say.record = known.record.clone();
            say = say.copy_of(known.id());
        }
        if matches!(body, Body::Visit(_) | Body::Turnout(_)) {
            let (lat, accuracy) = (-119_519 + i32::from(b) * 100, u32::from(c));
            say.record.fix = Some(Fix { lat, lon: 11_307_199, accuracy, mock: false });
        }
        if who != DESK {
            // A second phone writes the same journal.
            say = say.branch(u32::from(a % 7 == 0));
            say = if b.is_multiple_of(6) { say.told() } else { say };
        }
        let hour = TEN + (word.minute / 60 + 1) * HOUR;
        all.push(match c % 8 {
            0 if who != DESK => say.provisional(),
            // Several come with one batch; what was far away comes late.
            1..=3 => say.received(hour, 0),
            4 => say.received(hour + i64::from(a) * 5 * MINUTE, when - HOUR),
            _ => say,
        });
    }
    all
}

/// A fold of these, and of what phones say they lost.
pub fn whole(all: &[Say], losses: &[Loss]) -> Fold {
    let mut fold = fold(all);
    losses.iter().for_each(|loss| fold.insert_loss(*loss));
    fold
}
