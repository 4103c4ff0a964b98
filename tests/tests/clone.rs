//! A phone that was cloned, or restored from a backup of its files: both branches are kept, both phones go
//! on in the same sync.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

use std::sync::Arc;

use pantau_core::{Phone, SyncEnd};
use pantau_tests::{Tampering, World, settle, sync, visit};

/// Copies a phone's files while it is paused, as a backup tool would.
fn copy(world: &World, phone: &Phone, from: &str, to: &str) {
    phone.pause().unwrap();
    std::fs::create_dir_all(world.path(to)).unwrap();
    for entry in std::fs::read_dir(world.path(from)).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), world.path(to).join(entry.file_name())).unwrap();
    }
    phone.resume().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn both_of_two_clones_keep_all_they_wrote() {
    let world = World::new(41).await;
    let (phone, ..) = world.phone("asli", 1).await;
    let mut saved = vec![visit(&phone, "62.06.13.2001/001", "bersama")];
    settle(&world, &[&phone]).await;
    copy(&world, &phone, "asli", "klon");
    let clone = world.open("klon", Arc::new(Tampering::new()));
    for n in 2..=4 {
        saved.push(visit(&phone, &format!("62.06.13.2001/00{n}"), "asli"));
        saved.push(visit(&clone, &format!("62.06.13.2001/00{n}"), "klon"));
    }
    assert_eq!(sync(&phone).await, SyncEnd::Done);
    assert_eq!(sync(&clone).await, SyncEnd::Done);
    let [first, second] = [&phone, &clone].map(|p| p.status().unwrap().journals.len());
    assert_eq!((first, second), (1, 2), "the second to come goes on under a key of its own");
    saved.push(visit(&phone, "62.06.13.2001/005", "asli lagi"));
    saved.push(visit(&clone, "62.06.13.2001/005", "klon lagi"));
    settle(&world, &[&phone, &clone]).await;
    for one in &saved {
        assert_eq!(world.times_held(&one.id), 1, "record {} of {}", one.seq, one.device);
    }
    assert_eq!(phone.tps_card(&pantau_tests::place("62.06.13.2001/003")).unwrap().state.visits, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_restored_from_an_old_copy_goes_on_under_a_new_key() {
    let world = World::new(42).await;
    let (phone, ..) = world.phone("asli", 1).await;
    visit(&phone, "62.06.13.2001/001", "");
    settle(&world, &[&phone]).await;
    copy(&world, &phone, "asli", "salinan");
    let lost_later = visit(&phone, "62.06.13.2001/002", "hanya di server");
    settle(&world, &[&phone]).await;
    phone.shutdown().unwrap();
    let restored = world.open("salinan", Arc::new(Tampering::new()));
    assert_eq!(sync(&restored).await, SyncEnd::Done);
    assert_eq!(restored.status().unwrap().journals.len(), 2);
    let again = visit(&restored, "62.06.13.2001/003", "");
    settle(&world, &[&restored]).await;
    assert_eq!((world.times_held(&lost_later.id), world.times_held(&again.id)), (1, 1));
    // Its own lost record came back from the server.
    let card = restored.tps_card(&pantau_tests::place("62.06.13.2001/002")).unwrap();
    assert_eq!(card.state.visits, 1);
}
