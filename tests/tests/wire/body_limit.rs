//! Something on the way takes no body above so many bytes: what fits goes through, and what does not comes to
//! a clear end.

use fastrand::Rng;
use pantau_core::{Cause, Phone, SyncEnd};
use pantau_tests::{Campaign, World, place, sync, visit};

use crate::{
    proxy::{Message, Proxy, Rule},
    stage::{Stage, calls_all_held, enrolled, unread},
};

/// What it does with a longer body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    /// It says so.
    Status413,
    /// It breaks the connection.
    Reset,
    /// It lets it up, and breaks the connection when the answer is too long.
    ResetAnswer,
}

const KILO: usize = 1 << 10;
const RECORDS: usize = 200;

fn above(limit: usize, refusal: Refusal) -> Rule {
    let is_long = move |request: &Message| refusal != Refusal::ResetAnswer && request.body.len() > limit;
    Rule::new(
        Box::new(move |request| if is_long(request) { Vec::new() } else { vec![request.bytes()] }),
        Box::new(move |request, mut answers| {
            let answer = match answers.pop() {
                Some(answer) if refusal != Refusal::ResetAnswer || answer.body.len() <= limit => {
                    Some(answer.bytes())
                }
                None if is_long(&request) && refusal == Refusal::Status413 => {
                    Some(Message::answer(413, b"too large").bytes())
                }
                _ => None,
            };
            Box::pin(async move { answer })
        }),
    )
}

/// Text that hardly compresses.
fn noise(rng: &mut Rng, long: usize) -> String {
    std::iter::repeat_with(|| rng.alphanumeric()).take(long).collect()
}

/// Syncs until all is done; how many syncs that took.
async fn drain(phone: &Phone, about: &str) -> u64 {
    for n in 1..=RECORDS as u64 * 4 {
        match sync(phone).await {
            SyncEnd::Done => return n,
            SyncEnd::Offline(_) => {}
            end => panic!("{about}: {end:?}"),
        }
    }
    panic!("{about}: does not drain, {:?} left", phone.unsent().unwrap());
}

/// A phone whose records carry notes of up to `longest` bytes, behind a middlebox.
async fn scene(seed: u64, longest: usize) -> (Stage, Proxy) {
    let world = World::in_memory(seed).await;
    let proxy = Proxy::open(world.addr()).await;
    let phone = enrolled(&world, "camat", 1, &proxy).await;
    let mut rng = Rng::with_seed(seed);
    let notes = (0..RECORDS).map(move |_| {
        let long = rng.usize(longest / 2..=longest);
        noise(&mut rng, long)
    });
    let stage = Stage::set(world, phone, notes).await;
    proxy.aim(stage.world.addr());
    (stage, proxy)
}

async fn drains_at(stage: &mut Stage, proxy: &Proxy, limit: usize, refusal: Refusal) {
    let about = format!("seed {}, {refusal:?} above {limit}", stage.world.seed);
    let phone = stage.phone();
    proxy.obey(above(limit, refusal));
    let calls = proxy.calls();
    let syncs = drain(&phone, &about).await;
    let calls = proxy.calls() - calls;
    println!("{about}: {syncs} syncs, {calls} requests");
    assert!(stage.holds_each(1) && calls_all_held(stage, &phone), "{about}");
    if refusal == Refusal::Status413 {
        assert_eq!(syncs, 1, "{about}: an answer that says why needs no second sync");
    }
    // Each record alone at worst, one try too many for each, and the way down to one.
    assert!(calls <= 2 * RECORDS as u64 + 16, "{about}: {calls} requests");
    stage.put_server_back().await;
    proxy.aim(stage.world.addr());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_fits_goes_through() {
    let campaign = Campaign::new("wire-body-limits", 1);
    for seed in campaign.seeds() {
        let (mut stage, proxy) = scene(seed, 500).await;
        for limit in [1, 2, 4, 8, 16, 32] {
            for refusal in [Refusal::Status413, Refusal::Reset] {
                drains_at(&mut stage, &proxy, limit * KILO, refusal).await;
            }
        }
        // 200 of these are 300 KB on the wire.
        let (mut stage, proxy) = scene(seed, 2 * KILO).await;
        for limit in [3, 8, 32, 64, 128, 256, 512, 1024] {
            for refusal in [Refusal::Status413, Refusal::Reset] {
                drains_at(&mut stage, &proxy, limit * KILO, refusal).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_are_too_long_become_shorter() {
    let campaign = Campaign::new("wire-answer-limits", 1);
    let (mut stage, proxy) = scene(campaign.seed(), 500).await;
    for limit in [1, 2, 4, 8, 16, 32] {
        proxy.obey(Rule::pass());
        assert_eq!(sync(&stage.phone()).await, SyncEnd::Done);
        // Another phone is to read all that.
        let name = format!("petugas-{limit}");
        let reader = unread(&stage.world, &name, 2, &proxy).await;
        proxy.obey(above(limit * KILO, Refusal::ResetAnswer));
        let syncs = drain(&reader, &format!("answers above {limit} KB")).await;
        println!("answers up to {limit} KB: {syncs} syncs");
        for n in 1..=5 {
            let card = reader.tps_card(&place(&format!("62.06.13.2001/00{n}"))).unwrap();
            assert_eq!(card.timeline.len(), RECORDS / 10);
        }
        reader.shutdown().unwrap();
        stage.put_server_back().await;
        proxy.aim(stage.world.addr());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_fit_ends_clearly_and_waits() {
    let campaign = Campaign::new("wire-too-long", 4);
    for seed in campaign.seeds() {
        let world = World::in_memory(seed).await;
        let proxy = Proxy::open(world.addr()).await;
        let phone = enrolled(&world, "camat", 1, &proxy).await;
        let mut rng = Rng::with_seed(seed);
        let long = rng.usize(..40);
        let notes =
            (0..40).map(|n| noise(&mut rng, if n == long { 2 * KILO } else { 100 })).collect::<Vec<_>>();
        let mut stage = Stage::set(world, phone, notes.into_iter()).await;
        proxy.aim(stage.world.addr());
        for refusal in [Refusal::Status413, Refusal::Reset] {
            let about = format!("seed {seed}, {refusal:?}, record {long}");
            let phone = stage.phone();
            proxy.obey(above(KILO, refusal));
            for n in 0..30 {
                let calls = proxy.calls();
                let end = sync(&phone).await;
                assert!(matches!(end, SyncEnd::Offline(_)), "{about}: {end:?}");
                if refusal == Refusal::Status413 {
                    assert!(
                        matches!(&end, SyncEnd::Offline(why) if why.cause == Cause::TooLong),
                        "{about}: {end:?}"
                    );
                }
                // Once all before it is through, nothing is tried again and again.
                assert!(proxy.calls() - calls <= if n == 0 { 100 } else { 8 }, "{about}");
            }
            let held: Vec<bool> = stage.held().iter().map(|times| *times == 1).collect();
            assert_eq!(
                held,
                (0..40).map(|n| n < long).collect::<Vec<_>>(),
                "{about}: all before it, no more"
            );
            assert_eq!(phone.unsent().unwrap().records, 40 - long as u64, "{about}");
            proxy.obey(Rule::pass());
            assert_eq!(sync(&phone).await, SyncEnd::Done, "{about}");
            assert!(stage.holds_each(1) && calls_all_held(&stage, &phone), "{about}");
            stage.put_server_back().await;
            proxy.aim(stage.world.addr());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_receipts_do_not_make_a_request_too_long() {
    let campaign = Campaign::new("wire-receipt-limits", 1);
    // A receipt for every record; and for some at once, which the way lets through one by one later.
    for at_once in [1, 4, 10] {
        times_survive(&campaign, at_once).await;
    }
}

async fn times_survive(campaign: &Campaign, at_once: usize) {
    let world = World::in_memory(campaign.seed()).await;
    let proxy = Proxy::open(world.addr()).await;
    let phone = enrolled(&world, "camat", 1, &proxy).await;
    let mut stage = Stage::set(world, phone, std::iter::empty()).await;
    for refusal in [Refusal::Status413, Refusal::Reset] {
        proxy.aim(stage.world.addr());
        let phone = stage.phone();
        proxy.obey(Rule::pass());
        stage.saved.clear();
        for _ in 0..80 / at_once {
            for n in 0..at_once {
                stage.saved.push(visit(&phone, &format!("62.06.13.2001/00{}", n % 5 + 1), ""));
            }
            stage.world.clock.pass(60);
            assert_eq!(sync(&phone).await, SyncEnd::Done);
        }
        let first_times: Vec<_> =
            stage.world.log().iter().map(|r| (r.entry.id, r.entry.envelope.received_at)).collect();
        // The server's disk is put back; the phone proves what it once held.
        stage.put_server_back().await;
        proxy.aim(stage.world.addr());
        proxy.obey(above(KILO, refusal));
        let about = format!("{refusal:?}, {at_once} at once");
        let syncs = drain(&phone, &about).await;
        println!("receipts, {about}: {syncs} syncs");
        assert!(stage.holds_each(1) && calls_all_held(&stage, &phone), "{about}");
        for row in stage.world.log() {
            let first = first_times.iter().find(|(id, _)| *id == row.entry.id);
            assert!(first.is_none_or(|(_, at)| *at == row.entry.envelope.received_at), "{about}");
        }
        stage.put_server_back().await;
    }
}
