//! How far a record has come, and who says so.

use pantau_core::{Delivery, SyncEnd, Unsent};
use pantau_protocol::{
    exchange::{Held, Outcome, Reason},
    note::Field,
    receipt::Epoch,
};

use crate::{
    rig::{Line, World, incident, place, visit},
    turn::Turn,
};

const TPS: &str = "62.06.13.2001/001";

fn delivery(phone: &pantau_core::Phone) -> Delivery {
    phone.journal(None, 1).unwrap().remove(0).delivery
}

#[tokio::test]
async fn a_record_is_saved_then_sent_then_held() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    phone.capture(incident(TPS, "banjir")).unwrap();
    assert_eq!(delivery(&phone), Delivery::Saved);
    let unsent = phone.unsent().unwrap();
    assert_eq!((unsent.records, unsent.notes), (1, 1));
    assert!(unsent.bytes > 6);
    world.wire.next(Line::CutDown);
    let report = world.sync(&phone).await;
    assert!(matches!(report.end, SyncEnd::Offline(_)) && report.receipts == 0);
    assert!(matches!(delivery(&phone), Delivery::Sent { .. }));
    assert_eq!(phone.unsent().unwrap(), unsent);
    phone.forget_backoff().unwrap();
    let report = world.sync(&phone).await;
    assert_eq!((report.end, report.requests, report.records_sent), (SyncEnd::Done, 1, 1));
    // The time of first receipt, although that receipt was lost.
    let held = world.server().held_of(phone.status().unwrap().device.unwrap());
    let received_at = held[0].row.envelope.received_at;
    assert_eq!(delivery(&phone), Delivery::Held { received_at });
    assert_eq!(phone.unsent().unwrap(), Unsent::default());
}

#[tokio::test]
async fn a_receipt_for_another_link_counts_nothing() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    phone.capture(visit(TPS)).unwrap();
    for _ in 0..20 {
        world.server().turns.push_back(Turn::WrongLink);
    }
    let report = world.sync(&phone).await;
    assert_eq!((report.receipts, report.records_sent), (0, 0));
    assert!(matches!(report.end, SyncEnd::Offline(_)), "{:?}", report.end);
    assert_eq!(phone.unsent().unwrap().records, 1);
    assert!(matches!(delivery(&phone), Delivery::Sent { .. }));
}

#[tokio::test]
async fn nothing_but_a_signed_reply_changes_anything() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    phone.capture(visit(TPS)).unwrap();
    let before = (phone.status().unwrap().cursor, phone.unsent().unwrap());
    let tricks = [
        Line::Portal,
        Line::Status(200, None),
        Line::Status(500, None),
        Line::Mangle(|b| b.truncate(b.len() / 2)),
        Line::Mangle(|b| b.push(0)),
        Line::Mangle(Vec::clear),
    ];
    for trick in tricks {
        world.wire.next(trick);
        let end = world.sync(&phone).await.end;
        assert!(matches!(end, SyncEnd::Offline(_)), "{end:?}");
        phone.forget_backoff().unwrap();
        assert_eq!((phone.status().unwrap().cursor, phone.unsent().unwrap()), before);
    }
    world.server().turns.push_back(Turn::WrongKey);
    assert!(matches!(world.sync(&phone).await.end, SyncEnd::Offline(_)));
    phone.forget_backoff().unwrap();
    assert_eq!(phone.unsent().unwrap(), before.1);
    assert_eq!(world.sync(&phone).await.records_sent, 1);
}

#[tokio::test]
async fn every_flipped_bit_of_a_reply_is_noticed() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    phone.capture(visit(TPS)).unwrap();
    #[expect(clippy::ptr_arg, reason = "a line may also lengthen what it carries")]
    fn flip<const N: usize>(bytes: &mut Vec<u8>) {
        let at = (N * bytes.len()) / 64;
        bytes[at] ^= 1 << (N % 8);
    }
    macro_rules! flips {
        ($($n:literal)*) => { [$(flip::<$n> as fn(&mut Vec<u8>)),*] };
    }
    for change in flips!(0 1 2 3 4 5 7 9 11 13 15 17 20 23 26 29 33 37 41 45 49 53 57 60 63) {
        world.wire.next(Line::Mangle(change));
        let report = world.sync(&phone).await;
        assert_eq!((report.receipts, phone.unsent().unwrap().records), (0, 1));
        phone.forget_backoff().unwrap();
    }
    assert_eq!(world.sync(&phone).await.receipts, 1);
}

#[tokio::test]
async fn what_is_set_aside_says_why_and_leaves_the_state() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    phone.capture(visit(TPS)).unwrap();
    assert_eq!(phone.tps_card(&place(TPS)).unwrap().state.visits, 1);
    // This phone writes nothing that the server sets aside. That both show the same then is tested with phones that
    // do, in the suite `access`.
    let held = Held { seq: 1, reason: Reason::OutsideGrants, field: "place".into() };
    world.server().turns.push_back(Turn::Also(Outcome::Quarantined(vec![held])));
    world.sync(&phone).await;
    let (reason, field) = (Reason::OutsideGrants, "place".to_owned());
    assert_eq!(delivery(&phone), Delivery::Quarantined { reason, field });
    assert_eq!(phone.unsent().unwrap(), Unsent::default());
    assert_eq!(phone.tps_card(&place(TPS)).unwrap().state.visits, 0);
}

#[tokio::test]
async fn a_reply_of_an_older_epoch_changes_nothing() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    phone.capture(visit(TPS)).unwrap();
    let before = phone.status().unwrap();
    let older = Epoch { created_at: 1, random: [0; 8] };
    // It is asked again, a receipt in hand, until that is of no use.
    let turns = std::iter::repeat_with(|| Turn::Epoch(older)).take(6);
    world.server().turns.extend(turns);
    let report = world.sync(&phone).await;
    assert!(matches!(report.end, SyncEnd::Offline(_)));
    assert!(world.server().turns.is_empty());
    let after = phone.status().unwrap();
    assert_eq!((after.cursor, after.epoch), (before.cursor, before.epoch));
    assert_eq!((report.receipts, phone.unsent().unwrap().records), (0, 1));
}

#[tokio::test]
async fn a_note_the_server_lacks_goes_again() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    phone.capture(incident(TPS, "banjir")).unwrap();
    phone.capture(visit(TPS)).unwrap();
    world.server().turns.push_back(Turn::Forget(vec![(1, Field::Note)]));
    let report = world.sync(&phone).await;
    assert_eq!((report.end, report.requests), (SyncEnd::Done, 2));
    let server = world.server();
    assert_eq!(server.seen.last().unwrap().notes.len(), 1);
    drop(server);
    assert_eq!(phone.unsent().unwrap(), Unsent::default());
}

#[tokio::test]
async fn an_outcome_of_a_newer_server_is_ignored() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    phone.capture(visit(TPS)).unwrap();
    world.server().turns.push_back(Turn::Also(Outcome::Other(99)));
    let report = world.sync(&phone).await;
    assert_eq!((report.end, report.records_sent), (SyncEnd::Done, 1));
}
