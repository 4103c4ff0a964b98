//! Properties of the fold: whatever the order, the repetition or the way the records came, the state is
//! the same to the byte (docs/PROTOCOL.md#projection).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod samples;

use std::collections::BTreeMap;

use pantau_protocol::{
    body::{
        Access, Answer, Body, Category, Containers, Correct, CustodyKind, Directive, Dispatch, Grant,
        Incident, IncidentUpdate, Line, LineState, Packed, Packing, Point, Progress, Receive, Rest, Retract,
        Revoke, Ruling, Severity, Signal, Situation, Standby, Tps, Trusted, Turnout, Verdict,
    },
    journal::RecordId,
    place::Place,
    projection::{Changed, Fold, PlaceState, place_state, state_digest},
    role::Role,
    time::Envelope,
};
use proptest::prelude::*;
use samples::*;

/// Who speaks: the desk, three officers, and a second device of two of them.
const SPEAKERS: [u8; 6] = [DESK, CAMAT, OFFICER, 3, 11, 12];

/// One random act; numbers are folded into their range when the record is made.
type Act = (u8, u8, u8, i64, u8, u8, u8);

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = (0..6u8, 0..3u8, 1..9u8, 0..200i64, 0..22u8, any::<u8>(), any::<u8>());
    prop::collection::vec(act, 0..28)
}

fn places() -> [Place; 3] {
    [tps(), place("62.06.13.2001/004"), place("62.06.13.2001")]
}

/// A line of the kit with this index, which may be one too many.
fn line(item: u32, state: LineState, kit: u32) -> Line {
    Line { item, state, good: kit + 7, damaged: 0, missing: 0, kit: Some(kit) }
}

fn statement(what: u8, pick: u8, target: RecordId) -> Body {
    let of = |n: u8| usize::from(n);
    let state = [LineState::Counted, LineState::Sealed, LineState::NotChecked][of(pick % 3)];
    match what {
        0 | 1 => visit(&[Answer::from_number(u32::from(pick % 4) + 1), Answer::Blank, Answer::Ok]),
        2 => receive(Rest::from_number(u32::from(pick % 4) + 1), &[(10, state, u32::from(pick))]),
        3 => Body::Receive(Receive {
            at: if pick.is_multiple_of(2) { CustodyKind::Pps } else { CustodyKind::Tps },
            label: None,
            dispatch: None,
            rest: Rest::SealedAsDispatched,
            lines: if pick < 128 { vec![] } else { vec![line(10, state, u32::from(pick % 2))] },
            seals: vec![],
            kits: places()[..of(pick % 3)].to_vec(),
            containers: Vec::new(),
            form: None,
        }),
        4 => Body::Incident(Incident {
            category: Category::Weather,
            severity: Severity::from_number(u32::from(pick % 3) + 1),
        }),
        5 | 6 => Body::IncidentUpdate(IncidentUpdate {
            target,
            target_places: places().to_vec(),
            progress: Progress::from_number(u32::from(pick % 4) + 1),
        }),
        7 => Body::Turnout(Turnout { hour: u32::from(pick % 3) + 8, voters: u32::from(pick) }),
        8 => Body::Standby(Standby {
            present: u32::from(pick % 7),
            team: 7,
            situation: Situation::Calm,
            no_obstacle: pick.is_multiple_of(2),
        }),
        9 => Body::Directive(Directive { officer: None, role: None, due: TEN }),
        10 => Body::Tps(Tps {
            voters: u32::from(pick),
            male: None,
            lat: None,
            lon: None,
            access: Access::Regular,
            signal: Signal::Weak,
            ended: None,
            synthetic: false,
        }),
        20 => Body::Dispatch(Dispatch {
            from: CustodyKind::Ppk,
            from_label: None,
            to: Point { kind: CustodyKind::Tps, place: places()[of(pick % 3)].clone(), label: None },
            kits: places()[..of(pick % 2)].to_vec(),
            packed: Packed::AsListed,
            containers: vec![Containers { count: u32::from(pick), kit: None }],
            lines: vec![],
            seals: vec![],
            due: None,
        }),
        21 => Body::Packing(Packing { containers: u32::from(pick), seals: vec![], lines: vec![] }),
        _ => Body::Opaque(pantau_protocol::body::Kind::Other(99), pantau_protocol::cbor::Raw(vec![0xA0])),
    }
}

/// Makes the records of `acts`; a target is one of the records made before.
fn says(acts: &[Act]) -> Vec<Say> {
    let mut all: Vec<Say> = Vec::new();
    for (who, branch, seq, minutes, what, pick, more) in acts.iter().copied() {
        let speaker = SPEAKERS[usize::from(who)];
        let target = match all.len() {
            0 => RecordId(Default::default()),
            n => all[usize::from(more) % n].id(),
        };
        let inner = statement(pick % 10, more, target);
        let body = match what {
            0..=10 | 20 | 21 => statement(what, pick, target),
            11 | 12 => Body::Correct(Correct {
                target,
                target_places: places().to_vec(),
                kind: inner.kind(),
                body: inner.encode(),
            }),
            13 => Body::Retract(Retract { target, target_places: places().to_vec(), kind: None }),
            14 => Body::Revoke(Revoke {
                device: device(SPEAKERS[usize::from(pick % 6)]),
                seq: 1,
                link: [0; 32],
                trusted: vec![Trusted { branch: u32::from(more % 2), through: u64::from(more % 8) }],
                regions: vec![],
            }),
            15 => Body::Grant(Grant {
                officer: u32::from(pick % 4),
                role: Role::DeskOperator,
                ended: more.is_multiple_of(2),
                new_person: false,
            }),
            17 | 18 => Body::Ruling(Ruling {
                verdict: Verdict::from_number(u32::from(pick % 3) + 1),
                records: vec![target],
                target_places: places().to_vec(),
                closing: None,
            }),
            19 => {
                let mut profile = profile(["pemilu-2024", "pilkada-2024"][usize::from(pick / 128)]);
                (profile.version, profile.kit[0].quantity.base) = (u32::from(more % 3), u32::from(more));
                Body::Profile(Box::new(profile))
            }
            _ => statement(pick % 12, more, target),
        };
        let at = TEN + minutes * MINUTE;
        let mut say = Say::new(speaker, u64::from(seq), at, &places()[usize::from(pick % 3)], &body)
            .branch(u32::from(branch % 2));
        if what == 16 {
            say = say.copy_of(target);
        }
        if more.is_multiple_of(3) {
            say = say.told();
        }
        if more.is_multiple_of(2) {
            say = say.against(u32::from(more % 3), &[u32::from(pick), u32::from(more)]);
        }
        if more.is_multiple_of(5) {
            say = say.of_election(2);
        }
        say = match pick % 4 {
            0 => say.provisional(),
            1 => say.received(at - 30 * MINUTE, 0),
            _ => say,
        };
        all.push(say);
    }
    all
}

/// The desk's data and the acts; device 11 follows the camat's, 12 is the field officer's second.
fn set(acts: &[Act]) -> Vec<Say> {
    let devices = [register(9, 11, 1, Some(CAMAT)), register(10, 12, 2, None), register(11, 3, 3, None)];
    [province(), devices.to_vec(), says(acts)].concat()
}

/// `all` in an order drawn from `keys`, some twice, some unsent before they come with their envelope.
fn shuffled(all: &[Say], keys: &[u16]) -> Vec<Say> {
    let key = |i: usize| keys[i % keys.len()].rotate_left((i / keys.len()) as u32);
    let mut out: Vec<(u16, usize, Say)> = Vec::new();
    for (i, say) in all.iter().enumerate() {
        out.push((key(i), i, say.clone()));
        if key(i) % 3 == 0 {
            out.push((key(i + 1), i, say.clone()));
        }
        if key(i) % 4 == 0 {
            out.push((key(i + 7), i, say.clone().provisional()));
        }
    }
    out.sort_by_key(|(key, i, _)| (*key, *i));
    out.into_iter().map(|(_, _, say)| say).collect()
}

fn states(fold: &Fold) -> BTreeMap<Place, PlaceState> {
    fold.places().map(|p| (p.clone(), fold.state(p))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_and_any_repetition_give_the_same_bytes(
        acts in acts(),
        keys in prop::collection::vec(any::<u16>(), 5..40),
    ) {
        let all = set(&acts);
        let one = fold(&all);
        let other = fold(&shuffled(&all, &keys));
        prop_assert_eq!(one.reference(), other.reference());
        prop_assert_eq!(states(&one), states(&other));
        prop_assert_eq!(one.digest(), other.digest());
    }

    #[test]
    fn states_kept_up_to_date_equal_states_made_at_the_end(
        acts in acts(),
        keys in prop::collection::vec(any::<u16>(), 5..40),
    ) {
        let mut fold = Fold::new();
        let mut kept: BTreeMap<Place, PlaceState> = BTreeMap::new();
        for say in shuffled(&set(&acts), &keys) {
            let changed = match fold.insert(say.fact()) {
                Changed::Nothing => vec![],
                Changed::Places(places) => places,
                Changed::Reference => fold.places().cloned().collect(),
            };
            for place in changed {
                kept.insert(place.clone(), fold.state(&place));
            }
        }
        prop_assert_eq!(&kept, &states(&fold));
        prop_assert_eq!(state_digest(kept.iter().map(|(p, s)| (p, s.clone()))), fold.digest());
    }

    #[test]
    fn a_place_depends_on_the_facts_with_its_key_alone(acts in acts()) {
        let all = set(&acts);
        let whole = fold(&all);
        for place in places() {
            let mut own: Vec<_> = whole.facts_of(&place).cloned().collect();
            prop_assert!(own.iter().all(|f| f.place_keys().contains(&place)));
            own.reverse();
            let twice = own.iter().chain(&own);
            prop_assert_eq!(place_state(&place, twice, whole.reference()), whole.state(&place));
        }
    }

    #[test]
    fn an_envelope_that_comes_late_leaves_no_trace_of_the_time_without(acts in acts()) {
        let all = set(&acts);
        let sent: Vec<Say> = all
            .iter()
            .cloned()
            .map(|mut s| {
                s.envelope.get_or_insert(Envelope { received_at: TEN, not_before: 0 });
                s
            })
            .collect();
        let unsent: Vec<Say> = all.into_iter().map(Say::provisional).collect();
        let grown = fold(unsent.iter().chain(&sent));
        let fresh = fold(&sent);
        prop_assert_eq!(grown.reference(), fresh.reference());
        prop_assert_eq!(grown.digest(), fresh.digest());
    }

    #[test]
    fn what_is_superseded_stays_so_whatever_else_is_said(acts in acts(), later in acts()) {
        let visited = Say::new(CAMAT, 40, TEN, &tps(), &visit(&[Answer::NotOk]));
        let retract = Body::Retract(Retract { target: visited.id(), target_places: vec![tps()], kind: None });
        let by_desk = Say::new(DESK, 40, TEN, &tps(), &retract);
        let honest = |acts: &[Act]| -> Vec<Say> {
            says(acts).into_iter().filter(|s| !matches!(s.fact().body, Body::Revoke(_) | Body::Ruling(_))).collect()
        };
        let mut all = [set(&[]), honest(&acts), vec![visited.clone(), by_desk], honest(&later)].concat();
        let gone = |all: &[Say]| {
            let state = fold(all).state(&tps());
            let marks = state.answers.iter().map(|a| a.mark.record);
            !marks.chain(state.last_visit.map(|m| m.record)).any(|id| id == visited.id())
        };
        prop_assert!(gone(&all));
        all.reverse();
        prop_assert!(gone(&all));
    }
}
