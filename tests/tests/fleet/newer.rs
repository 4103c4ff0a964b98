//! A device of a newer version, spoken by hand: it writes kinds nobody here knows, payloads nobody can
//! read, and places nobody has imported. All of it must arrive, and none of it may block what follows.

use std::sync::Arc;

use fastrand::Rng;
use pantau_core::transport::Post;
use pantau_log::{Server, enrol};
use pantau_protocol::{
    body::{Body, Kind},
    cbor::{self, Raw},
    enrol::{Certificate, EnrolReply, EnrolRequest, Invitation},
    exchange::{Head, Request},
    frame::{self, FrameKind, Sender},
    journal::{Link, RecordId, first_link},
    keys::SecretKey,
    record::Record,
    segment::{Segment, SentRecord, Span},
};

use crate::net::Line;

/// The device and its journal.
pub(crate) struct Newer {
    key: SecretKey,
    certificate: Certificate,
    records: Vec<SentRecord>,
    link: Link,
    pub(crate) said: Vec<RecordId>,
}

impl Newer {
    /// Redeems a code.
    pub(crate) fn enrol(server: &Arc<Server>, code: &Invitation, seed: [u8; 32]) -> Self {
        let key = SecretKey::from_seed(&seed);
        let request =
            EnrolRequest { handle: code.code.handle.clone(), proof: code.code.proof(&key.public()) };
        let sent = frame::seal(FrameKind::Enrol, &key, Sender::Introduced, None, 1, &cbor::to_vec(&request));
        let got = enrol::answer(server, &sent).unwrap();
        let keys = [server.identity().first_key()];
        let body = frame::parse(&got).unwrap().open_reply(&keys, &frame::request_hash(&sent)).unwrap();
        let reply: EnrolReply = cbor::from_slice(&body).unwrap();
        let link = first_link(&key.public().0);
        Self {
            key,
            certificate: reply.certificate.expect("a fresh code enrols"),
            records: Vec::new(),
            link,
            said: Vec::new(),
        }
    }

    /// Writes one record that is out of the ordinary.
    pub(crate) fn write(&mut self, at: i64, rng: &mut Rng) {
        let village = pantau_tests::place("62.06.13.2001");
        let unknown = |kind, body| Body::Opaque(Kind::Other(kind), body);
        let payload = match rng.u8(..4) {
            0 => Record::new(at, village, &unknown(900 + rng.u32(..50), Raw(cbor::to_vec(&rng.u32(..)))))
                .to_payload(),
            1 => Record::new(at, pantau_tests::place("62.06.13.2777/001"), &visit()).to_payload(),
            2 => (0..rng.u8(..60)).map(|_| rng.u8(..)).collect(),
            _ => vec![0x42; 17 << 10],
        };
        let sent = SentRecord { payload, notes: Vec::new() };
        let segment = Segment { base: [0; 8], seed: None, records: vec![sent.clone()] };
        let seq = self.records.len() as u64 + 1;
        let chained = segment.chain(&self.key.public().device_id(), seq, &self.link);
        self.link = chained[0].link;
        self.said.push(RecordId::of_digest(&chained[0].digest));
        self.records.push(sent);
    }

    /// Sends the whole journal, and does not listen.
    pub(crate) fn push(&self, line: &Line) {
        if self.records.is_empty() {
            return;
        }
        let count = self.records.len() as u64;
        let mut request = Request::new(Head::new(count, &self.link), 0);
        let base = first_link(&self.key.public().0).short();
        request.segment = Some(Segment { base, seed: None, records: self.records.clone() });
        request.certificate = Some(self.certificate.clone());
        let span = Span { first: 1, count, link: self.link };
        let body = cbor::to_vec(&request);
        let body = frame::seal(FrameKind::Request, &self.key, Sender::Introduced, Some(&span), 1, &body);
        let within = std::time::Duration::from_secs(60);
        let post = Post { url: "http://server/v1/exchange".into(), body, within, strict_dates: false };
        // Whatever comes back: the next push repeats it all.
        let _ = line.carry(&post);
    }
}

fn visit() -> Body {
    Body::Visit(pantau_protocol::body::Visit { checklist: 1, version: 1, answers: Vec::new(), way: None })
}
