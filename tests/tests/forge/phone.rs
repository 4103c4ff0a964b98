//! Spoilt, old and foreign replies given to a real phone: it believes none, loses nothing, and goes on.

use std::sync::{Arc, Mutex};

use fastrand::Rng;
use pantau_core::{
    EnrolOutcome, Env as PhoneEnv, OpenOptions, Phone, SyncEnd,
    transport::{Answer, BoxFuture, Post, Transport, TransportError},
};
use pantau_env::fake::{HandClock, SeededEntropy};
use pantau_log::{Server, enrol, exchange};
use pantau_tests::{Campaign, sync, visit};

use crate::rig::{Rig, flipped};

/// What comes back instead of the server's answer.
type Spoil = Box<dyn FnMut(Vec<u8>) -> Vec<u8> + Send>;

/// A line without a network, with somebody on it.
struct Line {
    server: Mutex<Arc<Server>>,
    spoil: Mutex<Option<Spoil>>,
}

impl Line {
    fn spoil(&self, how: impl FnMut(Vec<u8>) -> Vec<u8> + Send + 'static) {
        *self.spoil.lock().unwrap() = Some(Box::new(how));
    }

    fn clear(&self) {
        *self.spoil.lock().unwrap() = None;
    }
}

impl Transport for Line {
    fn post(&self, post: Post) -> BoxFuture<'_, Result<Answer, TransportError>> {
        let server = Arc::clone(&self.server.lock().unwrap());
        let answer = if post.url.ends_with("/v1/enrol") { enrol::answer } else { exchange::answer };
        let honest = answer(&server, &post.body).map_err(|e| TransportError::Cut(e.to_string()));
        let body = honest.map(|body| match self.spoil.lock().unwrap().as_mut() {
            Some(spoil) => spoil(body),
            None => body,
        });
        Box::pin(async move { body.map(|body| Answer { status: 200, body, ..Answer::default() }) })
    }
}

fn open(rig: &Rig, seed: u64, folder: &std::path::Path) -> (Phone, Arc<Line>) {
    let line = Arc::new(Line { server: Mutex::new(Arc::clone(&rig.server)), spoil: Mutex::default() });
    let env = PhoneEnv {
        clock: Arc::<HandClock>::clone(&rig.clock),
        entropy: Arc::new(SeededEntropy::new(seed, 3)),
        transport: Arc::<Line>::clone(&line),
    };
    (Phone::open(folder, env, OpenOptions::default()).unwrap(), line)
}

#[tokio::test]
async fn a_phone_believes_no_spoilt_reply() {
    let campaign = Campaign::new("forge_phone", 3);
    for seed in campaign.seeds() {
        let (rig, mut rng, files) = (Rig::new(seed), Rng::with_seed(seed), tempfile::tempdir().unwrap());
        let (phone, line) = open(&rig, seed, files.path());
        let code = rig.code(1);
        for _ in 0..60 {
            let at = rng.u64(..);
            line.spoil(move |body| flip(&body, at));
            let outcome = phone.enrol(&code).await;
            assert!(outcome.is_err(), "seed {seed}: {outcome:?}");
        }
        line.clear();
        assert!(matches!(phone.enrol(&code).await.unwrap(), EnrolOutcome::Enrolled(_)), "seed {seed}");
        assert_eq!(sync(&phone).await, SyncEnd::Done);

        let old = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&old);
        line.spoil(move |body| {
            keep.lock().unwrap().push(body.clone());
            body
        });
        visit(&phone, "62.06.13.2001/001", "satu");
        assert_eq!(sync(&phone).await, SyncEnd::Done);
        visit(&phone, "62.06.13.2001/002", "dua");
        let old = old.lock().unwrap().clone();
        let before = (phone.unsent().unwrap(), phone.state_digest().unwrap());
        for n in 0..100 {
            let (at, old) = (rng.u64(..), old[n % old.len()].clone());
            // Every fourth time an honest reply to an earlier request.
            line.spoil(move |body| if n % 4 == 0 { old.clone() } else { flip(&body, at) });
            let end = sync(&phone).await;
            assert!(matches!(end, SyncEnd::Offline(_)), "seed {seed}, bit {at}: {end:?}");
            assert_eq!(
                (phone.unsent().unwrap(), phone.state_digest().unwrap()),
                before,
                "seed {seed}, bit {at}"
            );
        }
        line.clear();
        assert_eq!(sync(&phone).await, SyncEnd::Done);
        assert_eq!(phone.unsent().unwrap().records, 0, "seed {seed}");
    }
}

#[tokio::test]
async fn a_phone_believes_no_other_server_and_no_older_epoch() {
    let campaign = Campaign::new("forge_phone_servers", 6);
    for seed in campaign.seeds() {
        let (rig, files) = (Rig::new(seed), tempfile::tempdir().unwrap());
        let (phone, line) = open(&rig, seed, files.path());
        assert!(matches!(phone.enrol(&rig.code(1)).await.unwrap(), EnrolOutcome::Enrolled(_)));
        visit(&phone, "62.06.13.2001/001", "satu");
        assert_eq!(sync(&phone).await, SyncEnd::Done);
        visit(&phone, "62.06.13.2001/002", "dua");
        let before = (phone.unsent().unwrap(), phone.state_digest().unwrap());
        let others = [Rig::new(!seed), rig.emptied(rig.server.now() - 10)];
        for other in &others {
            *line.server.lock().unwrap() = Arc::clone(&other.server);
            let end = sync(&phone).await;
            assert_ne!(end, SyncEnd::Done, "seed {seed}");
            assert_eq!(
                (phone.unsent().unwrap(), phone.state_digest().unwrap()),
                before,
                "seed {seed}: {end:?}"
            );
        }
        *line.server.lock().unwrap() = Arc::clone(&rig.server);
        assert_eq!(sync(&phone).await, SyncEnd::Done);
        assert_eq!(phone.unsent().unwrap().records, 0, "seed {seed}");
    }
}

/// One bit turned, anywhere.
fn flip(body: &[u8], at: u64) -> Vec<u8> {
    flipped(body, usize::try_from(at % (body.len() as u64 * 8)).unwrap())
}
