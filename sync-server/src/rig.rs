//! For tests: a server on a fake clock, and a phone that speaks the protocol by hand.

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

pub(crate) const NOW: i64 = 1_707_800_000;

pub(crate) fn env(seed: u64) -> (Env, Arc<HandClock>) {
    let clock = Arc::new(HandClock::at(NOW));
    let env = Env { clock: Arc::clone(&clock) as _, entropy: Arc::new(SeededEntropy::new(seed, 0)) };
    (env, clock)
}

pub(crate) fn place(code: &str) -> Place {
    Place::new(code).unwrap()
}

pub(crate) fn options() -> ops::InitOptions {
    ops::InitOptions { regions: vec![place("62")], desk_name: "Meja KPU".into() }
}

/// A server with its clock, and its directory if it has one.
pub(crate) struct Rig {
    pub(crate) server: Arc<Server>,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) env: Env,
    pub(crate) dir: Option<tempfile::TempDir>,
}

impl Rig {
    /// In memory.
    pub(crate) fn memory() -> Self {
        let (env, clock) = env(1);
        let identity = Identity::create(&env).unwrap();
        let server =
            ops::init_with(&env, Box::new(MemoryStore::default()), identity, None, &options()).unwrap();
        Self { server, clock, env, dir: None }
    }

    /// On disk.
    pub(crate) fn disk() -> Self {
        Self::disk_of(1)
    }

    /// On disk, with other keys.
    pub(crate) fn disk_of(seed: u64) -> Self {
        let (env, clock) = env(seed);
        let dir = tempfile::tempdir().unwrap();
        let server = ops::init(&DataDir::new(dir.path()), &env, &options()).unwrap();
        Self { server, clock, env, dir: Some(dir) }
    }

    pub(crate) fn dirs(&self) -> DataDir {
        DataDir::new(self.dir.as_ref().unwrap().path())
    }

    pub(crate) fn say(&self, body: Body, at: &str) -> RecordId {
        let new = NewDeskRecord::new(self.clock.now(), place(at), body);
        author::append(&self.server, vec![new]).unwrap()[0]
    }

    pub(crate) fn grant(&self, officer: u32, role: Role, at: &str) {
        self.say(Body::Officer(Officer { officer }), at);
        self.say(Body::Grant(Grant { officer, role, ended: false }), at);
    }

    /// An enrolled phone of a new officer.
    pub(crate) fn phone(&self, officer: u32, role: Role, at: &str) -> Phone {
        self.grant(officer, role, at);
        let mut phone = Phone::new(u8::try_from(officer % 200).unwrap() + 1);
        let invitation = ops::enrol(&self.server, officer, "http://localhost", 3600).unwrap();
        phone.certificate = phone.redeem(&self.server, &invitation).certificate;
        assert!(phone.certificate.is_some());
        phone
    }

    pub(crate) fn rows(&self) -> Vec<Row> {
        store::read(self.server.store(), |v| v.desk_rows(0, 100_000)).unwrap()
    }

    pub(crate) fn rows_of(&self, phone: &Phone) -> Vec<Row> {
        self.rows().into_iter().filter(|r| r.entry.device == phone.device()).collect()
    }
}

pub(crate) fn incident() -> Body {
    use pantau_protocol::body::{Category, Severity};
    Body::Incident(Incident { category: Category::Weather, severity: Severity::Low })
}

pub(crate) fn standby(present: u32) -> Body {
    use pantau_protocol::body::Situation;
    Body::Standby(Standby { present, team: 90, situation: Situation::Calm, no_obstacle: false })
}

/// A phone with its journal.
#[derive(Clone)]
pub(crate) struct Phone {
    pub(crate) key: SecretKey,
    pub(crate) records: Vec<SentRecord>,
    pub(crate) links: Vec<Link>,
    pub(crate) cursor: Option<Cursor>,
    pub(crate) certificate: Option<Certificate>,
    pub(crate) receipts: Vec<OldReceipt>,
    /// Records lost, and the link behind them.
    pub(crate) sender: Sender,
}

impl Phone {
    pub(crate) fn new(seed: u8) -> Self {
        let key = SecretKey::from_seed(&[seed; 32]);
        let links = vec![first_link(&key.public().0)];
        let (records, receipts) = (Vec::new(), Vec::new());
        Self { key, records, links, cursor: None, certificate: None, receipts, sender: Sender::Known }
    }

    pub(crate) fn device(&self) -> DeviceId {
        self.key.public().device_id()
    }

    pub(crate) fn last(&self) -> u64 {
        self.records.len() as u64
    }

    pub(crate) fn write_raw(&mut self, payload: Vec<u8>, notes: Vec<CarriedNote>) -> RecordId {
        let sent = SentRecord { payload, notes };
        let segment = Segment { base: [0; 8], seed: None, records: vec![sent.clone()] };
        let chained = segment.chain(&self.device(), self.last() + 1, self.links.last().unwrap());
        self.links.push(chained[0].link);
        self.records.push(sent);
        RecordId::of_digest(&chained[0].digest)
    }

    pub(crate) fn write(&mut self, body: &Body, at: &str) -> RecordId {
        let time = NOW + i64::try_from(self.records.len()).unwrap();
        self.write_raw(Record::new(time, place(at), body).to_payload(), Vec::new())
    }

    pub(crate) fn note(&self, text: &str) -> Note {
        let salt = Salt(pantau_protocol::hash::prefix(blake3::hash(text.as_bytes()).as_bytes()));
        Note { field: Field::Note, salt, text: text.to_owned() }
    }

    pub(crate) fn write_with(&mut self, body: &Body, at: &str, note: CarriedNote) -> RecordId {
        let time = NOW + i64::try_from(self.records.len()).unwrap();
        self.write_raw(Record::new(time, place(at), body).to_payload(), vec![note])
    }

    pub(crate) fn head(&self) -> Head {
        Head::new(self.last(), self.links.last().unwrap())
    }

    /// A request that pushes `first..=last`, or nothing where that is empty.
    pub(crate) fn request(&self, first: u64, last: u64) -> (Request, Option<Span>) {
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

    pub(crate) fn seal(&self, request: &Request, span: Option<&Span>) -> Vec<u8> {
        frame::seal(FrameKind::Request, &self.key, self.sender, span, 1, &cbor::to_vec(request))
    }

    pub(crate) fn open(&self, server: &Server, sent: &[u8], got: &[u8]) -> Reply {
        let parsed = frame::parse(got).unwrap();
        let keys = server.identity().signing_keys();
        let body = parsed.open_reply(&keys, &frame::request_hash(sent)).unwrap();
        cbor::from_slice(&body).unwrap()
    }

    pub(crate) fn send(&mut self, server: &Server, request: &Request, span: Option<&Span>) -> Reply {
        let sent = self.seal(request, span);
        let got = exchange::answer(server, &sent).unwrap();
        let reply = self.open(server, &sent, &got);
        self.keep(server, &reply);
        reply
    }

    /// Keeps cursor and receipt, as a phone does.
    pub(crate) fn keep(&mut self, server: &Server, reply: &Reply) {
        self.cursor = Some(Cursor { epoch: reply.epoch, scope: reply.scope, position: reply.position });
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
    pub(crate) fn is_proof(&self, server: &Server, reply: &Reply) -> bool {
        let Some(receipt): Option<&Receipt> = reply.receipt.as_ref() else { return false };
        let Some(link) = self.links.get(receipt.statement.last as usize) else { return false };
        receipt.verify(&self.context(server, reply, *link), &server.identity().signing_keys())
    }

    /// Pushes a span and reads.
    pub(crate) fn push(&mut self, server: &Server, first: u64, last: u64) -> Reply {
        let (request, span) = self.request(first, last);
        self.send(server, &request, span.as_ref())
    }

    /// Pushes the whole journal and reads.
    pub(crate) fn sync(&mut self, server: &Server) -> Reply {
        self.push(server, 1, self.last())
    }

    pub(crate) fn redeem(&self, server: &Server, invitation: &Invitation) -> EnrolReply {
        let (handle, proof) = (invitation.code.handle.clone(), invitation.code.proof(&self.key.public()));
        let body = cbor::to_vec(&EnrolRequest { handle, proof });
        let sent = frame::seal(FrameKind::Enrol, &self.key, Sender::Introduced, None, 1, &body);
        let got = enrol::answer(server, &sent).unwrap();
        let parsed = frame::parse(&got).unwrap();
        let keys = [server.identity().first_key()];
        cbor::from_slice(&parsed.open_reply(&keys, &frame::request_hash(&sent)).unwrap()).unwrap()
    }
}

pub(crate) fn has(reply: &Reply, outcome: &Outcome) -> bool {
    reply.outcomes.contains(outcome)
}

/// What a reply says of records that count although the phone was revoked; `None` if it does not say so.
pub(crate) fn revoked(reply: &Reply) -> Option<&[Counted]> {
    reply
        .outcomes
        .iter()
        .find_map(|o| if let Outcome::Revoked { counted } = o { Some(&counted[..]) } else { None })
}

/// Collects from several threads.
pub(crate) fn gather<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
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
