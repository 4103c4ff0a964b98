//! A colleague's phone that writes its frames by hand: it may say what no phone of this version can.

use pantau_log::{Server, enrol, exchange, ops};
use pantau_protocol::{
    body::Body,
    cbor,
    enrol::EnrolRequest,
    exchange::{Head, LateNote, Outcome, Reply, Request},
    frame::{self, FrameKind, Sender},
    journal::{DeviceId, Link, RecordId, first_link},
    keys::SecretKey,
    note::{CarriedNote, Field, Note, Salt},
    record::Record,
    segment::{Segment, SentRecord, Span},
};

use crate::rig::place;

pub(crate) struct Colleague {
    key: SecretKey,
    seq: u64,
    link: Link,
}

impl Colleague {
    pub(crate) fn enrol(server: &Server, officer: u32) -> Self {
        let code = ops::enrol(server, officer, "http://desk.example", 1 << 30).unwrap().code;
        let key = SecretKey::from_seed(&[8; 32]);
        let request = EnrolRequest { handle: code.handle.clone(), proof: code.proof(&key.public()) };
        let body = cbor::to_vec(&request);
        let frame = frame::seal(FrameKind::Enrol, &key, Sender::Introduced, None, 1, &body);
        enrol::answer(server, &frame).unwrap();
        let link = first_link(&key.public().0);
        Self { key, seq: 0, link }
    }

    pub(crate) fn device(&self) -> DeviceId {
        self.key.public().device_id()
    }

    pub(crate) fn say(&mut self, server: &Server, at: &str, body: &Body, notes: Vec<Note>) -> RecordId {
        let payload = Record::new(server.now(), place(at), body).to_payload();
        self.put(server, payload, notes.into_iter().map(CarriedNote::Whole).collect())
    }

    pub(crate) fn put(&mut self, server: &Server, payload: Vec<u8>, notes: Vec<CarriedNote>) -> RecordId {
        let records = vec![SentRecord { payload, notes }];
        let segment = Segment { base: self.link.short(), seed: None, records };
        let chained = segment.chain(&self.key.public().device_id(), self.seq + 1, &self.link).remove(0);
        (self.seq, self.link) = (chained.seq, chained.link);
        let span = Span { first: self.seq, count: 1, link: self.link };
        let mut request = Request::new(Head::new(self.seq, &self.link), server.now());
        request.segment = Some(segment);
        let reply = self.send(server, &request, Some(&span));
        assert!(reply.outcomes.contains(&Outcome::Stored), "{:?}", reply.outcomes);
        RecordId::of_digest(&chained.digest)
    }

    /// The text of a note of the last record, which went out without it.
    pub(crate) fn late(&mut self, server: &Server, note: Note) {
        let mut request = Request::new(Head::new(self.seq, &self.link), server.now());
        request.notes = vec![LateNote { seq: self.seq, note }];
        self.send(server, &request, None);
    }

    fn send(&self, server: &Server, request: &Request, span: Option<&Span>) -> Reply {
        let body = cbor::to_vec(request);
        let frame = frame::seal(FrameKind::Request, &self.key, Sender::Known, span, 1, &body);
        let answer = exchange::answer(server, &frame).unwrap();
        let keys = server.identity().signing_keys();
        let opened = frame::parse(&answer).unwrap().open_reply(&keys, &frame::request_hash(&frame)).unwrap();
        cbor::from_slice(&opened).unwrap()
    }
}

/// A note with a salt of its own.
pub(crate) fn note(field: Field, text: &str) -> Note {
    Note { field, salt: Salt([text.len() as u8; 16]), text: text.to_owned() }
}
