//! A server with two kecamatan, three villages and fifteen TPS, on loopback, with a clock that the test moves.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use pantau_core::{EnrolOutcome, Env as PhoneEnv, OpenOptions, Phone, transport::Transport};
use pantau_drill::link::{Link, Tally};
use pantau_env::fake::{HandClock, SeededEntropy};
use pantau_log::{
    DataDir, Env, Server,
    import::{self, Files, Source},
    ops::{self, InitOptions},
    store::{self, Row},
};
use pantau_protocol::{
    checklist::Checklist, enrol::Invitation, journal::RecordId, place::Place, profile::Profile,
};
use pantau_server::serve::{self, Running, ServeConfig};

use crate::Tampering;

/// Regions of every world.
pub(crate) const REGIONS: &str = "code,parent,level,name
62,,province,Provinsi Contoh
62.06,62,kabupaten,Kabupaten Contoh
62.06.13,62.06,kecamatan,Hulu
62.06.13.2001,62.06.13,desa,Hulu Satu
62.06.13.2002,62.06.13,desa,Hulu Dua
62.06.14,62.06,kecamatan,Hilir
62.06.14.2001,62.06.14,desa,Hilir Satu
";
/// Officers of every world.
pub(crate) const OFFICERS: &str = "number,name,phone,role,place
1,Camat Contoh,0800-1,Camat,62.06.13
2,Petugas Contoh,0800-2,FieldOfficer,62.06.13
3,Camat Misal,0800-3,Camat,62.06.14
4,Petugas Misal,0800-4,FieldOfficer,62.06.14
5,Pimpinan Contoh,0800-5,Viewer,62.06
6,Petugas Desa,0800-6,FieldOfficer,62.06.13.2002
";
/// When every world begins: two days before the election of its profile.
pub const START: i64 = 1_707_700_000;

/// The world. Its files go when it does.
pub struct World {
    /// The clock of server and phones.
    pub clock: Arc<HandClock>,
    /// Seed of all randomness; print it when a test fails.
    pub seed: u64,
    files: tempfile::TempDir,
    target: Arc<Mutex<SocketAddr>>,
    up: Option<(Arc<Server>, Running)>,
    lives: u64,
}

impl World {
    /// Makes the server and starts it.
    pub async fn new(seed: u64) -> Self {
        Self::on(seed, tempfile::tempdir().unwrap()).await
    }

    /// The same with its files in memory, where the system has a place for that: for suites that play the
    /// same scene thousands of times and lose no power.
    pub async fn in_memory(seed: u64) -> Self {
        let files = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        Self::on(seed, files.unwrap()).await
    }

    async fn on(seed: u64, files: tempfile::TempDir) -> Self {
        let mut world = Self {
            clock: Arc::new(HandClock::beside_real_time(START)),
            seed,
            files,
            target: Arc::new(Mutex::new(SocketAddr::from(([127, 0, 0, 1], 1)))),
            up: None,
            lives: 0,
        };
        let (dir, env) = (world.server_dir(), world.env());
        tokio::task::spawn_blocking(move || make(&dir, &env)).await.unwrap();
        world.start().await;
        world
    }

    /// A folder of the world for whatever a test needs.
    pub fn path(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    /// The server's data directory.
    pub fn server_dir(&self) -> DataDir {
        DataDir::new(self.path("server"))
    }

    /// Clock and randomness for the server; a fresh stream at every start.
    pub fn env(&self) -> Env {
        let entropy = SeededEntropy::new(self.seed, 1 << 40 | self.lives);
        Env { clock: Arc::<HandClock>::clone(&self.clock), entropy: Arc::new(entropy) }
    }

    /// The running server.
    pub fn server(&self) -> Arc<Server> {
        Arc::clone(&self.up.as_ref().expect("the server is down").0)
    }

    /// Starts the server on its files.
    pub async fn start(&mut self) {
        self.lives += 1;
        let (dir, env) = (self.server_dir(), self.env());
        let server = tokio::task::spawn_blocking(move || ops::open(&dir, &env)).await.unwrap().unwrap();
        let listener = serve::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let config = ServeConfig { drain: std::time::Duration::ZERO, ..ServeConfig::default() };
        let running = serve::start(Arc::clone(&server), config, vec![listener], None).unwrap();
        *self.target.lock().unwrap() = running.addr().unwrap();
        self.up = Some((server, running));
    }

    /// Stops the server; phones find nobody.
    pub async fn stop(&mut self) {
        if let Some((server, running)) = self.up.take() {
            running.shutdown().await;
            tokio::task::spawn_blocking(move || drop(server)).await.unwrap();
        }
    }

    /// A code for an officer.
    pub async fn code(&self, officer: u32) -> Invitation {
        let (server, url) = (self.server(), self.url());
        let made = tokio::task::spawn_blocking(move || ops::enrol(&server, officer, &url, 1 << 30));
        made.await.unwrap().unwrap()
    }

    /// Where phones reach the server directly, as long as it is not restarted.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr())
    }

    /// The server's address, as long as it is not restarted.
    pub fn addr(&self) -> SocketAddr {
        *self.target.lock().unwrap()
    }

    /// A link that finds the server after restarts too, and can be made to fail.
    pub async fn link(&self) -> Link {
        Link::open(Arc::clone(&self.target), Arc::new(Tally::default())).await.unwrap()
    }

    /// Opens the phone in folder `name` over a transport.
    pub fn open(&self, name: &str, transport: Arc<dyn Transport>) -> Phone {
        let who = name.bytes().fold(7u64, |h, b| h.wrapping_mul(31) ^ u64::from(b));
        let env = PhoneEnv {
            clock: Arc::<HandClock>::clone(&self.clock),
            entropy: Arc::new(SeededEntropy::new(self.seed, who)),
            transport,
        };
        Phone::open(&self.path(name), env, OpenOptions::default()).unwrap()
    }

    /// A phone of an officer, enrolled and with its list pulled, over a link of its own.
    pub async fn phone(&self, name: &str, officer: u32) -> (Phone, Link, Arc<Tampering>) {
        let link = self.link().await;
        let transport = Arc::new(Tampering::new());
        let phone = self.open(name, Arc::<Tampering>::clone(&transport));
        let code = self.code(officer).await;
        let code = Invitation { url: format!("http://{}", link.addr), ..code };
        let outcome = phone.enrol(&code).await.unwrap();
        assert!(matches!(outcome, EnrolOutcome::Enrolled(_)), "{outcome:?}");
        assert_eq!(crate::sync(&phone).await, pantau_core::SyncEnd::Done);
        (phone, link, transport)
    }

    /// All rows of the log, notes included.
    pub fn log(&self) -> Vec<Row> {
        store::read(self.server().store(), |view| view.desk_rows(0, 1_000_000)).unwrap()
    }

    /// Ids of the log's records, in order; doubled ones stand doubled.
    pub fn ids(&self) -> Vec<RecordId> {
        self.log().iter().filter(|r| !r.entry.payload.is_empty()).map(|r| r.entry.id).collect()
    }

    /// How often the log holds a record.
    pub fn times_held(&self, id: &RecordId) -> usize {
        self.ids().iter().filter(|i| *i == id).count()
    }
}

/// Makes a server's data directory: two kecamatan, fifteen TPS, six officers.
pub fn make(dir: &DataDir, env: &Env) {
    fill(&ops::init(dir, env, &options()).unwrap());
}

/// What the desk of every world starts with.
pub fn options() -> InitOptions {
    InitOptions { regions: vec![Place::new("62").unwrap()], desk_name: "Desk Contoh".into() }
}

/// TPS of every world.
pub(crate) fn tps() -> String {
    let mut tps =
        String::from("village_code,number,voters,voters_male,voters_female,lat,lon,access,signal\n");
    for village in ["62.06.13.2001", "62.06.13.2002", "62.06.14.2001"] {
        for n in 1..=5 {
            tps += &format!("{village},{n:03},25{n},120,13{n},-1.50000,113.50000,remote,weak\n");
        }
    }
    tps
}

/// Imports two kecamatan, fifteen TPS and six officers into a new server.
pub fn fill(server: &Arc<Server>) {
    let tps = tps();
    let files = Files {
        regions: Some(Source { name: "regions.csv", bytes: REGIONS.as_bytes() }),
        tps: Some(Source { name: "tps.csv", bytes: tps.as_bytes() }),
        officers: Some(Source { name: "officers.csv", bytes: OFFICERS.as_bytes() }),
        ..Files::default()
    };
    let mut content = import::parse(&files).unwrap();
    content.profile = Profile::shipped().into_iter().next();
    content.checklists = Checklist::shipped();
    let plan = import::plan(&content, &import::Known::nothing()).unwrap();
    import::apply(server, plan).unwrap();
}
