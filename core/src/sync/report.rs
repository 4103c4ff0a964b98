//! What the caller of a sync gives and gets.

use crate::contact::NoContact;
use pantau_protocol::exchange::{Cursor, StateDigest};

/// What a sync may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Seconds.
    pub seconds: u32,
    /// Bytes of bodies, both ways together.
    pub bytes: u64,
}

impl Budget {
    /// A quarter of an hour and 64 MB: no limit in practice.
    pub const PLENTY: Self = Self { seconds: 900, bytes: 64 << 20 };
}

/// Told after every reply that was applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Advance {
    /// Requests so far.
    pub requests: u32,
    /// Own records that still have to go out.
    pub records_left: u64,
    /// Own records acknowledged so far in this sync.
    pub records_sent: u64,
    /// Others' records received so far in this sync.
    pub records_received: u64,
    /// Bytes of bodies so far, both ways together.
    pub bytes: u64,
    /// More of others' records is waiting.
    pub more: bool,
}

/// Watches a sync. Called between requests, never inside a transaction; any closure will do.
pub trait Progress: Send + Sync {
    /// One more reply was applied.
    fn advanced(&self, advance: &Advance);
}

impl<F: Fn(&Advance) + Send + Sync> Progress for F {
    fn advanced(&self, advance: &Advance) {
        self(advance);
    }
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn advanced(&self, _: &Advance) {}
}

/// Why a sync ended. None of it loses anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyncEnd {
    /// Nothing left to send, nothing more waiting.
    Done,
    /// Seconds or bytes are used up.
    Budget,
    /// Cancelled by the caller, or by `pause` or `shutdown`.
    Cancelled,
    /// Too early, or the server asked to wait.
    Backoff {
        /// No request before this time, unix seconds by the phone's clock.
        until: i64,
    },
    /// The server was not reached, or something else answered in its place; the next try is delayed.
    Offline(NoContact),
    /// The certificate shown is not the server's: more than its dates is wrong. Nothing was sent; somebody
    /// is in between, or the server needs a hand.
    NotTrusted(String),
    /// The phone's disk is full. Whatever could be sent was, and is held by the server, but there is no room to write
    /// that down or to read more: with some room the next sync asks again.
    PhoneFull,
    /// Not enrolled yet.
    NotEnrolled,
    /// This device was revoked: uploads were taken as evidence, nothing is read.
    Revoked,
    /// Uploads were taken; to read again the app must be updated.
    Upgrade {
        /// Oldest protocol version that gets pages.
        min: u32,
    },
}

/// What a sync did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncReport {
    /// Why it ended.
    pub end: SyncEnd,
    /// Requests sent.
    pub requests: u32,
    /// Bytes of request bodies.
    pub bytes_up: u64,
    /// Bytes of reply bodies.
    pub bytes_down: u64,
    /// Own records newly covered by a receipt.
    pub records_sent: u64,
    /// Others' records newly stored.
    pub records_received: u64,
    /// Receipts that counted.
    pub receipts: u32,
    /// Server time less phone time, in seconds, as the last reply told it.
    pub clock_offset: Option<i64>,
    /// The server's certificate was accepted although its dates do not hold by this phone's clock.
    pub dates_bent: bool,
}

/// Both sides' digest of the same rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison {
    /// The phone's.
    pub own: StateDigest,
    /// The server's.
    pub server: StateDigest,
    /// The rows they speak of.
    pub cursor: Cursor,
}
