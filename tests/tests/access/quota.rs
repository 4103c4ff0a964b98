//! One phone that sends without end, and an honest one that has too much for a day.

use std::{path::Path, sync::Arc};

use fastrand::Rng;
use pantau_core::{Budget, Cancel, Phone, Silent, SyncEnd, SyncReport};
use pantau_env::fake::HandClock;
use pantau_log::{
    intake::{Daily, Quota},
    ops::{self, Revoked},
    store,
};
use pantau_protocol::{
    body::{Body, Situation, Standby},
    exchange::Outcome,
    role::Role,
};
use pantau_tests::visit;

use crate::{hand::Hand, rig::Rig};

const DAY: i64 = 24 * 3600;

async fn sync(phone: &Phone) -> SyncReport {
    phone.sync(Budget::PLENTY, &Silent, &Cancel::new()).await.unwrap()
}

#[tokio::test]
async fn an_honest_phone_over_its_quota_keeps_everything_and_comes_back_the_next_day() {
    let rig = Rig::disk(1);
    let daily = Daily { records: 20, bytes: 1 << 20, branches: 4 };
    rig.server.set_quota(Quota { trusted: daily, ..Quota::default() }).unwrap();
    let clock = Arc::new(HandClock::at(rig.clock.now()));
    let (phone, _) = rig.phone(1, &clock).await;
    let say = |count: u32| {
        (0..count).for_each(|n| _ = visit(&phone, &format!("62.06.13.2001/00{}", 1 + n % 5), "air naik"));
    };
    say(15);
    assert_eq!(sync(&phone).await.end, SyncEnd::Done);
    say(15);
    rig.say("62.06.13", calm());
    let left = DAY - rig.clock.now().rem_euclid(DAY);
    let told = sync(&phone).await;
    assert_eq!(told.records_received, 1, "it reads all the same");
    let until = if let SyncEnd::Backoff { until } = told.end { Some(until) } else { None };
    let until = until.expect("told to wait");
    let asked = until - clock.now();
    assert!((left..=left + 4).contains(&asked), "{asked} seconds, and {left} are left of the day");
    assert_eq!(phone.unsent().unwrap().records, 15, "nothing is lost");
    assert_eq!(sync(&phone).await.end, SyncEnd::Backoff { until }, "it does not even ask");
    let over = store::read(rig.server.store(), |v| v.desk_over_quota()).unwrap();
    assert_eq!(over.iter().map(|u| u.records).collect::<Vec<_>>(), [15], "the desk is told");
    for dial in [&clock, &rig.clock] {
        dial.pass(asked);
    }
    assert_eq!(sync(&phone).await.end, SyncEnd::Done);
    assert_eq!(phone.unsent().unwrap().records, 0);
    let device = phone.status().unwrap().device.unwrap();
    assert_eq!(rig.rows().iter().filter(|r| r.entry.device == device && r.entry.note.is_none()).count(), 30);
}

fn calm() -> Body {
    Body::Standby(Standby { present: 1, team: 2, situation: Situation::Calm, no_obstacle: false })
}

/// Bytes of all files of a directory.
fn size(dir: &Path) -> u64 {
    std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().metadata().unwrap().len()).sum()
}

/// Frames that a thief sends: few bytes each, that unpack to as much as a frame may hold.
fn flood(hand: &mut Hand, frames: u64) -> (u64, u64) {
    let (mut sent, mut turned_away) = (0, 0);
    for _ in 0..frames {
        let first = hand.held + 1;
        while hand.last() < first + 119 {
            let n = hand.last();
            hand.write([&n.to_be_bytes()[..], &[7; 16_000]].concat(), Vec::new());
        }
        let (request, span) = hand.request(first, first + 119);
        sent += hand.seal(&request, span.as_ref()).len() as u64;
        let reply = hand.send(&request, span.as_ref());
        turned_away += u64::from(reply.outcomes.iter().any(|o| matches!(o, Outcome::Later { .. })));
    }
    (sent, turned_away)
}

#[test]
fn a_revoked_phone_that_floods_leaves_little_behind() {
    let rig = Rig::disk(2);
    rig.officer(70, Role::Camat, "62.06.13");
    let mut hand = Hand::new(&rig.server, &mut Rng::with_seed(2));
    rig.admit(70, &hand.key.public());
    ops::revoke(&rig.server, Revoked::Device(hand.device()), None).unwrap();
    let dir = rig.files.path().join("server");
    let before = size(&dir);
    let (sent, turned_away) = flood(&mut hand, 60);
    let grown = size(&dir) - before;
    eprintln!("{sent} bytes in 60 frames; the directory grew by {grown} bytes");
    assert_eq!(turned_away, 59, "all but the first of the day");
    assert!(grown < 8 << 20, "{grown} bytes, of which the write-ahead log may be a part");
    // Others are not concerned.
    rig.officer(71, Role::Camat, "62.06.13");
    let mut other = Hand::new(&rig.server, &mut Rng::with_seed(3));
    rig.admit(71, &other.key.public());
    other.state(rig.clock.now(), "62.06.13", &calm());
    assert_eq!(other.push(&mut Rng::with_seed(4)), [Outcome::Stored]);
}
