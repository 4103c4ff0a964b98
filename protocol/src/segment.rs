//! The segment: consecutive records of one journal, signed once.
//!
//! The signature is the frame's: the frame header carries [`Span`] in the clear, so one signature
//! covers both. `link(last)` binds every record before it, the base included.

use crate::{
    carried,
    cbor::{self, Raw},
    journal::{self, DeviceId, Link},
    limit,
    note::{CarriedNote, Commitment, Field, SaltSeed},
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentRecord {
    /// Payload bytes.
    pub payload: Vec<u8>,
    /// Its notes, whole or committed, in field order.
    pub notes: Vec<CarriedNote>,
}

/// The records of a segment and the first 8 bytes of the link they stand on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// First 8 bytes of `link(first − 1)`.
    pub base: [u8; 8],
    /// What salts of the first record and those after it follow from, where any do.
    pub seed: Option<SaltSeed>,
    /// The records.
    pub records: Vec<SentRecord>,
}

/// A segment as it is written.
#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
struct SegmentWire {
    /// First 8 bytes of `link(first − 1)`.
    #[n(0)]
    #[cbor(with = "cbor::bytes")]
    base: [u8; 8],
    /// What the salts of the first record and those after it follow from.
    #[n(1)]
    seed: Option<SaltSeed>,
    /// The records: payload, notes, payload, notes and so on.
    #[n(2)]
    records: Raw,
}

impl<C> minicbor::Encode<C> for Segment {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        let records = Raw(self.packed().map_err(|_| minicbor::encode::Error::message("memory"))?);
        SegmentWire { base: self.base, seed: self.seed, records }.encode(e, ctx)
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Segment {
    fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        let wire = SegmentWire::decode(d, ctx)?;
        let (mut d, mut seed) = (minicbor::Decoder::new(&wire.records.0), wire.seed);
        let parts = carried::at_most(&mut d, 2 * limit::SEGMENT_RECORDS as u64)?;
        if parts % 2 == 1 {
            return Err(minicbor::decode::Error::message("a record without a list of notes"));
        }
        let mut records = Vec::new();
        for _ in 0..parts / 2 {
            let (payload, notes) = carried::take(&mut d, seed.as_ref())?;
            records.push(SentRecord { payload, notes });
            seed = seed.map(|s| s.next());
        }
        Ok(Self { base: wire.base, seed: wire.seed, records })
    }
}

impl Segment {
    fn packed(&self) -> Result<Vec<u8>, minicbor::encode::Error<std::convert::Infallible>> {
        let mut e = minicbor::Encoder::new(Vec::new());
        let mut seed = self.seed;
        e.array(2 * self.records.len() as u64)?;
        for record in &self.records {
            carried::put(&mut e, &record.payload, &record.notes, seed.as_ref())?;
            seed = seed.map(|s| s.next());
        }
        Ok(e.into_writer())
    }
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
        self.notes.len() <= limit::NOTES_PER_RECORD
            && self.notes.is_sorted_by(|a, b| a.field().number() < b.field().number())
            && self.notes.iter().all(|n| match n {
                CarriedNote::Whole(n) => n.fits(),
                CarriedNote::Committed(..) => true,
            })
    }
}
