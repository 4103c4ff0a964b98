//! kill -9 of phone and server at random moments: what was called saved is there, once, and the chain is
//! whole.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::Path,
    pin::Pin,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, atomic::Ordering::Relaxed},
};

use fastrand::Rng;
use pantau_core::{
    Env as PhoneEnv, JournalRow, OpenOptions, Phone, SyncEnd,
    transport::{Answer, BoxFuture, HttpTransport, Post, Transport, TransportError},
};
use pantau_drill::link::{Link, Tally};
use pantau_log::{DataDir, Env, ops, store};
use pantau_protocol::enrol::Invitation;
use pantau_tests::{Campaign, fast_folder, sync, visit, world};

/// Kills in one game, each by a process of its own.
const KILLS: usize = 20;
/// Letters of an id.
const ID: usize = 36;
/// Games in CI: 2,000 kills of phones and 1,000 of servers.
const PHONES: u64 = 100;
const SERVERS: u64 = 50;
/// Games at a time: while one waits for a process, another goes on.
const AT_ONCE: usize = 3;

/// A server process, killed at the latest when the test ends.
struct ServerProcess(Child, SocketAddr);

impl ServerProcess {
    fn start(dir: &Path) -> Self {
        let mut child =
            Command::new(env!("CARGO_BIN_EXE_serve")).arg(dir).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self(child, line.split_whitespace().next().unwrap().parse().unwrap())
    }

    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let _ = (self.0.kill(), self.0.wait());
    }
}

/// The transport of a real phone, which can be told to keep no connection: the one to a server that died may
/// look alive until it is used.
struct Redial(Mutex<HttpTransport>);

impl Redial {
    fn again(&self) {
        *self.0.lock().unwrap() = HttpTransport::new().unwrap();
    }
}

impl Transport for Redial {
    fn post(&self, post: Post) -> BoxFuture<'_, Result<Answer, TransportError>> {
        let now = self.0.lock().unwrap().clone();
        Box::pin(async move { now.post(post).await })
    }
}

struct Scene {
    files: tempfile::TempDir,
    dir: DataDir,
}

impl Scene {
    fn new() -> Self {
        let files = fast_folder();
        let dir = DataDir::new(files.path().join("server"));
        world::make(&dir, &Env::real());
        Self { files, dir }
    }

    fn code(&self, officer: u32, addr: SocketAddr) -> Invitation {
        let server = ops::open(&self.dir, &Env::real()).unwrap();
        ops::enrol(&server, officer, &format!("http://{addr}"), 86_400).unwrap()
    }

    /// Ids of all records of the log; doubled ones stand doubled.
    fn held(&self) -> Vec<String> {
        let server = ops::open(&self.dir, &Env::real()).unwrap();
        let rows = store::read(server.store(), |view| view.desk_rows(0, 1_000_000)).unwrap();
        rows.iter().filter(|r| !r.entry.payload.is_empty()).map(|r| r.entry.id.to_string()).collect()
    }
}

/// One game a seed, some at a time.
fn play(campaign: &Campaign, game: impl Fn(u64) -> Pin<Box<dyn Future<Output = ()>>> + Sync) {
    let seeds = Mutex::new(campaign.seeds());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let mut runtime = tokio::runtime::Builder::new_multi_thread();
                let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
                loop {
                    let next = seeds.lock().unwrap().next();
                    let Some(seed) = next else { return };
                    runtime.block_on(game(seed));
                }
            });
        }
    });
}

#[test]
fn a_killed_phone_keeps_what_it_called_saved() {
    let campaign = Campaign::new("kill-phone", PHONES);
    play(&campaign, |seed| Box::pin(phone_game(seed)));
}

#[test]
fn a_killed_server_keeps_what_it_receipted() {
    let campaign = Campaign::new("kill-server", SERVERS);
    play(&campaign, |seed| Box::pin(server_game(seed)));
}

/// Lets a phone live until it has said so many things, and a little longer; what it said.
fn live(dir: &Path, code: &Invitation, rng: &mut Rng) -> Vec<String> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_phone"))
        .args([dir.to_str().unwrap(), &code.to_text()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let words = rng.usize(0..9);
    let mut said: Vec<String> = lines.by_ref().take(words).collect();
    // Without a word it may be anywhere between its start and its first record.
    for _ in 0..rng.u32(0..if words == 0 { 1_000_000 } else { 100_000 }) {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // What it said meanwhile; a last word may be cut off.
    said.extend(lines.filter(|word| word.len() == ID));
    said
}

/// All that a phone says of itself, oldest first.
fn journal(phone: &Phone) -> Vec<JournalRow> {
    let mut rows: Vec<JournalRow> = Vec::new();
    loop {
        let page = phone.journal(rows.last().map(|r| r.cursor), 500).unwrap();
        if page.is_empty() {
            rows.reverse();
            return rows;
        }
        rows.extend(page);
    }
}

async fn phone_game(seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let scene = Scene::new();
    let server = ServerProcess::start(scene.dir.path());
    let (code, dir) = (scene.code(1, server.1), scene.files.path().join("hp"));
    let called_saved: Vec<String> = (0..KILLS).flat_map(|_| live(&dir, &code, &mut rng)).collect();
    let phone = Phone::open(&dir, PhoneEnv::real().unwrap(), OpenOptions::default()).unwrap();
    assert_eq!(phone.open_report().moved_aside, None, "seed {seed}: a death is no damage");
    assert_eq!(sync(&phone).await, SyncEnd::Done, "seed {seed}");
    let journal = journal(&phone);
    let seqs: Vec<u64> = journal.iter().map(|r| r.seq).collect();
    assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>(), "seed {seed}: a hole or a number twice");
    let ids: Vec<String> = journal.iter().map(|r| r.id.to_string()).collect();
    let held = scene.held();
    for id in &called_saved {
        assert!(ids.contains(id), "seed {seed}: {id} was called saved and is gone");
    }
    for id in &ids {
        assert_eq!(held.iter().filter(|h| *h == id).count(), 1, "seed {seed}: {id}");
    }
    let both = phone.compare().await.unwrap();
    assert_eq!(both.own, both.server, "seed {seed}");
}

async fn server_game(seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let scene = Scene::new();
    let mut server = ServerProcess::start(scene.dir.path());
    let target = Arc::new(Mutex::new(server.1));
    let tally = Arc::new(Tally::default());
    let link = Link::open(Arc::clone(&target), Arc::clone(&tally)).await.unwrap();
    let redial = Arc::new(Redial(Mutex::new(HttpTransport::new().unwrap())));
    let env = PhoneEnv { transport: Arc::<Redial>::clone(&redial), ..PhoneEnv::real().unwrap() };
    let phone = Phone::open(&scene.files.path().join("hp"), env, OpenOptions::default()).unwrap();
    phone.enrol(&scene.code(1, link.addr)).await.unwrap();
    assert_eq!(sync(&phone).await, SyncEnd::Done);
    let mut saved = Vec::new();
    for round in 0..KILLS {
        for n in 1..=3 {
            saved.push(visit(&phone, &format!("62.06.13.2001/00{n}"), &format!("putaran {round}")));
        }
        let syncing = tokio::spawn({
            let phone = phone.clone();
            async move { sync(&phone).await }
        });
        // Somewhere between the first byte up and after the reply.
        let moment = tally.up.load(Relaxed) + rng.u64(0..700);
        while tally.up.load(Relaxed) < moment && !syncing.is_finished() {
            tokio::task::yield_now().await;
        }
        for _ in 0..rng.u32(0..2_000) {
            tokio::task::yield_now().await;
        }
        server.kill();
        syncing.await.unwrap();
        server = ServerProcess::start(scene.dir.path());
        *target.lock().unwrap() = server.1;
    }
    redial.again();
    assert_eq!(sync(&phone).await, SyncEnd::Done, "seed {seed}");
    assert_eq!(phone.unsent().unwrap().records, 0, "seed {seed}");
    let held = scene.held();
    for one in &saved {
        let id = one.id.to_string();
        assert_eq!(held.iter().filter(|h| **h == id).count(), 1, "seed {seed}: record {}", one.seq);
    }
    let both = phone.compare().await.unwrap();
    assert_eq!(both.own, both.server, "seed {seed}");
}
