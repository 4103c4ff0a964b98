//! Properties of the custody line: whatever the order of arrival, it is the same; no word is lost or doubled; what left
//! is what came and what is named as open.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod samples;

use std::collections::BTreeSet;

use pantau_protocol::{
    body::Body,
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
        let in_legs: Vec<RecordId> = custody.legs.iter().flat_map(|l| l.records.iter().copied()).collect();
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

#[test]
fn nobody_spoke_of_the_kit() {
    let visited = say(CAMAT, 1, 0, &visit(&[pantau_protocol::body::Answer::Ok]));
    assert_eq!(line(&fold(&with(&[visited]))), None);
}
