//! The server of a game, on a store in memory or on real files, with what may befall it.

use std::{path::PathBuf, sync::Arc};

use pantau_env::fake::{HandClock, SeededEntropy};
use pantau_log::{
    DataDir, Env, Identity, Server,
    author::{self, DESK_OFFICER, NewDeskRecord},
    ops::{self, InitOptions},
    store::{self, Depth, Flaw, MemoryStore, Store, Stored, Tx, View},
};
use pantau_protocol::{
    body::{Body, Device},
    receipt::Epoch,
};
use pantau_tests::{backup_key, backup_lock, world};

use crate::{disk, net::Net};

/// A store that outlives the server on it, as a file does.
#[derive(Clone)]
struct Kept(Arc<MemoryStore>);

impl Store for Kept {
    fn read(&self, work: &mut dyn FnMut(&dyn View) -> Stored<()>) -> Stored<()> {
        self.0.read(work)
    }

    fn write(&self, work: &mut dyn FnMut(&mut dyn Tx) -> Stored<()>) -> Stored<()> {
        self.0.write(work)
    }

    fn scrub(&self, traces: &[Vec<u8>]) -> Stored<()> {
        self.0.scrub(traces)
    }

    fn copy_to(&self, path: &std::path::Path) -> Stored<()> {
        self.0.copy_to(path)
    }

    fn check(&self, depth: Depth) -> Stored<Vec<Flaw>> {
        self.0.check(depth)
    }
}

/// Where the log is kept.
enum Home {
    Memory(Kept, Identity),
    Files(DataDir),
}

/// A log as it once was.
enum Snapshot {
    Memory(MemoryStore),
    /// A backup.
    Files(PathBuf),
}

/// A server as every game begins with, to be copied.
pub(crate) enum Template {
    Memory(MemoryStore, Vec<u8>),
    Files(disk::Folder),
}

impl Template {
    /// Makes it in memory, or in `dir`.
    pub(crate) fn make(dir: Option<PathBuf>, enrol: impl FnOnce(&Arc<Server>)) -> Self {
        let entropy = Arc::new(SeededEntropy::new(7, 1));
        let env = Env { clock: Arc::new(HandClock::at(world::START)), entropy };
        let Some(dir) = dir else {
            let identity = Identity::create(&env).unwrap();
            let kept = Kept(Arc::new(MemoryStore::default()));
            let regions = vec![pantau_tests::place("62")];
            let options = InitOptions { regions, desk_name: "Desk Contoh".into() };
            let server =
                ops::init_with(&env, Box::new(kept.clone()), identity.clone(), None, &options).unwrap();
            world::fill(&server);
            enrol(&server);
            return Self::Memory(kept.0.copy().unwrap(), identity.to_bytes());
        };
        let dirs = DataDir::new(&dir);
        world::make(&dirs, &env);
        let server = ops::open(&dirs, &env).unwrap();
        enrol(&server);
        drop(server);
        Self::Files(disk::Folder::read(&dir))
    }
}

/// The server of one game.
pub(crate) struct Host {
    pub(crate) clock: Arc<HandClock>,
    net: Arc<Net>,
    seed: u64,
    lives: u64,
    dir: PathBuf,
    home: Home,
    server: Option<Arc<Server>>,
    snapshots: Vec<Snapshot>,
    /// Old logs that came back so far.
    pub(crate) returns: usize,
}

impl Host {
    pub(crate) fn new(template: &Template, net: &Arc<Net>, seed: u64, dir: PathBuf) -> Self {
        let home = match template {
            Template::Memory(store, identity) => {
                Home::Memory(Kept(Arc::new(store.copy().unwrap())), Identity::from_bytes(identity).unwrap())
            }
            Template::Files(files) => {
                files.write(&dir);
                Home::Files(DataDir::new(&dir))
            }
        };
        let clock = Arc::new(HandClock::at(world::START + 60));
        let mut host = Self {
            clock,
            net: Arc::clone(net),
            seed,
            lives: 0,
            dir,
            home,
            server: None,
            snapshots: Vec::new(),
            returns: 0,
        };
        host.start();
        host
    }

    fn env(&mut self) -> Env {
        self.lives += 1;
        let entropy = Arc::new(SeededEntropy::new(self.seed, 1 << 40 | self.lives));
        Env { clock: Arc::<HandClock>::clone(&self.clock), entropy }
    }

    pub(crate) fn is_up(&self) -> bool {
        self.server.is_some()
    }

    pub(crate) fn server(&self) -> &Arc<Server> {
        self.server.as_ref().expect("the server is down")
    }

    pub(crate) fn start(&mut self) {
        if self.is_up() {
            return;
        }
        let env = self.env();
        let server = match &self.home {
            Home::Memory(kept, identity) => {
                ops::open_with(&env, Box::new(kept.clone()), identity.clone(), None).unwrap()
            }
            Home::Files(dirs) => ops::open(dirs, &env).unwrap(),
        };
        self.net.set_server(Some(Arc::clone(&server)));
        self.server = Some(server);
    }

    pub(crate) fn stop(&mut self) {
        self.net.set_server(None);
        self.server = None;
    }

    /// Keeps the log as it is now, to come back later.
    pub(crate) fn keep(&mut self) {
        let was_up = self.is_up();
        self.stop();
        let snapshot = match &self.home {
            Home::Memory(kept, _) => Snapshot::Memory(kept.0.copy().unwrap()),
            // A backup costs a slow key derivation: one is enough for a game.
            Home::Files(_) if !self.snapshots.is_empty() => return self.up_again(was_up),
            Home::Files(dirs) => {
                let (dirs, path) = (dirs.clone(), self.dir.with_extension("backup"));
                ops::backup(&dirs, &path, &backup_lock()).unwrap();
                Snapshot::Files(path)
            }
        };
        self.snapshots.push(snapshot);
        self.up_again(was_up);
    }

    fn up_again(&mut self, was_up: bool) {
        if was_up {
            self.start();
        }
    }

    /// The server is restored from a log it once had. `false` if none was kept.
    pub(crate) fn restore(&mut self, which: usize) -> bool {
        if self.snapshots.is_empty() {
            return false;
        }
        self.start();
        let before = self.server().epoch().unwrap();
        self.stop();
        // Whoever restores a server sets its clock right first: docs/RELIABILITY.md says what happens otherwise.
        self.clock.set(self.clock.now().max(before.created_at + 1));
        self.returns += 1;
        let env = self.env();
        match (&self.snapshots[which % self.snapshots.len()], &mut self.home) {
            (Snapshot::Memory(old), Home::Memory(kept, identity)) => {
                *kept = Kept(Arc::new(old.copy().unwrap()));
                restore_in_memory(kept, identity, &env);
            }
            (Snapshot::Files(backup), Home::Files(dirs)) => {
                std::fs::remove_file(dirs.db()).unwrap();
                ops::restore(backup, &backup_key(), dirs, &env).unwrap();
            }
            _ => unreachable!("snapshots are of the game's own store"),
        }
        self.start();
        if matches!(self.home, Home::Memory(..)) {
            self.introduce_desk();
        }
        assert!(self.server().epoch().unwrap() > before);
        true
    }

    /// The first record of the desk's new journal, as `restore` writes it.
    fn introduce_desk(&self) {
        let server = self.server();
        let (key, province) = (server.identity().desk_key().public(), pantau_tests::place("62"));
        let body = Device {
            device: key.device_id(),
            public_key: key.0,
            officer: DESK_OFFICER,
            predecessor: None,
            regions: vec![province.clone()],
        };
        let record = NewDeskRecord::new(server.now(), province, Body::Device(body));
        author::append(server, vec![record]).unwrap();
    }
}

/// What `restore` does, on a store that has no files: a new epoch, no open codes, a new journal of the desk.
fn restore_in_memory(kept: &Kept, identity: &mut Identity, env: &Env) {
    *identity = identity.with_new_desk_journal(env).unwrap();
    let newest = store::read(kept, |view| view.epoch()).unwrap().unwrap();
    let created_at = env.now().max(newest.created_at + 1);
    let epoch = Epoch { created_at, random: env.random().unwrap() };
    store::write(kept, |tx| {
        tx.start_epoch(epoch)?;
        tx.void_enrolments()
    })
    .unwrap();
}
