//! Time as testimony: a phone's claim, bounded by what the server vouches for (docs/PROTOCOL.md#time).

use crate::journal::DeviceId;

/// A moment of the server's clock that a phone can carry as proof: `(server time, MAC)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Anchor {
    /// Server time, unix seconds.
    #[n(0)]
    pub time: i64,
    /// First 8 bytes of a keyed BLAKE3 over device and time.
    #[n(1)]
    #[cbor(with = "crate::cbor::bytes")]
    pub mac: [u8; 8],
}

impl Anchor {
    /// The anchor of `device` at `time` under the server's anchor key.
    pub fn new(key: &[u8; 32], device: &DeviceId, time: i64) -> Self {
        let mut h = blake3::Hasher::new_keyed(key);
        h.update(b"pantau/1/anchor").update(&device.0).update(&time.to_be_bytes());
        Self { time, mac: crate::hash::prefix(h.finalize().as_bytes()) }
    }

    /// Whether this server made it for `device`.
    pub fn verify(&self, key: &[u8; 32], device: &DeviceId) -> bool {
        Self::new(key, device, self.time).mac == self.mac
    }
}

/// What the server fixed once when it took a record in. Part of the leaf, sent in the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Envelope {
    /// Server time of first receipt, unix seconds: the record was made not after it.
    #[n(0)]
    pub received_at: i64,
    /// Newest valid anchor in that journal up to the record, unix seconds; 0 if none.
    #[n(1)]
    pub not_before: i64,
}

/// The moment a record counts at, and how far its claim can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effective {
    /// `clamp(at, not_before, not_after)`, unix seconds.
    pub at: i64,
    /// The claim lies outside the interval: kept, shown and flagged.
    pub impossible: bool,
}

/// The effective time of a claim. Without an envelope (not sent yet) the interval is open.
pub fn effective(at: i64, envelope: Option<&Envelope>) -> Effective {
    let Some(e) = envelope else { return Effective { at, impossible: false } };
    let clamped = at.max(e.not_before).min(e.received_at);
    Effective { at: clamped, impossible: clamped != at }
}

/// Verdict on a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deadline {
    /// Certainly made before it.
    Before,
    /// Certainly made after it.
    After,
    /// The interval spans it.
    Undetermined,
}

/// Judges a deadline by the interval alone; the claim does not enter.
pub fn deadline(envelope: Option<&Envelope>, due: i64) -> Deadline {
    match envelope {
        Some(e) if e.received_at <= due => Deadline::Before,
        Some(e) if e.not_before > due => Deadline::After,
        _ => Deadline::Undetermined,
    }
}
