//! What the sums of a region leave out: places that are no more, and figures that cannot be; and who is silent.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod samples;

use pantau_protocol::{
    body::{Body, Category, Ended, Incident, Rest, Severity, Signal, Tps, Turnout},
    cbor,
    place::Place,
    projection::{
        Rollup,
        findings::{self, Silence},
        turnout_doubts,
    },
    record::Basis,
};
use proptest::prelude::*;
use samples::*;

#[test]
fn a_tps_that_has_ended_is_in_no_count_and_its_words_stay() {
    let visit =
        say(CAMAT, 1, 5, &Body::Incident(Incident { category: Category::Access, severity: Severity::High }));
    let before = fold(&with(std::slice::from_ref(&visit)));
    let mut rollup = Rollup::default();
    rollup.add(&tps(), &before.state(&tps()), before.reference());
    assert_eq!((rollup.tps, rollup.voters, rollup.open_incidents), (1, 300, 1));
    let mut data = before.reference().tps(&tps()).unwrap().clone();
    data.ended = Some(Ended { successor: None });
    let after = fold(&with(&[visit, say(DESK, 90, 9, &Body::Tps(data))]));
    let state = after.state(&tps());
    let mut rollup = Rollup::default();
    rollup.add(&tps(), &state, after.reference());
    assert_eq!((rollup.tps, rollup.voters, rollup.silent), (0, 0, 0));
    assert_eq!((state.records, rollup.open_incidents), (1, 1), "somebody has to close it");
    assert!(after.reference().is_ended(&tps()));
}

/// The sums of the TPS with turnout by hour, and which hours are doubted.
fn turnout_of(figures: &[(u32, u32)]) -> (u64, u32, Vec<u32>) {
    let said: Vec<Say> = (1..)
        .zip(figures)
        .map(|(seq, (hour, voters))| {
            say(CAMAT, seq, seq.cast_signed(), &Body::Turnout(Turnout { hour: *hour, voters: *voters }))
        })
        .collect();
    let all = with(&said);
    let fold = fold(&all);
    let state = fold.state(&tps());
    assert_eq!(state.turnout.len(), figures.len(), "all of it is kept");
    let voters = fold.reference().tps(&tps()).map(|t| t.voters);
    let doubts = turnout_doubts(&state.turnout, voters);
    let mut rollup = Rollup::default();
    rollup.add(&tps(), &state, fold.reference());
    let doubted = state.turnout.iter().zip(doubts).filter(|(_, d)| d.is_some()).map(|(t, _)| t.said.hour);
    (rollup.turnout, rollup.turnout_tps, doubted.collect())
}

#[test]
fn turnout_that_cannot_be_is_kept_and_in_no_sum() {
    // 300 voters: 306 ballots.
    assert_eq!(turnout_of(&[(8, 40), (9, 88), (10, 300), (11, 306)]), (306, 1, vec![]));
    assert_eq!(turnout_of(&[(8, 40), (9, 880)]), (40, 1, vec![9]), "a digit too many");
    assert_eq!(turnout_of(&[(9, 2_710)]), (0, 0, vec![9]), "nothing that can be was said");
    assert_eq!(turnout_of(&[(8, 40), (9, 88), (10, 12)]), (88, 1, vec![10]), "a digit too few");
    assert_eq!(turnout_of(&[(8, 40), (9, 288), (10, 120)]), (288, 1, vec![10]), "one against one");
    assert_eq!(turnout_of(&[(8, 40), (9, 288), (10, 120), (11, 150)]), (150, 1, vec![9]), "two against one");
    assert_eq!(turnout_of(&[(8, 40), (9, 40)]), (40, 1, vec![]), "nobody came for an hour");
}

#[test]
fn an_hour_has_the_latest_figure_of_each_tps_up_to_then() {
    let figure = |seq, hour, voters| say(CAMAT, seq, 5, &Body::Turnout(Turnout { hour, voters }));
    let fold = fold(&with(&[figure(1, 8, 40), figure(2, 9, 880), figure(3, 10, 88)]));
    let mut sums = Rollup::default();
    sums.add(&tps(), &fold.state(&tps()), fold.reference());
    sums.add(&place("62.06.13.2001/004"), &fold.state(&place("62.06.13.2001/004")), fold.reference());
    let at = |hour| {
        let sum = sums.hours.at(hour);
        (sum.voters, sum.of, sum.tps, sum.reported)
    };
    assert_eq!(at(7), (0, 0, 0, 0), "unknown, with no voters to divide by");
    assert_eq!(at(8), (40, 300, 1, 1));
    assert_eq!(at(9), (40, 300, 1, 0), "what cannot be is in no sum, and the hour before stands");
    assert_eq!(at(10), (88, 300, 1, 1));
    assert_eq!((at(23), at(24)), ((88, 300, 1, 0), (0, 0, 0, 0)));
    assert_eq!((sums.hours.last(), Rollup::default().hours.last()), (Some(10), None));
    let mut twice = sums;
    twice.merge(&sums);
    assert_eq!((twice.hours.at(9).voters, twice.hours.at(9).tps), (80, 2));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_parts_of_a_count_add_up(acts in kit::wide_acts(40)) {
        let fold = fold(&with(&kit::wide_says(&acts)));
        let mut rollup = Rollup::default();
        rollup.add(&tps(), &fold.state(&tps()), fold.reference());
        let parts = rollup.complete + rollup.short + rollup.uncounted() + rollup.not_arrived();
        prop_assert_eq!(parts, rollup.tps);
        prop_assert!(rollup.arrived_told + rollup.arrived_document <= rollup.arrived);
        prop_assert_eq!(rollup.turnout_voters > 0, rollup.turnout_tps > 0);
        let evening = rollup.hours.at(23);
        prop_assert_eq!(
            (evening.voters, evening.of, evening.tps),
            (rollup.turnout, rollup.turnout_voters, rollup.turnout_tps),
            "the last hour has the latest figures"
        );
    }
}

#[test]
fn arrivals_are_counted_by_basis_and_turnout_by_those_who_reported() {
    let told = |basis| {
        let mut said = say(CAMAT, 1, 5, &receive(Rest::SealedAsDispatched, &[]));
        said.record.basis = basis;
        let fold = fold(&with(&[said]));
        let mut rollup = Rollup::default();
        rollup.add(&tps(), &fold.state(&tps()), fold.reference());
        (rollup.arrived, rollup.arrived_told, rollup.arrived_document, rollup.uncounted())
    };
    assert_eq!(told(Basis::Seen), (1, 0, 0, 1));
    assert_eq!(told(Basis::ToldByRadio), (1, 1, 0, 1));
    assert_eq!(told(Basis::Document), (1, 0, 1, 1));
    let turnout = say(CAMAT, 1, 5, &Body::Turnout(Turnout { hour: 8, voters: 40 }));
    let fold = fold(&with(&[turnout]));
    let mut rollup = Rollup::default();
    rollup.add(&tps(), &fold.state(&tps()), fold.reference());
    assert_eq!((rollup.turnout, rollup.turnout_tps, rollup.turnout_voters), (40, 1, 300));
    let other: Place = place("62.06.13.2001/004");
    rollup.add(&other, &fold.state(&other), fold.reference());
    assert_eq!((rollup.tps, rollup.turnout_voters), (2, 300), "the other one has not reported");
}

/// How the TPS is heard with a signal, so many seconds after the polls opened, if it spoke at these moments.
fn heard(signal: Signal, spoke_s: &[i64], after_s: i64) -> Option<Silence> {
    let all = with(&[]);
    let base = fold(&all);
    let opens_at = base.reference().profile().unwrap().opens_at;
    let list = Tps { signal, ..base.reference().tps(&tps()).unwrap().clone() };
    let mut said = vec![say(DESK, 90, 9, &Body::Tps(list))];
    let incident = Body::Incident(Incident { category: Category::Access, severity: Severity::Low });
    said.extend((1..).zip(spoke_s).map(|(seq, s)| Say::new(CAMAT, seq, opens_at + s, &tps(), &incident)));
    let fold = fold(&with(&said));
    findings::look(&tps(), fold.facts_of(&tps()), fold.reference(), opens_at + after_s).silence
}

#[test]
fn silence_is_late_then_a_finding_and_expected_without_signal() {
    use Silence::{Abnormal, Expected, Heard, Late};
    let grace = 900;
    for (signal, spoke, after, is) in [
        (Signal::Strong, &[][..], -HOUR, Heard),
        (Signal::Strong, &[], HOUR + grace - 1, Heard),
        (Signal::Strong, &[], HOUR + grace, Late),
        (Signal::Medium, &[], 3 * HOUR + grace - 1, Late),
        (Signal::Medium, &[], 3 * HOUR + grace, Abnormal),
        (Signal::Strong, &[], 100 * HOUR, Abnormal),
        (Signal::None, &[], HOUR + grace - 1, Heard),
        (Signal::None, &[], HOUR + grace, Expected),
        (Signal::Weak, &[], 100 * HOUR, Expected),
        // Word of the third hour; the next is due at the full hour.
        (Signal::Strong, &[2 * HOUR + 600], 3 * HOUR + grace - 1, Heard),
        (Signal::Strong, &[2 * HOUR + 600], 3 * HOUR + grace, Late),
        (Signal::Strong, &[2 * HOUR + 600], 5 * HOUR + grace, Abnormal),
        (Signal::None, &[2 * HOUR + 600], 3 * HOUR + grace, Expected),
    ] {
        assert_eq!(heard(signal, spoke, after), Some(is), "{signal:?} {spoke:?} {after}");
    }
    let mut rollup = Rollup { tps: 4, ..Rollup::default() };
    for silence in [Some(Late), Some(Expected), Some(Abnormal), Some(Heard), None] {
        rollup.add_silence(silence);
    }
    let mut twice = rollup;
    twice.merge(&rollup);
    assert_eq!((twice.word_late, twice.silent_expected, twice.silent_abnormal, twice.heard()), (2, 2, 2, 2));
}

#[test]
fn sums_of_an_older_server_are_read() {
    let sums = Rollup { tps: 4, replanned: 7, word_late: 3, ..Rollup::default() };
    let bytes = cbor::to_vec(&sums);
    assert_eq!(cbor::from_slice::<Rollup>(&bytes).unwrap(), sums);
    // An array of 15 numbers, without six more and what came after them.
    let (head, rest) = bytes.split_first().unwrap();
    let newer = 6 + cbor::to_vec(&sums.kits).len() + cbor::to_vec(&sums.hours).len();
    let older = [&[head - 8], &rest[..rest.len() - newer]].concat();
    let read: Rollup = cbor::from_slice(&older).unwrap();
    assert_eq!(read, Rollup { word_late: 0, ..sums });
}
