//! Goods of several kits in one record, packing lists and dispatches, as far as they are folded
//! (docs/PROTOCOL.md#projection).
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod samples;

use pantau_protocol::{
    body::{Body, CustodyKind, Dispatch, LineState, Packed, Packing, Point, Rest, Seal, SealState},
    projection::PlaceState,
};
use samples::*;

/// Item number of the shipped profile.
const BALLOTS: u32 = 10;

#[test]
fn a_line_that_names_its_kit_is_of_that_tps_alone() {
    let second = place("62.06.13.2001/004");
    let lines = [(BALLOTS, LineState::Counted, 299)];
    let Body::Receive(mut body) = receive(Rest::SealedAsDispatched, &lines) else { unreachable!() };
    body.kits = vec![tps(), second.clone()];
    body.lines[0].kit = Some(1);
    let seal = |number: &str, kit| Seal { number: number.into(), state: SealState::Broken, kit };
    body.seals = vec![seal("A1", Some(0)), seal("B1", Some(1)), seal("B2", Some(1)), seal("C1", None)];
    let village = place("62.06.13.2001");
    let known = |body: &pantau_protocol::body::Receive| {
        let said = Say::new(OFFICER, 1, TEN, &village, &Body::Receive(body.clone()));
        let fold = fold(&with(&[said]));
        [tps(), second.clone()].map(|tps| {
            let state = fold.state(&tps);
            let ballots = state.items.iter().find(|i| i.item == BALLOTS).unwrap();
            (ballots.good, ballots.checked, state.arrival.unwrap().bad_seals)
        })
    };
    // The seal of no kit may be on either. No voters are known of the second TPS: what is counted is known all the same.
    assert_eq!(known(&body), [(None, LineState::Sealed, 2), (Some(299), LineState::Counted, 3)]);
    // An exception somewhere does not touch the kit that was counted by itself.
    let somewhere = body.lines[0].clone();
    body.lines.push(pantau_protocol::body::Line { kit: None, good: 1, ..somewhere });
    assert_eq!(known(&body), [(None, LineState::NotChecked, 2), (Some(299), LineState::Counted, 3)]);
}

#[test]
fn the_latest_trusted_packing_list_of_a_kit_counts() {
    let packing = |device, seq, minutes, containers| {
        let body = Packing { containers, seals: vec![], lines: vec![] };
        say(device, seq, minutes, &Body::Packing(body))
    };
    let (first, second) = (packing(DESK, 20, 0, 5), packing(DESK, 21, 10, 6));
    let stranger =
        [register(9, 9, 100, Some(CAMAT)), packing(9, 1, 20, 7), say(DESK, 22, 30, &revoke(9, 9, &[]))];
    let containers = |all: &[Say]| {
        let fold = fold(&with(all));
        assert_eq!(fold.reference().packing(&place("62.06.13.2001/004")), None);
        fold.reference().packing(&tps()).map(|p| p.containers)
    };
    assert_eq!(containers(&[]), None);
    assert_eq!(containers(&[second.clone(), first.clone()]), Some(6));
    assert_eq!(containers(&[&stranger[..2], std::slice::from_ref(&second)].concat()), Some(7));
    assert_eq!(containers(&[&stranger[..], &[second, first]].concat()), Some(6));
}

#[test]
fn a_dispatch_is_a_word_of_all_its_places_and_no_more_yet() {
    let kits = vec![tps(), place("62.06.13.2001/004")];
    let to = Point { kind: CustodyKind::Pps, place: place("62.06.13.2001"), label: None };
    let body = Body::Dispatch(Dispatch {
        from: CustodyKind::Ppk,
        from_label: None,
        to,
        kits,
        packed: Packed::AsPacked,
        containers: vec![],
        lines: vec![],
        seals: vec![],
        due: None,
    });
    let fold = fold(&with(&[Say::new(OFFICER, 1, TEN, &place("62.06.13"), &body)]));
    for here in ["62.06.13", "62.06.13.2001", "62.06.13.2001/003", "62.06.13.2001/004"] {
        let state = fold.state(&place(here));
        assert!(state.last_word.is_some(), "{here}");
        let silent =
            PlaceState { records: state.records, last_word: state.last_word.clone(), ..Default::default() };
        assert_eq!((state.records, &state), (1, &silent), "{here}");
    }
}
