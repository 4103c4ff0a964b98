//! Servers that were restored, and scopes that change.

use std::sync::{Arc, Mutex};

use pantau_core::{
    Env, Phone, SyncEnd, TpsQuery,
    transport::{Answer, BoxFuture, Post, Transport, TransportError},
};
use pantau_protocol::{
    body::{Body, Category, Incident, Severity},
    exchange::Outcome,
};

use crate::{
    rig::{Wire, World, incident, options, place, visit},
    server::Server,
    turn::Turn,
};

const TPS: &str = "62.06.13.2001/001";

fn colleague(server: &mut Server, at: &str) {
    let body = Body::Incident(Incident { category: Category::Weather, severity: Severity::Low });
    let (colleague, real) = server.colleague();
    colleague.say(real, at, &body, vec![]);
}

#[tokio::test]
async fn a_restored_server_gets_back_what_it_lost_with_its_old_times() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    phone.capture(visit(TPS)).unwrap();
    world.sync(&phone).await;
    let backup = world.server().past();
    let device = phone.status().unwrap().device.unwrap();
    for n in 0..5 {
        phone.capture(incident(TPS, &format!("kendala {n}"))).unwrap();
        world.sync(&phone).await;
    }
    let times = |world: &World| -> Vec<i64> {
        world.server().held_of(device).iter().map(|h| h.row.envelope.received_at).collect()
    };
    let before = times(&world);
    world.clock.pass(86_400);
    world.server().restore(&backup);
    assert_eq!(times(&world).len(), 1);
    let report = world.sync(&phone).await;
    assert_eq!((report.end.clone(), report.records_sent), (SyncEnd::Done, 6), "{report:?}");
    assert_eq!(times(&world), before);
    assert_eq!(phone.unsent().unwrap().records, 0);
    let same = phone.compare().await.unwrap();
    assert_eq!(same.own, same.server);
}

#[tokio::test]
async fn a_server_rolled_back_unawares_is_shown_its_own_receipt() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    phone.capture(visit(TPS)).unwrap();
    world.sync(&phone).await;
    let backup = world.server().past();
    let epoch = world.server().epoch();
    phone.capture(visit(TPS)).unwrap();
    world.sync(&phone).await;
    world.server().roll_back(&backup);
    phone.capture(visit(TPS)).unwrap();
    let report = world.sync(&phone).await;
    assert_eq!(report.end, SyncEnd::Done, "{report:?}");
    assert!(world.server().epoch() > epoch, "the server did not notice");
    assert_eq!(world.server().held_of(phone.status().unwrap().device.unwrap()).len(), 3);
}

#[tokio::test]
async fn a_log_shorter_than_what_was_read_is_read_again() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    let backup = world.server().past();
    colleague(&mut world.server(), TPS);
    world.sync(&phone).await;
    assert_eq!(phone.tps_card(&place(TPS)).unwrap().state.incidents.len(), 1);
    // Rolled back, and no receipt of this phone can prove it.
    world.server().roll_back(&backup);
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    assert_eq!(phone.tps_card(&place(TPS)).unwrap().state.incidents.len(), 0);
}

#[tokio::test]
async fn others_records_stay_unconfirmed_until_the_new_pull_is_complete() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    colleague(&mut world.server(), TPS);
    world.sync(&phone).await;
    let backup = world.server().past();
    colleague(&mut world.server(), TPS);
    world.sync(&phone).await;
    world.server().restore(&backup);
    // One reply with a small page, then the line is dead.
    let cancel = pantau_core::Cancel::new();
    let stop = |_: &pantau_core::Advance| cancel.cancel();
    let little = pantau_core::Budget { seconds: 60, bytes: 1_200 };
    phone.sync(little, &stop, &cancel).await.unwrap();
    let card = phone.tps_card(&place(TPS)).unwrap();
    assert_eq!((card.timeline.len(), card.state.incidents.len()), (2, 0));
    assert!(card.timeline.iter().all(|r| !r.confirmed));
    // The list is still there meanwhile.
    assert_eq!(phone.tps_list(&TpsQuery::default()).unwrap().len(), 3);
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    let card = phone.tps_card(&place(TPS)).unwrap();
    assert_eq!((card.timeline.len(), card.state.incidents.len()), (1, 1));
    let same = phone.compare().await.unwrap();
    assert_eq!(same.own, same.server);
}

/// What other devices said about the kecamatan of [`TPS`], counted in the file itself.
fn others_in_the_file(dir: &std::path::Path) -> u32 {
    let file = crate::rig::own_file(dir);
    let count = "SELECT count(*) FROM record WHERE own = 0 AND place GLOB '62.06.13*'";
    file.query_row(count, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn another_scope_drops_what_is_no_longer_ones_to_see() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    let own = phone.capture(visit(TPS)).unwrap();
    colleague(&mut world.server(), TPS);
    world.sync(&phone).await;
    world.server().grant("62.06.13", "62.06.14");
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    let places: Vec<_> = phone.tps_list(&TpsQuery::default()).unwrap();
    assert_eq!(places.iter().map(|r| r.place.as_str()).collect::<Vec<_>>(), ["62.06.14.2001/001"]);
    // One's own words stay, and may still be taken back.
    let rows = phone.tps_card(&place(TPS)).unwrap().timeline;
    assert_eq!(rows.iter().map(|r| r.id).collect::<Vec<_>>(), [own.id]);
    // Not only out of sight: others' words about the old place are no longer on this phone.
    assert_eq!(others_in_the_file(dir.path()), 0);
    phone.retract(own.id, None, None).unwrap();
    world.sync(&phone).await;
    let same = phone.compare().await.unwrap();
    assert_eq!(same.own, same.server);
}

#[tokio::test]
async fn enrolled_for_another_scope_and_off_again_one_may_speak_of_it() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    world.server().grant("62.06.13", "62.06.15");
    world.server().renew_code();
    world.enrol(&phone).await;
    assert!(!phone.status().unwrap().pulled, "nothing of it was read");
    phone.capture(visit("62.06.15.2001/001")).unwrap();
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    assert!(phone.status().unwrap().pulled);
    let same = phone.compare().await.unwrap();
    assert_eq!(same.own, same.server);
}

/// A line on which something else happens once while an answer is under way.
struct Meanwhile(Arc<Wire>, Mutex<Option<BoxFuture<'static, ()>>>);

impl Transport for Meanwhile {
    fn post(&self, post: Post) -> BoxFuture<'_, Result<Answer, TransportError>> {
        Box::pin(async move {
            let answer = self.0.post(post).await;
            let meanwhile = self.1.lock().unwrap().take();
            if let Some(meanwhile) = meanwhile {
                meanwhile.await;
            }
            answer
        })
    }
}

#[tokio::test]
async fn a_page_that_was_under_way_during_an_enrolment_is_no_part_of_the_new_pull() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let line = Arc::new(Meanwhile(Arc::clone(&world.wire), Mutex::default()));
    let env = Env { transport: Arc::<Meanwhile>::clone(&line), ..world.env(1) };
    let phone = Phone::open(dir.path(), env, options()).unwrap();
    world.enrol(&phone).await;
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    colleague(&mut world.server(), TPS);
    let (wire, again) = (Arc::clone(&world.wire), phone.clone());
    *line.1.lock().unwrap() = Some(Box::pin(async move {
        let grant = |from: &str, to: &str| {
            let mut server = wire.server.lock().unwrap();
            server.grant(from, to);
            server.renew_code();
            server.invitation()
        };
        let invitation = grant("62.06.13", "62.06.14");
        again.enrol(&invitation).await.unwrap();
        grant("62.06.14", "62.06.13");
    }));
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    assert_eq!(phone.tps_list(&TpsQuery::default()).unwrap().len(), 3);
    let same = phone.compare().await.unwrap();
    assert_eq!(same.own, same.server);
}

#[tokio::test]
async fn a_server_that_forgot_the_device_is_shown_the_certificate() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let empty = world.server().past();
    let phone = world.phone(dir.path(), 1).await;
    phone.capture(visit(TPS)).unwrap();
    world.sync(&phone).await;
    world.server().restore(&empty);
    let report = world.sync(&phone).await;
    assert_eq!(report.end, SyncEnd::Done, "{report:?}");
    assert_eq!(world.server().held_of(phone.status().unwrap().device.unwrap()).len(), 1);
    assert_eq!(phone.tps_list(&TpsQuery::default()).unwrap().len(), 3);
}

#[tokio::test]
async fn one_unknown_wipes_nothing_and_a_stubborn_one_ends_the_sync() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.phone(dir.path(), 1).await;
    colleague(&mut world.server(), TPS);
    world.sync(&phone).await;
    let cursor = phone.status().unwrap().cursor;
    for _ in 0..20 {
        world.server().turns.push_back(Turn::Away(Outcome::Unknown));
    }
    let report = world.sync(&phone).await;
    assert!(matches!(report.end, SyncEnd::Offline(_)) && report.requests < 10, "{report:?}");
    assert_eq!(phone.status().unwrap().cursor, cursor);
    assert_eq!(phone.tps_card(&place(TPS)).unwrap().state.incidents.len(), 1);
    world.server().turns.clear();
    phone.forget_backoff().unwrap();
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
}
