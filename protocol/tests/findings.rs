//! Properties of the findings: whatever the order of arrival, they are the same; a cure names its record; a
//! ruling holds on its evidence alone; time changes them only when it is said.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod samples;

use pantau_protocol::{
    body::{Body, Closing, Ruling, Share, Turnout, Verdict},
    projection::{
        Fold,
        findings::{self, Number, Sign, Status},
    },
};
use proptest::prelude::*;
use samples::{kit::*, *};

/// When the desk looks: on the evening of election day.
const NOW: i64 = TEN + 30 * HOUR;

/// Permutations of each set of records, and sets: 100,000 permutations together. `PANTAU_SETS` asks for more sets.
const TURNS: usize = 250;
const SETS: u32 = 400;

fn sets() -> u32 {
    std::env::var("PANTAU_SETS").ok().and_then(|n| n.parse().ok()).unwrap_or(SETS)
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn signs(fold: &Fold, now: i64) -> Vec<Sign> {
    findings::look(&tps(), fold.facts_of(&tps()), fold.reference(), now).signs
}

/// A next number from a number, by xorshift: permutations are drawn from the seed that a failure prints.
fn next(seed: &mut u64) -> usize {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    usize::try_from(*seed >> 33).unwrap()
}

/// The decision of the desk on a sign, said after all else.
fn decide(sign: &Sign, verdict: Verdict, seq: u64) -> Say {
    let shares = vec![Share { place: sign.place.clone(), version: sign.version() }];
    let closing = Some(Closing { rule: sign.rule, finding: sign.finding(), shares });
    let body = Body::Ruling(Ruling { verdict, records: vec![], target_places: vec![tps()], closing });
    Say::new(DESK, seq, TEN + 28 * HOUR + seq as i64, &tps(), &body)
}

proptest! {
    #![proptest_config(config(sets()))]

    #[test]
    fn any_order_any_repetition_and_any_batch_give_the_same_findings(
        acts in wide_acts(40),
        seed in 1..u64::MAX,
    ) {
        let mut seed = seed;
        let all = with(&wide_says(&acts));
        let whole = fold(&all);
        let expected = findings::all(&whole, NOW);
        let facts: Vec<_> = all.iter().map(Say::fact).collect();
        let mut order: Vec<usize> = (0..facts.len()).collect();
        for turn in 0..TURNS {
            for i in (1..order.len()).rev() {
                order.swap(i, next(&mut seed) % (i + 1));
            }
            let mut other = Fold::new();
            for i in &order {
                other.insert(facts[*i].clone());
                if next(&mut seed).is_multiple_of(4) {
                    other.insert(facts[order[next(&mut seed) % order.len()]].clone());
                }
            }
            prop_assert_eq!(other.reference(), whole.reference());
            prop_assert!(other.facts_of(&tps()).eq(whole.facts_of(&tps())), "other facts");
            // Equal facts and an equal reference give equal findings; asked of some, since the rules are slow.
            if turn % 25 == 0 {
                prop_assert_eq!(&findings::all(&other, NOW), &expected);
            }
        }
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

    #[test]
    fn a_phone_that_holds_a_place_finds_there_what_the_server_does(acts in wide_acts(30)) {
        let all = with(&wide_says(&acts));
        let far = Say::new(OFFICER, 60, TEN, &place("62.06.13.2001/004"), &visit(&[]));
        let whole = fold(all.iter().chain([&far]));
        let part = fold(&all);
        prop_assert_eq!(signs(&part, NOW), signs(&whole, NOW));
    }

    #[test]
    fn a_cure_names_a_record_that_is_there(acts in wide_acts(30)) {
        let all = with(&wide_says(&acts));
        for sign in signs(&fold(&all), NOW) {
            let Status::Cured { by } = sign.status else { continue };
            prop_assert!(sign.records.contains(&by));
            prop_assert!(all.iter().any(|say| say.id() == by), "cured by a record that is not there");
        }
    }

    #[test]
    fn a_ruling_holds_on_its_evidence_alone(acts in wide_acts(24), pick in any::<usize>()) {
        let mut all = with(&wide_says(&acts));
        let open: Vec<Sign> = signs(&fold(&all), NOW).into_iter().filter(Sign::is_open).collect();
        prop_assume!(!open.is_empty());
        let sign = &open[pick % open.len()];
        let same = |s: &Sign| (s.rule, &s.about) == (sign.rule, &sign.about);
        let of = |all: &[Say]| signs(&fold(all), NOW).into_iter().find(|s| same(s));
        let close = decide(sign, Verdict::Close, 400);
        all.push(close.clone());
        let closed = of(&all).expect("a ruling takes no finding away");
        prop_assert_eq!(closed.status, Status::Ruled { by: close.id() });
        let turnout = Body::Turnout(Turnout { hour: 8, voters: 60_000 });
        all.push(say(OFFICER, 90, 29 * 60, &turnout));
        if let Some(now) = of(&all) {
            let is_same = now.version() == sign.version();
            prop_assert_eq!(matches!(now.status, Status::Ruled { .. }), is_same);
        }
        all.pop();
        all.push(decide(sign, Verdict::Reopen, 401));
        prop_assert_eq!(of(&all).map(|s| s.status), Some(Status::Open));
    }

    #[test]
    fn nothing_changes_before_it_is_said(acts in wide_acts(24), hour in 0..40i64) {
        let fold = fold(&with(&wide_says(&acts)));
        let now = TEN + hour * HOUR - 20 * HOUR;
        let see = |at| findings::look(&tps(), fold.facts_of(&tps()), fold.reference(), at);
        let seen = see(now);
        let until = seen.until.unwrap_or(now + 72 * HOUR);
        prop_assert!(until > now);
        for at in [now + (until - now) / 3, now + (until - now) / 2, until - 1] {
            let then = see(at);
            prop_assert_eq!(&then.signs, &seen.signs, "at {} of {}..{}", at, now, until);
            prop_assert_eq!(then.silence, seen.silence, "at {} of {}..{}", at, now, until);
        }
    }

    #[test]
    fn what_left_is_what_came_and_what_is_open(acts in acts()) {
        let fold = fold(&with(&says(&acts)));
        for sign in signs(&fold, NOW).iter().filter(|s| s.is_open()) {
            let of = |name| sign.numbers.get(&name).copied();
            if let (Some(sent), Some(received), Some(open)) = (of(Number::Sent), of(Number::Received), of(Number::Open)) {
                prop_assert_eq!(sent, received + open, "{:?}", sign);
                prop_assert!(open > 0);
            }
        }
    }

    #[test]
    fn hostile_times_never_panic(acts in wide_acts(20), now in any::<i64>(), at in any::<i64>(), heard in any::<i64>()) {
        let mut all = with(&wide_says(&acts));
        let wild = Body::Turnout(Turnout { hour: u32::MAX, voters: u32::MAX });
        all.push(Say { record: pantau_protocol::record::Record::new(at, tps(), &wild), ..say(CAMAT, 70, 0, &wild) }.received(heard, at));
        for now in [now, i64::MIN, i64::MAX] {
            let _ = findings::all(&fold(&all), now);
        }
    }
}
