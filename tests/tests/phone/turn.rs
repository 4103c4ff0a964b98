//! The wire to the server reads what phones send, and can alter what the server answers: each lie is one that only
//! whoever has the server's keys could tell.

use pantau_log::{enrol, exchange};
use pantau_protocol::{
    cbor,
    exchange::{LogRow, Outcome, Page, Reply},
    frame::{self, FrameKind},
    journal::{DeviceId, Link},
    keys::SecretKey,
    note::Field,
    receipt::{Epoch, Receipt, ReceiptContext},
    time::Anchor,
};

use crate::server::Server;

/// How one answer of the server is altered on its way.
#[derive(Clone)]
pub(crate) enum Turn {
    /// The server gets nothing; this outcome comes back.
    Away(Outcome),
    /// One more outcome.
    Also(Outcome),
    /// Another epoch.
    Epoch(Epoch),
    /// A receipt over a link that is not the phone's.
    WrongLink,
    /// Signed with a key nobody knows.
    WrongKey,
    /// These notes are said to be missing.
    Forget(Vec<(u64, Field)>),
    /// A wish to wait this long before the next sync.
    Backoff(u32),
    /// The address that phones are to ask.
    Address(String),
    /// The same, signed with a key nobody knows.
    ForgedAddress(String),
    /// One more row, which no honest server sends.
    AlsoRow(LogRow),
}

impl Server {
    /// Answers a frame, altered as the next turn says.
    pub(crate) fn answer(&mut self, url: &str, bytes: &[u8]) -> Vec<u8> {
        if url.ends_with("/v1/enrol") {
            return enrol::answer(self.real(), bytes).unwrap();
        }
        let device = self.see(bytes);
        let Some(turn) = self.turns.pop_front() else {
            return exchange::answer(self.real(), bytes).unwrap();
        };
        let digest = frame::request_hash(bytes);
        let mut reply = match &turn {
            Turn::Away(outcome) => self.turned(device, outcome.clone()),
            _ => {
                let answer = exchange::answer(self.real(), bytes).unwrap();
                let keys = self.real().identity().signing_keys();
                let body = frame::parse(&answer).unwrap().open_reply(&keys, &digest).unwrap();
                cbor::from_slice(&body).unwrap()
            }
        };
        let mut key = self.real().identity().signing_key().clone();
        match turn {
            Turn::Away(_) => {}
            Turn::Also(outcome) => reply.outcomes.push(outcome),
            Turn::Epoch(epoch) => reply.epoch = epoch,
            Turn::WrongLink => self.sign_again(&mut reply, device, |_| Link([77; 32]), |_| {}),
            Turn::Address(address) => reply.address = Some(address),
            Turn::ForgedAddress(address) => {
                reply.address = Some(address);
                key = SecretKey::from_seed(&[99; 32]);
            }
            Turn::WrongKey => key = SecretKey::from_seed(&[99; 32]),
            Turn::Forget(notes) => {
                let before = notes[0].0 - 1;
                reply.want_notes = notes;
                let held = self.held_of(device);
                let link = |last: u64| held[last as usize - 1].link;
                self.sign_again(&mut reply, device, link, |receipt| receipt.statement.notes_through = before);
            }
            Turn::Backoff(s) => reply.backoff_s = s,
            Turn::AlsoRow(row) => {
                let mut rows = reply.page.unpack().unwrap();
                rows.push(LogRow { position: reply.position, ..row });
                reply.page = Page::pack(&rows);
            }
        }
        frame::seal_reply(FrameKind::Reply, &key, &digest, 1, &cbor::to_vec(&reply))
    }

    /// Keeps a request that a known device sent.
    fn see(&mut self, bytes: &[u8]) -> DeviceId {
        let parsed = frame::parse(bytes).unwrap();
        let device = parsed.device.unwrap();
        let known = self.real().admission(&device).unwrap().map(|admission| admission.key);
        if let Some(key) = known.or(parsed.key) {
            self.seen.push(cbor::from_slice(&parsed.open(&key).unwrap()).unwrap());
        }
        device
    }

    fn turned(&self, device: DeviceId, outcome: Outcome) -> Reply {
        Reply {
            server_time: self.now(),
            anchor_mac: Anchor::new(self.real().identity().anchor_key(), &device, self.now()).mac,
            ..Reply::of(self.epoch(), vec![outcome])
        }
    }

    fn sign_again(
        &self,
        reply: &mut Reply,
        device: DeviceId,
        link: impl FnOnce(u64) -> Link,
        change: impl FnOnce(&mut Receipt),
    ) {
        let Some(receipt) = &mut reply.receipt else { return };
        change(receipt);
        let server = self.real().identity().server_id();
        let link = link(receipt.statement.last);
        let context = ReceiptContext { server, epoch: reply.epoch, device, link };
        *receipt = Receipt::sign(receipt.statement.clone(), &context, self.real().identity().signing_key());
    }
}
