//! The rules of the projection, each with an example from the field (docs/PROTOCOL.md#projection).
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod samples;

use pantau_protocol::{
    body::{
        Answer, Body, Category, Correct, CustodyKind, Directive, Incident, IncidentUpdate, LineState,
        Progress, Receive, Rest, Retract, Seal, SealState, Severity, Situation, Standby, Turnout, Way,
    },
    journal::RecordId,
    projection::{Fold, Rollup},
    role::Role,
};
use samples::*;

/// Item numbers of the shipped profile.
const BOXES: u32 = 1;
const BALLOTS: u32 = 10;

fn correct(target: RecordId, body: &Body) -> Body {
    Body::Correct(Correct { target, target_places: vec![tps()], kind: body.kind(), body: body.encode() })
}

fn retract(target: RecordId) -> Body {
    Body::Retract(Retract { target, target_places: vec![tps()], kind: None })
}

fn update(target: RecordId, progress: Progress) -> Body {
    Body::IncidentUpdate(IncidentUpdate { target, target_places: vec![tps()], progress })
}

fn incident(severity: Severity) -> Body {
    Body::Incident(Incident { category: Category::Access, severity })
}

/// The answer to the first question, by number.
fn first_answer(all: &[Say]) -> Answer {
    state(all).answers[0].answer
}

#[test]
fn a_camats_visit_is_what_is_known_of_a_tps() {
    let body = Body::Visit(pantau_protocol::body::Visit {
        checklist: 1,
        version: 1,
        answers: vec![Answer::Ok, Answer::Blank, Answer::NotOk],
        way: Some(Way::Hard),
    });
    let visit = say(CAMAT, 1, 5, &body);
    let id = visit.id();
    let state = state(&with(&[visit]));
    assert_eq!((state.visits, state.records), (1, 1));
    assert_eq!(state.last_visit.as_ref().unwrap().officer, Some(1));
    assert_eq!(state.way.as_ref().unwrap().0, Way::Hard);
    // A question left blank was not answered; without the checklist an item has its number.
    let answers: Vec<_> = state.answers.iter().map(|a| (a.item.as_str(), a.answer)).collect();
    assert_eq!(answers, [("#1", Answer::Ok), ("#3", Answer::NotOk)]);
    assert_eq!(state.last_word.unwrap().record, id);
}

#[test]
fn a_blank_answer_does_not_undo_an_earlier_one() {
    let first = say(CAMAT, 1, 0, &visit(&[Answer::NotOk, Answer::Ok]));
    let second = say(CAMAT, 2, 90, &visit(&[Answer::Blank, Answer::NotOk]));
    let state = state(&with(&[second, first.clone()]));
    assert_eq!(state.answers[0].answer, Answer::NotOk);
    assert_eq!(state.answers[0].mark.record, first.id());
    assert_eq!(state.answers[1].answer, Answer::NotOk);
    assert_eq!(state.visits, 2);
}

#[test]
fn within_one_hour_seen_outranks_told_and_after_it_the_newer_word_counts() {
    let seen = say(CAMAT, 1, 5, &visit(&[Answer::NotOk]));
    let told_soon = say(OFFICER, 1, 50, &visit(&[Answer::Ok])).told();
    let told_later = say(OFFICER, 2, 70, &visit(&[Answer::Ok])).told();
    assert_eq!(first_answer(&with(&[seen.clone(), told_soon.clone()])), Answer::NotOk);
    assert_eq!(first_answer(&with(&[seen, told_soon, told_later])), Answer::Ok);
}

#[test]
fn one_devices_told_word_does_not_outrank_its_own_seen_one_of_the_same_hour() {
    let seen = say(CAMAT, 1, 5, &visit(&[Answer::NotOk]));
    let told = say(CAMAT, 2, 50, &visit(&[Answer::Ok])).told();
    let other = say(OFFICER, 1, 55, &visit(&[Answer::Ok])).told();
    assert_eq!(first_answer(&with(&[seen.clone(), told.clone()])), Answer::NotOk);
    assert_eq!(first_answer(&with(&[seen, told, other])), Answer::NotOk);
}

#[test]
fn on_one_device_the_journal_orders_and_not_its_clock() {
    let wrong_clock = say(CAMAT, 1, 600, &visit(&[Answer::NotOk])).received(TEN + 601 * MINUTE, 0);
    let after = say(CAMAT, 2, 0, &visit(&[Answer::Ok])).received(TEN + 602 * MINUTE, 0);
    assert_eq!(first_answer(&with(&[after, wrong_clock])), Answer::Ok);
}

#[test]
fn a_claim_outside_its_interval_is_kept_clamped_and_flagged() {
    let late = say(CAMAT, 1, 600, &visit(&[Answer::Ok])).received(TEN, TEN - HOUR);
    let unsent = late.clone().provisional();
    let mark = state(&with(&[late])).last_word.unwrap();
    assert_eq!((mark.at, mark.impossible_time), (TEN, true));
    let mark = state(&with(&[unsent])).last_word.unwrap();
    assert_eq!((mark.at, mark.impossible_time), (TEN + 600 * MINUTE, false));
}

#[test]
fn counted_ballots_short_of_the_kit_are_short() {
    let body = receive(Rest::CountedAsExpected, &[(BALLOTS, LineState::Counted, 300)]);
    let mut all = with(&[say(OFFICER, 1, 0, &body)]);
    let known = state(&all);
    let item = |n| known.items.iter().find(|i| i.item == n).unwrap().clone();
    assert_eq!((item(BALLOTS).expected, item(BALLOTS).short()), (Some(306), Some(6)));
    assert_eq!((item(BOXES).good, item(BOXES).short()), (Some(5), Some(0)));
    let fold = fold(&all);
    assert!(known.is_short() && !known.is_complete(fold.reference()));
    // The rest came in the afternoon.
    let rest = receive(Rest::NotChecked, &[(BALLOTS, LineState::Counted, 306)]);
    all.push(say(OFFICER, 2, 300, &rest));
    assert!(state(&all).is_complete(fold.reference()));
}

#[test]
fn sealed_and_not_opened_is_unknown_and_not_zero() {
    let sealed = receive(Rest::SealedAsDispatched, &[(BALLOTS, LineState::Sealed, 1)]);
    let state = state(&with(&[say(OFFICER, 1, 0, &sealed)]));
    assert!(state.items.iter().all(|i| i.good.is_none() && i.short().is_none()));
    assert!(state.items.iter().all(|i| i.checked == LineState::Sealed));
    assert!(state.arrival.is_some() && !state.is_short());
}

#[test]
fn whoever_only_saw_the_seals_does_not_undo_a_count() {
    let counted = say(OFFICER, 1, 0, &receive(Rest::NotChecked, &[(BALLOTS, LineState::Counted, 300)]));
    let sealed = say(CAMAT, 1, 200, &receive(Rest::SealedAsDispatched, &[]));
    let state = state(&with(&[counted, sealed.clone()]));
    assert!(state.is_short());
    assert_eq!(state.arrival.unwrap().mark.record, sealed.id());
}

#[test]
fn what_nobody_looked_at_is_not_in_the_state() {
    let body = receive(Rest::NotChecked, &[(BALLOTS, LineState::NotChecked, 0)]);
    let state = state(&with(&[say(OFFICER, 1, 0, &body)]));
    assert!(state.items.is_empty() && state.arrival.is_some());
}

#[test]
fn a_broken_seal_is_counted_at_the_latest_arrival() {
    let Body::Receive(mut body) = receive(Rest::SealedAsDispatched, &[]) else { unreachable!() };
    let seal = |number: &str, state| Seal { number: number.into(), state, kit: None };
    body.seals =
        vec![seal("A1", SealState::Intact), seal("A2", SealState::Broken), seal("", SealState::Missing)];
    let state = state(&with(&[say(OFFICER, 1, 0, &Body::Receive(body))]));
    assert_eq!(state.arrival.unwrap().bad_seals, 2);
}

#[test]
fn one_receive_at_the_village_speaks_for_many_kits() {
    let second = place("62.06.13.2001/004");
    let body = Body::Receive(Receive {
        at: CustodyKind::Pps,
        label: None,
        dispatch: None,
        rest: Rest::SealedAsDispatched,
        lines: vec![],
        seals: vec![],
        kits: vec![tps(), second.clone()],
        containers: Vec::new(),
        form: None,
    });
    let village = place("62.06.13.2001");
    let fold = fold(&with(&[Say::new(OFFICER, 1, TEN, &village, &body)]));
    for station in [tps(), second] {
        let state = fold.state(&station);
        let kit = state.kit_at.clone().unwrap();
        assert_eq!((kit.kind, kit.place), (CustodyKind::Pps, village.clone()));
        assert!(state.arrival.is_none(), "at the PPS is not at the TPS");
    }
    assert!(fold.state(&village).kit_at.is_none(), "the kits are not the village's own");
}

#[test]
fn an_incident_is_open_until_somebody_says_done() {
    let reported = say(CAMAT, 1, 0, &incident(Severity::High));
    let working = say(OFFICER, 1, 10, &update(reported.id(), Progress::Working));
    let done = say(OFFICER, 2, 20, &update(reported.id(), Progress::Done));
    assert!(state(&with(&[reported.clone(), working.clone()])).incidents[0].is_open());
    assert!(!state(&with(&[done, working, reported])).incidents[0].is_open());
}

#[test]
fn a_corrected_incident_keeps_its_progress_and_stays_one() {
    let reported = say(CAMAT, 1, 0, &incident(Severity::High));
    let done = say(OFFICER, 1, 10, &update(reported.id(), Progress::Done));
    let milder = say(CAMAT, 2, 20, &correct(reported.id(), &incident(Severity::Low)));
    let by_desk = say(DESK, 20, 90, &correct(reported.id(), &incident(Severity::Medium)));
    let incidents = state(&with(&[reported, done, milder, by_desk])).incidents;
    assert_eq!(incidents.len(), 1);
    assert_eq!(incidents[0].severity, Severity::Medium);
    assert!(!incidents[0].is_open());
}

#[test]
fn a_directive_shows_each_officers_latest_answer() {
    let order = Body::Directive(Directive { officer: None, role: Some(Role::Camat), due: TEN + HOUR });
    let order = say(DESK, 20, 0, &order);
    let answers = [
        say(CAMAT, 1, 5, &update(order.id(), Progress::Seen)),
        say(CAMAT, 2, 50, &update(order.id(), Progress::Done)),
        say(OFFICER, 1, 20, &update(order.id(), Progress::Impossible)),
    ];
    let state = state(&with(&[&[order], &answers[..]].concat()));
    let said: Vec<_> = state.directives[0].answers.iter().map(|a| (a.mark.officer, a.progress)).collect();
    assert_eq!(said, [(Some(1), Progress::Done), (Some(2), Progress::Impossible)]);
}

#[test]
fn a_directive_does_not_end_a_places_silence() {
    let order = Body::Directive(Directive { officer: None, role: None, due: TEN });
    let known = state(&with(&[say(DESK, 20, 0, &order)]));
    assert!(known.is_silent() && known.last_word.is_none());
    assert_eq!(known.directives.len(), 1);
    let (quiet, asked) = (fold(&with(&[])), fold(&with(&[say(DESK, 20, 0, &order)])));
    assert_ne!(quiet.digest(), asked.digest(), "a silent place with a directive is still a state");
    let mut sum = Rollup::default();
    sum.add(&tps(), &known, asked.reference());
    assert_eq!((sum.tps, sum.silent, sum.voters), (1, 1, 300));
}

#[test]
fn a_retracted_visit_is_gone_and_the_place_silent_again() {
    let visited = say(CAMAT, 1, 0, &visit(&[Answer::Ok]));
    let taken_back = say(CAMAT, 2, 5, &retract(visited.id()));
    assert!(state(&with(&[taken_back, visited])).is_silent());
}

#[test]
fn only_its_author_or_the_desk_takes_a_record_back() {
    let visited = say(CAMAT, 1, 0, &visit(&[Answer::NotOk]));
    let by_other = say(OFFICER, 1, 5, &retract(visited.id()));
    let by_desk = say(DESK, 20, 5, &retract(visited.id()));
    assert_eq!(state(&with(&[visited.clone(), by_other])).visits, 1);
    assert_eq!(state(&with(&[visited, by_desk])).visits, 0);
}

#[test]
fn a_desk_correction_replaces_the_statement_and_says_who_made_it() {
    let visited = say(CAMAT, 1, 0, &visit(&[Answer::NotOk]));
    let corrected = say(DESK, 20, 5, &correct(visited.id(), &visit(&[Answer::Ok])));
    let state = state(&with(&[corrected, visited]));
    assert_eq!((state.visits, state.answers[0].answer), (1, Answer::Ok));
    assert_eq!(state.answers[0].mark.officer, Some(100));
}

#[test]
fn what_is_superseded_stays_so_when_the_superseder_is_retracted() {
    let visited = say(CAMAT, 1, 0, &visit(&[Answer::NotOk]));
    let corrected = say(CAMAT, 2, 5, &correct(visited.id(), &visit(&[Answer::Ok])));
    let taken_back = say(CAMAT, 3, 6, &retract(corrected.id()));
    assert_eq!(state(&with(&[visited, corrected, taken_back])).visits, 0);
}

#[test]
fn a_desk_correction_outlives_the_grant_it_was_written_under() {
    let clerk = register(9, 101, 101, None);
    let started = grant(10, 101, Role::DeskOperator, false, TEN - 9 * HOUR);
    let ended = grant(11, 101, Role::DeskOperator, true, TEN + HOUR);
    let visited = say(CAMAT, 1, 0, &visit(&[Answer::NotOk]));
    let corrected = say(101, 1, 5, &correct(visited.id(), &visit(&[Answer::Ok])));
    let too_late = say(101, 2, 90, &retract(corrected.id()));
    let all = with(&[clerk, started, ended, visited, corrected.clone()]);
    assert_eq!(first_answer(&all), Answer::Ok);
    assert_eq!(state(&all).visits, 1);
    // His own record he may still take back, others' not.
    let others = say(CAMAT, 2, 95, &visit(&[Answer::Ok]));
    let not_his = say(101, 3, 99, &retract(others.id()));
    assert_eq!(state(&[&all[..], &[others, not_his, too_late]].concat()).visits, 1);
}

#[test]
fn a_camat_cannot_write_a_directive_by_way_of_a_correction() {
    let visited = say(CAMAT, 1, 0, &visit(&[Answer::Ok]));
    let order = Body::Directive(Directive { officer: None, role: None, due: TEN });
    let forged = say(CAMAT, 2, 5, &correct(visited.id(), &order));
    assert!(state(&with(&[visited, forged])).directives.is_empty());
    assert!(!correct(RecordId(Default::default()), &order).may_be_written_by(Role::Camat));
}

#[test]
fn turnout_is_kept_by_hour_slot() {
    let count = |hour, voters| Body::Turnout(Turnout { hour, voters });
    let state = state(&with(&[
        say(CAMAT, 1, 0, &count(9, 80)),
        say(CAMAT, 2, 60, &count(10, 120)),
        say(CAMAT, 3, 61, &count(9, 90)),
    ]));
    let said: Vec<_> = state.turnout.iter().map(|t| (t.said.hour, t.said.voters)).collect();
    assert_eq!(said, [(9, 90), (10, 120)]);
}

#[test]
fn no_obstacle_is_only_what_somebody_said() {
    let body =
        |no_obstacle| Body::Standby(Standby { present: 5, team: 7, situation: Situation::Calm, no_obstacle });
    assert!(state(&province()).standby.is_none());
    let quiet = state(&with(&[say(CAMAT, 1, 0, &body(false))])).standby.unwrap();
    assert!(!quiet.said.no_obstacle);
    assert!(state(&with(&[say(CAMAT, 1, 0, &body(true))])).standby.unwrap().said.no_obstacle);
}

#[test]
fn a_chain_of_corrections_has_no_limit() {
    let first = say(CAMAT, 1, 0, &incident(Severity::Low));
    let (mut all, mut last) = (vec![first.clone()], first.id());
    for n in 2..300 {
        let grave = if n == 299 { Severity::High } else { Severity::Medium };
        all.push(say(CAMAT, n, 1, &correct(last, &incident(grave))));
        last = all.last().unwrap().id();
    }
    all.push(say(OFFICER, 1, 30, &update(first.id(), Progress::Done)));
    let state = state(&with(&all));
    assert_eq!(state.incidents.len(), 1);
    assert_eq!(state.incidents[0].severity, Severity::High);
    assert!(!state.incidents[0].is_open(), "the answer to the first wording answers the last");
}

#[test]
fn corrections_that_go_round_in_a_circle_end_it_the_same_way_in_any_order() {
    let absent = say(CAMAT, 9, 0, &visit(&[Answer::Ok])).id();
    let one = say(CAMAT, 1, 0, &correct(absent, &visit(&[Answer::Ok])));
    let two = say(CAMAT, 2, 1, &correct(one.id(), &visit(&[Answer::NotOk]))).copy_of(absent);
    let (ab, ba) = (with(&[one.clone(), two.clone()]), with(&[two, one]));
    assert_eq!(fold(&ab).digest(), fold(&ba).digest());
    assert_eq!(state(&ab).visits, 0, "each supersedes the other");
}

#[test]
fn a_copy_gives_way_to_its_original_also_when_it_was_corrected() {
    let again = register(9, 11, 1, None);
    let original = say(CAMAT, 1, 0, &visit(&[Answer::NotOk]));
    let copy = say(11, 1, 0, &visit(&[Answer::NotOk])).copy_of(original.id());
    let corrected = say(11, 2, 90, &correct(copy.id(), &visit(&[Answer::Ok])));
    let two = with(&[again, copy, corrected]);
    let three = [&two[..], &[original]].concat();
    for all in [two, three] {
        assert_eq!((state(&all).visits, first_answer(&all)), (1, Answer::Ok));
    }
}

#[test]
fn of_copies_without_original_one_counts_and_a_copied_retraction_finds_its_copy() {
    let again = [register(9, 11, 1, None), register(10, 12, 1, None)];
    let original = say(CAMAT, 1, 0, &visit(&[Answer::NotOk]));
    let copies = [11, 12].map(|n| say(n, 1, 0, &visit(&[Answer::NotOk])).copy_of(original.id()));
    let two = with(&[&again[..], &copies].concat());
    assert_eq!(state(&two).visits, 1);
    let gone = say(12, 2, 5, &retract(original.id()));
    assert_eq!(state(&[&two[..], &[gone]].concat()).visits, 0);
}

#[test]
fn a_claimed_copy_takes_no_other_officers_record_back() {
    let visited = say(CAMAT, 1, 0, &visit(&[Answer::NotOk]));
    let claimed = say(OFFICER, 1, 1, &visit(&[Answer::Ok])).copy_of(visited.id());
    let taken_back = say(OFFICER, 2, 2, &retract(claimed.id()));
    assert_eq!(first_answer(&with(&[visited, claimed, taken_back])), Answer::NotOk);
}

#[test]
fn a_copy_adds_nothing_to_its_original() {
    let again = register(9, 11, 1, None);
    let original = say(CAMAT, 1, 0, &visit(&[Answer::Ok]));
    let copy = say(11, 1, 0, &visit(&[Answer::Ok])).copy_of(original.id());
    let state = state(&with(&[again, copy, original.clone()]));
    assert_eq!((state.records, state.last_word.unwrap().record), (1, original.id()));
}

#[test]
fn between_devices_the_later_moment_counts() {
    let first = say(CAMAT, 9, 5, &visit(&[Answer::NotOk]));
    let second = say(OFFICER, 1, 6, &visit(&[Answer::Ok]));
    assert_eq!(first_answer(&with(&[first.clone(), second.clone()])), Answer::Ok);
    let later = say(CAMAT, 10, 7, &visit(&[Answer::NotOk]));
    assert_eq!(first_answer(&with(&[first, second, later])), Answer::NotOk);
}

#[test]
fn the_same_bytes_in_two_branches_are_one_record_whichever_came_first() {
    let one = say(CAMAT, 5, 0, &visit(&[Answer::Ok]));
    let other = one.clone().branch(1);
    assert_eq!(one.id(), other.id());
    let revoked = Say::new(DESK, 20, TEN, &place("62"), &revoke(5, CAMAT, &[(1, 5)]));
    let (ab, ba) = (with(&[revoked.clone(), one.clone(), other.clone()]), with(&[other, one, revoked]));
    assert_eq!(fold(&ab).digest(), fold(&ba).digest());
}

#[test]
fn both_branches_of_a_cloned_phone_count() {
    let one = say(CAMAT, 5, 0, &visit(&[Answer::Ok]));
    let other = say(CAMAT, 5, 1, &visit(&[Answer::NotOk])).branch(1);
    assert_eq!(state(&with(&[one, other])).visits, 2);
}

#[test]
fn a_record_that_gains_its_envelope_is_as_if_it_always_had_it() {
    let mut clock_ahead = province().remove(7);
    clock_ahead.record.at = TEN + 9_000 * HOUR;
    clock_ahead.envelope = None;
    let held = clock_ahead.clone().received(TEN - HOUR, 0);
    let mut later = province().remove(7);
    later.seq = 30;
    later.envelope = Some(pantau_protocol::time::Envelope { received_at: TEN, not_before: TEN });
    let mut grown = Fold::new();
    for say in [&clock_ahead, &later, &held] {
        grown.insert(say.fact());
    }
    let fresh = fold([&later, &held]);
    assert_eq!(grown.reference(), fresh.reference());
    assert_eq!(grown.digest(), fresh.digest());
}

#[test]
fn a_visit_to_one_place_says_nothing_of_another() {
    let visited = say(CAMAT, 1, 0, &visit(&[Answer::Ok]));
    let fold = fold(&with(&[visited]));
    assert!(fold.state(&place("62.06.13.2001")).is_silent());
    assert!(fold.state(&place("62.06.13.2001/004")).is_silent());
}
