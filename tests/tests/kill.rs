//! kill -9 of phone and server, 20 times each: what was called saved is there, once, and the chain is whole.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, atomic::Ordering::Relaxed},
};

use fastrand::Rng;
use pantau_core::{Env as PhoneEnv, OpenOptions, Phone, SyncEnd};
use pantau_drill::link::{Link, Tally};
use pantau_protocol::enrol::Invitation;
use pantau_server::{DataDir, Env, ops, store};
use pantau_tests::{sync, visit, world};

const KILLS: usize = 20;

/// A server process, killed at the latest when the test ends.
struct ServerProcess(Child, SocketAddr);

impl ServerProcess {
    fn start(dir: &Path) -> Self {
        let mut child =
            Command::new(env!("CARGO_BIN_EXE_serve")).arg(dir).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self(child, line.trim().parse().unwrap())
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

struct Scene {
    files: tempfile::TempDir,
    dir: DataDir,
}

impl Scene {
    fn new() -> Self {
        let files = tempfile::tempdir().unwrap();
        let dir = DataDir::new(files.path().join("server"));
        world::make(&dir, &Env::real());
        Self { files, dir }
    }

    fn code(&self, officer: u32, addr: SocketAddr) -> Invitation {
        let server = ops::open(&self.dir, &Env::real()).unwrap();
        ops::enrol(&server, officer, &format!("http://{addr}"), 86_400).unwrap()
    }

    fn times_held(&self, id: &str) -> usize {
        let server = ops::open(&self.dir, &Env::real()).unwrap();
        let rows = store::read(server.store(), |view| view.desk_rows(0, 1_000_000)).unwrap();
        rows.iter().filter(|r| !r.entry.payload.is_empty() && r.entry.id.to_string() == id).count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_phone_keeps_what_it_called_saved() {
    let seed = fastrand::u64(..);
    let mut rng = Rng::with_seed(seed);
    let scene = Scene::new();
    let server = ServerProcess::start(scene.dir.path());
    let (code, dir) = (scene.code(1, server.1), scene.files.path().join("hp"));
    let mut called_saved = Vec::new();
    for _ in 0..KILLS {
        let mut child = Command::new(env!("CARGO_BIN_EXE_phone"))
            .args([dir.to_str().unwrap(), &code.to_text()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        called_saved.extend(lines.take(rng.usize(1..9)).map(Result::unwrap));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let phone = Phone::open(&dir, PhoneEnv::real().unwrap(), OpenOptions::default()).unwrap();
    assert_eq!(sync(&phone).await, SyncEnd::Done, "seed {seed}");
    let journal = phone.journal(None, 500).unwrap();
    let seqs: Vec<u64> = journal.iter().rev().map(|r| r.seq).collect();
    assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>(), "seed {seed}: a hole or a number twice");
    let ids: Vec<String> = journal.iter().map(|r| r.id.to_string()).collect();
    for id in &called_saved {
        assert!(ids.contains(id), "seed {seed}: {id} was called saved and is gone");
        assert_eq!(scene.times_held(id), 1, "seed {seed}: {id}");
    }
    let both = phone.compare().await.unwrap();
    assert_eq!(both.own, both.server, "seed {seed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_keeps_what_it_receipted() {
    let seed = fastrand::u64(..);
    let mut rng = Rng::with_seed(seed);
    let scene = Scene::new();
    let mut server = ServerProcess::start(scene.dir.path());
    let target = Arc::new(Mutex::new(server.1));
    let tally = Arc::new(Tally::default());
    let link = Link::open(Arc::clone(&target), Arc::clone(&tally)).await.unwrap();
    let phone =
        Phone::open(&scene.files.path().join("hp"), PhoneEnv::real().unwrap(), OpenOptions::default());
    let phone = phone.unwrap();
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
    assert_eq!(sync(&phone).await, SyncEnd::Done, "seed {seed}");
    assert_eq!(phone.unsent().unwrap().records, 0, "seed {seed}");
    for one in &saved {
        assert_eq!(scene.times_held(&one.id.to_string()), 1, "seed {seed}: record {}", one.seq);
    }
    let both = phone.compare().await.unwrap();
    assert_eq!(both.own, both.server, "seed {seed}");
}
