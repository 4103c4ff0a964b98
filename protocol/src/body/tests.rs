//! The registry against the kinds themselves.

use super::*;
use crate::{place::Place, record::Record, role::Role, validate};

#[test]
fn every_built_kind_has_an_example_that_comes_back_and_may_be() {
    let samples = Body::samples();
    let kinds: Vec<Kind> = samples.iter().map(Body::kind).collect();
    let built: Vec<Kind> = Kind::ALL.iter().copied().filter(|k| k.is_built()).collect();
    assert_eq!(kinds, built);
    for body in samples {
        let record = Record::new(0, Place::new("62.06.13").unwrap(), &body);
        let read = Record::from_payload(&record.to_payload()).unwrap();
        assert_eq!(read.decode_body().unwrap(), body);
        validate::record(&read, &body).unwrap();
    }
}

#[test]
fn an_example_leaves_no_field_out() {
    for body in Body::samples() {
        let bytes = body.encode().0;
        let fields = minicbor::Decoder::new(&bytes).map().unwrap().unwrap();
        // A field that is skipped would leave a hole in the numbers, or be the last.
        let mut d = minicbor::Decoder::new(&bytes);
        d.map().unwrap();
        for n in 0..fields {
            assert_eq!(d.u64().unwrap(), n, "{:?}", body.kind());
            d.skip().unwrap();
        }
    }
}

#[test]
fn whoever_sees_a_place_that_a_body_names_sees_the_record() {
    for body in Body::samples() {
        let record = Record::new(0, Place::new("62.06.13").unwrap(), &body);
        let keys = record.place_keys();
        assert_eq!(body.kind().names_places(), !body.places().is_empty(), "{:?}", body.kind());
        // Whatever place stands in the bytes is one of them: a kind that forgets to say so is found here.
        for place in sample_places() {
            let bytes = body.encode().0;
            let stands_there = bytes.windows(place.as_str().len()).any(|w| w == place.as_str().as_bytes());
            assert_eq!(stands_there, body.places().contains(&&place), "{:?} about {place}", body.kind());
        }
        assert!(body.places().into_iter().all(|place| keys.contains(place)), "{:?}", body.kind());
    }
}

#[test]
fn every_kind_has_a_writer_and_viewers_are_none() {
    for kind in Kind::ALL.iter().copied() {
        assert!(kind.roles().next().is_some(), "nobody may write {kind:?}");
        assert!(!kind.may_be_written_by(Role::Viewer), "{kind:?}");
        assert_eq!(Kind::from_number(kind.number()), kind);
    }
    assert!(Kind::Other(77).may_be_written_by(Role::Camat));
    assert!(!Kind::Other(77).may_be_written_by(Role::Viewer));
}

#[test]
fn the_class_of_a_number_is_that_of_the_kinds_around_it() {
    for kind in Kind::ALL.iter().copied() {
        assert_eq!(kind.is_from_above(), Kind::FROM_ABOVE.contains(&kind.number()), "{kind:?}");
        assert_eq!(kind.is_from_above(), Kind::Other(kind.number()).is_from_above(), "{kind:?}");
        let is_draft = kind.is_statement() && kind.class() == Class::Field;
        assert_eq!(kind.may_be_draft(), is_draft, "{kind:?}");
    }
}
