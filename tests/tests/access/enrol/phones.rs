//! Two phones with one code: one is enrolled, the other is told, and a lost reply costs the first nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

use std::sync::Arc;

use pantau_core::{EnrolOutcome, Error};
use pantau_protocol::{enrol::Invitation, keys::Fingerprint};
use pantau_tests::{Tamper, Tampering, World, sync};

#[tokio::test(flavor = "multi_thread")]
async fn of_two_phones_that_race_for_a_code_one_wins() {
    let world = World::new(51).await;
    for round in 0..10 {
        let code = world.code(1).await;
        let [a, b] = ["a", "b"].map(|n| world.open(&format!("{n}{round}"), Arc::new(Tampering::new())));
        let (first, second) = tokio::join!(a.enrol(&code), b.enrol(&code));
        let enrolled = |o: &EnrolOutcome| matches!(o, EnrolOutcome::Enrolled(_));
        let (first, second) = (first.unwrap(), second.unwrap());
        assert_ne!(enrolled(&first), enrolled(&second), "{first:?} {second:?}");
        let (winner, loser) = if enrolled(&first) { (&a, &b) } else { (&b, &a) };
        assert_eq!(loser.enrol(&code).await.unwrap(), EnrolOutcome::Used);
        assert!(enrolled(&winner.enrol(&code).await.unwrap()), "redeeming again costs nothing");
        assert_eq!(sync(winner).await, pantau_core::SyncEnd::Done);
        assert_eq!(sync(loser).await, pantau_core::SyncEnd::NotEnrolled);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_and_a_restart_cost_nothing() {
    let world = World::new(52).await;
    let code = world.code(1).await;
    let transport = Arc::new(Tampering::new());
    transport.plan([Tamper::LoseReply]);
    let phone = world.open("hp", Arc::<Tampering>::clone(&transport));
    assert!(matches!(phone.enrol(&code).await, Err(Error::Offline(_))));
    drop(phone);
    let phone = world.open("hp", transport);
    assert!(matches!(phone.enrol(&code).await.unwrap(), EnrolOutcome::Enrolled(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_puts_the_handle_to_sleep_and_a_wrong_server_is_refused() {
    let world = World::new(53).await;
    let code = world.code(1).await;
    let phone = world.open("hp", Arc::new(Tampering::new()));
    let mut wrong = code.clone();
    wrong.code.secret = if code.code.secret == "00000000" { "00000001" } else { "00000000" }.into();
    for _ in 0..pantau_protocol::limit::ENROL_TRIES {
        let outcome = phone.enrol(&wrong).await.unwrap();
        assert!(matches!(outcome, EnrolOutcome::WrongCode | EnrolOutcome::Asleep { .. }), "{outcome:?}");
    }
    assert!(matches!(phone.enrol(&wrong).await.unwrap(), EnrolOutcome::Asleep { .. }));
    assert!(matches!(phone.enrol(&code).await.unwrap(), EnrolOutcome::Asleep { .. }), "asleep for all");
    world.clock.pass(pantau_protocol::limit::ENROL_SLEEP_S + 1);
    let elsewhere = Invitation { fingerprint: Fingerprint([7; 32]), ..code.clone() };
    assert!(matches!(phone.enrol(&elsewhere).await, Err(Error::NotTrusted(_))));
    assert!(matches!(phone.enrol(&code).await.unwrap(), EnrolOutcome::Enrolled(_)));
}
