//! For tests of this crate and of those above: a server on a fake clock, and a phone that speaks the protocol by
//! hand.
#![allow(
    missing_docs,
    missing_debug_implementations,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "test support"
)]

use std::sync::{Arc, Mutex};

use pantau_env::fake::{HandClock, SeededEntropy};
use pantau_protocol::{
    body::{Body, Grant, Incident, Officer, Standby},
    cbor,
    enrol::{Certificate, EnrolReply, EnrolRequest, Invitation},
    exchange::{Counted, Cursor, Head, Outcome, Reply, Request},
    frame::{self, FrameKind, Sender},
    journal::{DeviceId, Link, RecordId, first_link},
    keys::SecretKey,
    note::{CarriedNote, Field, Note, Salt},
    place::Place,
    receipt::{OldReceipt, Receipt, ReceiptContext},
    record::Record,
    role::Role,
    segment::{Segment, SentRecord, Span},
};

use crate::{
    DataDir, Env, Identity, Server,
    author::{self, NewDeskRecord},
    enrol, exchange, ops,
    store::{self, MemoryStore, Row},
};

pub const NOW: i64 = 1_707_800_000;

pub fn env(seed: u64) -> (Env, Arc<HandClock>) {
    let clock = Arc::new(HandClock::at(NOW));
    let env = Env { clock: Arc::clone(&clock) as _, entropy: Arc::new(SeededEntropy::new(seed, 0)) };
    (env, clock)
}

pub fn place(code: &str) -> Place {
    Place::new(code).unwrap()
}

pub fn options() -> ops::InitOptions {
    ops::InitOptions { regions: vec![place("62")], desk_name: "Meja KPU".into() }
}

/// A server with its clock, and its directory if it has one.
pub struct Rig {
    pub server: Arc<Server>,
    pub clock: Arc<HandClock>,
    pub env: Env,
    pub dir: Option<tempfile::TempDir>,
}

impl Rig {
    /// In memory.
    pub fn memory() -> Self {
        let (env, clock) = env(1);
        let identity = Identity::create(&env).unwrap();
        let server =
            ops::init_with(&env, Box::new(MemoryStore::default()), identity, None, &options()).unwrap();
        Self { server, clock, env, dir: None }
    }

    /// On disk.
    pub fn disk() -> Self {
        Self::disk_of(1)
    }

    /// On disk, with other keys.
    pub fn disk_of(seed: u64) -> Self {
        let (env, clock) = env(seed);
        let dir = tempfile::tempdir().unwrap();
        let server = ops::init(&DataDir::new(dir.path()), &env, &options()).unwrap();
        Self { server, clock, env, dir: Some(dir) }
    }

    pub fn dirs(&self) -> DataDir {
        DataDir::new(self.dir.as_ref().unwrap().path())
    }

    pub fn say(&self, body: Body, at: &str) -> RecordId {
        let new = NewDeskRecord::new(self.clock.now(), place(at), body);
        author::append(&self.server, vec![new]).unwrap()[0]
    }

    pub fn grant(&self, officer: u32, role: Role, at: &str) {
        self.say(Body::Officer(Officer { officer }), at);
        self.say(Body::Grant(Grant { officer, role, ended: false, new_person: false }), at);
    }

    /// An enrolled phone of a new officer.
    pub fn phone(&self, officer: u32, role: Role, at: &str) -> Phone {
        self.grant(officer, role, at);
        let mut phone = Phone::new(u8::try_from(officer % 200).unwrap() + 1);
        let invitation = ops::enrol(&self.server, officer, "http://localhost", 3600).unwrap();
        phone.certificate = phone.redeem(&self.server, &invitation).certificate;
        assert!(phone.certificate.is_some());
        phone
    }

    pub fn rows(&self) -> Vec<Row> {
        store::read(self.server.store(), |v| v.desk_rows(0, 100_000)).unwrap()
    }

    pub fn rows_of(&self, phone: &Phone) -> Vec<Row> {
        self.rows().into_iter().filter(|r| r.entry.device == phone.device()).collect()
    }
}

pub fn incident() -> Body {
    use pantau_protocol::body::{Category, Severity};
    Body::Incident(Incident { category: Category::Weather, severity: Severity::Low })
}

pub fn standby(present: u32) -> Body {
    use pantau_protocol::body::Situation;
    Body::Standby(Standby { present, team: 90, situation: Situation::Calm, no_obstacle: false })
}

/// A phone with its journal.
#[derive(Clone)]
pub struct Phone {
    pub key: SecretKey,
    pub records: Vec<SentRecord>,
    pub links: Vec<Link>,
    pub cursor: Option<Cursor>,
    pub certificate: Option<Certificate>,
    pub receipts: Vec<OldReceipt>,
    /// Records lost, and the link behind them.
    pub sender: Sender,
}

impl Phone {
    pub fn new(seed: u8) -> Self {
        let key = SecretKey::from_seed(&[seed; 32]);
        let links = vec![first_link(&key.public().0)];
        let (records, receipts) = (Vec::new(), Vec::new());
        Self { key, records, links, cursor: None, certificate: None, receipts, sender: Sender::Known }
    }

    pub fn device(&self) -> DeviceId {
        self.key.public().device_id()
    }

    pub fn last(&self) -> u64 {
        self.records.len() as u64
    }

    pub fn write_raw(&mut self, payload: Vec<u8>, notes: Vec<CarriedNote>) -> RecordId {
        let sent = SentRecord { payload, notes };
        let segment = Segment { base: [0; 8], seed: None, records: vec![sent.clone()] };
        let chained = segment.chain(&self.device(), self.last() + 1, self.links.last().unwrap());
        self.links.push(chained[0].link);
        self.records.push(sent);
        RecordId::of_digest(&chained[0].digest)
    }

    pub fn write(&mut self, body: &Body, at: &str) -> RecordId {
        let time = NOW + i64::try_from(self.records.len()).unwrap();
        self.write_raw(Record::new(time, place(at), body).to_payload(), Vec::new())
    }

    pub fn note(&self, text: &str) -> Note {
        let salt = Salt(pantau_protocol::hash::prefix(blake3::hash(text.as_bytes()).as_bytes()));
        Note { field: Field::Note, salt, text: text.to_owned() }
    }

    pub fn write_with(&mut self, body: &Body, at: &str, note: CarriedNote) -> RecordId {
        let time = NOW + i64::try_from(self.records.len()).unwrap();
        self.write_raw(Record::new(time, place(at), body).to_payload(), vec![note])
    }

    pub fn head(&self) -> Head {
        Head::new(self.last(), self.links.last().unwrap())
    }

    /// A request that pushes `first..=last`, or nothing where that is empty.
    pub fn request(&self, first: u64, last: u64) -> (Request, Option<Span>) {
        let mut request = Request::new(self.head(), NOW);
        request.cursor = self.cursor.map(|c| c.short());
        if last < first {
            return (request, None);
        }
        let (from, to) = (first as usize - 1, last as usize);
        let base = self.links[from].short();
        request.segment = Some(Segment { base, seed: None, records: self.records[from..to].to_vec() });
        (request, Some(Span { first, count: last + 1 - first, link: self.links[to] }))
    }

    pub fn seal(&self, request: &Request, span: Option<&Span>) -> Vec<u8> {
        frame::seal(FrameKind::Request, &self.key, self.sender, span, 1, &cbor::to_vec(request))
    }

    pub fn open(&self, server: &Server, sent: &[u8], got: &[u8]) -> Reply {
        let parsed = frame::parse(got).unwrap();
        let keys = server.identity().signing_keys();
        let body = parsed.open_reply(&keys, &frame::request_hash(sent)).unwrap();
        let reply: Reply = cbor::from_slice(&body).unwrap();
        holds_no_more_than_counts(&reply);
        reply
    }

    pub fn send(&mut self, server: &Server, request: &Request, span: Option<&Span>) -> Reply {
        let sent = self.seal(request, span);
        let got = exchange::answer(server, &sent).unwrap();
        let reply = self.open(server, &sent, &got);
        self.keep(server, &reply);
        reply
    }

    /// Keeps cursor and receipt, as a phone does.
    pub fn keep(&mut self, server: &Server, reply: &Reply) {
        if reply.carries().page {
            self.cursor = Some(Cursor { epoch: reply.epoch, scope: reply.scope, position: reply.position });
        }
        if let Some(receipt) = &reply.receipt
            && let Some(link) = self.links.get(receipt.statement.last as usize)
            && receipt.verify(&self.context(server, reply, *link), &server.identity().signing_keys())
        {
            self.receipts.push(OldReceipt { epoch: reply.epoch, link: *link, receipt: receipt.clone() });
        }
    }

    fn context(&self, server: &Server, reply: &Reply, link: Link) -> ReceiptContext {
        let server = server.identity().server_id();
        ReceiptContext { server, epoch: reply.epoch, device: self.device(), link }
    }

    /// Whether the reply's receipt holds for this phone's own chain.
    pub fn is_proof(&self, server: &Server, reply: &Reply) -> bool {
        let Some(receipt): Option<&Receipt> = reply.receipt.as_ref() else { return false };
        let Some(link) = self.links.get(receipt.statement.last as usize) else { return false };
        receipt.verify(&self.context(server, reply, *link), &server.identity().signing_keys())
    }

    /// Pushes a span and reads.
    pub fn push(&mut self, server: &Server, first: u64, last: u64) -> Reply {
        let (request, span) = self.request(first, last);
        self.send(server, &request, span.as_ref())
    }

    /// Pushes the whole journal and reads.
    pub fn sync(&mut self, server: &Server) -> Reply {
        self.push(server, 1, self.last())
    }

    pub fn redeem(&self, server: &Server, invitation: &Invitation) -> EnrolReply {
        let (handle, proof) = (invitation.code.handle.clone(), invitation.code.proof(&self.key.public()));
        let body = cbor::to_vec(&EnrolRequest { handle, proof });
        let sent = frame::seal(FrameKind::Enrol, &self.key, Sender::Introduced, None, 1, &body);
        let got = enrol::answer(server, &sent).unwrap();
        let parsed = frame::parse(&got).unwrap();
        let keys = [server.identity().first_key()];
        cbor::from_slice(&parsed.open_reply(&keys, &frame::request_hash(&sent)).unwrap()).unwrap()
    }
}

/// Whatever a phone would throw away is not sent.
fn holds_no_more_than_counts(reply: &Reply) {
    let counts = reply.carries();
    assert!(counts.receipt || reply.receipt.is_none() && reply.want_notes.is_empty(), "{reply:?}");
    let has_page = !reply.page.is_empty() || reply.more || reply.state_digest.is_some();
    assert!(counts.page || !has_page, "{reply:?}");
    assert!(counts.certificate || reply.certificate.is_none(), "{reply:?}");
}

pub fn has(reply: &Reply, outcome: &Outcome) -> bool {
    reply.outcomes.contains(outcome)
}

/// What a reply says of records that count although the phone was revoked; `None` if it does not say so.
pub fn revoked(reply: &Reply) -> Option<&[Counted]> {
    reply
        .outcomes
        .iter()
        .find_map(|o| if let Outcome::Revoked { counted } = o { Some(&counted[..]) } else { None })
}

/// Collects from several threads.
pub fn gather<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let all = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for n in 0..count {
            let (all, work) = (&all, &work);
            scope.spawn(move || {
                let one = work(n);
                all.lock().unwrap().push(one);
            });
        }
    });
    all.into_inner().unwrap()
}
