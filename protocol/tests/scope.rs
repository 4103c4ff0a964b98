//! Properties of places and scopes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod samples;

use pantau_protocol::{
    body::{Body, Correct, Directive, Erase, Kind, Retract, Turnout},
    cbor,
    journal::RecordId,
    note::Field,
    place::{Level, Place, Scope},
    record::Record,
    role::Role,
};
use proptest::prelude::*;
use samples::code;

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_place_lies_within_itself_and_its_ancestors_alone(a in code(), b in code()) {
        let above: Vec<Place> = a.ancestors().collect();
        prop_assert_eq!(a.is_within(&b), a == b || above.contains(&b));
        for up in &above {
            prop_assert!(a.is_within(up) && !up.is_within(&a));
            prop_assert_eq!(&Place::new(up.as_str()).unwrap(), up);
        }
        prop_assert!(a.is_within(&a.district()));
        prop_assert_eq!(cbor::from_slice::<Place>(&cbor::to_vec(&a)).unwrap(), a);
    }

    #[test]
    fn a_scope_is_the_union_of_its_subtrees(
        roots in prop::collection::vec(code(), 0..6), more in prop::collection::vec(code(), 0..4), at in code(),
    ) {
        let scope = Scope::new(roots.clone());
        let mut turned = roots.clone();
        turned.reverse();
        turned.extend(roots.clone());
        prop_assert_eq!(&Scope::new(turned), &scope);
        prop_assert_eq!(Scope::new(scope.roots().to_vec()).digest(), scope.digest());
        for (i, root) in scope.roots().iter().enumerate() {
            prop_assert!(scope.roots().iter().enumerate().all(|(j, r)| i == j || !root.is_within(r)));
        }
        prop_assert_eq!(scope.covers(&at), roots.iter().any(|r| at.is_within(r)));
        // What is seen from inside: its subtree; from above also what the desk says to an ancestor.
        prop_assert_eq!(scope.sees([&at], false), scope.covers(&at));
        let above = roots.iter().any(|r| r.is_within(&at));
        prop_assert_eq!(scope.sees([&at], true), scope.covers(&at) || above);
        prop_assert!(!Scope::nothing().sees([&at], true));
        // A wider scope sees no less.
        let wider = Scope::new(roots.into_iter().chain(more));
        for from_above in [false, true] {
            prop_assert!(!scope.sees([&at], from_above) || wider.sees([&at], from_above));
        }
    }
}

#[test]
fn levels_follow_the_shape_of_a_code() {
    let level = |code: &str| Place::new(code).unwrap().level();
    assert_eq!(level("62"), Some(Level::Province));
    assert_eq!(level("62.71"), Some(Level::Regency));
    assert_eq!(level("62.71.01"), Some(Level::District));
    assert_eq!(level("62.71.01.1001"), Some(Level::Village));
    assert_eq!(level("62.71.01.1001/901"), Some(Level::Tps));
    for odd in [
        "6",
        "620",
        "62.",
        ".62",
        "62/003",
        "62.71.01.1001/",
        "62.71.01.1001/A1",
        "62.71.01.1001/1/2",
        "KPU-62",
    ] {
        assert_eq!(level(odd), None, "{odd}");
    }
}

#[test]
fn odd_codes_have_no_empty_parent_and_find_their_kecamatan() {
    let place = |code: &str| Place::new(code).unwrap();
    assert_eq!(place(".").parent(), None);
    assert_eq!(place("/003").parent(), None);
    assert_eq!(place("62.71.01.1001/A1").district(), place("62.71.01"));
    assert_eq!(place("62.71").district(), place("62.71"));
    assert_eq!(place("KPU-62").district(), place("KPU-62"));
    for bad in ["", "62 71", "62_71", "62.71.01.1001/01234567890", "62.7\u{0661}"] {
        assert!(Place::new(bad).is_err(), "{bad}");
    }
}

#[test]
fn likeness_of_text_is_no_nesting() {
    let place = |code: &str| Place::new(code).unwrap();
    assert!(!place("62.061").is_within(&place("62.06")));
    assert!(place("62.06.13.2001/003").is_within(&place("62.06")));
    let camat = Scope::new([place("62.06.13")]);
    assert!(camat.sees([&place("62.06.13.2001/003")], false));
    assert!(!camat.sees([&place("62.06")], false) && camat.sees([&place("62.06")], true));
    assert!(!camat.sees([&place("62.06.14")], true));
}

#[test]
fn what_the_desk_takes_back_from_a_region_is_seen_by_all_inside() {
    let (target, region) = (RecordId::from_bytes([7; 16]), Place::new("62.06").unwrap());
    let camat = Scope::new([Place::new("62.06.13").unwrap()]);
    let sees = |kind| {
        let body = Body::Retract(Retract { target, target_places: vec![], kind });
        let record = Record::new(0, region.clone(), &body);
        camat.sees(&record.place_keys(), record.is_from_above())
    };
    assert!(sees(Some(Kind::Directive)) && !sees(Some(Kind::Standby)) && !sees(None));
    let correct = |body: Body| {
        let correct = Correct { target, target_places: vec![], kind: body.kind(), body: body.encode() };
        Record::new(0, region.clone(), &Body::Correct(correct)).is_from_above()
    };
    assert!(correct(Body::Directive(Directive { officer: None, role: None, due: 0 })));
    assert!(!correct(Body::Turnout(Turnout { hour: 9, voters: 1 })));
    let by_camat = Body::Retract(Retract { target, target_places: vec![], kind: Some(Kind::Directive) });
    assert!(!by_camat.may_be_written_by(Role::Camat) && by_camat.may_be_written_by(Role::DeskOperator));
}

#[test]
fn what_takes_a_record_back_or_erases_it_is_seen_where_the_record_is() {
    let (target, there) = (RecordId::from_bytes([7; 16]), Place::new("62.06.13").unwrap());
    let target_places = vec![there.clone()];
    let retract = Body::Retract(Retract { target, target_places: target_places.clone(), kind: None });
    let erase = Body::Erase(Erase { target, field: Field::Note, target_places });
    for body in [retract, erase] {
        let record = Record::new(0, Place::new("62.71").unwrap(), &body);
        assert!(record.place_keys().contains(&there), "{:?}", body.kind());
    }
}
