//! Words about the kit of one TPS, from a few numbers: dispatches, receipts, corrections, retractions.

use pantau_protocol::{
    body::{
        Acceptance, Access, Answer, Body, Containers, Correct, CustodyKind, Dispatch, Found, Handover, Loose,
        Packed, Packing, Point, Rest, Retract, Ruling, Seal, SealOut, SealState, Signal, Tps, Turnout,
        Verdict,
    },
    journal::RecordId,
    place::Place,
    record::Fix,
};
use proptest::prelude::*;

use super::*;

pub const SPEAKERS: [u8; 3] = [CAMAT, OFFICER, DESK];

pub fn points() -> [Point; 5] {
    let at = |kind, code: &str, label: Option<&str>| Point {
        kind,
        place: place(code),
        label: label.map(str::to_owned),
    };
    [
        at(CustodyKind::Warehouse, "62.06", None),
        at(CustodyKind::Ppk, "62.06.13", None),
        at(CustodyKind::Transit, "62.06.13", Some("Dermaga")),
        at(CustodyKind::Pps, "62.06.13.2001", None),
        at(CustodyKind::Tps, tps().as_str(), None),
    ]
}

/// Speaker, number, minute, what, two picks.
pub type Act = (u8, u8, i64, u8, u8, u8);

pub fn acts() -> impl Strategy<Value = Vec<Act>> {
    prop::collection::vec((0..3u8, 1..9u8, 0..600i64, 0..12u8, any::<u8>(), any::<u8>()), 3..24)
}

pub fn dispatch(pick: u8, more: u8) -> (Place, Body) {
    let (from, to) = (usize::from(pick % 5), usize::from(more % 5));
    let to = if from == to { (from + 1) % 5 } else { to };
    let [from, to] = [from, to].map(|n| points()[n].clone());
    let listed = pick.is_multiple_of(2);
    let kits = if more.is_multiple_of(3) { vec![tps(), place("62.06.13.2001/004")] } else { vec![tps()] };
    let body = Dispatch {
        from: from.kind,
        from_label: from.label,
        to,
        kits,
        packed: if listed { Packed::AsListed } else { Packed::AsPacked },
        containers: if listed {
            vec![Containers { count: u32::from(more % 7), kit: Some(0) }]
        } else {
            vec![]
        },
        lines: if listed {
            vec![Loose { item: 3, pieces: u32::from(more % 3), kit: Some(0) }]
        } else {
            vec![]
        },
        seals: vec![SealOut { number: format!("K {}", more % 4), kit: Some(0) }],
        due: None,
    };
    (from.place, Body::Dispatch(body))
}

pub fn receipt(pick: u8, more: u8, answers: Option<RecordId>) -> (Place, Body) {
    let at = points()[usize::from(pick % 5)].clone();
    let (good, damaged, missing) = (u32::from(more % 7), u32::from(more % 2), u32::from(more % 3));
    let body = receive_with(Rest::from_number(u32::from(more % 3) + 1), &[], |r| {
        (r.at, r.label, r.dispatch, r.kits) = (at.kind, at.label, answers, vec![tps()]);
        if !more.is_multiple_of(4) {
            r.containers = vec![Found { good, damaged, missing, kit: Some(0) }];
        }
        let state = SealState::from_number(u32::from(pick % 3) + 1);
        r.seals = vec![Seal { number: format!("k-{}", more % 5), state, kit: None }];
    });
    (at.place, body)
}

/// Of whatever record: a phone may name one that is no dispatch.
pub fn handover(dispatch: RecordId, more: u8) -> Body {
    Body::Handover(Handover {
        dispatch,
        acceptance: Acceptance::from_number(u32::from(more % 4)),
        receive: None,
        device: None,
        officer: Some(u32::from(more)),
        slip: vec![],
        code: Some(u64::from(more)),
        target_places: vec![tps()],
    })
}

pub fn says(acts: &[Act]) -> Vec<Say> {
    let packing = Packing { containers: 5, seals: vec!["K 1".into(), "K 2".into()], lines: vec![] };
    let mut all = vec![Say::new(DESK, 90, TEN - HOUR, &tps(), &Body::Packing(packing))];
    all.extend(says_after(&all, acts));
    all
}

/// The records of `acts`, which may name each other and what is `known`.
fn says_after(known: &[Say], acts: &[Act]) -> Vec<Say> {
    let mut all = known.to_vec();
    for (who, seq, minute, what, pick, more) in acts.iter().copied() {
        let named = all.get(usize::from(more) % all.len()).map(|say: &Say| say.id());
        let (at, body) = match what {
            0..=3 => dispatch(pick, more),
            4..=7 => receipt(pick, more, named.filter(|_| what < 6)),
            8 => {
                let (at, new) = receipt(pick, more, named);
                let target_places = vec![tps()];
                let (target, kind) = (named.unwrap(), new.kind());
                (at, Body::Correct(Correct { target, target_places, kind, body: new.encode() }))
            }
            9 | 10 => (tps(), handover(named.unwrap(), more)),
            _ => {
                let (target, target_places) = (named.unwrap(), vec![tps()]);
                (tps(), Body::Retract(Retract { target, target_places, kind: None }))
            }
        };
        let speaker = SPEAKERS[usize::from(who)];
        let seq = u64::from(seq) + if speaker == DESK { 100 } else { 0 };
        let say = Say::new(speaker, seq, TEN + minute * MINUTE, &at, &body);
        all.push(if pick.is_multiple_of(7) { say.provisional() } else { say });
    }
    all.split_off(known.len())
}

/// Acts about more than the kit, to be made by [`wide_says`].
pub fn wide_acts(most: usize) -> impl Strategy<Value = Vec<Act>> {
    let act = (0..3u8, 1..9u8, 0..1_800i64, 0..22u8, any::<u8>(), any::<u8>());
    prop::collection::vec(act, 2..most)
}

/// What else is said: turnout, visits with a position, lists, revocations, admissions, copies.
fn other(what: u8, pick: u8, more: u8, named: RecordId) -> Body {
    match what {
        10 | 11 => Body::Turnout(Turnout { hour: u32::from(pick % 4) + 8, voters: u32::from(more) * 2 }),
        12..=14 => visit(&[Answer::from_number(u32::from(pick % 4) + 1), Answer::Ok]),
        15 => Body::Tps(Tps {
            voters: u32::from(pick) + 100,
            male: None,
            lat: Some(-119_519),
            lon: Some(11_307_199),
            access: Access::Remote,
            signal: if more.is_multiple_of(2) { Signal::Strong } else { Signal::None },
            ended: None,
            synthetic: false,
        }),
        16 => revoke(1, CAMAT + pick % 2, &[(0, u64::from(more % 8))]),
        _ => Body::Ruling(Ruling {
            verdict: Verdict::from_number(u32::from(pick % 3) + 1),
            records: vec![named],
            target_places: vec![tps()],
            closing: None,
        }),
    }
}

/// The records of `acts`, of the kit and of all else; several may be received in one second.
pub fn wide_says(acts: &[Act]) -> Vec<Say> {
    let mut all = says(&[]);
    for act @ (who, seq, minute, what, pick, more) in acts.iter().copied() {
        let named = all[usize::from(more) % all.len()].id();
        if what < 12 {
            all.extend(says_after(&all, &[act]));
            if more.is_multiple_of(11) {
                let last = all.len() - 1;
                all[last] = all[last].clone().copy_of(named);
            }
            continue;
        }
        let body = other(what - 2, pick, more, named);
        let from_above = matches!(body, Body::Tps(_) | Body::Revoke(_) | Body::Ruling(_));
        let speaker = if from_above { DESK } else { SPEAKERS[usize::from(who)] };
        let seq = u64::from(seq) + if speaker == DESK { 200 } else { 20 };
        let at = TEN + minute * MINUTE;
        let mut say = Say::new(speaker, seq, at, &tps(), &body);
        if (14..=16).contains(&what) {
            let lat = -119_519 + i32::from(more) * 100;
            say.record.fix = Some(Fix { lat, lon: 11_307_199, accuracy: u32::from(pick), mock: false });
        }
        let together = TEN + minute / 60 * HOUR + HOUR;
        all.push(match pick % 5 {
            0 => say.provisional(),
            1 | 2 => say.received(together, 0),
            _ => say,
        });
    }
    all
}
