//! Whatever answers in the server's place, however politely: nothing counts as held.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

use pantau_core::{Delivery, SyncEnd, transport::Answer};
use pantau_tests::{Tamper, World, settle, sync, visit};

#[tokio::test(flavor = "multi_thread")]
async fn a_captive_portal_holds_nothing() {
    let world = World::new(1).await;
    let (phone, _link, transport) = world.phone("camat", 1).await;
    let saved = visit(&phone, "62.06.13.2001/001", "jalan licin");
    let html = b"<html><title>Masuk Wi-Fi</title></html>".to_vec();
    for status in [200, 204, 302, 401, 404, 413, 500, 511] {
        transport.plan([Tamper::Instead(Answer { status, body: html.clone(), ..Answer::default() })]);
        let end = sync(&phone).await;
        assert!(matches!(end, SyncEnd::Offline(_) | SyncEnd::Done), "{status}: {end:?}");
        if end == SyncEnd::Done {
            // A 413 only makes the next request smaller; that one reached the server.
            assert_eq!(status, 413);
            break;
        }
        assert_eq!(phone.unsent().unwrap().records, 1, "{status}");
        let delivery = &phone.journal(None, 1).unwrap()[0].delivery;
        assert!(matches!(delivery, Delivery::Sent { .. }), "{status}: {delivery:?}");
        assert_eq!(world.times_held(&saved.id), 0);
    }
    settle(&world, &[&phone]).await;
    assert_eq!(world.times_held(&saved.id), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_to_another_request_or_phone_counts_for_nothing() {
    let world = World::new(2).await;
    let (phone, _l1, transport) = world.phone("camat", 1).await;
    let (other, _l2, other_transport) = world.phone("petugas", 2).await;
    // The other phone's good reply, kept and played to this one.
    let (keep, kept) = tokio::sync::oneshot::channel();
    other_transport.plan([Tamper::Change(Box::new(move |answer| {
        keep.send(answer.clone()).unwrap();
        answer
    }))]);
    visit(&other, "62.06.13.2001/002", "");
    assert_eq!(sync(&other).await, SyncEnd::Done);
    let stolen = kept.await.unwrap();
    visit(&phone, "62.06.13.2001/001", "");
    transport.plan([Tamper::Instead(stolen)]);
    assert!(matches!(sync(&phone).await, SyncEnd::Offline(_)));
    assert_eq!(phone.unsent().unwrap().records, 1);
    settle(&world, &[&phone, &other]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_spoiled_byte_of_a_reply_is_noticed() {
    let world = World::new(3).await;
    let (phone, _link, transport) = world.phone("camat", 1).await;
    visit(&phone, "62.06.13.2001/001", "");
    for at in (0..160).step_by(7) {
        transport.plan([Tamper::Change(Box::new(move |mut answer| {
            if let Some(byte) = answer.body.get_mut(at) {
                *byte ^= 0x10;
            }
            answer
        }))]);
        assert!(matches!(sync(&phone).await, SyncEnd::Offline(_)), "byte {at}");
        assert_eq!(phone.unsent().unwrap().records, 1, "byte {at}");
    }
    settle(&world, &[&phone]).await;
}
