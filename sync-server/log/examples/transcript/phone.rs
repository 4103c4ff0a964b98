//! A phone driven by hand: fixed keys, and no more memory than the transcript tells of.

use pantau_log::{Server, enrol, exchange};
use pantau_protocol::{
    body::Body,
    cbor,
    enrol::{Certificate, EnrolReply, EnrolRequest, Invitation},
    exchange::{Cursor, Head, Reply, Request, Succession},
    frame::{self, FrameKind, Sender},
    journal::{self, Link},
    keys::{PublicKey, SecretKey},
    note::{CarriedNote, Field, Note, SaltSeed},
    place::Place,
    receipt::{OldReceipt, ReceiptContext},
    record::Record,
    segment::{Segment, SentRecord, Span},
    time::Anchor,
};

use super::show;

/// A phone with its journal.
#[derive(Clone)]
pub struct Phone {
    pub key: SecretKey,
    /// The clock, unix seconds.
    pub now: i64,
    seed: SaltSeed,
    records: Vec<SentRecord>,
    links: Vec<Link>,
    server_keys: Vec<PublicKey>,
    cursor: Option<Cursor>,
    anchor: Option<Anchor>,
    carried: Option<Anchor>,
    pub certificate: Option<Certificate>,
    receipts: Vec<OldReceipt>,
}

/// What went over the line, for the page.
pub struct Exchanged {
    pub told: String,
    pub reply: Reply,
}

impl Phone {
    pub fn new(seed: u8, now: i64) -> Self {
        let key = SecretKey::from_seed(&[seed; 32]);
        Self {
            now,
            seed: SaltSeed([seed; 16]),
            records: Vec::new(),
            links: vec![journal::first_link(&key.public().0)],
            server_keys: Vec::new(),
            cursor: None,
            anchor: None,
            carried: None,
            certificate: None,
            receipts: Vec::new(),
            key,
        }
    }

    /// The phone that goes on under a new key.
    pub fn successor(&self, seed: u8) -> Self {
        Self { server_keys: self.server_keys.clone(), ..Self::new(seed, self.now) }
    }

    pub fn last(&self) -> u64 {
        self.records.len() as u64
    }

    /// Appends a record to the journal.
    pub fn write(&mut self, place: &Place, body: &Body, note: Option<&str>) {
        let seq = self.last() + 1;
        let mut record = Record::new(self.now, place.clone(), body);
        record.anchor = self.anchor.filter(|a| Some(*a) != self.carried);
        self.carried = record.anchor.or(self.carried);
        let salt = self.seed.after(seq - 1).salt(Field::Note);
        let notes = note.map(|text| CarriedNote::Whole(Note { field: Field::Note, salt, text: text.into() }));
        let sent = SentRecord { payload: record.to_payload(), notes: notes.into_iter().collect() };
        let commitments: Vec<_> = sent.notes.iter().map(CarriedNote::commitment).collect();
        let digest = journal::digest(&self.key.public().device_id(), seq, &sent.payload, &commitments);
        self.links.push(journal::next_link(&self.links[seq as usize - 1], &digest));
        self.records.push(sent);
    }

    /// Redeems a code; what went over the line.
    pub fn enrol(&mut self, server: &Server, invitation: &Invitation) -> String {
        let proof = invitation.code.proof(&self.key.public());
        let body = cbor::to_vec(&EnrolRequest { handle: invitation.code.handle.clone(), proof });
        let sent = frame::seal(FrameKind::Enrol, &self.key, Sender::Introduced, None, 0, &body);
        let got = enrol::answer(server, &sent).expect("an answer");
        let parsed = frame::parse(&got).expect("a frame");
        let key = parsed.key.expect("the server's key");
        assert_eq!(key.fingerprint(), invitation.fingerprint);
        let answer = parsed.open_reply(&[key], &frame::request_hash(&sent)).expect("a reply");
        let reply: EnrolReply = cbor::from_slice(&answer).expect("a reply");
        self.certificate = reply.certificate;
        self.server_keys = vec![key];
        let told = [
            show::frame_of(&sent),
            "\nIts body, unpacked:\n\n".into(),
            show::body_of("EnrolRequest", &body),
            "\nThe answer:\n\n".into(),
            show::frame_of(&got),
            "\nIts body, unpacked:\n\n".into(),
            show::body_of("EnrolReply", &answer),
        ];
        told.concat()
    }

    /// A request that pushes `first..=last`, or nothing where that is empty.
    pub fn request(&self, first: u64, last: u64) -> (Request, Option<Span>) {
        let head = Head::new(self.last(), &self.links[self.records.len()]);
        let mut request = Request::new(head, self.now);
        request.cursor = self.cursor.map(|c| c.short());
        if last < first {
            return (request, None);
        }
        if last == self.last() {
            request.head = None;
        }
        let (from, to) = (first as usize - 1, last as usize);
        let records = self.records[from..to].to_vec();
        let has_notes = records.iter().any(|r| !r.notes.is_empty());
        let seed = has_notes.then(|| self.seed.after(first - 1));
        request.segment = Some(Segment { base: self.links[from].short(), seed, records });
        (request, Some(Span { first, count: last + 1 - first, link: self.links[to] }))
    }

    /// Says that this key follows that of another phone.
    pub fn follow(&self, before: &Self) -> Succession {
        Succession::sign(&before.key, &self.key.public())
    }

    /// The receipts of this journal and of no other.
    pub fn receipts(&self) -> Vec<OldReceipt> {
        self.receipts.clone()
    }

    /// Sends a request and takes the reply in, or loses it.
    pub fn send(
        &mut self,
        server: &Server,
        (request, span): &(Request, Option<Span>),
        lose: bool,
    ) -> Exchanged {
        let introduces = request.certificate.is_some() || request.succession.is_some();
        let sender = if introduces { Sender::Introduced } else { Sender::Known };
        let body = cbor::to_vec(request);
        let sent = frame::seal(FrameKind::Request, &self.key, sender, span.as_ref(), 0, &body);
        let got = exchange::answer(server, &sent).expect("an answer");
        let parsed = frame::parse(&got).expect("a frame");
        let digest = frame::request_hash(&sent);
        let answer = parsed.open_reply(&self.server_keys, &digest).expect("signed by the server");
        let reply: Reply = cbor::from_slice(&answer).expect("a reply");
        let mut told = show::frame_of(&sent);
        told += "\nIts body, unpacked:\n\n";
        told += &show::body_of("Request", &body);
        if lose {
            return Exchanged { told, reply };
        }
        told += "\nThe answer:\n\n";
        told += &show::frame_of(&got);
        told += "\nIts body, unpacked:\n\n";
        told += &show::body_of("Reply", &answer);
        self.take(&reply);
        Exchanged { told, reply }
    }

    fn take(&mut self, reply: &Reply) {
        self.anchor = Some(Anchor { time: reply.server_time, mac: reply.anchor_mac });
        // A newer log is read from its start, whatever else the reply says.
        self.cursor = self.cursor.filter(|c| c.epoch >= reply.epoch);
        if reply.carries().page {
            self.cursor = Some(Cursor { epoch: reply.epoch, scope: reply.scope, position: reply.position });
        }
        let Some(receipt) = &reply.receipt else { return };
        let Some(link) = self.links.get(receipt.statement.last as usize).copied() else { return };
        let (server, device) = (self.server_keys[0].server_id(), self.key.public().device_id());
        let context = ReceiptContext { server, epoch: reply.epoch, device, link };
        if receipt.verify(&context, &self.server_keys) {
            self.receipts.push(OldReceipt { epoch: reply.epoch, link, receipt: receipt.clone() });
        }
        if let Some(certificate) = &reply.certificate {
            self.certificate = Some(certificate.clone());
        }
    }
}
