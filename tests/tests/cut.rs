//! The connection breaks at 50 places of an exchange: everything arrives once, nothing is believed early.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

use pantau_core::{Delivery, SyncEnd};
use pantau_drill::link::Fault;
use pantau_protocol::body::Signal;
use pantau_tests::{World, settle, sync, visit};

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_at_any_of_50_offsets_loses_and_doubles_nothing() {
    let world = World::new(11).await;
    let (phone, link, _transport) = world.phone("camat", 1).await;
    let up = (0..25).map(|n| Fault::CutUp(n * 23));
    let down = (0..25).map(|n| Fault::CutDown(n * 17));
    let mut saved = Vec::new();
    for (n, fault) in up.chain(down).enumerate() {
        for k in 0..3 {
            saved.push(visit(&phone, &format!("62.06.13.2001/00{}", k + 1), &format!("catatan {n}")));
        }
        link.arm(Signal::Strong, Some(fault));
        let end = sync(&phone).await;
        for row in phone.journal(None, 3).unwrap() {
            let held = matches!(row.delivery, Delivery::Held { .. });
            assert!(!held || world.times_held(&row.id) == 1, "believed and not there, {fault:?} {end:?}");
        }
        link.arm(Signal::Strong, None);
        assert_eq!(sync(&phone).await, SyncEnd::Done, "{fault:?}");
    }
    let ids = world.ids();
    for one in &saved {
        assert_eq!(ids.iter().filter(|id| **id == one.id).count(), 1, "record {}", one.seq);
    }
    settle(&world, &[&phone]).await;
}
