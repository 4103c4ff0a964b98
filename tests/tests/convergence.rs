//! Any mixture of captures, corrections, syncs, faults, restarts and clocks: in the end phones and server
//! show the same, and every record is there once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

use std::sync::Arc;

use pantau_core::{NewRecord, Phone, Saved};
use pantau_drill::link::{Fault, Link};
use pantau_protocol::{
    body::{Body, Category, Incident, IncidentUpdate, Progress, Severity, Signal, Turnout},
    place::Place,
};
use pantau_tests::{Tamper, Tampering, World, place, settle, sync, visit};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    Visit(usize, u8),
    Turnout(usize, u8, u16),
    Incident(usize, u8),
    Update(usize),
    Correct(usize, u8),
    Retract(usize),
    Sync(usize),
    SyncBroken(usize, u8, u16),
    RestartPhone(usize),
    RestartServer,
    Wait(u16),
}

const PHONES: usize = 3;

fn step() -> impl Strategy<Value = Step> {
    let phone = 0..PHONES;
    let tps = 1u8..=5;
    prop_oneof![
        4 => (phone.clone(), tps.clone()).prop_map(|(p, t)| Step::Visit(p, t)),
        2 => (phone.clone(), tps.clone(), 0u16..300).prop_map(|(p, t, n)| Step::Turnout(p, t, n)),
        2 => (phone.clone(), tps.clone()).prop_map(|(p, t)| Step::Incident(p, t)),
        1 => phone.clone().prop_map(Step::Update),
        1 => (phone.clone(), tps).prop_map(|(p, t)| Step::Correct(p, t)),
        1 => phone.clone().prop_map(Step::Retract),
        3 => phone.clone().prop_map(Step::Sync),
        3 => (phone.clone(), 0u8..4, 0u16..900).prop_map(|(p, k, n)| Step::SyncBroken(p, k, n)),
        1 => phone.prop_map(Step::RestartPhone),
        1 => Just(Step::RestartServer),
        2 => (1u16..5000).prop_map(Step::Wait),
    ]
}

struct Fleet {
    world: World,
    phones: Vec<(Phone, Link, Arc<Tampering>)>,
    saved: Vec<Vec<Saved>>,
}

impl Fleet {
    async fn new(seed: u64) -> Self {
        let world = World::new(seed).await;
        let mut phones = Vec::new();
        for (n, officer) in [1, 2, 1].into_iter().enumerate() {
            phones.push(world.phone(&format!("hp{n}"), officer).await);
        }
        Self { world, phones, saved: vec![Vec::new(); PHONES] }
    }

    fn say(&mut self, n: usize, at: Place, body: Body) {
        let saved = self.phones[n].0.capture(NewRecord::new(at, body)).unwrap();
        self.saved[n].push(saved);
    }

    async fn take(&mut self, step: Step) {
        let tps = |t: u8| place(&format!("62.06.13.2001/{t:03}"));
        match step {
            Step::Visit(n, t) => {
                let saved = visit(&self.phones[n].0, tps(t).as_str(), "catatan kunjungan");
                self.saved[n].push(saved);
            }
            Step::Turnout(n, t, voters) => {
                let body = Turnout { hour: 7 + u32::from(voters) % 7, voters: u32::from(voters) };
                self.say(n, tps(t), Body::Turnout(body));
            }
            Step::Incident(n, t) => {
                let body = Incident { category: Category::Access, severity: Severity::Medium };
                self.say(n, tps(t), Body::Incident(body));
            }
            Step::Update(n) => self.update(n),
            Step::Correct(n, t) => {
                let Some(target) = self.saved[n].last().map(|s| s.id) else { return };
                let body = Body::Turnout(Turnout { hour: 9, voters: 9 });
                let saved = self.phones[n].0.correct(target, NewRecord::new(tps(t), body)).unwrap();
                self.saved[n].push(saved);
            }
            Step::Retract(n) => {
                let Some(target) = self.saved[n].first().map(|s| s.id) else { return };
                let saved = self.phones[n].0.retract(target, Some("keliru".into()), None).unwrap();
                self.saved[n].push(saved);
            }
            Step::Sync(n) => {
                sync(&self.phones[n].0).await;
            }
            Step::SyncBroken(n, kind, at) => self.sync_broken(n, kind, u64::from(at)).await,
            Step::RestartPhone(n) => {
                // Dropped, not shut down: a killed app says no farewell.
                let (phone, link, transport) = self.phones.remove(n);
                drop(phone);
                let phone = self.world.open(&format!("hp{n}"), Arc::<Tampering>::clone(&transport));
                self.phones.insert(n, (phone, link, transport));
            }
            Step::RestartServer => {
                self.world.stop().await;
                self.world.start().await;
            }
            Step::Wait(seconds) => self.world.clock.pass(i64::from(seconds)),
        }
    }

    /// Progress on whatever incident the phone knows first.
    fn update(&mut self, n: usize) {
        for t in 1..=5 {
            let at = place(&format!("62.06.13.2001/{t:03}"));
            let known = self.phones[n].0.tps_card(&at).unwrap().state.incidents;
            if let Some(incident) = known.first() {
                let target = incident.mark.record;
                let update = IncidentUpdate { target, target_places: vec![], progress: Progress::Working };
                return self.say(n, at, Body::IncidentUpdate(update));
            }
        }
    }

    async fn sync_broken(&mut self, n: usize, kind: u8, at: u64) {
        let (phone, link, transport) = &self.phones[n];
        match kind {
            0 => link.arm(Signal::Strong, Some(Fault::CutUp(at))),
            1 => link.arm(Signal::Strong, Some(Fault::CutDown(at))),
            2 => transport.plan([Tamper::LoseReply]),
            _ => transport.plan([Tamper::Unreached]),
        }
        sync(phone).await;
        link.arm(Signal::Strong, None);
    }

    async fn check(&self) {
        let phones: Vec<&Phone> = self.phones.iter().map(|(p, ..)| p).collect();
        settle(&self.world, &phones).await;
        let ids = self.world.ids();
        for one in self.saved.iter().flatten() {
            assert_eq!(ids.iter().filter(|id| **id == one.id).count(), 1, "record {}", one.id);
        }
        let digests: Vec<_> = phones.iter().map(|p| p.state_digest().unwrap().unwrap().1).collect();
        assert!(digests.iter().all(|d| *d == digests[0]), "phones of one kecamatan differ");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 60, ..ProptestConfig::default() })]

    #[test]
    fn phones_and_server_converge(seed in any::<u64>(), steps in prop::collection::vec(step(), 5..40)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut fleet = Fleet::new(seed).await;
            for step in steps {
                fleet.take(step).await;
            }
            fleet.check().await;
        });
    }
}
