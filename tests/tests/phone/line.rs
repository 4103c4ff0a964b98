//! The line: how the loop bears what lines do.

use pantau_core::{Budget, Cancel, Delivery, EnrolOutcome, Error, Silent, SyncEnd};
use pantau_protocol::{
    exchange::{Counted, Outcome},
    journal::DeviceId,
    limit,
};

use crate::{
    rig::{Line, World, incident, place, visit},
    turn::Turn,
};

const TPS: &str = "62.06.13.2001/001";

#[tokio::test]
async fn a_sync_that_pushes_and_pulls_is_one_request() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    for n in 0..50 {
        phone.capture(incident(TPS, &format!("kendala nomor {n}"))).unwrap();
    }
    world.server().say("62.06", directive());
    let report = world.sync(&phone).await;
    assert_eq!((report.end, report.requests), (SyncEnd::Done, 1));
    assert_eq!((report.records_sent, report.records_received), (50, 1));
    let idle = world.sync(&phone).await;
    assert_eq!((idle.end.clone(), idle.requests, idle.records_received), (SyncEnd::Done, 1, 0));
    assert!(idle.bytes_up + idle.bytes_down < 400, "{idle:?}");
}

fn directive() -> pantau_protocol::body::Body {
    let directive = pantau_protocol::body::Directive { officer: None, role: None, due: 0 };
    pantau_protocol::body::Body::Directive(directive)
}

#[tokio::test]
async fn days_without_signal_do_not_make_the_next_request_small() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    for _ in 0..40 {
        phone.capture(visit(TPS)).unwrap();
    }
    for line in [Line::NoSignal, Line::Portal, Line::NoSignal, Line::Status(502, None)] {
        world.wire.next(line);
        phone.forget_backoff().unwrap();
        assert!(matches!(world.sync(&phone).await.end, SyncEnd::Offline(_)));
    }
    phone.forget_backoff().unwrap();
    let report = world.sync(&phone).await;
    assert_eq!((report.end, report.requests, report.records_sent), (SyncEnd::Done, 1, 40));
}

#[tokio::test]
async fn a_small_gate_is_passed_in_halves() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    for n in 0..60 {
        phone.capture(incident(TPS, &format!("kendala {n} {}", n * 7919))).unwrap();
    }
    world.wire.next(Line::Limit(1_000));
    let report = world.sync(&phone).await;
    assert_eq!((report.end.clone(), report.records_sent), (SyncEnd::Done, 60), "{report:?}");
    assert_eq!(world.server().held_of(phone.status().unwrap().device.unwrap()).len(), 60);
}

#[tokio::test]
async fn a_cut_halves_and_what_came_through_is_not_doubled() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    for _ in 0..128 {
        phone.capture(visit(TPS)).unwrap();
    }
    let device = phone.status().unwrap().device.unwrap();
    for line in [Line::CutUp, Line::CutDown, Line::CutUp] {
        world.wire.next(line);
        phone.forget_backoff().unwrap();
        assert!(matches!(world.sync(&phone).await.end, SyncEnd::Offline(_)));
        assert_eq!(phone.unsent().unwrap().records, 128);
    }
    assert_eq!(world.server().held_of(device).len(), 64);
    phone.forget_backoff().unwrap();
    let report = world.sync(&phone).await;
    assert_eq!((report.end, report.records_sent), (SyncEnd::Done, 128));
    // 16, the least after a cut, 32, 64 and what is left: the segment grows again with each success.
    assert_eq!(report.requests, 4);
    assert_eq!(world.server().held_of(device).len(), 128);
}

#[tokio::test]
async fn a_line_that_cuts_what_is_long_gets_less_until_it_fits() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    for n in 0..12 {
        phone.capture(incident(TPS, &format!("kendala {n}"))).unwrap();
    }
    // Once may be chance: the whole goes out again. 12, 12, 6, 3, 2 and 1 are too long for it.
    for _ in 0..6 {
        world.wire.next(Line::CutUp);
        phone.forget_backoff().unwrap();
        assert!(matches!(world.sync(&phone).await.end, SyncEnd::Offline(_)));
    }
    phone.forget_backoff().unwrap();
    let report = world.sync(&phone).await;
    // 1, 2, 4 and what is left.
    assert_eq!((report.end, report.requests, report.records_sent), (SyncEnd::Done, 4, 12));
}

#[tokio::test]
async fn a_line_that_breaks_gets_smaller_pages() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    let asked = |world: &World| world.server().seen.last().unwrap().budget_bytes;
    let full = asked(&world);
    world.wire.next(Line::CutDown);
    world.sync(&phone).await;
    phone.forget_backoff().unwrap();
    world.sync(&phone).await;
    assert_eq!(asked(&world), full / 2);
    world.sync(&phone).await;
    assert_eq!(asked(&world), full);
}

#[tokio::test]
async fn delays_grow_with_jitter_and_survive_a_restart() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let mut phone = world.phone(dir.path(), 1).await;
    let mut longest = 0;
    for failure in 1..=12 {
        world.wire.next(Line::NoSignal);
        phone.forget_backoff().unwrap();
        world.sync(&phone).await;
        let status = phone.status().unwrap();
        assert_eq!(status.failures, failure);
        let delay = status.backoff_until.unwrap() - world.clock.now();
        assert!((0..=limit::BACKOFF_MAX_S).contains(&delay), "{delay}");
        longest = longest.max(delay);
    }
    assert!(longest > limit::BACKOFF_BASE_S, "no delay grew: {longest}");
    world.wire.next(Line::Status(503, Some(100)));
    phone.forget_backoff().unwrap();
    world.sync(&phone).await;
    let until = phone.status().unwrap().backoff_until.unwrap();
    assert!(until >= world.clock.now() + 100);
    phone.shutdown().unwrap();
    phone = world.open(dir.path(), 2);
    let report = world.sync(&phone).await;
    assert_eq!((report.end, report.requests), (SyncEnd::Backoff { until }, 0));
    world.clock.pass(until - world.clock.now());
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    assert_eq!(phone.status().unwrap().failures, 0);
}

#[tokio::test]
async fn the_server_may_ask_to_come_later() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    phone.capture(visit(TPS)).unwrap();
    let cursor = phone.status().unwrap().cursor;
    world.server().turns.push_back(Turn::Away(Outcome::Later { after_s: 60 }));
    let SyncEnd::Backoff { until } = world.sync(&phone).await.end else { panic!("not put off") };
    assert!(until >= world.clock.now() + 60);
    assert_eq!((phone.status().unwrap().cursor, phone.unsent().unwrap().records), (cursor, 1));
    phone.forget_backoff().unwrap();
    world.server().turns.push_back(Turn::Backoff(30));
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    let until = world.clock.now() + 30;
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Backoff { until });
}

#[tokio::test]
async fn malformed_and_refused_keep_all_and_try_less_next_time() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    for _ in 0..8 {
        phone.capture(visit(TPS)).unwrap();
    }
    // A cut of so small a request halves it, too.
    for (outcome, next) in [(Outcome::Malformed, 4), (Outcome::Refused, 1)] {
        world.server().turns.push_back(Turn::Away(outcome));
        phone.forget_backoff().unwrap();
        assert!(matches!(world.sync(&phone).await.end, SyncEnd::Backoff { .. }));
        assert_eq!(phone.unsent().unwrap().records, 8);
        world.wire.next(Line::CutDown);
        phone.forget_backoff().unwrap();
        world.sync(&phone).await;
        let server = world.server();
        assert_eq!(server.seen.last().unwrap().segment.as_ref().unwrap().records.len(), next);
    }
    phone.forget_backoff().unwrap();
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
}

#[tokio::test]
async fn a_wrong_clock_costs_one_more_request() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    world.server().set_ahead(40 * 365 * 86_400);
    let phone = world.open(dir.path(), 1);
    world.enrol(&phone).await;
    phone.capture(visit(TPS)).unwrap();
    let report = world.sync(&phone).await;
    assert_eq!((report.end, report.requests, report.records_sent), (SyncEnd::Done, 2, 1));
    assert_eq!(report.clock_offset, Some(40 * 365 * 86_400));
    assert_eq!(world.sync(&phone).await.requests, 1);
}

#[tokio::test]
async fn budgets_are_kept() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    for n in 0..200 {
        phone.capture(incident(TPS, &format!("kendala {n} {}", n * 104_729))).unwrap();
    }
    let sync = async |budget| {
        phone.forget_backoff().unwrap();
        phone.sync(budget, &Silent, &Cancel::new()).await.unwrap()
    };
    let none = sync(Budget { seconds: 60, bytes: 50 }).await;
    assert_eq!((none.end, none.requests), (SyncEnd::Budget, 0));
    let none = sync(Budget { seconds: 0, bytes: 1 << 20 }).await;
    assert_eq!((none.end, none.requests), (SyncEnd::Budget, 0));
    let mut sent = 0;
    for _ in 0..40 {
        let report = sync(Budget { seconds: 60, bytes: 2_500 }).await;
        assert!(report.bytes_up <= 2_500, "{report:?}");
        sent += report.records_sent;
        if report.end == SyncEnd::Done {
            break;
        }
        assert_eq!(report.end, SyncEnd::Budget);
    }
    assert_eq!(sent, 200);
}

#[tokio::test]
async fn cancel_and_pause_end_a_sync_and_lose_nothing() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    phone.capture(visit(TPS)).unwrap();
    for by_pause in [false, true] {
        world.wire.next(Line::Hang);
        let cancel = Cancel::new();
        let sync = phone.sync(Budget::PLENTY, &Silent, &cancel);
        let stop = async {
            tokio::task::yield_now().await;
            match by_pause {
                true => phone.pause().unwrap(),
                false => cancel.cancel(),
            }
        };
        let (report, ()) = tokio::join!(sync, stop);
        assert_eq!(report.unwrap().end, SyncEnd::Cancelled);
        phone.resume().unwrap();
        assert_eq!(phone.unsent().unwrap().records, 1);
    }
    assert_eq!(world.sync(&phone).await.records_sent, 1);
}

#[tokio::test]
async fn progress_is_told_after_every_reply() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    for n in 0..10 {
        phone.capture(incident(TPS, &format!("kendala {n} {}", n * 7919))).unwrap();
    }
    world.wire.next(Line::Limit(280));
    let told = std::sync::Mutex::new(Vec::new());
    let listen = |a: &pantau_core::Advance| told.lock().unwrap().push(a.records_left);
    phone.sync(Budget::PLENTY, &listen, &Cancel::new()).await.unwrap();
    let told = told.into_inner().unwrap();
    assert!(told.len() > 1 && told.is_sorted_by(|a, b| a > b) && told.last() == Some(&0), "{told:?}");
}

#[tokio::test]
async fn enrolment_ends_in_values_and_survives_a_lost_reply() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.open(dir.path(), 1);
    assert_eq!(world.sync(&phone).await.end, SyncEnd::NotEnrolled);
    assert_eq!(phone.capture(visit(TPS)).unwrap_err(), Error::NotEnrolled);
    let good = world.server().invitation();
    let mut wrong = good.clone();
    wrong.code.secret = "00000000".into();
    assert_eq!(phone.enrol(&wrong).await, Ok(EnrolOutcome::WrongCode));
    let mut stranger = good.clone();
    stranger.fingerprint.0[0] ^= 1;
    assert!(matches!(phone.enrol(&stranger).await, Err(Error::NotTrusted(_))));
    world.wire.next(Line::Portal);
    assert!(matches!(phone.enrol(&good).await, Err(Error::Offline(_))));
    world.wire.next(Line::CutDown);
    assert!(matches!(phone.enrol(&good).await, Err(Error::Offline(_))));
    phone.shutdown().unwrap();
    let phone = world.open(dir.path(), 2);
    let first = world.enrol(&phone).await;
    assert_eq!(world.enrol(&phone).await, first);
    assert_eq!(phone.status().unwrap().journals.len(), 1);
    let other = tempfile::tempdir().unwrap();
    assert_eq!(world.open(other.path(), 3).enrol(&good).await, Ok(EnrolOutcome::Used));
    let typed = phone.enrol_typed("http://desk.example", "A1B2", "C3D4E5F6").await;
    assert!(matches!(typed, Err(Error::NotTrusted(_))));
}

#[tokio::test]
async fn a_new_code_opens_a_new_journal_and_the_old_one_still_empties() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    let old = phone.status().unwrap().device.unwrap();
    phone.capture(visit(TPS)).unwrap();
    world.server().renew_code();
    world.enrol(&phone).await;
    let new = phone.status().unwrap().device.unwrap();
    assert_ne!(old, new);
    phone.capture(visit(TPS)).unwrap();
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    let server = world.server();
    assert_eq!((server.held_of(old).len(), server.held_of(new).len()), (1, 1));
}

#[tokio::test]
async fn a_revoked_phone_hands_in_its_evidence_and_reads_no_more() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    phone.capture(visit(TPS)).unwrap();
    let device = phone.status().unwrap().device.unwrap();
    world.server().revoke(device, None);
    let report = world.sync(&phone).await;
    assert_eq!((report.end, report.records_sent), (SyncEnd::Revoked, 1));
    assert!(phone.status().unwrap().revoked);
    assert_eq!(phone.tps_list(&Default::default()).unwrap().len(), 3);
}

#[tokio::test]
async fn a_revoked_phone_says_which_of_its_records_count_until_it_is_trusted_again() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    for n in 0..3 {
        phone.capture(incident(TPS, &format!("kendala {n}"))).unwrap();
    }
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    let counts = || -> Vec<bool> {
        let rows = phone.journal(None, 10).unwrap();
        assert!(rows.iter().all(|r| r.delivery.is_held()));
        let card = phone.tps_card(&place(TPS)).unwrap().timeline;
        for row in &rows {
            let there = card.iter().find(|t| t.id == row.id).unwrap();
            assert_eq!(there.delivery.as_ref(), Some(&row.delivery));
        }
        rows.iter().rev().map(|r| matches!(r.delivery, Delivery::Held { .. })).collect()
    };
    assert_eq!(counts(), [true; 3]);
    // The desk says that his phone was stolen after the second record.
    let device = phone.status().unwrap().device.unwrap();
    world.server().revoke(device, Some(2));
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Revoked);
    assert_eq!(counts(), [true, true, false]);
    // It may say of others, and of no record, or of some with one between that does not count.
    let of = |device, first, last| Counted { device, first, last };
    let some = vec![of(device, 1, 1), of(device, 3, 3), of(DeviceId([7; 16]), 1, 9)];
    for (counted, expected) in [(vec![], [false; 3]), (some, [true, false, true])] {
        world.server().turns.push_back(Turn::Also(Outcome::Revoked { counted }));
        assert_eq!(world.sync(&phone).await.end, SyncEnd::Revoked);
        assert_eq!(counts(), expected);
    }
    phone.capture(visit(TPS)).unwrap();
    assert_eq!(phone.journal(None, 1).unwrap()[0].delivery, Delivery::Saved);
    world.server().trust_again(device);
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    assert_eq!(counts(), [true; 4]);
}

#[tokio::test]
async fn an_old_app_still_uploads() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    phone.capture(visit(TPS)).unwrap();
    world.server().turns.push_back(Turn::Also(Outcome::Upgrade { min: 2 }));
    let report = world.sync(&phone).await;
    assert_eq!((report.end, report.records_sent), (SyncEnd::Upgrade { min: 2 }, 1));
}
