//! Answers and requests changed on their way, 2,000 times, while 100 records wait: only what the server signed
//! for this very request changes what a phone believes.

use std::sync::Arc;

use fastrand::Rng;
use pantau_core::{Delivery, EnrolOutcome, Phone, Status, SyncEnd, transport::HttpTransport};
use pantau_protocol::enrol::Invitation;
use pantau_tests::{Campaign, World, sync};
use tokio::sync::{Mutex, mpsc};

use crate::{
    mutation::{self, Bank, Expect, Mutation},
    proxy::{Message, Proxy, Rule},
    stage::{Stage, calls_all_held, enrolled, few_notes},
};

const RECORDS: usize = 100;
/// Mutations of one game, the first of which leave the server without the records.
const MUTATIONS: usize = 20;
const UNSEEN: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_signed_verdict_changes_a_record() {
    let campaign = Campaign::new("wire-mutations", 110);
    let (mut stage, proxy, bank) = scene(campaign.seed()).await;
    for seed in campaign.seeds() {
        let mut rng = Rng::with_seed(seed);
        for n in 0..MUTATIONS {
            let mutation = draw(&mut rng, &bank, n < UNSEEN);
            let before = stage.held();
            let about = format!("seed {seed}, {}", mutation.name);
            play(&mut stage, &proxy, mutation, &about).await;
            if n < UNSEEN {
                assert_eq!(stage.held(), before, "{about}");
            }
        }
        finish(&mut stage, &proxy, seed).await;
    }
}

/// A phone behind a middlebox, with records that wait, and what a stranger overheard of earlier exchanges: one
/// of them carried these very records to the server, which then was put back.
async fn scene(seed: u64) -> (Stage, Proxy, Bank) {
    let world = World::in_memory(seed).await;
    let proxy = Proxy::open(world.addr()).await;
    let other = enrolled(&world, "lain", 2, &proxy).await;
    let answers = vec![proxy.last().1.body];
    other.shutdown().unwrap();
    let phone = enrolled(&world, "camat", 1, &proxy).await;
    let mut bank = Bank {
        answers,
        requests: Vec::new(),
        server_key: world.server().identity().signing_key().clone(),
        elsewhere: format!("http://{}/v1/exchange", proxy.addr),
    };
    overhear(&mut bank, &proxy);
    let mut stage = Stage::set(world, phone, few_notes(RECORDS)).await;
    for _ in 0..3 {
        proxy.aim(stage.world.addr());
        advance(&stage);
        assert_eq!(sync(&stage.phone()).await, SyncEnd::Done);
        overhear(&mut bank, &proxy);
        stage.put_server_back().await;
    }
    (stage, proxy, bank)
}

fn overhear(bank: &mut Bank, proxy: &Proxy) {
    let (request, answer) = proxy.last();
    bank.requests.push(request);
    bank.answers.push(answer.body);
}

/// Another second: no two requests of a phone are alike, so an old answer fits none but its own.
fn advance(stage: &Stage) {
    stage.world.clock.pass(1);
}

fn draw(rng: &mut Rng, bank: &Bank, unseen: bool) -> Mutation {
    loop {
        let mutation = match (unseen, rng.u8(0..4)) {
            (true, 1..) => mutation::instead(rng, bank),
            (false, 1..) => mutation::answer(rng, bank),
            (_, 0) => mutation::request(rng, bank),
        };
        if !unseen || mutation.expect == Expect::Spoiled {
            return mutation;
        }
    }
}

/// What a phone has been told, without what it keeps for its own next try.
fn told(phone: &Phone) -> Status {
    Status { backoff_until: None, failures: 0, last_sync_at: None, ..phone.status().unwrap() }
}

async fn play(stage: &mut Stage, proxy: &Proxy, mutation: Mutation, about: &str) {
    let Mutation { expect, rule, .. } = mutation;
    let phone = stage.phone();
    advance(stage);
    proxy.aim(stage.world.addr());
    proxy.obey(rule);
    let before = told(&phone);
    let calls = proxy.calls();
    let end = sync(&phone).await;
    // Nobody is asked twice, but where "too long" halves what is sent: 100, 50, 25, 13, 7, 4, 2, 1; and where
    // the server itself answers and nothing moves.
    let most = if about.contains("413") || about.contains("lie") { 8 } else { 1 };
    assert!(proxy.calls() - calls <= most, "{about}: {} requests", proxy.calls() - calls);
    let unsent = phone.unsent().unwrap().records;
    match (expect, &end) {
        (Expect::Kept | Expect::Either, SyncEnd::Done) => {
            assert!(calls_all_held(stage, &phone), "{about}: {end:?}");
        }
        (Expect::Spoiled | Expect::Either, SyncEnd::Offline(_)) => {
            assert_eq!(unsent, RECORDS as u64, "{about}");
            assert!(about.contains("lie") || told(&phone) == before, "{about}");
            let rows = phone.journal(None, 1).unwrap();
            assert!(matches!(rows[0].delivery, Delivery::Sent { .. }), "{about}: {rows:?}");
        }
        _ => panic!("{about}: expected {expect:?}, not {end:?} with {unsent} unsent"),
    }
    let held = stage.held();
    assert!(held.iter().all(|times| *times == held[0] && *times <= 1), "{about}: {held:?}");
}

/// Calm again: everything arrives once, and both show the same.
async fn finish(stage: &mut Stage, proxy: &Proxy, seed: u64) {
    proxy.obey(Rule::pass());
    let phone = stage.phone();
    advance(stage);
    assert_eq!(sync(&phone).await, SyncEnd::Done, "seed {seed}");
    assert!(stage.holds_each(1) && calls_all_held(stage, &phone), "seed {seed}");
    let both = phone.compare().await.unwrap();
    assert_eq!(both.own, both.server, "seed {seed}");
    stage.put_server_back().await;
    proxy.aim(stage.world.addr());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_change_places_count_for_neither() {
    let campaign = Campaign::new("wire-swaps", 50);
    let world = World::in_memory(campaign.seed()).await;
    let (one, other) = (Proxy::open(world.addr()).await, Proxy::open(world.addr()).await);
    let (a, b) = (enrolled(&world, "a", 1, &one).await, enrolled(&world, "b", 2, &other).await);
    for n in 0..RECORDS {
        pantau_tests::visit(&a, &format!("62.06.13.2001/00{}", n % 5 + 1), "");
        pantau_tests::visit(&b, &format!("62.06.13.2002/00{}", n % 5 + 1), "");
    }
    let (to_a, from_b) = mpsc::unbounded_channel();
    let (to_b, from_a) = mpsc::unbounded_channel();
    one.obey(swap(to_b, from_b));
    other.obey(swap(to_a, from_a));
    for _ in 0..campaign.games() {
        world.clock.pass(1);
        let ends = tokio::join!(sync(&a), sync(&b));
        assert!(matches!(ends, (SyncEnd::Offline(_), SyncEnd::Offline(_))), "{ends:?}");
        assert_eq!((a.unsent().unwrap().records, b.unsent().unwrap().records), (100, 100));
    }
    one.obey(Rule::pass());
    other.obey(Rule::pass());
    pantau_tests::settle(&world, &[&a, &b]).await;
    let mut ids: Vec<_> = world.ids();
    let all = ids.len();
    ids.sort_unstable_by_key(|id| *id.as_bytes());
    ids.dedup();
    assert_eq!(ids.len(), all, "doubled");
}

/// Gives its answer away and delivers the one it gets for it.
fn swap(to: mpsc::UnboundedSender<Message>, from: mpsc::UnboundedReceiver<Message>) -> Rule {
    let from = Arc::new(Mutex::new(from));
    Rule::new(
        Box::new(|request| vec![request.bytes()]),
        Box::new(move |_, mut answers| {
            to.send(answers.pop().unwrap()).unwrap();
            let from = Arc::clone(&from);
            Box::pin(async move { from.lock().await.recv().await.map(|answer| answer.bytes()) })
        }),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_else_can_enrol_a_phone() {
    let campaign = Campaign::new("wire-enrolments", 150);
    let world = World::in_memory(campaign.seed()).await;
    let proxy = Proxy::open(world.addr()).await;
    enrolled(&world, "petugas", 2, &proxy).await.shutdown().unwrap();
    let (request, answer) = proxy.last();
    let bank = Bank {
        answers: vec![answer.body],
        requests: vec![request],
        server_key: world.server().identity().signing_key().clone(),
        elsewhere: format!("http://{}/v1/exchange", proxy.addr),
    };
    for (n, seed) in campaign.seeds().enumerate() {
        let mut rng = Rng::with_seed(seed);
        let mutation = loop {
            let mutation = if rng.bool() {
                mutation::instead(&mut rng, &bank)
            } else {
                mutation::answer(&mut rng, &bank)
            };
            // Those speak of an exchange.
            if !mutation.name.contains("lie") {
                break mutation;
            }
        };
        let code = Invitation { url: format!("http://{}", proxy.addr), ..world.code(1).await };
        let phone = world.open(&format!("hp-{n}"), Arc::new(HttpTransport::new().unwrap()));
        proxy.obey(mutation.rule);
        let outcome = phone.enrol(&code).await;
        let is_in = matches!(outcome, Ok(EnrolOutcome::Enrolled(_)));
        let about = format!("seed {seed}, {}: {outcome:?}", mutation.name);
        match mutation.expect {
            Expect::Kept => assert!(is_in, "{about}"),
            Expect::Spoiled => assert!(outcome.is_err(), "{about}"),
            Expect::Either => assert!(is_in || outcome.is_err(), "{about}"),
        }
        assert_eq!(phone.status().unwrap().officer.is_some(), is_in, "{about}");
        // A lost answer costs nothing: the same code and key do.
        proxy.obey(Rule::pass());
        assert!(matches!(phone.enrol(&code).await, Ok(EnrolOutcome::Enrolled(_))), "{about}");
        assert_eq!(sync(&phone).await, SyncEnd::Done, "{about}");
        phone.shutdown().unwrap();
    }
}
