//! One journal in two places: a cloned phone, a restored backup.

use std::path::Path;

use pantau_core::{Delivery, SyncEnd};

use crate::rig::{World, incident, place, visit};

const TPS: &str = "62.06.13.2001/001";

/// A copy of a phone that is not running, as a backup makes it.
fn copy(from: &Path, to: &Path) {
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

#[tokio::test]
async fn a_clone_forks_and_goes_on_under_a_new_key() {
    let world = World::new();
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let phone = world.phone(here.path(), 1).await;
    phone.capture(visit(TPS)).unwrap();
    world.sync(&phone).await;
    phone.shutdown().unwrap();
    copy(here.path(), there.path());
    let (original, clone) = (world.open(here.path(), 2), world.open(there.path(), 3));
    let device = original.status().unwrap().device.unwrap();
    for n in 0..3 {
        original.capture(incident(TPS, &format!("asli {n}"))).unwrap();
        clone.capture(incident("62.06.13.2001/002", &format!("salinan {n}"))).unwrap();
    }
    assert_eq!(world.sync(&original).await.end, SyncEnd::Done);
    let report = world.sync(&clone).await;
    assert_eq!((report.end.clone(), report.records_sent), (SyncEnd::Done, 3), "{report:?}");
    let after = clone.status().unwrap();
    assert_eq!(after.journals.len(), 2);
    assert_ne!(after.device, Some(device));
    // Both branches are held, and nothing was said again under the new key.
    assert_eq!(world.server().branches_of(device), 2);
    assert_eq!(clone.unsent().unwrap().records, 0);
    // The clone now sees what its twin said under the key they shared.
    let card = clone.tps_card(&place(TPS)).unwrap();
    assert_eq!((card.state.visits, card.state.incidents.len()), (1, 3));
    let saved = clone.capture(visit(TPS)).unwrap();
    assert_eq!((Some(saved.device), saved.seq), (after.device, 1));
    assert_eq!(world.sync(&clone).await.end, SyncEnd::Done);
    for phone in [&original, &clone] {
        world.sync(phone).await;
        let same = phone.compare().await.unwrap();
        assert_eq!(same.own, same.server);
    }
}

#[tokio::test]
async fn a_restored_phone_is_behind_and_goes_on_under_a_new_key() {
    let world = World::new();
    let (dir, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    phone.capture(visit(TPS)).unwrap();
    world.sync(&phone).await;
    phone.shutdown().unwrap();
    copy(dir.path(), backup.path());
    let phone = world.open(dir.path(), 2);
    phone.capture(incident(TPS, "setelah cadangan")).unwrap();
    world.sync(&phone).await;
    phone.shutdown().unwrap();
    let restored = world.open(backup.path(), 3);
    let report = world.sync(&restored).await;
    assert_eq!(report.end, SyncEnd::Done, "{report:?}");
    assert_eq!(restored.status().unwrap().journals.len(), 2);
    // What the backup lacked comes back as a record of the old key.
    assert_eq!(restored.tps_card(&place(TPS)).unwrap().state.incidents.len(), 1);
    let same = restored.compare().await.unwrap();
    assert_eq!(same.own, same.server);
}

#[tokio::test]
async fn unsent_records_of_a_closed_journal_go_out_under_their_old_key() {
    let world = World::new();
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let phone = world.phone(here.path(), 1).await;
    phone.capture(visit(TPS)).unwrap();
    phone.shutdown().unwrap();
    copy(here.path(), there.path());
    let (original, clone) = (world.open(here.path(), 2), world.open(there.path(), 3));
    original.capture(incident(TPS, "asli")).unwrap();
    for _ in 0..40 {
        clone.capture(visit(TPS)).unwrap();
    }
    world.sync(&original).await;
    // Each frame may carry few records: the fork is known long before all are sent.
    world.wire.next(crate::rig::Line::Limit(330));
    let report = world.sync(&clone).await;
    assert_eq!(report.end, SyncEnd::Done, "{report:?}");
    let rows = clone.journal(None, 100).unwrap();
    assert_eq!(rows.len(), 41);
    assert!(rows.iter().all(|r| matches!(r.delivery, Delivery::Held { .. })));
    assert_eq!(clone.status().unwrap().journals.len(), 2);
}
