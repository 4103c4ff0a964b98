//! The world around a phone: a clock, randomness from a seed, and a line to the real [`Server`] that does what a
//! script says, step by step.

use std::{
    collections::VecDeque,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use pantau_core::{
    Budget, Cancel, EnrolOutcome, Enrolled, Env, KeyError, KeyProvider, NewRecord, OpenOptions, Phone,
    Silent, SyncEnd, SyncReport,
    transport::{Answer, BoxFuture, Post, Transport, TransportError},
};
use pantau_env::fake::{HandClock, SeededEntropy};
use pantau_protocol::{
    body::{Answer as Said, Body, Category, Incident, Severity, Visit, Way},
    place::Place,
};
use rusqlite::Connection;
use zeroize::Zeroizing;

use crate::server::Server;

pub(crate) const START: i64 = 1_707_700_000;

/// The key store of a platform: it mixes its own number into what it wraps, and counts.
pub(crate) struct Keystore {
    number: u8,
    asked: AtomicU32,
    fault: Mutex<Option<KeyError>>,
}

impl Keystore {
    pub(crate) fn new(number: u8) -> Arc<Self> {
        Arc::new(Self { number, asked: AtomicU32::new(0), fault: Mutex::default() })
    }

    pub(crate) fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }

    pub(crate) fn fail(&self, fault: Option<KeyError>) {
        *self.fault.lock().unwrap() = fault;
    }

    pub(crate) fn options(self: &Arc<Self>) -> OpenOptions {
        let mut options = OpenOptions::default();
        options.keys = Some(Arc::<Self>::clone(self));
        options
    }
}

impl KeyProvider for Keystore {
    fn wrap(&self, secret: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        match self.fault.lock().unwrap().clone() {
            Some(fault) => Err(fault),
            None => Ok(secret.iter().map(|b| b ^ self.number).collect()),
        }
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        self.wrap(wrapped).map(Zeroizing::new)
    }
}

/// The key store of phones that are about something else: only an encrypted store needs one.
fn keystore() -> Arc<Keystore> {
    Keystore::new(0xC3)
}

/// How such phones open their stores.
pub(crate) fn options() -> OpenOptions {
    if cfg!(feature = "sqlcipher") { keystore().options() } else { OpenOptions::default() }
}

/// The file of such a phone's store, opened behind its back.
pub(crate) fn own_file(dir: &Path) -> Connection {
    file(dir, &keystore())
}

/// The file of a store, opened behind its back.
pub(crate) fn file(dir: &Path, keys: &Keystore) -> Connection {
    let c = Connection::open(dir.join("pantau.db")).unwrap();
    if cfg!(feature = "sqlcipher") {
        let kept = std::fs::read(dir.join("pantau.key")).unwrap();
        let (mark, wrapped) = kept.strip_prefix(b"pantau key 1\n").unwrap().split_at(16);
        let key = keys.unwrap(wrapped).unwrap();
        let hex: String = key.iter().chain(mark).map(|b| format!("{b:02x}")).collect();
        c.execute_batch(&format!("PRAGMA key = \"x'{hex}'\"")).unwrap();
    }
    c
}

/// Lays out a plain store of a past version, as a process leaves it that dies: all is still in the log.
pub(crate) fn lay_out(dir: &Path, sql: &str) {
    let past = Connection::open(dir.join("pantau.db")).unwrap();
    past.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
    past.execute_batch("PRAGMA journal_mode = WAL").unwrap();
    past.execute_batch(sql).unwrap();
}

/// What the line does to one request.
pub(crate) enum Line {
    /// No connection.
    NoSignal,
    /// Cut before the server had it all.
    CutUp,
    /// The server answered; the answer is lost.
    CutDown,
    /// A captive portal answers 200.
    Portal,
    /// Something on the way answers with this status and wish to wait.
    Status(u16, Option<u64>),
    /// Frames longer than this are refused with 413; stays.
    Limit(usize),
    /// The answer is changed on the way.
    Mangle(fn(&mut Vec<u8>)),
    /// Never comes back.
    Hang,
}

/// The line between phones and the server.
pub(crate) struct Wire {
    pub(crate) server: Mutex<Server>,
    pub(crate) script: Mutex<VecDeque<Line>>,
    limit: Mutex<Option<usize>>,
}

impl Wire {
    pub(crate) fn next(&self, line: Line) {
        self.script.lock().unwrap().push_back(line);
    }
}

impl Transport for Wire {
    fn post(&self, post: Post) -> BoxFuture<'_, Result<Answer, TransportError>> {
        Box::pin(async move {
            let line = self.script.lock().unwrap().pop_front();
            if let Some(Line::Limit(bytes)) = line {
                *self.limit.lock().unwrap() = Some(bytes);
            }
            let limit = *self.limit.lock().unwrap();
            let answer = |status, body| Answer { status, body, ..Answer::default() };
            if limit.is_some_and(|l| post.body.len() > l) {
                return Ok(answer(413, b"too large".to_vec()));
            }
            match line {
                Some(Line::NoSignal) => return Err(TransportError::NotReached("no signal".into())),
                Some(Line::CutUp) => return Err(TransportError::Cut("reset".into())),
                Some(Line::Portal) => return Ok(answer(200, b"<html>please log in</html>".to_vec())),
                Some(Line::Status(status, wait)) => {
                    return Ok(Answer { retry_after_s: wait, ..answer(status, Vec::new()) });
                }
                Some(Line::Hang) => std::future::pending::<()>().await,
                _ => {}
            }
            let mut body = self.server.lock().unwrap().answer(&post.url, &post.body);
            match line {
                Some(Line::CutDown) => Err(TransportError::Cut("reset".into())),
                Some(Line::Mangle(change)) => {
                    change(&mut body);
                    Ok(answer(200, body))
                }
                _ => Ok(answer(200, body)),
            }
        })
    }
}

/// A server, a line and a clock.
pub(crate) struct World {
    pub(crate) wire: Arc<Wire>,
    pub(crate) clock: Arc<HandClock>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::of(1)
    }

    /// The world of another server, with keys of its own.
    pub(crate) fn of(seed: u8) -> Self {
        let clock = Arc::new(HandClock::at(START));
        let server = Mutex::new(Server::new(seed, Arc::clone(&clock)));
        let wire = Arc::new(Wire { server, script: Mutex::default(), limit: Mutex::default() });
        Self { wire, clock }
    }

    pub(crate) fn server(&self) -> std::sync::MutexGuard<'_, Server> {
        self.wire.server.lock().unwrap()
    }

    pub(crate) fn env(&self, seed: u64) -> Env {
        Env {
            clock: self.clock.clone(),
            entropy: Arc::new(SeededEntropy::new(seed, 0)),
            transport: self.wire.clone(),
        }
    }

    pub(crate) fn open(&self, dir: &Path, seed: u64) -> Phone {
        Phone::open(dir, self.env(seed), options()).unwrap()
    }

    /// A phone that is enrolled and has pulled.
    pub(crate) async fn phone(&self, dir: &Path, seed: u64) -> Phone {
        let phone = self.open(dir, seed);
        self.enrol(&phone).await;
        assert_eq!(self.sync(&phone).await.end, SyncEnd::Done);
        phone
    }

    pub(crate) async fn enrol(&self, phone: &Phone) -> Enrolled {
        let invitation = self.server().invitation();
        match phone.enrol(&invitation).await.unwrap() {
            EnrolOutcome::Enrolled(enrolled) => enrolled,
            other => panic!("{other:?}"),
        }
    }

    /// A sync with all the budget in the world; time goes on a little, as it does.
    pub(crate) async fn sync(&self, phone: &Phone) -> SyncReport {
        self.clock.pass(10);
        phone.sync(Budget::PLENTY, &Silent, &Cancel::new()).await.unwrap()
    }
}

pub(crate) fn place(code: &str) -> Place {
    Place::new(code).unwrap()
}

/// A visit that answers the whole checklist.
pub(crate) fn visit(code: &str) -> NewRecord {
    let answers = vec![Said::Ok; pantau_protocol::checklist::Checklist::shipped()[0].items.len()];
    NewRecord::new(
        place(code),
        Body::Visit(Visit { checklist: 1, version: 1, answers, way: Some(Way::Good) }),
    )
}

pub(crate) fn incident(code: &str, note: &str) -> NewRecord {
    let body = Body::Incident(Incident { category: Category::Access, severity: Severity::High });
    NewRecord { note: Some(note.to_owned()), ..NewRecord::new(place(code), body) }
}
