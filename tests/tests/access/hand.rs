//! A phone played by hand: it says anything, sound or not, and keeps what comes back.

use std::sync::Arc;

use fastrand::Rng;
use pantau_log::{Server, caller::Source, enrol, exchange};
use pantau_protocol::{
    body::Body,
    cbor,
    enrol::{Code, EnrolReply, EnrolRequest},
    exchange::{Cursor, Head, LogRow, Outcome, Reply, Request},
    frame::{self, FrameKind, Sender},
    journal::{DeviceId, Link, RecordId, first_link},
    keys::SecretKey,
    note::CarriedNote,
    receipt::ReceiptContext,
    record::Record,
    segment::{Segment, SentRecord, Span},
};
use pantau_tests::place;

pub(crate) struct Hand {
    server: Arc<Server>,
    pub(crate) key: SecretKey,
    records: Vec<SentRecord>,
    links: Vec<Link>,
    cursor: Option<Cursor>,
    /// Records that a receipt covers.
    pub(crate) held: u64,
}

impl Hand {
    pub(crate) fn new(server: &Arc<Server>, rng: &mut Rng) -> Self {
        let mut seed = [0; 32];
        rng.fill(&mut seed);
        let key = SecretKey::from_seed(&seed);
        let links = vec![first_link(&key.public().0)];
        Self { server: Arc::clone(server), key, records: Vec::new(), links, cursor: None, held: 0 }
    }

    pub(crate) fn device(&self) -> DeviceId {
        self.key.public().device_id()
    }

    pub(crate) fn last(&self) -> u64 {
        self.records.len() as u64
    }

    /// Writes bytes into the journal.
    pub(crate) fn write(&mut self, payload: Vec<u8>, notes: Vec<CarriedNote>) -> RecordId {
        let sent = SentRecord { payload, notes };
        let one = Segment { base: [0; 8], seed: None, records: vec![sent.clone()] };
        let chained = one.chain(&self.device(), self.last() + 1, self.links.last().unwrap());
        self.links.push(chained[0].link);
        self.records.push(sent);
        RecordId::of_digest(&chained[0].digest)
    }

    /// Writes a statement into the journal.
    pub(crate) fn state(&mut self, at: i64, where_: &str, body: &Body) -> RecordId {
        self.write(Record::new(at, place(where_), body).to_payload(), Vec::new())
    }

    /// A request that carries the records `first..=last`, none where that is empty.
    pub(crate) fn request(&self, first: u64, last: u64) -> (Request, Option<Span>) {
        let head = Head::new(self.last(), self.links.last().unwrap());
        let mut request = Request::new(head, self.server.now());
        request.cursor = self.cursor.map(|c| c.short());
        if last < first {
            return (request, None);
        }
        let (from, to) = (first as usize - 1, last as usize);
        request.segment = Some(Segment {
            base: self.links[from].short(),
            seed: None,
            records: self.records[from..to].to_vec(),
        });
        (request, Some(Span { first, count: last + 1 - first, link: self.links[to] }))
    }

    /// Seals a request.
    pub(crate) fn seal(&self, request: &Request, span: Option<&Span>) -> Vec<u8> {
        frame::seal(FrameKind::Request, &self.key, Sender::Known, span, 1, &cbor::to_vec(request))
    }

    /// Sends a request and keeps what the reply says.
    pub(crate) fn send(&mut self, request: &Request, span: Option<&Span>) -> Reply {
        let sent = self.seal(request, span);
        let got = exchange::answer(&self.server, &sent).unwrap();
        let keys = self.server.identity().signing_keys();
        let body = frame::parse(&got).unwrap().open_reply(&keys, &frame::request_hash(&sent)).unwrap();
        let reply: Reply = cbor::from_slice(&body).unwrap();
        if let Some(receipt) = &reply.receipt {
            let (last, server) = (receipt.statement.last, self.server.identity().server_id());
            let link = self.links[usize::try_from(last).unwrap()];
            let context = ReceiptContext { server, epoch: reply.epoch, device: self.device(), link };
            assert!(receipt.verify(&context, &keys), "a receipt that does not verify");
            self.held = self.held.max(last);
        }
        reply
    }

    /// Pushes what is not held yet in segments of random length; the reasons of what was set aside.
    pub(crate) fn push(&mut self, rng: &mut Rng) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        while self.held < self.last() {
            let (first, before) = (self.held + 1, self.held);
            let last = rng.u64(first..=self.last());
            let (request, span) = self.request(first, last);
            outcomes.extend(self.send(&request, span.as_ref()).outcomes);
            assert!(self.held > before, "the journal is blocked after record {before}: {outcomes:?}");
        }
        outcomes
    }

    /// Reads what is there for this device, from where it stopped.
    pub(crate) fn read(&mut self) -> Vec<LogRow> {
        let mut rows = Vec::new();
        loop {
            let (request, _) = self.request(1, 0);
            let reply = self.send(&request, None);
            self.cursor = Some(Cursor { epoch: reply.epoch, scope: reply.scope, position: reply.position });
            let more = reply.more;
            rows.extend(reply.page.unpack().unwrap());
            if !more {
                return rows;
            }
        }
    }

    /// Forgets how far it has read.
    pub(crate) fn rewind(&mut self) {
        self.cursor = None;
    }
}

/// The frame of one redemption.
pub(crate) fn redemption(key: &SecretKey, code: &Code) -> Vec<u8> {
    let request = EnrolRequest { handle: code.handle.clone(), proof: code.proof(&key.public()) };
    frame::seal(FrameKind::Enrol, key, Sender::Introduced, None, 1, &cbor::to_vec(&request))
}

/// Opens the answer to a redemption.
pub(crate) fn redeemed(sent: &[u8], got: &[u8]) -> EnrolReply {
    let parsed = frame::parse(got).unwrap();
    let body = parsed.open_reply(&[parsed.key.unwrap()], &frame::request_hash(sent)).unwrap();
    cbor::from_slice(&body).unwrap()
}

/// Redeems a code.
pub(crate) fn redeem(server: &Server, key: &SecretKey, code: &Code) -> EnrolReply {
    redeem_from(server, Source::LOCAL, key, code)
}

/// Redeems a code from somewhere.
pub(crate) fn redeem_from(server: &Server, source: Source, key: &SecretKey, code: &Code) -> EnrolReply {
    let sent = redemption(key, code);
    redeemed(&sent, &enrol::answer_to(server, source, &sent).unwrap())
}
