//! A server and phones in one process, laid out by copying files, so that a game costs milliseconds.

use std::{
    collections::{BTreeSet, VecDeque},
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, Weak},
};

use fastrand::Rng;
use pantau_core::{
    EnrolOutcome, Env as PhoneEnv, Error, JournalRow, NewRecord, OpenOptions, Phone, Saved, SyncEnd,
    transport::{Answer, BoxFuture, Post, Transport, TransportError},
};
use pantau_env::fake::{HandClock, SeededEntropy};
use pantau_log::{
    DataDir, Env, Server, enrol, exchange, ops,
    store::{self, Row},
    verify::{self, Extent},
};
use pantau_protocol::{
    body::{Answer as Said, Body, Category, Incident, Severity, Turnout, Visit, Way},
    enrol::Invitation,
    exchange::RowKind,
    journal::RecordId,
    place::Place,
    projection::{Fact, Fold},
};
use pantau_tests::{
    place,
    world::{START, make},
};

/// Officers of the phones every fleet starts with: two of one kecamatan, one of its village, one of another.
pub(crate) const CREW: [(&str, u32); 4] = [("camat", 1), ("petugas", 2), ("desa", 6), ("hilir", 3)];

/// A folder in memory where there is one: these suites cut no power.
pub(crate) fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap()
}

/// Copies the files of a folder; a phone makes its lock and its reserve itself.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        if name != "pantau.lock" && name != "pantau.reserve" {
            std::fs::copy(entry.path(), to.join(name)).unwrap();
        }
    }
}

/// Plays one game; its seed is printed if it fails.
pub(crate) fn game<F: Future>(seed: u64, play: impl FnOnce() -> F) -> F::Output {
    struct Told(u64);
    impl Drop for Told {
        fn drop(&mut self) {
            if std::thread::panicking() {
                eprintln!("the game of seed {} failed", self.0);
            }
        }
    }
    let _told = Told(seed);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(play())
}

/// What every game starts from: a server that knows its crew, and their phones. Gone when no test needs it.
pub(crate) struct Template {
    files: tempfile::TempDir,
}

impl Template {
    pub(crate) fn get() -> Arc<Self> {
        static KEPT: Mutex<Weak<Template>> = Mutex::new(Weak::new());
        let mut kept = KEPT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(template) = kept.upgrade() {
            return template;
        }
        let template = Arc::new(Self::make());
        *kept = Arc::downgrade(&template);
        template
    }

    fn make() -> Self {
        // No game's seed: one that drew what the template drew would make the keys of its phones again.
        let fleet = Fleet::bare(u64::MAX);
        make(&fleet.dir, &fleet.env());
        fleet.host.put(Some(ops::open(&fleet.dir, &fleet.env()).unwrap()));
        game(0, || async {
            for (name, officer) in CREW {
                let code = fleet.code(officer);
                let member = fleet.open(name);
                let outcome = member.phone.enrol(&code).await.unwrap();
                assert!(matches!(outcome, EnrolOutcome::Enrolled(_)), "{outcome:?}");
                assert_eq!(pantau_tests::sync(&member.phone).await, SyncEnd::Done);
                member.phone.shutdown().unwrap();
            }
        });
        fleet.host.put(None);
        Self { files: fleet.files }
    }
}

/// The one server; no server while it is down.
#[derive(Default)]
pub(crate) struct Host(Mutex<Option<Arc<Server>>>);

impl Host {
    pub(crate) fn put(&self, server: Option<Arc<Server>>) {
        *self.0.lock().unwrap() = server;
    }

    pub(crate) fn server(&self) -> Option<Arc<Server>> {
        self.0.lock().unwrap().clone()
    }
}

/// What happens to one post.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fate {
    Arrives,
    NeverLeaves,
    ReplyLost,
}

/// A phone's way to the server. What was not told otherwise arrives.
pub(crate) struct Wire {
    host: Arc<Host>,
    plan: Mutex<VecDeque<Fate>>,
}

impl Wire {
    pub(crate) fn plan(&self, fates: impl IntoIterator<Item = Fate>) {
        let mut plan = self.plan.lock().unwrap();
        plan.clear();
        plan.extend(fates);
    }
}

impl Transport for Wire {
    fn post(&self, post: Post) -> BoxFuture<'_, Result<Answer, TransportError>> {
        Box::pin(async move {
            let fate = self.plan.lock().unwrap().pop_front().unwrap_or(Fate::Arrives);
            let none = || TransportError::NotReached("told so".into());
            let server =
                self.host.server().filter(|_| !matches!(fate, Fate::NeverLeaves)).ok_or_else(none)?;
            let work = if post.url.ends_with("/v1/enrol") { enrol::answer } else { exchange::answer };
            let body = work(&server, &post.body).map_err(|e| TransportError::Cut(e.to_string()))?;
            match fate {
                Fate::ReplyLost => Err(TransportError::Cut("told so".into())),
                _ => Ok(Answer { status: 200, body, ..Answer::default() }),
            }
        })
    }
}

/// A phone of the fleet.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) phone: Phone,
    pub(crate) wire: Arc<Wire>,
}

/// The server, its clock and its folder; phones live in folders beside it.
pub(crate) struct Fleet {
    pub(crate) clock: Arc<HandClock>,
    pub(crate) seed: u64,
    pub(crate) dir: DataDir,
    pub(crate) host: Arc<Host>,
    files: tempfile::TempDir,
    drawn: std::sync::atomic::AtomicU64,
}

impl Fleet {
    fn bare(seed: u64) -> Self {
        let files = folder();
        let dir = DataDir::new(files.path().join("server"));
        let (clock, host) = (Arc::new(HandClock::at(START)), Arc::new(Host::default()));
        Self { clock, seed, dir, host, files, drawn: std::sync::atomic::AtomicU64::new(1) }
    }

    /// A fresh copy of the template, the server running.
    pub(crate) fn new(template: &Template, seed: u64) -> Self {
        let fleet = Self::bare(seed);
        copy(&template.files.path().join("server"), fleet.dir.path());
        for (name, _) in CREW {
            copy(&template.files.path().join(name), &fleet.path(name));
        }
        fleet.start();
        fleet
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    /// Randomness of its own for whoever asks: a clone must not draw what the other draws.
    fn entropy(&self) -> Arc<SeededEntropy> {
        let who = self.drawn.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Arc::new(SeededEntropy::new(self.seed, who << 20))
    }

    pub(crate) fn env(&self) -> Env {
        Env { clock: Arc::<HandClock>::clone(&self.clock), entropy: self.entropy() }
    }

    pub(crate) fn start(&self) {
        self.host.put(Some(ops::open(&self.dir, &self.env()).unwrap()));
    }

    pub(crate) fn stop(&self) {
        self.host.put(None);
    }

    pub(crate) fn server(&self) -> Arc<Server> {
        self.host.server().unwrap()
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.pass(seconds);
    }

    pub(crate) fn code(&self, officer: u32) -> Invitation {
        ops::enrol(&self.server(), officer, "http://server", 1 << 30).unwrap()
    }

    pub(crate) fn open(&self, name: &str) -> Member {
        let wire = Arc::new(Wire { host: Arc::clone(&self.host), plan: Mutex::default() });
        let (clock, transport) = (Arc::<HandClock>::clone(&self.clock), Arc::<Wire>::clone(&wire));
        let env = PhoneEnv { clock, entropy: self.entropy(), transport };
        // No disk is full here: without a reserve a phone is cheaper to make.
        let mut options = OpenOptions::default();
        options.reserve_bytes = 0;
        let phone = Phone::open(&self.path(name), env, options).unwrap();
        Member { name: name.to_owned(), phone, wire }
    }

    /// All rows of the log with their notes. The server's own verification must find nothing in it.
    pub(crate) fn log(&self) -> Vec<Row> {
        let server = self.server();
        let found = verify::running(&server, Extent::Full, &mut |_| ControlFlow::Continue(())).unwrap();
        let is_quiet = found.is_clean() && found.warnings.is_empty();
        assert!(is_quiet, "a false alarm: {} {:?}", found.summary(), found.warnings);
        store::read(server.store(), |view| view.desk_rows(0, 1_000_000)).unwrap()
    }
}

/// One sync that may lose what the plan says.
pub(crate) async fn sync_with(member: &Member, fates: impl IntoIterator<Item = Fate>) -> SyncEnd {
    member.wire.plan(fates);
    let end = pantau_tests::sync(&member.phone).await;
    member.wire.plan([]);
    end
}

/// One sync over a good line.
pub(crate) async fn sync(member: &Member) -> SyncEnd {
    sync_with(member, []).await
}

/// Draws what happens to the next posts: mostly nothing.
pub(crate) fn fates(rng: &mut Rng) -> Vec<Fate> {
    let one = |rng: &mut Rng| match rng.u8(..4) {
        0 => Fate::NeverLeaves,
        1 => Fate::ReplyLost,
        _ => Fate::Arrives,
    };
    (0..rng.usize(1..4)).map(|_| one(rng)).collect()
}

/// The places a fleet speaks of.
pub(crate) fn stations() -> Vec<Place> {
    let villages = ["62.06.13.2001", "62.06.13.2002", "62.06.14.2001"];
    villages.iter().flat_map(|v| (1..=5).map(move |n| place(&format!("{v}/{n:03}")))).collect()
}

/// Says something about some place; `None` where the officer may not speak of it now.
pub(crate) fn say(member: &Member, rng: &mut Rng, text: &str) -> Option<Saved> {
    let at = stations().swap_remove(rng.usize(..15));
    let body = match rng.u8(..3) {
        0 => Body::Incident(Incident { category: Category::Access, severity: Severity::Medium }),
        1 => Body::Turnout(Turnout { hour: rng.u32(7..13), voters: rng.u32(..200) }),
        _ => {
            Body::Visit(Visit { checklist: 1, version: 1, answers: vec![Said::Ok; 15], way: Some(Way::Good) })
        }
    };
    let mut new = NewRecord::new(at, body);
    new.note = Some(text.to_owned()).filter(|t| !t.is_empty());
    match member.phone.capture(new) {
        Ok(saved) => Some(saved),
        Err(Error::Field { .. }) => None,
        Err(e) => panic!("{}: {e}", member.name),
    }
}

/// All that a phone said, oldest first.
pub(crate) fn journal(phone: &Phone) -> Vec<JournalRow> {
    let mut rows = phone.journal(None, 500).unwrap();
    while let Some(last) = rows.last().map(|r| r.cursor) {
        let more = phone.journal(Some(last), 500).unwrap();
        if more.is_empty() {
            break;
        }
        rows.extend(more);
    }
    rows.reverse();
    rows
}

/// Whether a receipt covers a record.
pub(crate) fn is_held(row: &JournalRow) -> bool {
    row.delivery.is_held()
}

/// Ids of the log's records; each must be there once.
pub(crate) fn ids(log: &[Row]) -> BTreeSet<RecordId> {
    let mut ids = BTreeSet::new();
    for row in log.iter().filter(|r| !r.entry.payload.is_empty()) {
        assert!(ids.insert(row.entry.id) || row.entry.row == RowKind::Released, "doubled: {}", row.entry.id);
    }
    ids
}

/// Rows of the log folded by the test itself.
pub(crate) fn fold<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Fold {
    let mut fold = Fold::new();
    for row in rows.into_iter().filter(|r| r.is_folded()) {
        let e = &row.entry;
        fold.insert(Fact::new(e.id, (e.device, e.branch, e.seq), Some(e.envelope), &e.payload).unwrap());
    }
    fold
}

/// Checks that a phone that may read shows of every station in its scope what the log says to that scope,
/// with no look at pages and cursors, and that its digest is the server's.
pub(crate) async fn shows_its_scope(member: &Member, log: &[Row]) {
    let status = member.phone.status().unwrap();
    let scope = fold(log).reference().scope(status.officer.unwrap());
    let is_seen =
        |r: &&Row| scope.sees(&r.entry.keys, r.is_from_above()) || status.journals.contains(&r.entry.device);
    let seen = fold(log.iter().filter(is_seen));
    for station in stations().iter().filter(|s| scope.covers(s)) {
        let shown = member.phone.tps_card(station).unwrap().state;
        let expected = seen.state(station);
        assert!(shown == expected, "{} at {station}:\n{shown:?}\n{expected:?}", member.name);
    }
    let both = member.phone.compare().await.unwrap();
    assert_eq!(both.own, both.server, "{}", member.name);
}
