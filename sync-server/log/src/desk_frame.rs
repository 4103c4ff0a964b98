//! Frames of the desk's own journal: sealed like a phone's, opened with the keys that the server holds, and
//! sealed again without a note that was erased.

use pantau_protocol::{
    cbor,
    exchange::{Head, Request},
    frame::{self, Evidence, FrameKind, Sender},
    journal::{Digest, Link, RecordId, digest},
    keys::{PublicKey, SecretKey},
    note::{CarriedNote, Field},
    segment::{Segment, SentRecord, Span},
};

use crate::{Error, Identity, store::View};

/// A verified frame of the desk.
pub(crate) struct Opened {
    pub(crate) key: PublicKey,
    pub(crate) span: Span,
    pub(crate) segment: Segment,
    pub(crate) evidence: Evidence,
}

/// A record found in the desk's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileRecord {
    pub(crate) id: RecordId,
    pub(crate) payload: Vec<u8>,
}

fn damaged(what: impl std::fmt::Display) -> Error {
    Error::DeskJournal(what.to_string())
}

fn key_of(identity: &Identity, parsed: &frame::Parsed<'_>) -> Result<SecretKey, Error> {
    let mut keys = identity.desk_keys().into_iter();
    let key = keys.find(|k| Some(k.public().device_id()) == parsed.device);
    key.ok_or_else(|| damaged("a frame was signed with a key that the identity file does not hold"))
}

/// Verifies a frame under the desk key that it names.
pub(crate) fn open(identity: &Identity, bytes: &[u8]) -> Result<Opened, Error> {
    let parsed = frame::parse(bytes).map_err(damaged)?;
    let key = key_of(identity, &parsed)?.public();
    let body = parsed.open(&key).map_err(damaged)?;
    let request: Request = cbor::from_slice(&body).map_err(damaged)?;
    match (parsed.span, request.segment) {
        (Some(span), Some(segment)) => Ok(Opened { key, span, segment, evidence: parsed.evidence() }),
        _ => Err(damaged("a frame without records")),
    }
}

/// The records of a frame.
pub(crate) fn frame_records(identity: &Identity, frame: &[u8]) -> Result<Vec<FileRecord>, Error> {
    let opened = open(identity, frame)?;
    let device = opened.key.device_id();
    let numbered = (opened.span.first..).zip(opened.segment.records);
    let record = |(seq, sent): (u64, SentRecord)| {
        let commitments: Vec<_> = sent.notes.iter().map(CarriedNote::commitment).collect();
        let digest: Digest = digest(&device, seq, &sent.payload, &commitments);
        FileRecord { id: RecordId::of_digest(&digest), payload: sent.payload }
    };
    Ok(numbered.map(record).collect())
}

/// Ids of the records of a frame, whose signature is verified.
pub(crate) fn ids(identity: &Identity, frame: &[u8]) -> Result<Vec<RecordId>, Error> {
    Ok(frame_records(identity, frame)?.into_iter().map(|record| record.id).collect())
}

/// The same frame without the texts of these notes, signed again by the same key: payloads, digests and
/// links stay. `None` if it holds none of them.
pub(crate) fn reseal_without(
    view: &dyn View,
    identity: &Identity,
    bytes: &[u8],
    erased: &[(RecordId, Field)],
) -> Result<Option<Vec<u8>>, Error> {
    let mut opened = open(identity, bytes)?;
    let device = opened.key.device_id();
    let mut changed = false;
    for (seq, sent) in (opened.span.first..).zip(&mut opened.segment.records) {
        let commitments: Vec<_> = sent.notes.iter().map(CarriedNote::commitment).collect();
        let id = RecordId::of_digest(&digest(&device, seq, &sent.payload, &commitments));
        for note in &mut sent.notes {
            let (field, commitment) = note.commitment();
            if matches!(note, CarriedNote::Whole(_)) && erased.contains(&(id, field)) {
                *note = CarriedNote::Committed(field, commitment);
                changed = true;
            }
        }
    }
    if !changed {
        return Ok(None);
    }
    let parsed = frame::parse(bytes).map_err(damaged)?;
    let key = key_of(identity, &parsed)?;
    let before = opened.span.first - 1;
    let base = base_link(view, &key, before, opened.segment.base)?;
    Ok(Some(seal_segment(&key, before, &base, opened.segment.records)))
}

/// The whole link behind the first 8 bytes that a segment carries.
fn base_link(view: &dyn View, key: &SecretKey, seq: u64, short: [u8; 8]) -> Result<Link, Error> {
    if seq == 0 {
        return Ok(pantau_protocol::journal::first_link(&key.public().0));
    }
    let rows = view.journal_at(&key.public().device_id(), seq)?;
    let links = rows.into_iter().map(|r| r.entry.link);
    links.into_iter().find(|l| l.short() == short).ok_or_else(|| damaged("a frame stands on nothing"))
}

/// A frame of `records` behind record `seq`, whose link is `base`.
pub(crate) fn seal_segment(key: &SecretKey, seq: u64, base: &Link, records: Vec<SentRecord>) -> Vec<u8> {
    let segment = Segment { base: base.short(), seed: None, records };
    let chain = segment.chain(&key.public().device_id(), seq + 1, base);
    let link = chain.last().map_or(*base, |c| c.link);
    let span = Span { first: seq + 1, count: segment.records.len() as u64, link };
    let mut request = Request::new(Head::new(span.last(), &link), 0);
    request.segment = Some(segment);
    frame::seal(
        FrameKind::Request,
        key,
        Sender::Known,
        Some(&span),
        frame::DICTIONARY,
        &cbor::to_vec(&request),
    )
}
