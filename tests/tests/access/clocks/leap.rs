//! The server's clock leaps three days ahead, phones go on talking to it, and then it is put right again.

use std::time::Duration;

use pantau_log::health::Trouble;

use super::{Player, TPS, standby};
use crate::rig::Rig;

const DAY: i64 = 86_400;

/// Seconds passed in truth: on every clock but the server's wall clock, which somebody set `ahead`.
fn pass(rig: &Rig, players: &mut [Player], seconds: i64, right: &mut i64, ahead: i64) {
    *right += seconds;
    rig.clock.wait(Duration::from_secs(seconds.unsigned_abs()));
    rig.clock.set(*right + ahead);
    players.iter().for_each(|p| p.clock.set(*right));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_blamed_for_a_server_clock_that_leapt_three_days_ahead() {
    let rig = Rig::memory(76);
    let mut players = [Player::new(&rig, 1).await, Player::new(&rig, 2).await];
    let mut right = rig.clock.now();
    // One phone sends all it says at once. The other one is away whenever it can be: what it heard last while the
    // clock was ahead goes with what it says in the days after, and comes long after the clock was put right.
    let days = [
        (0, true),
        (3 * DAY, true),
        (3 * DAY, true),
        (3 * DAY, true),
        (0, true),
        (0, false),
        (0, false),
        (0, true),
    ];
    for (ahead, all) in days {
        pass(&rig, &mut players, 20 * 3_600, &mut right, ahead);
        for (n, player) in players.iter_mut().enumerate() {
            player.say(TPS[n], standby(1));
            if all || n == 0 {
                player.sync(&rig).await;
            }
            player.clock.pass(600);
            player.say(TPS[2], standby(2));
        }
        let is_told = rig.server.health().troubles().iter().any(|(t, _)| *t == Trouble::Clock);
        assert_eq!(is_told, ahead > 0);
    }
    for player in players.iter_mut().rev() {
        pass(&rig, &mut [], 1_200, &mut right, 0);
        player.sync(&rig).await;
    }
    let rows = rig.rows();
    for player in &players {
        for claim in &player.claims {
            let row = rows.iter().find(|r| r.entry.id == claim.saved.id).unwrap();
            assert_eq!(row.entry.envelope, claim.envelope(), "as if the clock had been right: {claim:?}");
            assert!(claim.is_possible(), "{claim:?}");
        }
        let both = player.phone.compare().await.unwrap();
        assert_eq!(both.own, both.server, "a phone shows something else than the server");
    }
}
