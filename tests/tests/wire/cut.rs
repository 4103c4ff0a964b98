//! The connection breaks at every byte of an exchange, on the way up and on the way down.

use pantau_core::{Phone, SyncEnd};
use pantau_drill::link::{Fault, Link};
use pantau_protocol::body::Signal;
use pantau_tests::{World, sync, visit};

use crate::stage::{Stage, calls_all_held, few_notes};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_record() {
    at_every_byte(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_records() {
    at_every_byte(20).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_records() {
    at_every_byte(200).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_record_and_a_page_of_others() {
    let world = World::in_memory(60).await;
    let (phone, link, _) = world.phone("camat", 1).await;
    let (other, ..) = world.phone("petugas", 2).await;
    for n in 0..60 {
        visit(&other, &format!("62.06.13.2001/00{}", n % 5 + 1), &format!("lain {n}"));
    }
    assert_eq!(sync(&other).await, SyncEnd::Done);
    other.shutdown().unwrap();
    play(world, phone, link, 1).await;
}

async fn at_every_byte(records: usize) {
    let world = World::in_memory(records as u64).await;
    let (phone, link, _) = world.phone("camat", 1).await;
    play(world, phone, link, records).await;
}

async fn play(world: World, phone: Phone, link: Link, records: usize) {
    let mut stage = Stage::set(world, phone, few_notes(records)).await;
    let (up, down) = measure(&mut stage, &link).await;
    println!("{records} records: {up} bytes up, {down} bytes down");
    for at in 0..up {
        cut(&mut stage, &link, Fault::CutUp(at)).await;
    }
    for at in 0..down {
        cut(&mut stage, &link, Fault::CutDown(at)).await;
    }
}

/// Bytes of the whole exchange when nothing breaks.
async fn measure(stage: &mut Stage, link: &Link) -> (u64, u64) {
    link.arm(Signal::Strong, None);
    let phone = stage.phone();
    assert_eq!(sync(&phone).await, SyncEnd::Done);
    assert!(stage.holds_each(1) && calls_all_held(stage, &phone));
    stage.put_server_back().await;
    link.carried()
}

async fn cut(stage: &mut Stage, link: &Link, fault: Fault) {
    let phone = stage.phone();
    link.arm(Signal::Strong, Some(fault));
    let end = sync(&phone).await;
    assert!(matches!(end, SyncEnd::Offline(_)), "{fault:?}: {end:?}");
    // The server saw the whole request or none of it; the phone saw no whole reply.
    let arrived = usize::from(matches!(fault, Fault::CutDown(_)));
    assert!(stage.holds_each(arrived), "{fault:?}: {:?}", stage.held());
    assert_eq!(phone.unsent().unwrap().records, stage.saved.len() as u64, "{fault:?}");

    link.arm(Signal::Strong, None);
    assert_eq!(sync(&phone).await, SyncEnd::Done, "{fault:?}");
    assert!(stage.holds_each(1), "{fault:?}: {:?}", stage.held());
    assert!(calls_all_held(stage, &phone), "{fault:?}");
    let read = phone.status().unwrap().cursor.map(|c| c.position);
    assert_eq!(read, Some(stage.world.log().len() as u64), "{fault:?}");
    stage.put_server_back().await;
}
