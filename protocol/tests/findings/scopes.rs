//! A phone sees a part of what the server has, and finds at its places what the server finds there.

use std::collections::{BTreeMap, BTreeSet};

use pantau_protocol::{
    place::Scope,
    projection::{
        Fold,
        findings::{self, Rule, Sign},
    },
};
use proptest::prelude::*;

use super::{
    NOW, config,
    samples::{wide, *},
};

/// What a phone of this scope holds: the records with a place in it, and what the desk says to what lies above.
fn held<'a>(all: &'a [Say], scope: &Scope) -> Vec<&'a Say> {
    let sees = |say: &&Say| scope.sees(&say.record.place_keys(), say.record.is_from_above());
    all.iter().filter(sees).collect()
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn a_phone_finds_at_its_places_what_the_server_finds_there(words in wide::words(6..40), which in 0..4usize) {
        let all = wide::told(&words);
        let scope = &wide::scopes()[which];
        let (server, phone) = (fold(&all), fold(held(&all, scope)));
        prop_assert!(phone.len() <= server.len());
        for place in server.places().filter(|place| scope.covers(place)) {
            let look = |fold: &Fold| findings::look(place, fold.facts_of(place), fold.reference(), NOW);
            prop_assert_eq!(look(&phone), look(&server), "at {}", place.as_str());
        }
    }

    /// Shares of one cause have one name everywhere, so that a phone and the desk speak of the same finding.
    #[test]
    fn a_finding_of_many_places_has_the_same_name_on_every_phone(words in wide::words(6..40)) {
        let all = wide::told(&words);
        let server = findings::all(&fold(&all), NOW);
        let named: BTreeMap<_, BTreeSet<_>> =
            server.iter().fold(BTreeMap::new(), |mut named: BTreeMap<_, BTreeSet<_>>, finding| {
                named.entry(finding.id).or_default().extend(finding.places.iter().cloned());
                named
            });
        for scope in wide::scopes() {
            let phone = findings::all(&fold(held(&all, &scope)), NOW);
            let is_here = |sign: &&Sign| sign.place.as_ref().is_some_and(|place| scope.covers(place));
            // A kecamatan is silent, or unheard of, as a whole: its name is its own, whoever looks.
            for finding in phone.iter().filter(|f| f.rule != Rule::ForkedDevice && f.rule != Rule::JournalHole) {
                for sign in finding.signs.iter().filter(is_here) {
                    let places = named.get(&sign.finding());
                    let place = sign.place.as_ref().unwrap();
                    prop_assert!(places.is_some_and(|places| places.contains(place)), "{:?}", sign);
                }
            }
        }
    }
}
