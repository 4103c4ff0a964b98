//! Phones whose clocks stand anywhere between 1970 and 2060 and jump: nothing is refused, impossible claims
//! are flagged and no others, the order is that of docs/PROTOCOL.md (Time), and nobody's clock moves anybody else.

mod edges;
mod leap;
mod tls;

use std::{collections::BTreeMap, sync::Arc};

use fastrand::Rng;
use pantau_core::{NewRecord, Phone, Saved, SyncEnd};
use pantau_env::fake::HandClock;
use pantau_protocol::{
    body::{Answer, Body, Category, Incident, Severity, Situation, Standby, Turnout, Visit},
    exchange::RowKind,
    journal::{DeviceId, RecordId},
    place::Place,
    projection::Mark,
    time::Envelope,
};
use pantau_tests::{Campaign, place, sync};

use crate::rig::{Direct, Rig};

/// 1 January 2060.
const Y2060: i64 = 2_840_140_800;
/// 1 January 2099.
const Y2099: i64 = 4_070_908_800;
const TPS: [&str; 3] = ["62.06.13.2002/001", "62.06.13.2002/002", "62.06.13.2002/003"];

/// One statement of a phone, and what is known of its time from outside.
#[derive(Debug, Clone)]
struct Claim {
    saved: Saved,
    place: Place,
    body: Body,
    at: i64,
    /// Server time of the last reply before it was made.
    not_before: i64,
    /// Server time of the sync that took it along.
    received_at: i64,
}

impl Claim {
    fn envelope(&self) -> Envelope {
        Envelope { received_at: self.received_at, not_before: self.not_before }
    }

    fn is_possible(&self) -> bool {
        (self.not_before..=self.received_at).contains(&self.at)
    }

    fn effective(&self) -> i64 {
        self.at.max(self.not_before).min(self.received_at)
    }
}

/// A phone with its own clock, and what it said.
struct Player {
    phone: Phone,
    clock: Arc<HandClock>,
    direct: Arc<Direct>,
    heard: i64,
    claims: Vec<Claim>,
    sent: usize,
}

impl Player {
    async fn new(rig: &Rig, officer: u32) -> Self {
        let clock = Arc::new(HandClock::at(rig.clock.now()));
        let (phone, direct) = rig.phone(officer, &clock).await;
        Self { phone, clock, direct, heard: rig.clock.now(), claims: Vec::new(), sent: 0 }
    }

    fn say(&mut self, at: &str, body: Body) {
        let saved = self.phone.capture(NewRecord::new(place(at), body.clone())).unwrap();
        let (at, place) = (self.clock.now(), place(at));
        self.claims.push(Claim { saved, place, body, at, not_before: self.heard, received_at: 0 });
    }

    async fn sync(&mut self, rig: &Rig) {
        assert_eq!(sync(&self.phone).await, SyncEnd::Done, "seed {}", rig.seed);
        for claim in &mut self.claims[self.sent..] {
            claim.received_at = rig.server.vouched_now().unwrap();
        }
        (self.sent, self.heard) = (self.claims.len(), self.heard.max(rig.server.vouched_now().unwrap()));
    }
}

fn standby(present: u32) -> Body {
    Body::Standby(Standby { present, team: 9, situation: Situation::Calm, no_obstacle: false })
}

fn something(rng: &mut Rng) -> Body {
    match rng.u8(0..4) {
        0 => Body::Turnout(Turnout { hour: rng.u32(7..10), voters: rng.u32(0..250) }),
        1 => Body::Incident(Incident { category: Category::Weather, severity: Severity::Low }),
        2 => Body::Visit(Visit { checklist: 1, version: 1, answers: vec![Answer::Ok; 15], way: None }),
        _ => standby(rng.u32(0..9)),
    }
}

/// Where a phone's clock may be found next.
fn jump(rng: &mut Rng, now: i64, right: i64) -> i64 {
    match rng.u8(0..6) {
        0 => rng.i64(0..Y2060),
        1 => right,
        2 => (now + rng.i64(-3 * 86_400..3 * 86_400)).clamp(0, Y2060),
        3 => [0, 1_000_000_000, Y2060 - 1, 2_147_483_647, 2_147_483_648][rng.usize(0..5)],
        _ => (now + rng.i64(0..7200)).min(Y2060),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_clock_is_refused_and_every_impossible_claim_is_flagged() {
    let campaign = Campaign::new("clocks", 60);
    let (mut impossible, mut all) = (0, 0);
    for seed in campaign.seeds() {
        let (rig, players) = play(seed, false).await;
        for player in &players {
            for claim in &player.claims {
                (all, impossible) = (all + 1, impossible + usize::from(!claim.is_possible()));
            }
        }
        check_rows(&rig, &players);
        check_states(&rig, &players);
    }
    assert!(impossible * 10 > all && impossible * 10 < all * 9, "{impossible} of {all}: not much of a game");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_clock_that_jumps_back_loses_and_refuses_nothing() {
    for seed in Campaign::new("clocks-server", 20).seeds() {
        let (rig, players) = play(seed, true).await;
        let rows = rig.rows();
        for claim in players.iter().flat_map(|p| &p.claims) {
            let held: Vec<_> = rows.iter().filter(|r| r.entry.id == claim.saved.id).collect();
            assert_eq!(held.len(), 1, "seed {seed}: {claim:?}");
            assert_eq!(held[0].entry.row, RowKind::Record, "seed {seed}: {claim:?}");
            // While its clock is behind the log, a receipt is dated by the latest claim that comes with it.
            let envelope = held[0].entry.envelope;
            assert_eq!(envelope.not_before, claim.not_before, "seed {seed}: {claim:?} {envelope:?}");
            assert!(envelope.received_at >= claim.received_at, "seed {seed}: {claim:?} {envelope:?}");
        }
    }
}

/// Three phones, sixty turns; at the end everything is with everybody.
async fn play(seed: u64, server_jumps: bool) -> (Rig, Vec<Player>) {
    let rig = Rig::memory(seed);
    let mut rng = Rng::with_seed(seed);
    let mut players = Vec::new();
    for officer in [1, 2, 2] {
        players.push(Player::new(&rig, officer).await);
    }
    for _ in 0..60 {
        match rng.u8(0..8) {
            0 if server_jumps => rig.clock.set(rng.i64(0..Y2060)),
            _ => rig.clock.pass(rng.i64(0..3600)),
        }
        let player = &mut players[rng.usize(0..3)];
        player.clock.set(jump(&mut rng, player.clock.now(), rig.clock.now()));
        if rng.u8(0..4) == 0 {
            player.sync(&rig).await;
        } else {
            player.say(TPS[rng.usize(0..3)], something(&mut rng));
        }
    }
    for _ in 0..2 {
        for player in &mut players {
            player.sync(&rig).await;
        }
    }
    for player in &players {
        let both = player.phone.compare().await.unwrap();
        assert_eq!(both.own, both.server, "seed {seed}: a phone shows something else than the server");
    }
    (rig, players)
}

/// Every claim is in the log once, as a record like any other, inside the interval that is known of it.
fn check_rows(rig: &Rig, players: &[Player]) {
    let seed = rig.seed;
    let mut rows = BTreeMap::new();
    for row in rig.rows() {
        assert!(rows.insert(row.entry.id, row).is_none(), "seed {seed}: doubled");
    }
    for player in players {
        let cards: Vec<_> = TPS.iter().map(|t| player.phone.tps_card(&place(t)).unwrap()).collect();
        let times: BTreeMap<RecordId, i64> =
            cards.iter().flat_map(|c| &c.timeline).map(|r| (r.id, r.effective_at)).collect();
        for claim in players.iter().flat_map(|p| &p.claims) {
            let row = &rows[&claim.saved.id];
            assert_eq!(row.entry.row, RowKind::Record, "seed {seed}: refused for its clock: {claim:?}");
            assert_eq!(row.entry.envelope, claim.envelope(), "seed {seed}: {claim:?}");
            assert_eq!(times[&claim.saved.id], claim.effective(), "seed {seed}: {claim:?}");
        }
    }
}

/// Design §8: per device the greatest number, then among devices the greatest effective time.
fn latest<'a>(claims: impl Iterator<Item = &'a Claim>) -> Option<&'a Claim> {
    let mut per_device: BTreeMap<DeviceId, &Claim> = BTreeMap::new();
    for claim in claims {
        let known = per_device.entry(claim.saved.device).or_insert(claim);
        if (claim.saved.seq, claim.saved.id) > (known.saved.seq, known.saved.id) {
            *known = claim;
        }
    }
    per_device.into_values().max_by_key(|c| (c.effective(), c.saved.device))
}

/// What the desk shows is what the claims say, and it says where a clock cannot have been right.
fn check_states(rig: &Rig, players: &[Player]) {
    let board = rig.server.places().unwrap();
    let claims = || players.iter().flat_map(|p| &p.claims);
    for tps in TPS.map(place) {
        let here = || claims().filter(|c| c.place == tps);
        let state = board.state(&tps).unwrap();
        let is = |mark: Option<&Mark>, claim: Option<&Claim>, what: &str| {
            let shown = mark.map(|m| (m.record, m.at, m.impossible_time));
            let meant = claim.map(|c| (c.saved.id, c.effective(), !c.is_possible()));
            assert_eq!(shown, meant, "seed {}: {what} at {tps}", rig.seed);
        };
        let team = latest(here().filter(|c| matches!(c.body, Body::Standby(_))));
        is(state.standby.as_ref().map(|s| &s.mark), team, "standby");
        let visit = latest(here().filter(|c| matches!(c.body, Body::Visit(_))));
        is(state.last_visit.as_ref(), visit, "visit");
        for hour in 7..10 {
            let slot = latest(here().filter(|c| matches!(&c.body, Body::Turnout(t) if t.hour == hour)));
            is(state.turnout.iter().find(|t| t.said.hour == hour).map(|t| &t.mark), slot, "turnout");
        }
        is(state.last_word.as_ref(), latest(here()), "last word");
        for incident in &state.incidents {
            is(Some(&incident.mark), here().find(|c| c.saved.id == incident.mark.record), "incident");
        }
        assert_eq!(state.records as usize, here().count(), "seed {}", rig.seed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_at_2099_moves_nobody() {
    for seed in Campaign::new("clocks-2099", 10).seeds() {
        let alone = two_honest(seed, false).await;
        let together = two_honest(seed, true).await;
        assert!(!alone.is_empty());
        assert_eq!(alone, together, "seed {seed}");
    }
}

/// Two honest phones at work, perhaps beside one that lives in 2099. What is known of the honest claims.
async fn two_honest(seed: u64, with_liar: bool) -> BTreeMap<RecordId, (i64, Envelope)> {
    let rig = Rig::memory(seed);
    let mut rng = Rng::with_seed(seed);
    let mut honest = vec![Player::new(&rig, 1).await, Player::new(&rig, 2).await];
    let mut liar = Player::new(&rig, 2).await;
    liar.clock.set(Y2099);
    for round in 0..20 {
        rig.clock.pass(rng.i64(1..7200));
        liar.clock.pass(rng.i64(1..7200));
        if with_liar {
            liar.say(TPS[0], standby(1));
            liar.sync(&rig).await;
        }
        rig.clock.pass(1);
        let player = &mut honest[rng.usize(0..2)];
        player.clock.set(rig.clock.now());
        player.say(TPS[0], standby(2));
        player.sync(&rig).await;
        // Whoever comes later outranks a clock that is ahead: it counts as of its first receipt at most.
        let state = rig.server.places().unwrap().state(&place(TPS[0])).unwrap();
        let mark = &state.standby.as_ref().unwrap().mark;
        assert_eq!(mark.device, player.claims[0].saved.device, "seed {seed}, round {round}");
        assert!(!mark.impossible_time && mark.at == rig.clock.now(), "seed {seed}, round {round}");
        let own = player.phone.tps_card(&place(TPS[0])).unwrap().state;
        assert_eq!(own.standby.unwrap().mark, *mark, "seed {seed}, round {round}");
    }
    honest.push(liar);
    let mut players = honest;
    for player in &mut players {
        player.sync(&rig).await;
    }
    check_rows(&rig, &players);
    let rows = rig.rows();
    let honest = players[..2].iter().flat_map(|p| &p.claims);
    honest
        .map(|claim| {
            let row = rows.iter().find(|r| r.entry.id == claim.saved.id).unwrap();
            assert!(claim.is_possible(), "seed {seed}: {claim:?}");
            (claim.saved.id, (claim.at, row.entry.envelope))
        })
        .collect()
}
