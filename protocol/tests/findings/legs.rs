//! What left is what came and what is named as open: boxes and seals, on every leg of a way there and back, against
//! what the world of a game did with them.

use std::collections::BTreeSet;

use pantau_protocol::{
    body::{
        Body, Containers, CustodyKind, Dispatch, Found, Packed, Packing, Point, Rest, Seal, SealOut,
        SealState,
    },
    journal::RecordId,
    place::Place,
    projection::{
        Fold, Leg, custody,
        findings::{self, About, Number, Rule, Sign},
    },
};
use proptest::prelude::*;

use super::{
    NOW, config,
    samples::{kit::*, wide, *},
};

/// What the world does on one leg, to each of two kits, and how it is told.
#[derive(Debug, Clone, Copy)]
struct Leap {
    /// Boxes that fall off the boat, of each kit.
    lost: [u32; 2],
    damaged: [u32; 2],
    /// What becomes of each seal, two bits each: whole, broken, torn off, torn off and another put on.
    seals: [u16; 2],
    /// Of the seals that came, those that the receiver looks at.
    looked: u8,
    told: Told,
    /// Minutes until the server hears of the departure, and of the arrival.
    heard: [i64; 2],
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Told {
    /// Counted in one act.
    Counted,
    /// Counted in two parts, as from two trucks.
    InParts,
    /// Nobody receives it.
    Nobody,
    /// Nobody looks: it is there, and that is all.
    Unchecked,
}

fn leap() -> impl Strategy<Value = Leap> {
    let told = prop_oneof![
        4 => Just(Told::Counted), 2 => Just(Told::InParts), 1 => Just(Told::Nobody), 1 => Just(Told::Unchecked),
    ];
    let lost = || prop_oneof![3 => Just(0u32), 2 => 0..4u32];
    let seals = || prop_oneof![2 => Just(0u16), 2 => any::<u16>()];
    let of_two = (lost(), lost(), lost(), lost(), seals(), seals());
    (of_two, any::<u8>(), told, 0..1_200i64, 0..1_200i64).prop_map(|(n, looked, told, out, back)| Leap {
        lost: [n.0, n.1],
        damaged: [n.2, n.3],
        seals: [n.4, n.5],
        looked,
        told,
        heard: [out, back],
    })
}

/// A kit as it is in the world.
#[derive(Debug, Clone, Default)]
struct Boxes {
    boxes: u32,
    /// Numbers on them.
    seals: Vec<String>,
}

/// What is true of one leg of one kit, and what its receiver says of it.
#[derive(Debug)]
struct Truth {
    dispatch: RecordId,
    sent: Boxes,
    came: Option<u32>,
    /// By what the receiver says of each seal that left; those he does not name are in none.
    intact: BTreeSet<String>,
    broken: BTreeSet<String>,
    missing: BTreeSet<String>,
    /// Numbers that had not left.
    other: BTreeSet<String>,
}

fn kits() -> [Place; 2] {
    [tps(), place("62.06.13.2001/004")]
}

/// The way there and back. Both kits go together, and end at the village.
fn way() -> Vec<Point> {
    let [warehouse, ppk, _, pps, _] = points();
    let stop = Point { kind: CustodyKind::Transit, place: ppk.place.clone(), label: Some("Dermaga".into()) };
    vec![warehouse.clone(), ppk.clone(), stop, pps, ppk, warehouse]
}

/// One leg in the world: what is lost is lost, a torn seal is gone, one put on in its stead stays.
fn happens(
    leap: &Leap,
    n: usize,
    leg: usize,
    kit: &mut Boxes,
    dispatch: RecordId,
) -> (Truth, Found, Vec<Seal>) {
    let sent = kit.clone();
    let lost = leap.lost[n].min(kit.boxes);
    kit.boxes -= lost;
    let damaged = leap.damaged[n].min(kit.boxes);
    // Not every receiver says what is missing; it is open all the same.
    let missing = if leap.looked.is_multiple_of(2) { lost } else { 0 };
    let found = Found { good: kit.boxes - damaged, damaged, missing, kit: Some(n as u32) };
    let mut truth = Truth {
        dispatch,
        came: matches!(leap.told, Told::Counted | Told::InParts).then_some(kit.boxes),
        intact: BTreeSet::new(),
        broken: BTreeSet::new(),
        missing: BTreeSet::new(),
        other: BTreeSet::new(),
        sent,
    };
    let mut named = Vec::new();
    let mut name = |number: &str, state, names: &mut BTreeSet<String>| {
        names.insert(number.to_owned());
        named.push(Seal { number: number.to_owned(), state, kit: Some(n as u32) });
    };
    let mut on = Vec::new();
    for (i, number) in truth.sent.seals.clone().into_iter().enumerate() {
        let is_named = truth.came.is_some() && leap.looked & (1 << (i % 8)) != 0;
        let becomes = (leap.seals[n] >> (2 * (i % 8))) & 3;
        if becomes == 0 || becomes == 1 {
            on.push(number.clone());
        }
        let new = (becomes == 3).then(|| format!("N{n}{leg}{i}"));
        on.extend(new.clone());
        if is_named {
            match becomes {
                0 => name(&number, SealState::Intact, &mut truth.intact),
                1 => name(&number, SealState::Broken, &mut truth.broken),
                _ => name(&number, SealState::Missing, &mut truth.missing),
            }
            if let Some(new) = &new {
                name(new, SealState::Intact, &mut truth.other);
            }
        }
    }
    kit.seals = on;
    (truth, found, named)
}

/// Plays a game: the records in which it is told, and what is true of each leg of each kit.
fn play(game: &[Leap], boxes: [u32; 2]) -> (Vec<Say>, [Vec<Truth>; 2]) {
    let mut all = vec![];
    let mut there: [Boxes; 2] = [0, 1].map(|n| Boxes {
        boxes: boxes[n],
        seals: (0..boxes[n]).map(|seal| format!("S{n}0{seal}")).collect(),
    });
    for (n, tps) in kits().iter().enumerate() {
        let packing = Packing { containers: boxes[n], seals: there[n].seals.clone(), lines: vec![] };
        all.push(Say::new(DESK, 80 + n as u64, TEN - HOUR, tps, &Body::Packing(packing)));
    }
    let mut truths = [vec![], vec![]];
    let way = way();
    for (leg, (leap, points)) in game.iter().zip(way.windows(2)).enumerate() {
        let (from, to) = (&points[0], &points[1]);
        let at = TEN + leg as i64 * 4 * HOUR;
        let dispatch =
            Say::new(SPEAKERS[leg % 2], 10 + leg as u64, at, &from.place, &leaves(from, to, &there, leg));
        let dispatch = dispatch.received(at + leap.heard[0] * MINUTE, 0);
        let mut parts: Vec<(Vec<Found>, Vec<Seal>)> = vec![(vec![], vec![]), (vec![], vec![])];
        for n in [0, 1] {
            let (truth, found, seals) = happens(leap, n, leg, &mut there[n], dispatch.id());
            truths[n].push(truth);
            let first = Found { good: found.good / 2, damaged: 0, missing: 0, ..found };
            match leap.told {
                Told::InParts => {
                    parts[0].0.push(first);
                    parts[1].0.push(Found { good: found.good - first.good, ..found });
                }
                _ => parts[1].0.push(found),
            }
            parts[1].1.extend(seals);
        }
        for (part, (containers, seals)) in parts.into_iter().enumerate() {
            let is_said = leap.told != Told::Nobody && !containers.is_empty();
            if !is_said {
                continue;
            }
            let is_counted = leap.told != Told::Unchecked;
            let body = receive_with(Rest::NotChecked, &[], |r| {
                (r.at, r.label, r.dispatch) = (to.kind, to.label.clone(), Some(dispatch.id()));
                r.kits = kits().to_vec();
                r.containers = if is_counted { containers } else { vec![] };
                r.seals = seals;
            });
            let when = at + 2 * HOUR + part as i64 * MINUTE;
            let seq = 30 + 2 * leg as u64 + part as u64;
            let say = Say::new(SPEAKERS[(leg + 1) % 2], seq, when, &to.place, &body);
            all.push(say.received(when + leap.heard[1] * MINUTE, 0));
        }
        all.push(dispatch);
    }
    (all, truths)
}

/// The first dispatch quotes the packing lists, those after it tell what the giver has.
fn leaves(from: &Point, to: &Point, there: &[Boxes; 2], leg: usize) -> Body {
    let of_both = || there.iter().enumerate().map(|(n, kit)| (Some(n as u32), kit)).filter(|_| leg > 0);
    Body::Dispatch(Dispatch {
        from: from.kind,
        from_label: from.label.clone(),
        to: to.clone(),
        kits: kits().to_vec(),
        packed: if leg == 0 { Packed::AsPacked } else { Packed::AsListed },
        containers: of_both().map(|(kit, had)| Containers { count: had.boxes, kit }).collect(),
        lines: vec![],
        seals: of_both()
            .flat_map(|(kit, had)| had.seals.iter().map(move |seal| SealOut { number: seal.clone(), kit }))
            .collect(),
        due: None,
    })
}

/// The open sign of a rule about the leg of a dispatch.
fn sign(signs: &[Sign], rule: Rule, dispatch: RecordId) -> Option<&Sign> {
    signs.iter().find(|s| s.is_open() && s.rule == rule && s.about == About::Leg(dispatch))
}

fn number(sign: Option<&Sign>, name: Number) -> u32 {
    sign.and_then(|s| s.numbers.get(&name)).map_or(0, |n| u32::try_from(*n).unwrap())
}

fn set(all: Option<&Vec<String>>) -> BTreeSet<String> {
    all.into_iter().flatten().cloned().collect()
}

fn boxes_conserved(leg: &Leg, truth: &Truth, signs: &[Sign]) -> Result<(), TestCaseError> {
    prop_assert_eq!(leg.boxes.sent, Some(truth.sent.boxes), "{:?}", leg);
    prop_assert_eq!(leg.boxes.received, truth.came, "{:?}", leg);
    let short = sign(signs, Rule::ShortAgainstDispatch, truth.dispatch);
    let named = number(short, Number::Open);
    match truth.came {
        Some(came) => prop_assert_eq!(truth.sent.boxes, came + named, "{:?} {:?}", leg, short),
        // What nobody counted is unknown, and not open.
        None => prop_assert!(short.is_none() && leg.boxes.open().is_none()),
    }
    prop_assert!(sign(signs, Rule::OverAgainstDispatch, truth.dispatch).is_none());
    Ok(())
}

fn seals_conserved(
    leg: &Leg,
    truth: &Truth,
    signs: &[Sign],
    broken_before: &mut BTreeSet<String>,
) -> Result<(), TestCaseError> {
    let sent: BTreeSet<String> = truth.sent.seals.iter().cloned().collect();
    if sent.is_empty() {
        return Ok(());
    }
    prop_assert_eq!(set(leg.seals.sent.as_ref()), sent.clone());
    prop_assert_eq!(&set(leg.seals.intact.as_ref()), &truth.intact);
    // Every seal that left is in one place: found whole, found broken, said to be missing, or not looked at.
    let parts = [&leg.seals.intact, &leg.seals.broken, &leg.seals.missing];
    let named: Vec<&String> = parts.into_iter().flatten().flatten().collect();
    prop_assert_eq!(named.len(), named.iter().collect::<BTreeSet<_>>().len());
    prop_assert!(named.iter().all(|number| sent.contains(*number)));
    let looked = truth.intact.len() + truth.broken.len() + truth.missing.len();
    prop_assert_eq!(named.len(), looked);
    let missing = sign(signs, Rule::SealMissing, truth.dispatch);
    let other = sign(signs, Rule::SealOther, truth.dispatch);
    let (gone, in_stead) = if truth.other.is_empty() { (missing, None) } else { (other, other) };
    prop_assert_eq!(number(gone, Number::Missing) as usize, truth.missing.len(), "{:?}", leg);
    prop_assert_eq!(number(in_stead, Number::Other) as usize, truth.other.len(), "{:?}", leg);
    prop_assert!(missing.is_none() || other.is_none(), "one cause, two findings");
    let named_gone: BTreeSet<String> = gone.into_iter().flat_map(|s| s.detail.seals.clone()).collect();
    prop_assert!(truth.missing.iter().all(|number| named_gone.contains(number)));
    let new: BTreeSet<String> = truth.broken.difference(broken_before).cloned().collect();
    let broken = sign(signs, Rule::SealBroken, truth.dispatch);
    prop_assert_eq!(set(broken.map(|s| &s.detail.seals)), new, "{:?}", leg);
    broken_before.extend(truth.broken.iter().cloned());
    Ok(())
}

fn look(fold: &Fold, tps: &Place) -> Vec<Sign> {
    findings::look(tps, fold.facts_of(tps), fold.reference(), NOW).signs
}

proptest! {
    #![proptest_config(config(1_500))]

    #[test]
    fn on_every_leg_what_left_is_what_came_and_what_is_named_open(
        game in prop::collection::vec(leap(), 1..6), first in 1..8u32, second in 1..8u32,
    ) {
        let (all, truths) = play(&game, [first, second]);
        let fold = fold(&with(&all));
        for (tps, truths) in kits().iter().zip(&truths) {
            let signs = look(&fold, tps);
            let custody = custody(tps, fold.facts_of(tps), fold.reference()).expect("a custody line");
            prop_assert_eq!(custody.legs.len(), truths.len(), "{:?}", custody);
            let mut broken = BTreeSet::new();
            for (leg, truth) in custody.legs.iter().zip(truths) {
                boxes_conserved(leg, truth, &signs)?;
                seals_conserved(leg, truth, &signs, &mut broken)?;
            }
            // The sum over all legs that were counted.
            let counted: Vec<&Truth> = truths.iter().filter(|truth| truth.came.is_some()).collect();
            let left: u32 = counted.iter().map(|truth| truth.sent.boxes).sum();
            let came: u32 = counted.iter().filter_map(|truth| truth.came).sum();
            let open = signs.iter().filter(|s| s.is_open() && s.rule == Rule::ShortAgainstDispatch);
            let open: u32 = open.map(|s| number(Some(s), Number::Open)).sum();
            prop_assert_eq!(left, came + open);
        }
    }

    /// Whatever is said, however contradictory: what is named open is what left and did not come.
    #[test]
    fn the_arithmetic_of_a_finding_adds_up(words in wide::words(6..40)) {
        let fold = fold(&wide::told(&words));
        for tps in wide::stations() {
            for sign in look(&fold, &tps).iter().filter(|s| s.is_open()) {
                let of = |name| sign.numbers.get(&name).copied();
                match (sign.rule, of(Number::Sent), of(Number::Received)) {
                    (Rule::ShortAgainstDispatch, Some(sent), Some(received)) => {
                        prop_assert_eq!(Some(sent - received), of(Number::Open), "{:?}", sign);
                        prop_assert!(sent > received);
                    }
                    (Rule::OverAgainstDispatch, Some(sent), Some(received)) => {
                        prop_assert_eq!(Some(received - sent), of(Number::Over), "{:?}", sign);
                        prop_assert!(received > sent);
                    }
                    (Rule::ShortAgainstDispatch | Rule::OverAgainstDispatch, ..) => {
                        prop_assert!(false, "without its numbers: {:?}", sign);
                    }
                    _ => {}
                }
            }
        }
    }
}
