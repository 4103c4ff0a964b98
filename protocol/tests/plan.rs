//! What was counted stays what it was when a list is corrected afterwards, and belongs to its election.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod samples;

use pantau_protocol::{
    body::{Answer, CustodyKind, LineState, Rest},
    place::{Level, Place},
    projection::{Judged, Rollup, judge},
    record::Against,
    validate,
};
use samples::*;

const BALLOTS: u32 = 10;

fn item(all: &[Say], number: u32) -> (Option<u32>, Option<u32>, Option<u32>) {
    let state = state(&with(all));
    let item = state.items.iter().find(|i| i.item == number).expect("the item was spoken of");
    (item.expected, item.good, item.meant)
}

#[test]
fn a_corrected_list_changes_what_is_needed_and_not_what_was_counted() {
    let counted = say(OFFICER, 1, 0, &receive(Rest::CountedAsExpected, &[])).against(1, &[300]);
    assert_eq!(item(std::slice::from_ref(&counted), BALLOTS), (Some(306), Some(306), None));
    let grown = say(DESK, 20, 60, &station(320));
    assert_eq!(item(&[counted.clone(), grown.clone()], BALLOTS), (Some(327), Some(306), Some(306)));
    let state = state(&with(&[counted, grown]));
    assert!(state.is_replanned() && state.is_short());
    let (mut sum, all) = (Rollup::default(), fold(&with(&[])));
    sum.add(&tps(), &state, all.reference());
    assert_eq!((sum.replanned, sum.short, sum.complete), (1, 1, 0));
}

#[test]
fn what_was_counted_by_an_older_list_than_the_desks_is_what_the_phone_meant() {
    let grown = say(DESK, 20, -60, &station(320));
    let counted = say(OFFICER, 1, 0, &receive(Rest::CountedAsExpected, &[])).against(1, &[300]);
    assert_eq!(item(&[grown, counted], BALLOTS), (Some(327), Some(306), Some(306)));
}

#[test]
fn a_record_of_an_older_phone_stays_what_it_was() {
    let counted = say(OFFICER, 1, 0, &receive(Rest::CountedAsExpected, &[]));
    let grown = say(DESK, 20, 60, &station(320));
    assert_eq!(item(&[counted, grown], BALLOTS), (Some(327), Some(306), Some(306)));
}

#[test]
fn pieces_that_were_counted_one_by_one_are_relative_to_nothing() {
    let counted = say(OFFICER, 1, 0, &receive(Rest::NotChecked, &[(BALLOTS, LineState::Counted, 306)]));
    assert_eq!(item(&[counted, say(DESK, 20, 60, &station(320))], BALLOTS), (Some(327), Some(306), None));
}

#[test]
fn what_was_said_of_one_election_does_not_count_for_the_next() {
    let counted = say(OFFICER, 1, 0, &receive(Rest::CountedAsExpected, &[])).against(1, &[300]);
    let visited = say(CAMAT, 1, 0, &visit(&[Answer::Ok]));
    let next = set_down(20, 60 * MINUTE + TEN, profile("pilkada-2024"));
    let all = with(&[counted.clone(), visited.clone(), next.clone()]);
    let state = state(&all);
    assert!(state.is_silent() && state.items.is_empty() && state.visits == 0 && state.arrival.is_none());
    let fold = fold(&all);
    let judgement = judge(fold.facts_of(&tps()), fold.reference());
    assert_eq!(judgement.of(&counted.id()), Judged::OtherElection);
    assert_eq!(judgement.of(&province()[7].id()), Judged::Counts, "lists are of no election");
    let again = say(OFFICER, 2, 90, &receive(Rest::CountedAsExpected, &[])).against(2, &[300]).of_election(2);
    let state = samples::state(&with(&[counted, visited, next, again]));
    assert_eq!((state.records, state.visits), (1, 0));
}

#[test]
fn the_plan_names_the_voters_of_each_kit_and_only_where_something_is_relative() {
    let fold = fold(&with(&[]));
    let (neighbour, village): (Place, Place) = (place("62.06.13.2001/004"), place("62.06.13.2001"));
    assert_eq!(village.level(), Some(Level::Village));
    let said = |rest, kits: &[Place]| {
        receive_with(rest, &[], |r| (r.at, r.kits) = (CustodyKind::Pps, kits.to_vec()))
    };
    let plan = |at: &Place, rest, kits: &[Place]| fold.reference().plan_of(at, &said(rest, kits));
    let one = Against { profile: 1, voters: vec![300] };
    assert_eq!(plan(&tps(), Rest::CountedAsExpected, &[]), Some(one.clone()));
    assert_eq!(plan(&village, Rest::CountedAsExpected, &[tps()]), Some(one));
    assert_eq!(plan(&tps(), Rest::SealedAsDispatched, &[]), None);
    assert_eq!(plan(&village, Rest::CountedAsExpected, &[]), None, "a village has no kit");
    assert_eq!(plan(&village, Rest::CountedAsExpected, &[tps(), neighbour]), None, "the list lacks one");
    assert_eq!(fold.reference().plan_of(&tps(), &visit(&[Answer::Ok])), None);
}

#[test]
fn a_plan_that_does_not_fit_its_statement_is_refused() {
    let expected = receive(Rest::CountedAsExpected, &[]);
    let field = |say: Say, body| validate::record(&say.record, body).err().map(|e| e.field);
    let of = |voters: &[u32]| say(OFFICER, 1, 0, &expected).against(1, voters);
    assert_eq!(field(of(&[300]), &expected), None);
    assert_eq!(field(of(&[]), &expected), None);
    assert_eq!(field(of(&[300, 300]), &expected).as_deref(), Some("against.voters"));
    assert_eq!(field(of(&[300; 65]), &expected).as_deref(), Some("against.voters"));
    assert_eq!(field(of(&[2_001]), &expected).as_deref(), Some("against.voters[0]"));
    let visited = visit(&[Answer::Ok]);
    assert_eq!(
        field(say(CAMAT, 1, 0, &visited).against(1, &[300]), &visited).as_deref(),
        Some("against.voters")
    );
    assert_eq!(field(say(CAMAT, 1, 0, &visited).of_election(0), &visited).as_deref(), Some("election"));
}

#[test]
fn a_record_without_an_election_is_about_the_one_in_force_at_its_time() {
    let next = set_down(20, TEN + HOUR, profile("pilkada-2024"));
    let visited = |minutes| say(CAMAT, 1, minutes, &visit(&[Answer::Ok]));
    assert_eq!(
        state(&with(&[visited(0), next.clone()])).visits,
        0,
        "said before the next election was set down"
    );
    // A phone of before knows of no number, one that never read the lists of no election.
    assert_eq!(state(&with(&[visited(90), next])).visits, 1);
    assert_eq!(state(&[province(), vec![visited(0)]].concat()).visits, 1);
}
