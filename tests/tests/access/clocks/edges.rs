//! Anchors across a restore and forged ones; retry delays under clocks that jump.

use std::sync::Arc;

use fastrand::Rng;
use pantau_core::{Budget, Cancel, Silent, SyncEnd, limit::WAIT_MAX_S, transport};
use pantau_env::fake::HandClock;
use pantau_log::{DataDir, ops};
use pantau_protocol::{
    exchange::RowKind,
    record::Record,
    time::{Anchor, Envelope},
};
use pantau_tests::{Campaign, Tamper, Tampering, backup_key, backup_lock, place, sync};

use super::{Player, TPS, Y2060, standby};
use crate::{
    hand::Hand,
    rig::{Rig, env},
};

#[tokio::test(flavor = "multi_thread")]
async fn anchors_hold_after_a_restore() {
    let rig = Rig::disk(71);
    let mut player = Player::new(&rig, 1).await;
    let backup = rig.files.path().join("backup");
    let dirs = rig.server.dirs().unwrap().clone();
    ops::backup(&dirs, &backup, &backup_lock()).unwrap();

    // The phone hears from the server once more; then that server is gone.
    rig.clock.pass(5_000);
    player.clock.set(rig.clock.now());
    player.say(TPS[0], standby(1));
    player.sync(&rig).await;
    let anchored_at = rig.clock.now();
    rig.clock.pass(5_000);
    player.clock.set(anchored_at - 4_000);
    player.say(TPS[1], standby(2));
    let restored = DataDir::new(rig.files.path().join("restored"));
    ops::restore(&backup, &backup_key(), &restored, &env(&rig.clock, 72)).unwrap();
    let server = ops::open(&restored, &env(&rig.clock, 73)).unwrap();
    player.direct.point(Some(&server));
    player.sync(&rig).await;

    let rows = pantau_log::store::read(server.store(), |view| view.desk_rows(0, 1_000_000)).unwrap();
    let row = rows.iter().find(|r| r.entry.id == player.claims[1].saved.id).unwrap();
    let meant = Envelope { received_at: rig.clock.now(), not_before: anchored_at };
    assert_eq!(row.entry.envelope, meant, "the anchor of the server before");
    let state = server.places().unwrap().state(&place(TPS[1])).unwrap();
    let mark = &state.standby.as_ref().unwrap().mark;
    assert!(mark.impossible_time && mark.at == anchored_at, "{mark:?}");
    let both = player.phone.compare().await.unwrap();
    assert_eq!(both.own, both.server);
}

#[test]
fn only_an_anchor_of_this_server_for_this_device_counts() {
    let rig = Rig::memory(74);
    let mut rng = Rng::with_seed(74);
    let [mut hand, other] = [0, 1].map(|_| Hand::new(&rig.server, &mut rng));
    rig.admit(2, &hand.key.public());
    let (now, key) = (rig.clock.now(), *rig.server.identity().anchor_key());
    let good = Anchor::new(&key, &hand.device(), now - 500);
    let forged = [
        Anchor { mac: [0; 8], ..good },
        Anchor { time: good.time + 1, ..good },
        Anchor { time: i64::MAX, ..good },
        Anchor { time: i64::MIN, ..good },
        Anchor::new(&key, &other.device(), now - 100),
        Anchor::new(&[7; 32], &hand.device(), now - 100),
    ];
    // Before a good one nothing is known, after it what that says: forged ones change neither.
    let before = forged.map(|a| (a, 0));
    let after = forged.map(|a| (a, good.time));
    let older = Anchor::new(&key, &hand.device(), now - 900);
    let all = before.into_iter().chain([(good, good.time)]).chain(after).chain([(older, good.time)]);
    let mut meant = Vec::new();
    for (anchor, not_before) in all {
        let mut record = Record::new(now, place(TPS[0]), &standby(3));
        record.anchor = Some(anchor);
        meant.push((hand.write(record.to_payload(), Vec::new()), not_before));
    }
    hand.push(&mut rng);
    let rows = rig.rows();
    for (id, not_before) in meant {
        let row = rows.iter().find(|r| r.entry.id == id).unwrap();
        assert_eq!((row.entry.row, row.entry.envelope.not_before), (RowKind::Record, not_before));
    }
}

/// Tries once, without anybody pressing a button.
async fn try_once(player: &Player) -> SyncEnd {
    player.phone.sync(Budget::PLENTY, &Silent, &Cancel::new()).await.unwrap().end
}

#[tokio::test(flavor = "multi_thread")]
async fn no_jump_of_a_clock_wedges_the_retries() {
    for seed in Campaign::new("clocks-backoff", 12).seeds() {
        let rig = Rig::memory(seed);
        let mut rng = Rng::with_seed(seed);
        let mut player = Player::new(&rig, 1).await;
        for _ in 0..25 {
            player.say(TPS[0], standby(1));
            player.direct.point(None);
            for _ in 0..rng.usize(1..8) {
                player.clock.set(rng.i64(0..Y2060));
                let end = try_once(&player).await;
                assert!(matches!(end, SyncEnd::Offline(_) | SyncEnd::Backoff { .. }), "{end:?}");
            }
            player.direct.point(Some(&rig.server));
            player.clock.set(rng.i64(0..Y2060));
            let end = match try_once(&player).await {
                SyncEnd::Backoff { until } => {
                    let wait = until - player.clock.now();
                    assert!((1..=WAIT_MAX_S).contains(&wait), "seed {seed}: {wait} s");
                    player.clock.set(until);
                    try_once(&player).await
                }
                end => end,
            };
            assert_eq!(end, SyncEnd::Done, "seed {seed}");
            assert_eq!(player.phone.unsent().unwrap().records, 0, "seed {seed}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_stranger_makes_a_phone_wait_for_longer_than_a_day() {
    let rig = Rig::memory(75);
    let clock = Arc::new(HandClock::at(rig.clock.now()));
    let tampering = Arc::new(Tampering::new());
    let phone = rig.open(&clock, Arc::<Tampering>::clone(&tampering));
    let running = rig.serve().await;
    let url = format!("http://{}", running.addr().unwrap());
    let code = pantau_log::enrol::invite(&rig.server, 1, &url, 3600).unwrap();
    phone.enrol(&code).await.unwrap();
    for after in [0, 1, 3600, 86_400, 1 << 40, u64::MAX] {
        assert_eq!(sync(&phone).await, SyncEnd::Done);
        let busy =
            transport::Answer { status: 503, retry_after_s: Some(after), ..transport::Answer::default() };
        tampering.plan([Tamper::Instead(busy)]);
        assert!(matches!(sync(&phone).await, SyncEnd::Offline(_)));
        let until = phone.status().unwrap().backoff_until.unwrap();
        assert!(until - clock.now() <= WAIT_MAX_S, "{after}: {}", until - clock.now());
        assert!(until - clock.now() >= i64::try_from(after).unwrap_or(0).min(3600), "{after} is honoured");
    }
    running.shutdown().await;
}
