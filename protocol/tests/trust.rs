//! Whom the fold believes: revocations, rulings, and walks that end closed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod samples;

use pantau_protocol::{
    body::{Answer, Body, Grant, Ruling, Verdict},
    journal::RecordId,
    projection::Distrust,
    role::Role,
};
use samples::*;

/// The answer to the first question, by number.
fn first_answer(all: &[Say]) -> Answer {
    state(all).answers[0].answer
}

#[test]
fn what_a_revoked_device_wrote_after_the_named_link_does_not_count() {
    let before = say(CAMAT, 1, 0, &visit(&[Answer::Ok]));
    let after = say(CAMAT, 2, 5, &visit(&[Answer::NotOk]));
    let on_branch = say(CAMAT, 1, 5, &visit(&[Answer::NotOk])).branch(1);
    let revoked = Say::new(DESK, 20, TEN + HOUR, &place("62"), &revoke(1, CAMAT, &[(0, 1)]));
    let all = with(&[before, after, on_branch, revoked]);
    assert_eq!((state(&all).visits, first_answer(&all)), (1, Answer::Ok));
    assert!(fold(&all).reference().is_revoked(&device(CAMAT)));
}

#[test]
fn a_successor_of_a_revoked_device_is_untrusted_whole() {
    let successor = register(9, 11, 1, Some(CAMAT));
    let visited = say(11, 1, 0, &visit(&[Answer::Ok]));
    let revoked = Say::new(DESK, 20, TEN, &place("62"), &revoke(5, CAMAT, &[(0, 5)]));
    assert_eq!(state(&with(&[successor.clone(), visited.clone()])).visits, 1);
    assert_eq!(state(&with(&[successor, visited, revoked])).visits, 0);
}

#[test]
fn reference_data_of_a_revoked_device_does_not_count() {
    let thief = register(9, 12, 12, None);
    let admin = grant(10, 12, Role::DeskAdmin, false, TEN - 9 * HOUR);
    let grab = Body::Grant(Grant { officer: 12, role: Role::DeskOperator, ended: false, new_person: false });
    let grab = Say::new(12, 5, TEN, &place("62"), &grab);
    // The thief revokes the desk before the desk revokes him.
    let lockout = Say::new(12, 6, TEN + 1, &place("62"), &revoke(0, DESK, &[]));
    let revoked = Say::new(DESK, 20, TEN + HOUR, &place("62"), &revoke(4, 12, &[(0, 4)]));
    let fold = fold(&with(&[thief, admin, grab, lockout, revoked]));
    let roles: Vec<Role> = fold.reference().grants(12).into_iter().map(|g| g.role).collect();
    assert_eq!(roles, [Role::DeskAdmin]);
    assert!(!fold.reference().is_revoked(&device(DESK)) && fold.reference().profile().is_some());
}

fn ruling(seq: u64, verdict: Verdict, records: &[RecordId]) -> Say {
    let body = Body::Ruling(Ruling {
        verdict,
        records: records.to_vec(),
        target_places: vec![tps()],
        closing: None,
    });
    Say::new(DESK, seq, TEN + (60 + i64::try_from(seq).unwrap()) * MINUTE, &place("62"), &body)
}

#[test]
fn an_admitted_record_counts_until_it_is_dismissed() {
    let visited = say(CAMAT, 2, 5, &visit(&[Answer::NotOk]));
    let other = say(CAMAT, 3, 6, &visit(&[Answer::Ok]));
    let revoked = Say::new(DESK, 20, TEN + HOUR, &place("62"), &revoke(1, CAMAT, &[(0, 1)]));
    let admitted = ruling(21, Verdict::Admit, &[visited.id()]);
    let dismissed = ruling(22, Verdict::Dismiss, &[visited.id()]);
    let visits = |all: &[&Say]| {
        let all: Vec<Say> = all.iter().copied().cloned().collect();
        state(&with(&all)).visits
    };
    assert_eq!(visits(&[&visited, &other, &revoked]), 0);
    assert_eq!(visits(&[&visited, &other, &revoked, &admitted]), 1);
    assert_eq!(visits(&[&dismissed, &visited, &other, &revoked, &admitted]), 0);
    let fold = fold(&with(&[visited.clone(), other.clone(), revoked.clone(), admitted]));
    let reference = fold.reference();
    assert_eq!(reference.admitted().collect::<Vec<_>>(), [&visited.id()]);
    let by = Distrust::Revoked(revoked.id());
    assert_eq!(reference.distrust(&other.id(), other.fact().author()), Some(by));
    assert_eq!((reference.standing(&device(CAMAT)), reference.standing(&device(OFFICER))), (Some(by), None));
}

#[test]
fn a_revocation_that_is_undone_takes_nothing_away_and_a_new_one_does_again() {
    let visited = say(CAMAT, 1, 5, &visit(&[Answer::NotOk]));
    let successor = register(9, 11, 1, Some(CAMAT));
    let by_successor = say(11, 1, 9, &visit(&[Answer::Ok]));
    let revoked = Say::new(DESK, 20, TEN + HOUR, &place("62"), &revoke(0, CAMAT, &[]));
    let undone = ruling(21, Verdict::Reinstate, &[revoked.id()]);
    let again = Say::new(DESK, 22, TEN + 5 * HOUR, &place("62"), &revoke(1, CAMAT, &[(0, 1)]));
    let all = with(&[successor, visited, by_successor, revoked]);
    assert_eq!(state(&all).visits, 0);
    let all = [&all[..], &[undone]].concat();
    assert_eq!(state(&all).visits, 2);
    assert!(fold(&all).reference().revocations(&device(CAMAT)).is_empty());
    let all = [&all[..], &[again]].concat();
    assert_eq!(state(&all).visits, 1);
    assert_eq!(fold(&all).reference().trusted_through(&device(CAMAT), 0), Some(1));
    assert_eq!(fold(&all).reference().trusted_through(&device(CAMAT), 1), None);
    assert_eq!(fold(&all).reference().trusted_through(&device(11), 0), None);
}

#[test]
fn a_revoked_administrator_cannot_undo_his_own_revocation_nor_admit_his_own_words() {
    let thief = [register(9, 12, 12, None), grant(10, 12, Role::DeskAdmin, false, TEN - 9 * HOUR)];
    let revoked = Say::new(DESK, 20, TEN + HOUR, &place("62"), &revoke(4, 12, &[(0, 4)]));
    let visited = say(12, 5, 0, &visit(&[Answer::NotOk]));
    let says = |seq, verdict, records: &[RecordId]| {
        let body =
            Body::Ruling(Ruling { verdict, records: records.to_vec(), target_places: vec![], closing: None });
        Say::new(12, seq, TEN - HOUR, &place("62"), &body)
    };
    let undone = says(6, Verdict::Reinstate, &[revoked.id()]);
    let admitted = says(7, Verdict::Admit, &[visited.id(), undone.id()]);
    let all = with(&[&thief[..], &[revoked, visited, undone, admitted]].concat());
    assert_eq!(state(&all).visits, 0);
    assert!(fold(&all).reference().is_revoked(&device(12)));
}

/// A row of devices, each after the one before, the first after the camat's.
fn heirs(count: u8) -> Vec<Say> {
    let after = |n: u8| if n == 0 { CAMAT } else { 119 + n };
    (0..count).map(|n| register(30 + u64::from(n), 120 + n, 1, Some(after(n)))).collect()
}

#[test]
fn a_chain_of_devices_beyond_the_limit_is_not_trusted() {
    let most = u8::try_from(pantau_protocol::limit::PREDECESSORS).unwrap();
    let visits = |n: u8, more: &[Say]| {
        let visited = say(119 + n, 1, 5, &visit(&[Answer::Ok]));
        state(&with(&[&heirs(n)[..], &[visited], more].concat())).visits
    };
    let revoked = Say::new(DESK, 20, TEN + HOUR, &place("62"), &revoke(0, CAMAT, &[]));
    assert_eq!(visits(most, &[]), 1);
    assert_eq!(visits(most, std::slice::from_ref(&revoked)), 0, "the first of them is revoked");
    assert_eq!(visits(most + 1, &[]), 0, "nobody can see as far as the first of them");
    assert_eq!(visits(most + 1, &[revoked]), 0);
    let fold = fold(&with(&heirs(most + 2)));
    let reference = fold.reference();
    assert_eq!(reference.standing(&device(120 + most)), Some(Distrust::TooFar));
    assert_eq!(reference.family(&device(120 + most)), None);
    assert_eq!(reference.family(&device(CAMAT)).unwrap().len(), usize::from(most) + 1);
}

#[test]
fn devices_that_follow_each_other_in_a_circle_are_not_trusted() {
    let circle = [register(30, 120, 1, Some(121)), register(31, 121, 1, Some(120))];
    let visited = say(120, 1, 5, &visit(&[Answer::Ok]));
    let all = with(&[&circle[..], &[visited]].concat());
    assert_eq!(state(&all).visits, 0);
    assert_eq!(fold(&all).reference().standing(&device(121)), Some(Distrust::TooFar));
}
