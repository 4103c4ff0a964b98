//! Properties of the custody line: whatever the order of arrival, it is the same; no word is lost or doubled; what left
//! is what came and what is named as open.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod samples;

use std::collections::BTreeSet;

use pantau_protocol::{
    body::Kind,
    body::{Body, Containers, Dispatch, Found, Handover, Packed, Rest},
    journal::RecordId,
    projection::{Custody, Fact, Fold, Judged, Whereabouts, custody, judge},
};
use proptest::prelude::*;
use samples::{kit::*, *};

fn line(fold: &Fold) -> Option<Custody> {
    custody(&tps(), fold.facts_of(&tps()), fold.reference())
}

/// Whether a record is a word about the kit.
fn is_about_the_kit(fact: &Fact) -> bool {
    match &fact.statement {
        Body::Dispatch(d) => d.kits.contains(&tps()),
        Body::Receive(r) => r.kits.contains(&tps()),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn the_order_of_arrival_changes_nothing(acts in acts(), turn in any::<usize>(), twice in any::<bool>()) {
        let all = with(&says(&acts));
        let mut other: Vec<&Say> = all.iter().rev().collect();
        let len = other.len();
        other.rotate_left(turn % len);
        if twice {
            other.extend(all.iter());
        }
        prop_assert_eq!(line(&fold(&all)), line(&fold(other)));
    }

    #[test]
    fn every_word_is_in_one_leg_and_what_left_is_accounted_for(acts in acts()) {
        let fold = fold(&with(&says(&acts)));
        let judgement = judge(fold.facts_of(&tps()), fold.reference());
        let counts = |f: &&Fact| judgement.of(&f.id) == Judged::Counts && is_about_the_kit(f);
        let words: BTreeSet<RecordId> = fold.facts_of(&tps()).filter(counts).map(|f| f.id).collect();
        let Some(custody) = line(&fold) else {
            prop_assert!(words.is_empty());
            return Ok(());
        };
        let is_handover = |id: &RecordId| {
            fold.facts_of(&tps()).any(|f| f.id == *id && matches!(f.statement, Body::Handover(_)))
        };
        let in_legs: Vec<RecordId> = custody.legs.iter().flat_map(|l| l.records.iter().copied()).collect();
        let (handed, in_legs): (Vec<_>, Vec<_>) = in_legs.into_iter().partition(is_handover);
        prop_assert_eq!(handed.len(), handed.iter().collect::<BTreeSet<_>>().len(), "a handover is in two legs");
        prop_assert_eq!(in_legs.len(), words.len(), "a word is in two legs or in none");
        prop_assert_eq!(in_legs.into_iter().collect::<BTreeSet<_>>(), words);
        for leg in &custody.legs {
            let boxes = &leg.boxes;
            if let (Some(sent), Some(received)) = (boxes.sent, boxes.received) {
                let (open, over) = (boxes.open().unwrap(), boxes.over().unwrap());
                prop_assert_eq!(sent + over, received + open);
                prop_assert!(open == 0 || over == 0);
                prop_assert!(boxes.missing.unwrap() <= open, "missing is open: {:?}", boxes);
            }
            prop_assert_eq!(leg.taken.is_some(), leg.arrived.is_some());
            let seals = [&leg.seals.intact, &leg.seals.broken, &leg.seals.missing];
            let seen: usize = seals.into_iter().flatten().map(Vec::len).sum();
            prop_assert!(leg.seals.sent.as_ref().is_none_or(|sent| seen <= sent.len()), "{:?}", leg.seals);
        }
        let last = custody.legs.last().unwrap();
        match &custody.at {
            Whereabouts::OnTheWay { from, to, since } => {
                prop_assert!(last.taken.is_none() && last.passed.is_none());
                prop_assert_eq!((Some(from), to, Some(since)), (last.from.as_ref(), &last.to, last.given.as_ref()));
            }
            Whereabouts::At(point) => {
                prop_assert!(last.arrived.as_ref().is_none_or(|arrived| arrived == point));
            }
        }
        prop_assert!(last.records.contains(&custody.last_hands.record));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_handover_counts_nothing_that_the_two_words_do_not_count(acts in acts()) {
        let is_handover = |say: &&Say| say.record.kind == Kind::Handover;
        let mut all = with(&says(&acts));
        // What corrects a handover into a word about goods goes with it.
        let handovers: BTreeSet<RecordId> = all.iter().filter(is_handover).map(Say::id).collect();
        all.retain(|say| !matches!(say.fact().body, Body::Correct(c) if handovers.contains(&c.target)));
        let plain = |mut custody: Custody, handovers: &BTreeSet<RecordId>| {
            for leg in &mut custody.legs {
                leg.records.retain(|id| !handovers.contains(id));
                leg.handed = None;
            }
            custody
        };
        let without: Vec<&Say> = all.iter().filter(|s| !is_handover(s)).collect();
        let found = line(&fold(&all)).map(|c| plain(c, &handovers));
        prop_assert_eq!(found, line(&fold(without)));
    }
}

#[test]
fn both_halves_of_a_handover_are_one_leg_in_whatever_order_they_come() {
    let [ppk, .., pps, _] = points();
    let sent = Dispatch {
        from: ppk.kind,
        from_label: None,
        to: pps.clone(),
        kits: vec![tps()],
        packed: Packed::AsListed,
        containers: vec![Containers { count: 5, kit: None }],
        lines: vec![],
        seals: vec![],
        due: None,
    };
    let give = Say::new(CAMAT, 1, TEN, &ppk.place, &Body::Dispatch(sent));
    let came = receive_with(Rest::SealedAsDispatched, &[], |r| {
        (r.at, r.label, r.dispatch, r.kits) = (pps.kind, None, Some(give.id()), vec![tps()]);
        r.containers = vec![Found { good: 4, damaged: 0, missing: 1, kit: None }];
    });
    let take = Say::new(OFFICER, 1, TEN + HOUR, &pps.place, &came);
    let Body::Handover(told) = handover(give.id(), 1) else { unreachable!() };
    let scanned = Handover { receive: Some(take.id()), officer: Some(8), code: None, ..told };
    let confirm = Say::new(CAMAT, 2, TEN + HOUR, &ppk.place, &Body::Handover(scanned));
    let halves = [give, take, confirm];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let custody = line(&fold(order.map(|n| &halves[n]))).unwrap();
        let [leg] = &custody.legs[..] else { panic!("{:?}", custody.legs) };
        assert_eq!((leg.boxes.sent, leg.boxes.received, leg.boxes.open()), (Some(5), Some(4), Some(1)));
        assert_eq!(leg.records.len(), 3);
        let handed = leg.handed.as_ref().unwrap();
        assert_eq!((handed.receive, handed.officer), (Some(halves[1].id()), Some(8)));
        assert_eq!(custody.last_hands.record, halves[1].id());
    }
    // The receiver's phone is still on the river: the giver's word counts no box for him.
    let custody = line(&fold([&halves[0], &halves[2]])).unwrap();
    let leg = &custody.legs[0];
    assert_eq!((leg.boxes.received, leg.handed.as_ref().unwrap().receive), (None, Some(halves[1].id())));
    assert!(matches!(custody.at, Whereabouts::OnTheWay { .. }));
    // Without the dispatch it says nothing of the kit.
    assert_eq!(line(&fold([&halves[2]])), None);
}

#[test]
fn nobody_spoke_of_the_kit() {
    let visited = say(CAMAT, 1, 0, &visit(&[pantau_protocol::body::Answer::Ok]));
    assert_eq!(line(&fold(&with(&[visited]))), None);
}
