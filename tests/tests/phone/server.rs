//! The real server in this process, on files of its own, and what the desk does with it.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering::SeqCst},
    },
};

use pantau_env::fake::{HandClock, SeededEntropy};
use pantau_log::{
    DataDir, Env, Server as Real,
    author::{self, NewDeskRecord},
    ops::{self, Revoked},
    store,
};
use pantau_protocol::{
    body::{Body, Grant},
    enrol::Invitation,
    exchange::{LogRow, Request},
    journal::{DeviceId, Link, RecordId},
    note::{CarriedNote, Field},
    receipt::Epoch,
    role::Role,
};
use pantau_tests::{backup_key, backup_lock};

use crate::{
    colleague::Colleague,
    rig::place,
    template::{Ahead, copy, folder, identity, template},
    turn::Turn,
};

/// The officer that phones are enrolled for.
pub(crate) const OFFICER: u32 = 7;
/// His colleague of the same kecamatan.
pub(crate) const COLLEAGUE: u32 = 8;
pub(crate) const LOGISTICS: u32 = 9;
pub(crate) const OPERATOR: u32 = 10;

/// A record as the server holds it.
#[derive(Clone)]
pub(crate) struct Held {
    pub(crate) row: LogRow,
    pub(crate) link: Link,
}

/// The server as it was once.
pub(crate) struct Past {
    files: tempfile::TempDir,
}

pub(crate) struct Server {
    files: tempfile::TempDir,
    clock: Arc<HandClock>,
    /// Seconds its clock is ahead of the phones'.
    ahead: Arc<AtomicI64>,
    lives: AtomicU64,
    real: Option<Arc<Real>>,
    code: Option<Invitation>,
    /// Whose codes are given out.
    pub(crate) officer: u32,
    /// Opened requests, oldest first.
    pub(crate) seen: Vec<Request>,
    pub(crate) turns: VecDeque<Turn>,
    colleague: Option<Colleague>,
    seed: u8,
}

impl Server {
    pub(crate) fn new(seed: u8, clock: Arc<HandClock>) -> Self {
        let files = folder();
        copy(&template(seed).path().join("server"), &files.path().join("server"));
        let mut server = Self {
            files,
            clock,
            ahead: Arc::default(),
            lives: AtomicU64::new(2),
            real: None,
            code: None,
            officer: OFFICER,
            seen: Vec::new(),
            turns: VecDeque::new(),
            colleague: None,
            seed,
        };
        server.start();
        server
    }

    fn dir(&self) -> DataDir {
        DataDir::new(self.files.path().join("server"))
    }

    fn env(&self) -> Env {
        let life = self.lives.fetch_add(1, SeqCst);
        let clock = Ahead { clock: Arc::clone(&self.clock), seconds: Arc::clone(&self.ahead) };
        Env { clock: Arc::new(clock), entropy: Arc::new(SeededEntropy::new(u64::from(self.seed), life)) }
    }

    fn start(&mut self) {
        self.real = Some(ops::open(&self.dir(), &self.env()).unwrap());
    }

    pub(crate) fn real(&self) -> &Real {
        self.real.as_ref().unwrap()
    }

    pub(crate) fn now(&self) -> i64 {
        self.real().now()
    }

    pub(crate) fn epoch(&self) -> Epoch {
        self.real().epoch().unwrap()
    }

    /// Its clock is this many seconds ahead of the phones'.
    pub(crate) fn set_ahead(&self, seconds: i64) {
        self.ahead.store(seconds, SeqCst);
    }

    /// The code of the officer, which anybody may redeem who was not too late.
    pub(crate) fn invitation(&mut self) -> Invitation {
        if self.code.is_none() {
            self.code = Some(ops::enrol(self.real(), self.officer, "http://desk.example", 1 << 30).unwrap());
        }
        self.code.clone().unwrap()
    }

    /// Another code, which nobody redeemed.
    pub(crate) fn renew_code(&mut self) {
        self.code = None;
    }

    /// A record of the desk.
    pub(crate) fn say(&self, at: &str, body: Body) -> RecordId {
        self.say_with(at, body, "")
    }

    /// A record of the desk with a note.
    pub(crate) fn say_with(&self, at: &str, body: Body, note: &str) -> RecordId {
        let new = NewDeskRecord::new(self.now(), place(at), body).with_note(Field::Note, note);
        author::append(self.real(), vec![new]).unwrap().remove(0)
    }

    /// The officer's grants from now on.
    pub(crate) fn grant(&self, from: &str, to: &str) {
        for (at, ended) in [(from, true), (to, false)] {
            self.say(
                at,
                Body::Grant(Grant { officer: OFFICER, role: Role::FieldOfficer, ended, new_person: false }),
            );
        }
    }

    pub(crate) fn revoke(&self, device: DeviceId, through: Option<u64>) {
        ops::revoke(self.real(), Revoked::Device(device), through).unwrap();
    }

    pub(crate) fn trust_again(&self, device: DeviceId) {
        let decision = ops::prepare_reinstatement(self.real(), Revoked::Device(device)).unwrap();
        decision.take(self.real(), "HP ditemukan").unwrap();
    }

    /// The colleague's own phone.
    pub(crate) fn colleague(&mut self) -> (&mut Colleague, &Real) {
        let real = self.real.as_ref().unwrap();
        let colleague = self.colleague.get_or_insert_with(|| Colleague::enrol(real, COLLEAGUE));
        (colleague, real)
    }

    /// Records of a device on its longest branch, oldest first, as a phone sees rows.
    pub(crate) fn held_of(&self, device: DeviceId) -> Vec<Held> {
        let rows = store::read(self.real().store(), |view| view.desk_rows(0, 1_000_000)).unwrap();
        let own = |row: &store::Row| row.entry.device == device && !row.entry.payload.is_empty();
        let mut all: BTreeMap<u32, BTreeMap<u64, Held>> = BTreeMap::new();
        for row in rows.into_iter().filter(own) {
            let e = row.entry;
            let note =
                |(field, commitment): (Field, _)| match row.notes.iter().find(|note| note.field == field) {
                    Some(note) => CarriedNote::Whole(note.clone()),
                    None => CarriedNote::Committed(field, commitment),
                };
            let seen = LogRow {
                position: row.position,
                kind: e.row,
                device,
                branch: e.branch,
                seq: e.seq,
                envelope: e.envelope,
                payload: e.payload,
                notes: e.commitments.into_iter().map(note).collect(),
            };
            all.entry(e.branch).or_default().insert(e.seq, Held { row: seen, link: e.link });
        }
        let longest = all.into_values().max_by_key(BTreeMap::len).unwrap_or_default();
        longest.into_values().collect()
    }

    /// Branches held of a device.
    pub(crate) fn branches_of(&self, device: DeviceId) -> usize {
        store::read(self.real().store(), |view| view.journal_branches(&device)).unwrap().len()
    }

    /// Its files as they are now.
    pub(crate) fn past(&mut self) -> Past {
        self.real = None;
        let files = folder();
        copy(self.dir().path(), files.path());
        self.start();
        Past { files }
    }

    /// Puts old files in place of its own, and knows nothing of it.
    pub(crate) fn roll_back(&mut self, past: &Past) {
        self.real = None;
        std::fs::remove_dir_all(self.dir().path()).unwrap();
        copy(past.files.path(), self.dir().path());
        self.start();
    }

    /// Restores a backup that was made then: a new epoch begins.
    pub(crate) fn restore(&mut self, past: &Past) {
        self.real = None;
        let (backup, env) = (self.files.path().join("backup"), self.env());
        ops::backup(&DataDir::new(past.files.path().to_owned()), &backup, &backup_lock()).unwrap();
        std::fs::remove_dir_all(self.dir().path()).unwrap();
        ops::restore(&backup, &backup_key(), &self.dir(), &env).unwrap();
        std::fs::remove_file(backup).unwrap();
        self.start();
    }

    /// Signs with these keys from now on: number, and whether it is retired.
    pub(crate) fn sign_with(&mut self, signing: &[(u8, bool)]) {
        self.real = None;
        let file = self.dir().identity();
        std::fs::remove_file(&file).unwrap();
        identity(self.seed, signing).save(&file).unwrap();
        self.start();
    }
}
