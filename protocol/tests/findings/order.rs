//! Whatever the order of arrival, the repetitions and the batches: the same findings.

use pantau_protocol::{
    place::Place,
    projection::{
        Fact, Fold,
        findings::{self, Finding, Loss},
    },
};
use proptest::prelude::*;

use super::{
    NOW, config,
    samples::{kit::*, wide, *},
};

/// Sets of 3 to 40 records besides the lists, and permutations of each: 100,000 together. `PANTAU_SETS` asks for
/// more sets.
const SETS: u32 = 400;
const TURNS: usize = 250;
/// Of so many permutations all rules are asked again, which takes a hundred times as long as the comparison of
/// everything that they are told.
const ASKED: usize = 10;

fn sets() -> u32 {
    std::env::var("PANTAU_SETS").ok().and_then(|n| n.parse().ok()).unwrap_or(SETS)
}

/// A next number from a number, by xorshift: permutations are drawn from the seed that a failure prints.
fn next(seed: &mut u64) -> usize {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    usize::try_from(*seed >> 33).unwrap()
}

fn shuffle<T>(all: &mut [T], seed: &mut u64) {
    for i in (1..all.len()).rev() {
        all.swap(i, next(seed) % (i + 1));
    }
}

/// A fold of these in another order, in batches: some come again in a later batch, and some come first without the
/// envelope that the server gives them, as a phone knows its own.
fn again(facts: &[Fact], losses: &[Loss], seed: &mut u64) -> Fold {
    let mut order: Vec<usize> = (0..facts.len()).collect();
    shuffle(&mut order, seed);
    let mut fold = Fold::new();
    let mut losses = losses.to_vec();
    shuffle(&mut losses, seed);
    for batch in order.chunks(1 + next(seed) % 7) {
        for i in batch {
            if next(seed).is_multiple_of(5) {
                fold.insert(Fact { envelope: None, ..facts[*i].clone() });
            }
        }
        batch.iter().for_each(|i| _ = fold.insert(facts[*i].clone()));
        if next(seed).is_multiple_of(3) {
            batch.iter().for_each(|i| _ = fold.insert(facts[*i].clone()));
            fold.insert(facts[order[next(seed) % order.len()]].clone());
        }
        if let Some(loss) = losses.pop() {
            fold.insert_loss(loss);
            fold.insert_loss(loss);
        }
    }
    losses.into_iter().for_each(|loss| fold.insert_loss(loss));
    fold
}

/// All that the rules are told.
fn compare_folds(one: &Fold, other: &Fold) -> Result<(), TestCaseError> {
    prop_assert_eq!(one.reference(), other.reference());
    prop_assert!(one.places().eq(other.places()), "other places");
    prop_assert_eq!(one.len(), other.len());
    for place in one.places() {
        prop_assert!(one.facts_of(place).eq(other.facts_of(place)), "other facts of {}", place.as_str());
    }
    prop_assert_eq!(one.journals(), other.journals());
    prop_assert_eq!(one.losses(), other.losses());
    Ok(())
}

/// All findings, with the facts of each place in any order and doubled, as rows of a table may come.
fn asked_anyhow(fold: &Fold, seed: &mut u64) -> Vec<Finding> {
    let mut places: Vec<&Place> = fold.places().collect();
    shuffle(&mut places, seed);
    let mut signs = Vec::new();
    for place in places {
        let mut facts: Vec<&Fact> = fold.facts_of(place).collect();
        facts.extend(fold.facts_of(place).take(next(seed) % 4));
        shuffle(&mut facts, seed);
        signs.extend(findings::look(place, facts, fold.reference(), NOW).signs);
    }
    let mut journals: Vec<_> = fold.journals().values().collect();
    shuffle(&mut journals, seed);
    signs.extend(findings::signs_of_journals(journals, fold.losses(), fold.reference()));
    shuffle(&mut signs, seed);
    findings::gather(signs)
}

fn any_order(all: &[Say], losses: &[Loss], seed: u64) -> Result<(), TestCaseError> {
    let mut seed = seed;
    let whole = wide::whole(all, losses);
    let expected = findings::all(&whole, NOW);
    let facts: Vec<Fact> = all.iter().map(Say::fact).collect();
    for turn in 0..TURNS {
        let other = again(&facts, losses, &mut seed);
        compare_folds(&other, &whole)?;
        if turn % (TURNS / ASKED) == 0 {
            prop_assert_eq!(&findings::all(&other, NOW), &expected);
            prop_assert_eq!(&asked_anyhow(&other, &mut seed), &expected);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(sets().div_ceil(4)))]

    /// A quarter of the sets is about one kit.
    #[test]
    fn any_order_any_repetition_and_any_batch_give_the_same_findings(acts in wide_acts(40), seed in 1..u64::MAX) {
        any_order(&with(&wide_says(&acts)), &[], seed)?;
    }
}

proptest! {
    #![proptest_config(config(sets() - sets().div_ceil(4)))]

    /// Three quarters are about several places and journals.
    #[test]
    fn findings_of_several_places_are_the_same_in_any_order(
        words in wide::words(3..40), losses in wide::losses(), seed in 1..u64::MAX,
    ) {
        any_order(&wide::told(&words), &losses, seed)?;
    }
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn facts_of_a_place_in_any_order_give_the_same_signs(acts in wide_acts(30), turn in any::<usize>()) {
        let whole = fold(&with(&wide_says(&acts)));
        let mut facts: Vec<_> = whole.facts_of(&tps()).collect();
        let seen = findings::look(&tps(), facts.iter().copied(), whole.reference(), NOW);
        facts.reverse();
        let len = facts.len().max(1);
        facts.rotate_left(turn % len);
        let twice = facts.iter().chain(&facts).copied();
        prop_assert_eq!(findings::look(&tps(), twice, whole.reference(), NOW), seen);
    }
}
