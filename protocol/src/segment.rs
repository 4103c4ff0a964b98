//! The segment: consecutive records of one journal, signed once.
//!
//! The signature is the frame's: the frame header carries [`Span`] in the clear, so one signature
//! covers both. `link(last)` binds every record before it, the base included.

use crate::{
    cbor,
    journal::{self, DeviceId, Link},
    note::{CarriedNote, Commitment, Field},
};

/// What the signature says of the records: first, how many, and the link after the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Sequence number of the first record.
    pub first: u64,
    /// Number of records, at least 1.
    pub count: u64,
    /// `link(last)`.
    pub link: Link,
}

impl Span {
    /// Sequence number of the last record.
    pub fn last(&self) -> u64 {
        self.first.saturating_add(self.count.saturating_sub(1))
    }
}

/// One record as it travels up: payload as written, notes beside it in field order.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct SentRecord {
    /// Payload bytes.
    #[n(0)]
    #[cbor(encode_with = "encode_payload", decode_with = "decode_payload")]
    pub payload: Vec<u8>,
    /// Its notes, whole or committed, in field order.
    #[n(1)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub notes: Vec<CarriedNote>,
}

/// The records of a segment and the first 8 bytes of the link they stand on.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Segment {
    /// First 8 bytes of `link(first − 1)`.
    #[n(0)]
    #[cbor(with = "cbor::bytes")]
    pub base: [u8; 8],
    /// The records.
    #[n(1)]
    pub records: Vec<SentRecord>,
}

/// A record of a segment with what follows from its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chained {
    /// Sequence number.
    pub seq: u64,
    /// Digest.
    pub digest: journal::Digest,
    /// Link after this record.
    pub link: Link,
    /// Commitments in field order.
    pub commitments: Vec<(Field, Commitment)>,
}

impl Segment {
    /// Computes digests and links from the full base link. Whoever receives a segment compares the
    /// last link with the signed one.
    pub fn chain(&self, device: &DeviceId, first: u64, base: &Link) -> Vec<Chained> {
        let (mut link, mut next) = (*base, first);
        self.records
            .iter()
            .map(|record| {
                // Not `first..`, which panics past the end: the sender chose `first`.
                let seq = next;
                next = next.wrapping_add(1);
                let commitments: Vec<_> = record.notes.iter().map(CarriedNote::commitment).collect();
                let digest = journal::digest(device, seq, &record.payload, &commitments);
                link = journal::next_link(&link, &digest);
                Chained { seq, digest, link, commitments }
            })
            .collect()
    }
}

impl SentRecord {
    /// Whether the notes are in strictly ascending field order and within their limits.
    pub fn notes_are_sound(&self) -> bool {
        self.notes.len() <= crate::limit::NOTES_PER_RECORD
            && self.notes.is_sorted_by(|a, b| a.field().number() < b.field().number())
            && self.notes.iter().all(|n| match n {
                CarriedNote::Whole(n) => n.fits(),
                CarriedNote::Committed(..) => true,
            })
    }
}

/// Payloads are byte strings: even one that is no CBOR must travel and be quarantined.
pub(crate) fn encode_payload<C, W: minicbor::encode::Write>(
    v: &[u8],
    e: &mut minicbor::Encoder<W>,
    _: &mut C,
) -> Result<(), minicbor::encode::Error<W::Error>> {
    e.bytes(v)?.ok()
}

/// See [`encode_payload`].
pub(crate) fn decode_payload<C>(
    d: &mut minicbor::Decoder<'_>,
    _: &mut C,
) -> Result<Vec<u8>, minicbor::decode::Error> {
    Ok(d.bytes()?.to_vec())
}
