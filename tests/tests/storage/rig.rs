//! A server and phones in one process, without a network between them: the disk is all that fails here.

use std::{
    future::Future,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};

use pantau_core::{
    EnrolOutcome, Env as PhoneEnv, OpenOptions, Phone, SyncEnd,
    transport::{Answer, BoxFuture, Post, Transport, TransportError},
};
use pantau_env::fake::{HandClock, SeededEntropy};
use pantau_log::{
    Env, Identity, Server, enrol, exchange, ops,
    store::{self, MemoryStore},
};
use pantau_shim::Counter;
use pantau_tests::world::{self, START};

use crate::images::Act;

/// Hands every post straight to the server that is up.
#[derive(Default)]
pub(crate) struct Direct {
    pub(crate) server: Mutex<Option<Arc<Server>>>,
    /// The next answer is lost.
    pub(crate) lose: AtomicBool,
    /// Counts what the server's disk sees.
    pub(crate) counter: Mutex<Option<Counter>>,
    /// What was answered.
    pub(crate) answered: Mutex<Vec<Act<Answered>>>,
}

/// An exchange that the server answered.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
    /// The request.
    pub(crate) frame: Vec<u8>,
    /// Head of the log after it.
    pub(crate) head: u64,
}

impl Direct {
    /// The server that is up.
    pub(crate) fn server(&self) -> Arc<Server> {
        Arc::clone(self.server.lock().unwrap().as_ref().unwrap())
    }
}

impl Transport for Direct {
    fn post(&self, post: Post) -> BoxFuture<'_, Result<Answer, TransportError>> {
        let server = self.server();
        let work = if post.url.ends_with("/v1/enrol") { enrol::answer } else { exchange::answer };
        let counter = self.counter.lock().unwrap().clone();
        let recorded = || counter.as_ref().map_or(0, Counter::recorded);
        let began = recorded();
        let answered = work(&server, &post.body);
        if answered.is_ok() && counter.is_some() {
            let said = Answered { frame: post.body.clone(), head: head(&server) };
            self.answered.lock().unwrap().push(Act { began, ended: recorded(), said });
        }
        let lost = self.lose.swap(false, SeqCst);
        Box::pin(std::future::ready(match answered {
            _ if lost => Err(TransportError::Cut("told so".into())),
            Ok(body) => Ok(Answer { status: 200, body, ..Answer::default() }),
            Err(_) => Ok(Answer { status: 503, ..Answer::default() }),
        }))
    }
}

/// A clock, randomness from a seed, and the line.
pub(crate) struct Rig {
    pub(crate) seed: u64,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) line: Arc<Direct>,
}

impl Rig {
    /// Nobody is up yet.
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, clock: Arc::new(HandClock::at(START)), line: Arc::default() }
    }

    /// With a server in memory that knows the places and officers of [`world`].
    pub(crate) fn in_memory(seed: u64) -> Self {
        let rig = Self::new(seed);
        let env = rig.server_env(0);
        let identity = Identity::create(&env).unwrap();
        let server =
            ops::init_with(&env, Box::new(MemoryStore::default()), identity, None, &world::options());
        let server = server.unwrap();
        world::fill(&server);
        rig.up(server);
        rig
    }

    /// From now on phones find this server.
    pub(crate) fn up(&self, server: Arc<Server>) {
        *self.line.server.lock().unwrap() = Some(server);
    }

    /// Nobody is up any more.
    pub(crate) fn down(&self) {
        let server = self.line.server.lock().unwrap().take();
        assert_eq!(server.as_ref().map(Arc::strong_count), Some(1), "somebody still holds the server");
    }

    /// Clock and randomness of a server; a fresh stream for every life.
    pub(crate) fn server_env(&self, life: u64) -> Env {
        let entropy = SeededEntropy::new(self.seed, 1 << 40 | life);
        Env { clock: Arc::<HandClock>::clone(&self.clock), entropy: Arc::new(entropy) }
    }

    /// Clock, randomness and line of a phone.
    pub(crate) fn phone_env(&self, life: u64) -> PhoneEnv {
        PhoneEnv {
            clock: Arc::<HandClock>::clone(&self.clock),
            entropy: Arc::new(SeededEntropy::new(self.seed, 1 << 41 | life)),
            transport: Arc::<Direct>::clone(&self.line),
        }
    }

    /// A phone of an officer, enrolled and with its list pulled.
    pub(crate) fn phone(&self, folder: &Path, officer: u32, life: u64) -> Phone {
        let phone = self.open(folder, life).unwrap();
        let code = ops::enrol(&self.line.server(), officer, "http://server", 1 << 30).unwrap();
        let outcome = wait(phone.enrol(&code)).unwrap();
        assert!(matches!(outcome, EnrolOutcome::Enrolled(_)), "{outcome:?}");
        assert_eq!(wait(pantau_tests::sync(&phone)), SyncEnd::Done);
        phone
    }

    /// Opens a phone's store. No reserve: it is written past SQLite, and nothing here is recorded of it.
    pub(crate) fn open(&self, folder: &Path, life: u64) -> Result<Phone, pantau_core::Error> {
        let mut options = OpenOptions::default();
        options.reserve_bytes = 0;
        Phone::open(folder, self.phone_env(life), options)
    }
}

/// Position of the last row of a log.
pub(crate) fn head(server: &Server) -> u64 {
    store::read(server.store(), |view| view.head()).unwrap()
}

/// Runs a future that waits for nobody.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}
