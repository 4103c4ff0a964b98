//! Closed by evidence: a finding that is cured names the record that cured it, and without that record it is open
//! again, or another record cures it.

use std::collections::BTreeMap;

use pantau_protocol::{
    journal::RecordId,
    place::Place,
    projection::{
        Fold,
        findings::{self, About, Finding, Rule, Sign, Status},
    },
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

fn without(all: &[Say], record: RecordId) -> Fold {
    fold(all.iter().filter(|say| say.id() != record))
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
            match signs(&without(&all, by), NOW).get(&key).map(|sign| sign.status) {
                Some(Status::Open | Status::Ruled { .. }) => {}
                Some(Status::Cured { by: other }) => prop_assert_ne!(by, other),
                // What is late or silent may become something else by time alone, such as overdue. It was open all
                // the same until that record came.
                None => {
                    prop_assert!(changes_by_time(key.0), "{:?} is gone without {:?}: {:?}", key, by, sign);
                    let came = all.iter().find(|say| say.id() == by).and_then(|say| say.envelope);
                    let Some(at) = came.map(|envelope| envelope.received_at) else { continue };
                    let before = |say: &&Say| say.envelope.is_some_and(|e| e.received_at < at);
                    let was = signs(&fold(all.iter().filter(before)), at);
                    prop_assert_eq!(was.get(&key).map(|sign| sign.status), Some(Status::Open), "{:?}", key);
                }
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
