//! A server whose parts a test holds in its hands: any store, a clock that goes where it is told, phones
//! that reach it without a socket.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use pantau_core::{
    EnrolOutcome, Env as PhoneEnv, OpenOptions, Phone, SyncEnd,
    transport::{Answer, BoxFuture, Post, Transport, TransportError},
};
use pantau_env::fake::{HandClock, SeededEntropy};
use pantau_log::{
    DataDir, Env, Identity, Server,
    author::{self, NewDeskRecord},
    enrol, exchange, ops,
    store::{self, MemoryStore, Row, SqliteStore, Store},
};
use pantau_protocol::{
    body::{Body, Device, Grant, Officer},
    journal::RecordId,
    keys::PublicKey,
    role::Role,
};
use pantau_server::serve::{self, Listeners, Running, ServeConfig};
use pantau_tests::{
    place, sync,
    world::{START, fill, options},
};

/// A server with the small world in it, and all that was handed to it.
pub(crate) struct Rig {
    pub(crate) server: Arc<Server>,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) seed: u64,
    pub(crate) files: tempfile::TempDir,
    phones: AtomicU64,
}

impl Rig {
    /// In memory.
    pub(crate) fn memory(seed: u64) -> Self {
        let rig = Self::bare(seed, |_| Box::new(MemoryStore::default()));
        fill(&rig.server);
        rig
    }

    /// In SQLite, but without identity file and desk journal.
    pub(crate) fn sqlite(seed: u64) -> Self {
        let rig = Self::bare(seed, |files| Box::new(SqliteStore::open(&files.join("log.db")).unwrap()));
        fill(&rig.server);
        rig
    }

    /// A whole data directory.
    pub(crate) fn disk(seed: u64) -> Self {
        let (files, clock) = (tempfile::tempdir().unwrap(), Arc::new(HandClock::at(START)));
        let env = env(&clock, seed);
        let server = ops::init(&DataDir::new(files.path().join("server")), &env, &options()).unwrap();
        fill(&server);
        Self { server, clock, seed, files, phones: AtomicU64::new(0) }
    }

    /// With nothing in it.
    pub(crate) fn bare(seed: u64, store: impl FnOnce(&std::path::Path) -> Box<dyn Store>) -> Self {
        let (files, clock) = (tempfile::tempdir().unwrap(), Arc::new(HandClock::at(START)));
        let env = env(&clock, seed);
        let identity = Identity::create(&env).unwrap();
        let server = ops::init_with(&env, store(files.path()), identity, None, &options()).unwrap();
        Self { server, clock, seed, files, phones: AtomicU64::new(0) }
    }

    /// The desk says something now.
    pub(crate) fn say(&self, at: &str, body: Body) -> RecordId {
        author::append(&self.server, vec![NewDeskRecord::new(self.clock.now(), place(at), body)]).unwrap()[0]
    }

    /// A role for an officer, or its end.
    pub(crate) fn grant(&self, officer: u32, role: Role, at: &str, ended: bool) {
        self.say(at, Body::Grant(Grant { officer, role, ended, new_person: false }));
    }

    /// A new officer with one role.
    pub(crate) fn officer(&self, officer: u32, role: Role, at: &str) {
        self.say(at, Body::Officer(Officer { officer }));
        self.grant(officer, role, at, false);
    }

    /// Registers a key as an officer's device.
    pub(crate) fn admit(&self, officer: u32, key: &PublicKey) {
        let regions = self.server.access().unwrap().reference().grants_ever(officer);
        let regions: Vec<_> = regions.into_iter().map(|g| g.place).collect();
        let at = regions.first().map_or_else(|| "62".to_owned(), ToString::to_string);
        let (device, public_key) = (key.device_id(), key.0);
        self.say(&at, Body::Device(Device { device, public_key, officer, predecessor: None, regions }));
    }

    /// The whole log.
    pub(crate) fn rows(&self) -> Vec<Row> {
        store::read(self.server.store(), |view| view.desk_rows(0, 1_000_000)).unwrap()
    }

    /// A real phone with a clock of its own, not enrolled.
    pub(crate) fn open(&self, clock: &Arc<HandClock>, transport: Arc<dyn Transport>) -> Phone {
        let n = self.phones.fetch_add(1, SeqCst);
        let entropy = Arc::new(SeededEntropy::new(self.seed, 7_000 + n));
        let env = PhoneEnv { clock: Arc::<HandClock>::clone(clock), entropy, transport };
        Phone::open(&self.files.path().join(format!("phone-{n}")), env, OpenOptions::default()).unwrap()
    }

    /// A real phone of an officer, enrolled and with its lists pulled.
    pub(crate) async fn phone(&self, officer: u32, clock: &Arc<HandClock>) -> (Phone, Arc<Direct>) {
        let direct = Direct::to(&self.server);
        let phone = self.open(clock, Arc::<Direct>::clone(&direct));
        let code = enrol::invite(&self.server, officer, "http://here", 1 << 30).unwrap();
        let outcome = phone.enrol(&code).await.unwrap();
        assert!(matches!(outcome, EnrolOutcome::Enrolled(_)), "{outcome:?}");
        assert_eq!(sync(&phone).await, SyncEnd::Done);
        (phone, direct)
    }

    /// The server on sockets, desk pages, metrics and all. Pages show what was in the log by now at once.
    pub(crate) async fn serve(&self) -> Running {
        self.server.follow().unwrap();
        let free = || async { serve::bind(([127, 0, 0, 1], 0).into()).await.unwrap() };
        let listeners = Listeners { public: vec![free().await], monitor: Some(free().await) };
        let pages = pantau_desk::router(Arc::clone(&self.server), pantau_desk::Site::default()).unwrap();
        let config = ServeConfig { drain: Duration::ZERO, ..ServeConfig::default() };
        serve::start(Arc::clone(&self.server), config, listeners, Some(pages)).unwrap()
    }
}

/// Clock and randomness of a server.
pub(crate) fn env(clock: &Arc<HandClock>, seed: u64) -> Env {
    Env { clock: Arc::<HandClock>::clone(clock), entropy: Arc::new(SeededEntropy::new(seed, 1 << 40)) }
}

/// A transport without a network; where nobody is there, nobody is reached.
pub(crate) struct Direct(std::sync::Mutex<Option<Arc<Server>>>);

impl Direct {
    pub(crate) fn to(server: &Arc<Server>) -> Arc<Self> {
        Arc::new(Self(std::sync::Mutex::new(Some(Arc::clone(server)))))
    }

    /// Another server from now on, or none.
    pub(crate) fn point(&self, server: Option<&Arc<Server>>) {
        *self.0.lock().unwrap() = server.map(Arc::clone);
    }
}

impl Transport for Direct {
    fn post(&self, post: Post) -> BoxFuture<'_, Result<Answer, TransportError>> {
        let server = self.0.lock().unwrap().clone();
        Box::pin(async move {
            let Some(server) = server else { return Err(TransportError::NotReached("nobody".into())) };
            let answered = tokio::task::spawn_blocking(move || {
                let work = if post.url.ends_with("/v1/enrol") { enrol::answer } else { exchange::answer };
                work(&server, &post.body)
            });
            match answered.await.unwrap() {
                Ok(body) => Ok(Answer { status: 200, body, ..Answer::default() }),
                Err(e) => Err(TransportError::Cut(e.to_string())),
            }
        })
    }
}
