//! The exchange: one round trip that pushes and pulls. `POST /v1/exchange` carries one request frame
//! up and one reply frame down.

mod carries;
mod outcome;
mod page;

pub use carries::Carries;
pub use outcome::{Counted, Held, Outcome, Reason};
pub use page::{LogRow, Page, RowKind};

use crate::{
    enrol::Certificate,
    journal::{DeviceId, Digest, Link},
    keys::{PublicKey, SecretKey, Sig},
    limit,
    note::{Field, Note},
    place::{Scope, ScopeDigest},
    receipt::{Epoch, OldReceipt, Receipt},
    segment::Segment,
};

/// How far a phone has read the log: `(epoch, scope digest, position)`. All rows at or before
/// `position` that the scope sees have been received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Cursor {
    /// Epoch of the log.
    #[n(0)]
    pub epoch: Epoch,
    /// Scope it was read under.
    #[n(1)]
    pub scope: ScopeDigest,
    /// Last position scanned.
    #[n(2)]
    pub position: u64,
}

impl Cursor {
    /// As a request names it.
    pub fn short(&self) -> ShortCursor {
        ShortCursor { log: log_mark(&self.epoch, &self.scope), position: self.position }
    }
}

/// A cursor in a request. The server knows epoch and scope; it only has to see whether the phone means the
/// same ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct ShortCursor {
    /// What stands for epoch and scope.
    #[n(0)]
    #[cbor(with = "crate::cbor::bytes")]
    pub log: [u8; 8],
    /// Last position scanned.
    #[n(1)]
    pub position: u64,
}

impl ShortCursor {
    /// Whether it was read from this log under this scope.
    pub fn is_of(&self, epoch: &Epoch, scope: &ScopeDigest) -> bool {
        self.log == log_mark(epoch, scope)
    }
}

fn log_mark(epoch: &Epoch, scope: &ScopeDigest) -> [u8; 8] {
    let hash = crate::hash::tagged("pantau/1/cursor", &[&epoch.to_bytes(), &scope.0]);
    hash.first_chunk().copied().unwrap_or_default()
}

/// The end of a journal: number of its last record and the first 8 bytes of the link after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Head {
    /// Sequence number; 0 for an empty journal.
    #[n(0)]
    pub seq: u64,
    /// `link(seq)`, shortened.
    #[n(1)]
    #[cbor(with = "crate::cbor::bytes")]
    pub link: [u8; 8],
}

impl Head {
    /// The head after record `seq`.
    pub fn new(seq: u64, link: &Link) -> Self {
        Self { seq, link: link.short() }
    }
}

/// A note sent after its record.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct LateNote {
    /// Record of the sending device.
    #[n(0)]
    pub seq: u64,
    /// Its note.
    #[n(1)]
    pub note: Note,
}

/// Records a phone no longer has: it goes on from `link(last)`, and the hole stays visible.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Lost {
    /// First lost record.
    #[n(0)]
    pub first: u64,
    /// Last lost record.
    #[n(1)]
    pub last: u64,
    /// `link(last)`, from which the journal goes on.
    #[n(2)]
    pub link: Link,
}

/// A new key that follows another after a clone or a restored backup, signed by the old key. The frame
/// that carries it is signed by the new one.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Succession {
    /// The device that is followed.
    #[n(0)]
    pub predecessor: DeviceId,
    /// Signature of the predecessor's key over [`Succession::hash`].
    #[n(1)]
    pub signature: Sig,
}

impl Succession {
    /// The hash that the old key signs.
    pub fn hash(predecessor: &DeviceId, new_key: &PublicKey) -> [u8; 32] {
        crate::hash::tagged("pantau/1/succession", &[&predecessor.0, &new_key.0])
    }

    /// States that `new_key` follows the device that signs with `old`.
    pub fn sign(old: &SecretKey, new_key: &PublicKey) -> Self {
        let predecessor = old.public().device_id();
        Self { predecessor, signature: old.sign(&Self::hash(&predecessor, new_key)) }
    }

    /// Whether the old key signed for this new key.
    pub fn verify(&self, old_key: &PublicKey, new_key: &PublicKey) -> bool {
        old_key.device_id() == self.predecessor
            && old_key.verify(&Self::hash(&self.predecessor, new_key), &self.signature)
    }
}

/// What a phone sends. The records' span stands in the frame header.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Request {
    /// Where to read on; absent reads from the start.
    #[n(0)]
    pub cursor: Option<ShortCursor>,
    /// End of the journal; absent where it is the end of the records in this request. Of an
    /// empty one 0 and `link(0)`, shortened.
    #[n(1)]
    pub head: Option<Head>,
    /// Records, oldest unsent first.
    #[n(2)]
    pub segment: Option<Segment>,
    /// Notes of records sent before.
    #[n(3)]
    #[cbor(
        default,
        skip_if = "Vec::is_empty",
        decode_with = "crate::cbor::at_most::<_, _, { limit::LATE_NOTES }>"
    )]
    pub notes: Vec<LateNote>,
    /// The phone's idea of the server's time, unix seconds: guards only what is read.
    #[n(4)]
    pub time_guess: i64,
    /// Bytes of page the phone wants at most; 0 wants none.
    #[n(5)]
    pub budget_bytes: u32,
    /// Only when asked by `Unknown`; the frame then carries the whole key.
    #[n(6)]
    pub certificate: Option<Certificate>,
    /// Only to a server of a new epoch, or one that lacks what it once held.
    #[n(7)]
    #[cbor(
        default,
        skip_if = "Vec::is_empty",
        decode_with = "crate::cbor::at_most::<_, _, { limit::OLD_RECEIPTS }>"
    )]
    pub old_receipts: Vec<OldReceipt>,
    /// Records lost on the phone.
    #[n(8)]
    pub lost: Option<Lost>,
    /// This device follows another; the frame then carries the whole key.
    #[n(9)]
    pub succession: Option<Succession>,
    /// Asks for [`Reply::state_digest`].
    #[n(10)]
    #[cbor(default, skip_if = "std::ops::Not::not")]
    pub want_digest: bool,
    /// Digests of the records between the segment and the end of an old receipt that reaches further: they
    /// show that the segment lies on its chain.
    #[n(11)]
    #[cbor(
        default,
        skip_if = "Vec::is_empty",
        decode_with = "crate::cbor::at_most::<_, _, { limit::TAIL }>"
    )]
    pub tail: Vec<Digest>,
}

impl Request {
    /// A request that pushes nothing.
    pub fn new(head: Head, time_guess: i64) -> Self {
        Self {
            cursor: None,
            head: Some(head),
            segment: None,
            notes: Vec::new(),
            time_guess,
            budget_bytes: limit::PAGE_BUDGET_BYTES,
            certificate: None,
            old_receipts: Vec::new(),
            lost: None,
            succession: None,
            want_digest: false,
            tail: Vec::new(),
        }
    }
}

/// What the server answers. The receipt stands first: it is what a phone waits for.
#[derive(Debug, Clone, PartialEq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Reply {
    /// Proof of what is held; see there when it is present (docs/PROTOCOL.md#what-of-a-reply-counts).
    #[n(0)]
    pub receipt: Option<Receipt>,
    /// Epoch of the log.
    #[n(1)]
    pub epoch: Epoch,
    /// Server time, unix seconds.
    #[n(2)]
    pub server_time: i64,
    /// MAC that makes `server_time` an anchor for this device.
    #[n(3)]
    #[cbor(with = "crate::cbor::bytes")]
    pub anchor_mac: [u8; 8],
    /// What became of the push, and what the server wants of the phone.
    #[n(4)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub outcomes: Vec<Outcome>,
    /// Notes the server lacks.
    #[n(5)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub want_notes: Vec<(u64, Field)>,
    /// Others' records.
    #[n(6)]
    #[cbor(default, skip_if = "Page::is_left_out")]
    pub page: Page,
    /// Scope of this device; another digest than the request's means the page starts anew at 0. Always written; it
    /// counts only where the page does.
    #[n(7)]
    pub scope: ScopeDigest,
    /// Position scanned so far, for the next cursor. Always written; it counts only where the page does.
    #[n(8)]
    pub position: u64,
    /// More is waiting.
    #[n(9)]
    #[cbor(default, skip_if = "std::ops::Not::not")]
    pub more: bool,
    /// Seconds the server asks the phone to wait before the next sync; 0 when it does not.
    #[n(10)]
    #[cbor(default, skip_if = "is_zero")]
    pub backoff_s: u32,
    /// Oldest protocol version that still gets pages.
    #[n(11)]
    #[cbor(default, skip_if = "is_zero")]
    pub min_version: u32,
    /// Dictionaries beyond number 1 that the server knows.
    #[n(12)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub dictionaries: Vec<u32>,
    /// Certificate of a successor, or a fresh one after re-admission or reassignment.
    #[n(13)]
    pub certificate: Option<Certificate>,
    /// Digest of the projection over all rows of (scope, position), when asked for.
    #[n(14)]
    pub state_digest: Option<StateDigest>,
    /// Where phones reach this server from now on, where that is about to change: see [`crate::address`].
    #[n(15)]
    pub address: Option<String>,
}

impl Reply {
    /// A reply with these outcomes and nothing else: neither a receipt nor a page, of a reader who sees nothing.
    pub fn of(epoch: Epoch, outcomes: Vec<Outcome>) -> Self {
        Self {
            receipt: None,
            epoch,
            server_time: 0,
            anchor_mac: [0; 8],
            outcomes,
            want_notes: Vec::new(),
            page: Page::default(),
            scope: Scope::nothing().digest(),
            position: 0,
            more: false,
            backoff_s: 0,
            min_version: 0,
            dictionaries: Vec::new(),
            certificate: None,
            state_digest: None,
            address: None,
        }
    }
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

crate::byte_id!(
    /// Digest of all place states of one scope, see [`crate::projection`].
    StateDigest, 32
);
