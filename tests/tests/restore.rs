//! A server restored from an old backup: what phones still hold is back in one sync, with the times it was
//! first received at.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeMap;

use pantau_core::{Delivery, SyncEnd};
use pantau_protocol::{
    body::{Body, Directive},
    exchange::RowKind,
    journal::RecordId,
    note::Field,
};
use pantau_server::{author, ops};
use pantau_tests::{World, place, settle, sync, visit};

#[tokio::test(flavor = "multi_thread")]
async fn an_old_backup_costs_nothing() {
    let mut world = World::new(31).await;
    let (camat, ..) = world.phone("camat", 1).await;
    let (petugas, ..) = world.phone("petugas", 2).await;
    for n in 1..=3 {
        visit(&camat, &format!("62.06.13.2001/00{n}"), "sebelum cadangan");
    }
    settle(&world, &[&camat, &petugas]).await;
    let backup = world.path("backup");
    let (dir, env, out) = (world.server_dir(), world.env(), backup.clone());
    tokio::task::spawn_blocking(move || ops::backup(&dir, &env, &out, "sandi")).await.unwrap().unwrap();

    world.clock.advance_to(world.clock.now() + 600);
    visit(&camat, "62.06.13.2001/004", "sesudah cadangan");
    assert_eq!(sync(&camat).await, SyncEnd::Done);
    world.clock.advance_to(world.clock.now() + 600);
    visit(&petugas, "62.06.13.2001/005", "sesudah cadangan juga");
    settle(&world, &[&camat, &petugas]).await;
    let before = first_receipts(&world);

    world.stop().await;
    let lost = world.path("server-lost");
    std::fs::rename(world.server_dir().path(), &lost).unwrap();
    world.clock.advance_to(world.clock.now() + 3600);
    let (dir, env) = (world.server_dir(), world.env());
    let restored = tokio::task::spawn_blocking(move || ops::restore(&backup, "sandi", &dir, &env));
    let restored = restored.await.unwrap().unwrap();
    assert!(restored.epoch.created_at >= world.clock.now());
    world.start().await;
    assert!(first_receipts(&world).len() < before.len(), "the backup is as new as the log");

    for phone in [&camat, &petugas] {
        assert_eq!(sync(phone).await, SyncEnd::Done);
        let held = |d: &Delivery| matches!(d, Delivery::Held { .. });
        assert!(phone.journal(None, 50).unwrap().iter().all(|r| held(&r.delivery)));
    }
    settle(&world, &[&camat, &petugas]).await;
    assert_eq!(first_receipts(&world), before, "records or times of first receipt differ");
}

/// Times of first receipt of the phones' records.
fn first_receipts(world: &World) -> BTreeMap<RecordId, i64> {
    let desk = world.server().identity().desk_keys();
    let desk: Vec<_> = desk.iter().map(|k| k.public().device_id()).collect();
    let mut times = BTreeMap::new();
    for row in world.log() {
        if row.entry.row == RowKind::Record && !desk.contains(&row.entry.device) {
            let twice = times.insert(row.entry.id, row.entry.envelope.received_at);
            assert!(twice.is_none(), "doubled: {}", row.entry.id);
        }
    }
    times
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_desk_said_after_the_backup_is_applied_again() {
    let mut world = World::new(32).await;
    let backup = world.path("backup");
    let (dir, env, out) = (world.server_dir(), world.env(), backup.clone());
    tokio::task::spawn_blocking(move || ops::backup(&dir, &env, &out, "sandi")).await.unwrap().unwrap();
    let now = world.clock.now();
    let record = author::NewDeskRecord::new(now, place("62.06.13"), directive(now + 60))
        .with_note(Field::Note, "setelah cadangan");
    let server = world.server();
    tokio::task::spawn_blocking(move || author::append(&server, vec![record])).await.unwrap().unwrap();
    world.stop().await;
    // The database is lost; the desk's journal on the other disk is not.
    std::fs::remove_file(world.server_dir().db()).unwrap();
    for leftover in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{leftover}", world.server_dir().db().display()));
    }
    let (dir, env) = (world.server_dir(), world.env());
    let restored = tokio::task::spawn_blocking(move || ops::restore(&backup, "sandi", &dir, &env));
    assert_eq!(restored.await.unwrap().unwrap().reapplied.len(), 1);
    world.start().await;
    let (camat, ..) = world.phone("camat", 1).await;
    let tasks = camat.directives().unwrap().to_do;
    assert_eq!(tasks.len(), 1);
    assert_eq!(tasks[0].text.as_deref(), Some("setelah cadangan"));
}

fn directive(due: i64) -> Body {
    Body::Directive(Directive { officer: None, role: None, due })
}
