//! One game: a fleet and its server, all faults at once, then calm.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use fastrand::Rng;
use pantau_core::{Budget, Cancel, EnrolOutcome, Env, OpenOptions, Phone, Silent, SyncEnd};
use pantau_env::fake::{HandClock, SeededEntropy};
use pantau_log::{Server, ops};
use pantau_protocol::{enrol::Invitation, journal::RecordId};
use pantau_tests::world::START;

use crate::{
    check::{self, Seen},
    disk,
    net::{Line, Net},
    newer::Newer,
    phone::{self, Handset},
    server::{self, Host},
    step::{Act, Step, Stop},
};

/// One game in this many is played on the real disk, with the log in SQLite.
const ON_DISK: u64 = 50;
/// Officers of the world who get a phone; the first gets two.
const OFFICERS: [u32; 7] = [1, 2, 3, 4, 5, 6, 1];
/// Last moment a clock of a phone is set to: the end of 2059, in unix seconds.
const LATEST: i64 = 2_840_140_799;
/// Clones a game makes at most.
const FLEET: usize = 7;
/// Rounds of syncs after which it must be quiet.
const ROUNDS: usize = 12;
pub(crate) const URL: &str = "http://server";

/// A game in play.
pub(crate) struct Game {
    pub(crate) host: Host,
    pub(crate) phones: Vec<Handset>,
    pub(crate) newer: Option<Newer>,
    pub(crate) seen: Seen,
    /// All that phones of this game ever saved, lost copies included.
    pub(crate) all_said: BTreeSet<RecordId>,
    pub(crate) net: Arc<Net>,
    /// A frame of before came after an old log had come back: without receipts, so that the times of first
    /// receipt of what it brought are those of that moment.
    pub(crate) is_blurred: bool,
    newer_line: Line,
    seed: u64,
    files: tempfile::TempDir,
}

/// Plays a game and returns its trace. Panics where something does not hold.
pub(crate) fn play(seed: u64, steps: &[Step]) -> Vec<u64> {
    let mut game = Game::new(seed);
    for step in steps {
        game.take(step);
    }
    game.calm();
    game.net.trace.marks()
}

/// Server and phones as every game begins with: made once, copied for each.
struct Start {
    server: server::Template,
    phones: Vec<phone::Template>,
}

impl Start {
    /// The start of games of this seed.
    fn of(seed: u64) -> &'static Self {
        static MEMORY: OnceLock<Start> = OnceLock::new();
        static DISK: OnceLock<Start> = OnceLock::new();
        let on_disk = is_on_disk(seed);
        if on_disk { &DISK } else { &MEMORY }.get_or_init(|| Self::make(on_disk))
    }

    fn make(on_disk: bool) -> Self {
        let files = disk::scratch(false);
        let mut phones = Vec::new();
        let dir = on_disk.then(|| files.path().join("server"));
        let server = server::Template::make(dir, |server| {
            let net = Arc::new(Net::default());
            net.set_server(Some(Arc::clone(server)));
            for (n, officer) in (1..).zip(OFFICERS) {
                let code = ops::enrol(server, officer, URL, 1 << 30).unwrap();
                let files = enrolled(&net, n, &code, files.path().join(format!("hp{n}")));
                phones.push(phone::Template { officer, files });
            }
            net.set_server(None);
        });
        Self { server, phones }
    }
}

/// The folder of a phone that redeemed its code and read the list of stations.
fn enrolled(net: &Arc<Net>, number: u64, code: &Invitation, dir: PathBuf) -> disk::Folder {
    let clock = Arc::new(HandClock::at(START));
    let transport = Arc::new(Line::new(net, &clock, number));
    let env = Env { clock, entropy: Arc::new(SeededEntropy::new(7, number << 32)), transport };
    let mut options = OpenOptions::default();
    options.reserve_bytes = 0;
    let phone = Phone::open(&dir, env, options).unwrap();
    let outcome = phone::finish(phone.enrol(code), |_| true).unwrap().unwrap();
    assert!(matches!(outcome, EnrolOutcome::Enrolled(_)), "{outcome:?}");
    let synced = phone::finish(phone.sync(Budget::PLENTY, &Silent, &Cancel::new()), |_| true);
    assert_eq!(synced.unwrap().unwrap().end, SyncEnd::Done);
    phone.shutdown().unwrap();
    disk::Folder::read(&dir)
}

/// Whether a game is played on the real disk.
fn is_on_disk(seed: u64) -> bool {
    seed.is_multiple_of(ON_DISK)
}

impl Game {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let start = Start::of(seed);
        let files = disk::scratch(is_on_disk(seed));
        let net = Arc::new(Net::default());
        let host = Host::new(&start.server, &net, seed, files.path().join("server"));
        let mut templates: Vec<&phone::Template> = start.phones.iter().collect();
        rng.shuffle(&mut templates);
        templates.truncate(rng.usize(2..=5));
        let phones = (0..).zip(templates).map(|(n, t)| {
            let dir = files.path().join(format!("hp{n}"));
            Handset::new((seed, n), (t.officer, &t.files), &net, dir)
        });
        let phones: Vec<Handset> = phones.collect();
        let newer_line = Line::new(&net, &Arc::new(HandClock::at(START)), seed ^ 0xFEED);
        net.set_faulty(true);
        let (seen, all_said, newer) = (Seen::default(), BTreeSet::new(), None);
        let mut game =
            Self { host, phones, newer, seen, all_said, net, is_blurred: false, newer_line, seed, files };
        game.look(None);
        game
    }

    /// Takes one step and looks at what may never be.
    fn take(&mut self, step: &Step) {
        let n = step.phone % self.phones.len();
        let mut rng = Rng::with_seed(step.lot);
        self.net.trace.show(&(step.act, n));
        self.act(step.act, n, &mut rng);
        self.look(Some(n.min(self.phones.len() - 1)));
        self.net.trace.mark();
    }

    /// Follows the log, and checks what a phone calls held.
    fn look(&mut self, n: Option<usize>) {
        if self.host.is_up() {
            self.seen.follow(self.host.server(), self.host.returns);
        }
        if let Some(n) = n {
            self.seen.check_held(&self.phones[n]);
            self.all_said.extend(&self.phones[n].said);
        }
    }

    fn act(&mut self, act: Act, n: usize, rng: &mut Rng) {
        match act {
            Act::Visit
            | Act::Turnout
            | Act::Incident
            | Act::Standby
            | Act::Receive
            | Act::Progress
            | Act::Correct
            | Act::Retract => {
                let saved = crate::say::say(&mut self.phones[n], act, rng);
                self.net.trace.show(&saved);
            }
            Act::Sync(stop) => self.sync(n, stop, rng),
            Act::RestartPhone => self.phones[n].restart(),
            Act::KeepPhone => self.phones[n].keep(),
            Act::RestorePhone => drop(self.phones[n].restore(rng.usize(..8))),
            Act::ClonePhone => self.clone_phone(n),
            Act::SetPhoneClock => self.phones[n].clock.set(rng.i64(0..LATEST)),
            Act::Reenrol => self.reenrol(n),
            Act::LoseKey => self.lose_key(n),
            Act::NewerWrites => self.newer_writes(rng),
            Act::NewerPushes => self.newer_pushes(),
            Act::DeliverLate => self.is_blurred |= self.net.deliver_late() && self.host.returns > 0,
            Act::Replay => self.is_blurred |= self.net.replay(rng) && self.host.returns > 0,
            Act::Directive
            | Act::Erase
            | Act::Revoke
            | Act::Reassign
            | Act::Trust
            | Act::TakeBack
            | Act::CorrectList => {
                self.host.start();
                crate::desk::act(self.host.server(), act, &self.phones[n], rng);
            }
            Act::RestartServer => {
                self.host.stop();
                self.host.start();
            }
            Act::StopServer => self.host.stop(),
            Act::KeepServer => self.host.keep(),
            Act::RestoreServer => drop(self.host.restore(rng.usize(..8))),
            Act::SetServerClock => {
                let clock = &self.host.clock;
                clock.set((clock.now() + rng.i64(-100_000..100_000)).max(START));
            }
            Act::Wait => {
                let seconds = rng.u32(1..5_000);
                self.phones.iter().for_each(|p| p.clock.pass(seconds.into()));
                self.host.clock.pass(seconds.into());
            }
        }
    }

    fn clone_phone(&mut self, n: usize) {
        if self.phones.len() < FLEET {
            let number = self.phones.len() as u64;
            let dir = self.files.path().join(format!("hp{number}"));
            let clone = self.phones[n].clone_to(number, &self.net, dir);
            self.phones.push(clone);
        }
    }

    fn code(&mut self, officer: u32) -> Option<Invitation> {
        self.host.start();
        let server: &Arc<Server> = self.host.server();
        // An officer whose grants all ended gets none.
        ops::enrol(server, officer, URL, 1 << 30).ok()
    }

    fn reenrol(&mut self, n: usize) {
        if let Some(code) = self.code(self.phones[n].officer) {
            let outcome = self.phones[n].enrol(&code);
            self.net.trace.add(outcome.as_bytes());
        }
    }

    /// The desk gives a new code at once; its first redemption may fail.
    fn lose_key(&mut self, n: usize) {
        if let Some(code) = self.code(self.phones[n].officer) {
            let unsent = self.phones[n].lose_key();
            let first = self.phones[n].enrol(&code);
            self.net.trace.add(first.as_bytes());
            self.net.set_faulty(false);
            let second = self.phones[n].enrol(&code);
            self.net.set_faulty(true);
            self.net.trace.add(second.as_bytes());
            self.phones[n].check_repeated(unsent);
        }
    }

    fn newer_writes(&mut self, rng: &mut Rng) {
        if self.newer.is_none()
            && let Some(code) = self.code(2)
        {
            let mut seed = [9; 32];
            seed[..8].copy_from_slice(&self.seed.to_le_bytes());
            self.newer = Some(Newer::enrol(self.host.server(), &code, seed));
        }
        if let Some(newer) = &mut self.newer {
            newer.write(START + rng.i64(0..100_000), rng);
            self.all_said.extend(&newer.said);
        }
    }

    fn newer_pushes(&self) {
        if let Some(newer) = &self.newer {
            newer.push(&self.newer_line);
        }
    }

    fn sync(&mut self, n: usize, stop: Stop, rng: &mut Rng) {
        let handset = &mut self.phones[n];
        if rng.bool() {
            handset.phone().forget_backoff().unwrap();
        }
        let (at, cancel) = (rng.u32(1..12), Cancel::new());
        let few = Budget { seconds: rng.u32(1..60), bytes: rng.u64(100..6_000) };
        let budget = if stop == Stop::Budget { few } else { Budget::PLENTY };
        let phone = handset.phone();
        let report = phone::finish(phone.sync(budget, &Silent, &cancel), |poll| {
            if poll == at {
                match stop {
                    Stop::Cancel => cancel.cancel(),
                    Stop::Pause => phone.pause().unwrap(),
                    Stop::Drop => return false,
                    Stop::Nothing | Stop::Budget => {}
                }
            }
            true
        });
        self.net.trace.show(&report);
        if let Some(report) = report {
            report.unwrap();
        }
        match stop {
            Stop::Pause => phone.resume().unwrap(),
            Stop::Drop => handset.restart(),
            Stop::Nothing | Stop::Budget | Stop::Cancel => {}
        }
    }

    /// No more faults: everybody syncs until a whole round changed nothing.
    fn calm(&mut self) {
        self.host.start();
        self.net.set_faulty(false);
        while self.net.deliver_late() {
            self.is_blurred |= self.host.returns > 0;
        }
        for _ in 0..ROUNDS {
            let before = self.sum();
            self.newer_pushes();
            let ends: Vec<SyncEnd> = (0..self.phones.len()).map(|n| self.sync_calmly(n)).collect();
            self.net.trace.show(&ends);
            self.net.trace.mark();
            self.trust_who_cannot_send(&ends);
            let are_over = ends.iter().all(|e| matches!(e, SyncEnd::Done | SyncEnd::Revoked));
            if are_over && self.sum() == before {
                check::calm(self, &ends);
                self.net.trace.show(&self.sum());
                self.net.trace.mark();
                return;
            }
        }
        panic!("no quiet after {ROUNDS} rounds");
    }

    /// A revoked phone that went on under another key is not let in with it, and keeps what it says: until the
    /// desk trusts its officer again, once for all his phones.
    fn trust_who_cannot_send(&self, ends: &[SyncEnd]) {
        let kept_out =
            self.phones.iter().zip(ends).filter(|(phone, end)| {
                **end == SyncEnd::Revoked && phone.phone().unsent().unwrap().records > 0
            });
        for officer in kept_out.map(|(phone, _)| phone.officer).collect::<BTreeSet<_>>() {
            let whom = ops::Revoked::Officer(officer);
            let decision = ops::prepare_reinstatement(self.host.server(), whom).unwrap();
            assert!(!decision.is_empty(), "officer {officer} is kept out and not revoked");
            decision.take(self.host.server(), "").unwrap();
        }
    }

    fn sync_calmly(&mut self, n: usize) -> SyncEnd {
        self.host.clock.pass(1);
        let phone = self.phones[n].phone();
        phone.forget_backoff().unwrap();
        let report = phone::finish(phone.sync(Budget::PLENTY, &Silent, &Cancel::new()), |_| true);
        let end = report.unwrap().unwrap().end;
        self.look(Some(n));
        end
    }

    /// What changes as long as anything is under way.
    fn sum(&self) -> String {
        let digests: Vec<_> = self.phones.iter().map(|p| p.phone().state_digest().unwrap()).collect();
        let unsent: Vec<_> = self.phones.iter().map(|p| p.phone().unsent().unwrap()).collect();
        let server = self.host.server();
        let head = pantau_log::store::read(server.store(), |view| view.head()).unwrap();
        format!("{head} {:?} {digests:?} {unsent:?}", server.epoch().unwrap())
    }
}
