//! Closed by evidence: a finding that is cured names the record that cured it, and without that record it is open
//! again, or another record cures it.

use std::collections::BTreeMap;

use pantau_protocol::{
    body::{Body, Turnout},
    place::Place,
    projection::{
        Fold,
        findings::{self, About, Finding, Rule, Sign, Status},
    },
    record::Fix,
};
use proptest::prelude::*;

use super::{
    NOW, config,
    samples::{wide, *},
};

type Key = (Rule, About, Option<Place>);

fn signs(fold: &Fold, now: i64) -> BTreeMap<Key, Sign> {
    let all = findings::all(fold, now).into_iter().flat_map(|finding: Finding| finding.signs);
    all.map(|sign| ((sign.rule, sign.about.clone(), sign.place.clone()), sign)).collect()
}

/// The status of a sign at a moment, where it is found.
fn status<'a>(all: impl Iterator<Item = &'a Say>, key: &Key, now: i64) -> Option<Status> {
    let fold = fold(all);
    let Some(place) = &key.2 else { return signs(&fold, now).get(key).map(|sign| sign.status) };
    let seen = findings::look(place, fold.facts_of(place), fold.reference(), now).signs;
    seen.into_iter().find(|sign| (sign.rule, &sign.about) == (key.0, &key.1)).map(|sign| sign.status)
}

fn changes_by_time(rule: Rule) -> bool {
    matches!(rule, Rule::Late | Rule::LateUndetermined | Rule::NotReceivedInTime | Rule::Silent)
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn a_cure_taken_away_opens_the_finding_again(words in wide::words(6..40)) {
        let all = wide::told(&words);
        for (key, sign) in signs(&fold(&all), NOW) {
            let Status::Cured { by } = sign.status else { continue };
            prop_assert!(sign.records.contains(&by));
            prop_assert!(all.iter().any(|say| say.id() == by), "cured by a record that is not there");
            let without = || all.iter().filter(|say| say.id() != by);
            let came = all.iter().find(|say| say.id() == by).and_then(|say| say.envelope);
            let at = came.map_or(NOW, |envelope| envelope.received_at);
            let by_then = |say: &&Say, until| say.envelope.is_some_and(|e| e.received_at < until);
            match status(without(), &key, NOW) {
                Some(Status::Open | Status::Ruled { .. }) => {}
                Some(Status::Cured { by: other }) => prop_assert_ne!(by, other),
                // What is late or silent may become something else by time alone, such as overdue. It was open all
                // the same until that record came.
                None => {
                    prop_assert!(changes_by_time(key.0), "{:?} is gone without {:?}: {:?}", key, by, sign);
                    let before = status(all.iter().filter(|say| by_then(say, at)), &key, at);
                    prop_assert!(came.is_none() || before == Some(Status::Open), "{:?} was {:?}", key, before);
                }
            }
            // Of several records of one second one that cures it alone is named, if there is one. A phone may be
            // revoked before it is known that there are two of it.
            if came.is_some() && key.0 != Rule::ForkedDevice {
                let cures = |record| {
                    let alone = all.iter().filter(|say| by_then(say, at) || say.id() == record);
                    status(alone, &key, at) != Some(Status::Open)
                };
                let together = all.iter().filter(|say| say.envelope.is_some_and(|e| e.received_at == at));
                let is_cure = cures(by) || !together.map(Say::id).any(cures);
                prop_assert!(is_cure, "{:?} is not what cured {:?}", by, key);
            }
        }
    }

    /// What the desk saw at some moment does not vanish: it is there, or it says what closed it.
    #[test]
    fn no_finding_vanishes_without_a_word(words in wide::words(6..40), hour in 1..30i64) {
        let all = wide::told(&words);
        let (then, at) = (signs(&fold(&all), NOW), TEN + hour * HOUR);
        let heard = |say: &&Say| say.envelope.is_some_and(|e| e.received_at <= at);
        let earlier = signs(&fold(all.iter().filter(heard)), at);
        let open = earlier.iter().filter(|(key, sign)| sign.is_open() && !changes_by_time(key.0));
        for (key, sign) in open {
            prop_assert!(then.contains_key(key), "{:?} of {} vanished: {:?}", key, hour, sign);
        }
    }
}

/// A revocation of somebody else's phone has come with the list that moves the TPS to where the officer stood.
#[test]
fn of_reference_data_of_one_moment_what_cures_is_named() {
    for other in 1..=8u64 {
        let mut all = wide::land();
        let at = wide::stations()[0].clone();
        let mut far = Say::new(OFFICER, 1, TEN, &at, &Body::Turnout(Turnout { hour: 8, voters: 10 }));
        far.record.fix = Some(Fix { lat: -100_000, lon: 11_307_199, accuracy: 10, mock: false });
        all.push(far);
        let key = (Rule::FarFromTps, About::Record(all[all.len() - 1].id()), Some(at.clone()));
        assert_eq!(status(all.iter(), &key, NOW), Some(Status::Open));
        let list = Say::new(DESK, 200, TEN + HOUR, &at, &station(200));
        let body = revoke(other, OFFICER, &[(0, 9)]);
        let unrelated = Say::new(DESK, 100 + other, TEN + HOUR, &place("62"), &body);
        let by = list.id();
        all.extend([list, unrelated]);
        assert_eq!(status(all.iter(), &key, NOW), Some(Status::Cured { by }));
    }
}
