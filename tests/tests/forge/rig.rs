//! A server in memory, and a phone that writes its frames by hand.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
};

use fastrand::Rng;
use pantau_env::fake::{HandClock, SeededEntropy};
use pantau_log::{
    Env, Identity, Server, enrol, exchange, ops,
    store::{self, Enrolment, MemoryStore, Row},
};
use pantau_protocol::{
    body::{Answer, Body, Visit, Way},
    cbor,
    enrol::{Certificate, EnrolReply, EnrolRequest, Invitation},
    exchange::{Head, Outcome, Reply, Request},
    frame::{self, FrameKind, Sender},
    journal::{DeviceId, Link, first_link},
    keys::SecretKey,
    note::{CarriedNote, Field, Note, SaltSeed},
    receipt::ReceiptContext,
    record::Record,
    segment::{Segment, SentRecord, Span},
};
use pantau_tests::{
    Campaign, place,
    world::{START, fill, options},
};

/// A server with the small world in it.
pub(crate) struct Rig {
    pub(crate) server: Arc<Server>,
    pub(crate) clock: Arc<HandClock>,
    seed: u64,
}

/// All that a forged frame might have changed.
#[derive(Debug, PartialEq)]
pub(crate) struct Held {
    rows: Vec<Row>,
    enrolments: Vec<Enrolment>,
}

impl Rig {
    pub(crate) fn new(seed: u64) -> Self {
        let rig =
            Self::with(seed, START, Identity::create(&env(&HandClock::at(START).into(), seed)).unwrap());
        fill(&rig.server);
        rig
    }

    /// An empty log that began at `now`.
    pub(crate) fn with(seed: u64, now: i64, identity: Identity) -> Self {
        let clock = Arc::new(HandClock::at(now));
        let store = Box::new(MemoryStore::default());
        let server = ops::init_with(&env(&clock, seed), store, identity, None, &options()).unwrap();
        Self { server, clock, seed }
    }

    /// The same keys over an empty log: a server that lost everything but its identity.
    pub(crate) fn emptied(&self, now: i64) -> Self {
        let identity = Identity::from_bytes(&self.server.identity().to_bytes()).unwrap();
        let other = Self::with(self.seed ^ 1, now, identity);
        fill(&other.server);
        other
    }

    pub(crate) fn head(&self) -> u64 {
        store::read(self.server.store(), |view| view.head()).unwrap()
    }

    pub(crate) fn held(&self) -> Held {
        store::read(self.server.store(), |view| {
            Ok(Held { rows: view.desk_rows(0, 1_000_000)?, enrolments: view.desk_enrolments()? })
        })
        .unwrap()
    }

    pub(crate) fn code(&self, officer: u32) -> Invitation {
        enrol::invite(&self.server, officer, "http://here", 1 << 30).unwrap()
    }

    /// An enrolled phone.
    pub(crate) fn hand(&self, officer: u32, rng: &mut Rng) -> Hand {
        let mut hand = Hand::new(rng);
        let sent = hand.redemption(&self.code(officer));
        let got = enrol::answer(&self.server, &sent).unwrap();
        hand.certificate = redeemed(&sent, &got).certificate;
        assert!(hand.certificate.is_some());
        hand
    }

    /// Sends an honest frame.
    pub(crate) fn send(&self, sent: &[u8]) -> Reply {
        self.read(sent, &exchange::answer(&self.server, sent).unwrap())
    }

    /// Opens the reply to a frame.
    pub(crate) fn read(&self, sent: &[u8], got: &[u8]) -> Reply {
        let keys = self.server.identity().signing_keys();
        let parsed = frame::parse(got).unwrap();
        cbor::from_slice(&parsed.open_reply(&keys, &frame::request_hash(sent)).unwrap()).unwrap()
    }

    /// Whether the server believed any of these bytes.
    pub(crate) fn believes(&self, forged: &[u8]) -> bool {
        let Ok(got) = exchange::answer(&self.server, forged) else { return false };
        let reply = self.read(forged, &got);
        let turned = |o: &Outcome| matches!(o, Outcome::Unknown | Outcome::Refused | Outcome::Malformed);
        let says_nothing = reply.receipt.is_none() && reply.certificate.is_none() && reply.page.is_empty();
        !(says_nothing && reply.outcomes.len() == 1 && reply.outcomes.iter().all(turned))
    }

    /// The receipt of a reply, if it holds for this phone's own chain.
    pub(crate) fn proves(&self, hand: &Hand, reply: &Reply) -> Option<u64> {
        let receipt = reply.receipt.as_ref()?;
        let context = self.context(hand, reply, receipt.statement.last)?;
        receipt.verify(&context, &self.server.identity().signing_keys()).then_some(receipt.statement.last)
    }

    pub(crate) fn context(&self, hand: &Hand, reply: &Reply, last: u64) -> Option<ReceiptContext> {
        let link = *hand.links.get(usize::try_from(last).ok()?)?;
        let server = self.server.identity().server_id();
        Some(ReceiptContext { server, epoch: reply.epoch, device: hand.device(), link })
    }
}

fn env(clock: &Arc<HandClock>, seed: u64) -> Env {
    Env { clock: Arc::<HandClock>::clone(clock), entropy: Arc::new(SeededEntropy::new(seed, 1 << 40)) }
}

/// A phone with its journal.
#[derive(Clone)]
pub(crate) struct Hand {
    pub(crate) key: SecretKey,
    pub(crate) records: Vec<SentRecord>,
    pub(crate) links: Vec<Link>,
    pub(crate) certificate: Option<Certificate>,
    /// What its salts follow from.
    pub(crate) seed: SaltSeed,
}

impl Hand {
    pub(crate) fn new(rng: &mut Rng) -> Self {
        let (mut seed, mut salts) = ([0; 32], [0; 16]);
        rng.fill(&mut seed);
        rng.fill(&mut salts);
        let key = SecretKey::from_seed(&seed);
        let links = vec![first_link(&key.public().0)];
        Self { key, records: Vec::new(), links, certificate: None, seed: SaltSeed(salts) }
    }

    pub(crate) fn device(&self) -> DeviceId {
        self.key.public().device_id()
    }

    pub(crate) fn last(&self) -> u64 {
        self.records.len() as u64
    }

    /// Writes `count` visits with notes.
    pub(crate) fn write(&mut self, rng: &mut Rng, count: usize) {
        for _ in 0..count {
            let answers = (0..15).map(|_| rng.choice([Answer::Ok, Answer::NotOk]).unwrap()).collect();
            let body = Visit { checklist: 1, version: 1, answers, way: Some(Way::Good) };
            let tps = format!("62.06.13.2001/{:03}", rng.u32(1..=5));
            let at = START - rng.i64(0..100_000);
            let payload = Record::new(at, place(&tps), &Body::Visit(body)).to_payload();
            let text = format!("catatan {}", rng.u32(..));
            let salt = self.seed.after(self.last()).salt(Field::Note);
            let notes = vec![CarriedNote::Whole(Note { field: Field::Note, salt, text })];
            let sent = SentRecord { payload, notes };
            let one = Segment { base: [0; 8], seed: None, records: vec![sent.clone()] };
            self.links.push(one.chain(&self.device(), self.last() + 1, self.links.last().unwrap())[0].link);
            self.records.push(sent);
        }
    }

    /// A request that carries the records `first..=last`, none where that is empty.
    pub(crate) fn request(&self, first: u64, last: u64) -> (Request, Option<Span>) {
        let mut request = Request::new(Head::new(self.last(), self.links.last().unwrap()), START);
        if last < first {
            return (request, None);
        }
        let (from, to) = (first as usize - 1, last as usize);
        let (base, seed) = (self.links[from].short(), Some(self.seed.after(first - 1)));
        request.segment = Some(Segment { base, seed, records: self.records[from..to].to_vec() });
        (request, Some(Span { first, count: last + 1 - first, link: self.links[to] }))
    }

    /// Seals a request; a phone that brings papers names its whole key.
    pub(crate) fn seal(&self, request: &Request, span: Option<&Span>) -> Vec<u8> {
        let brings_papers = request.certificate.is_some() || request.succession.is_some();
        let sender = if brings_papers { Sender::Introduced } else { Sender::Known };
        frame::seal(FrameKind::Request, &self.key, sender, span, 1, &cbor::to_vec(request))
    }

    /// The frame that pushes `first..=last`.
    pub(crate) fn push(&self, first: u64, last: u64) -> Vec<u8> {
        let (request, span) = self.request(first, last);
        self.seal(&request, span.as_ref())
    }

    /// The frame that redeems a code.
    pub(crate) fn redemption(&self, invitation: &Invitation) -> Vec<u8> {
        let code = &invitation.code;
        let request = EnrolRequest { handle: code.handle.clone(), proof: code.proof(&self.key.public()) };
        frame::seal(FrameKind::Enrol, &self.key, Sender::Introduced, None, 1, &cbor::to_vec(&request))
    }
}

/// Opens the answer to a redemption.
pub(crate) fn redeemed(sent: &[u8], got: &[u8]) -> EnrolReply {
    let parsed = frame::parse(got).unwrap();
    let body = parsed.open_reply(&[parsed.key.unwrap()], &frame::request_hash(sent)).unwrap();
    cbor::from_slice(&body).unwrap()
}

/// Plays the games of a campaign on all processors; the sum of what they counted. A game that fails tells
/// its seed.
pub(crate) fn play(campaign: &Campaign, game: impl Fn(u64) -> u64 + Sync) -> u64 {
    let (seeds, counted) = (Mutex::new(campaign.seeds()), AtomicU64::new(0));
    let worker = || {
        while let Some(seed) = { seeds.lock().unwrap().next() } {
            let played = catch_unwind(AssertUnwindSafe(|| game(seed)));
            counted.fetch_add(played.unwrap_or_else(|_| panic!("the game of seed {seed} failed")), Relaxed);
        }
    };
    thread::scope(|scope| {
        let workers = thread::available_parallelism().map_or(2, usize::from);
        let all: Vec<_> = (0..workers).map(|_| scope.spawn(worker)).collect();
        assert!(all.into_iter().all(|w| w.join().is_ok()), "PANTAU_SEED={}", campaign.seed());
    });
    counted.into_inner()
}

/// The same bytes with one bit turned.
pub(crate) fn flipped(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut out = bytes.to_vec();
    out[bit / 8] ^= 1 << (bit % 8);
    out
}
