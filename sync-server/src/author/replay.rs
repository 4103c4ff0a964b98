//! Frames of the desk, read back: after a restore, and when a note is erased from them.

use std::collections::HashMap;

use pantau_protocol::{
    body::Body,
    cbor,
    exchange::Request,
    frame::{self, Evidence},
    journal::{Digest, Link, RecordId, digest},
    keys::{PublicKey, SecretKey},
    note::{CarriedNote, Field},
    record::Record,
    segment::{Segment, Span},
};

use super::{FrameEntry, take};
use crate::{Error, Identity, intake::Batch, store::View};

/// A verified frame of the desk.
pub(super) struct Opened {
    pub(super) key: PublicKey,
    pub(super) span: Span,
    pub(super) segment: Segment,
    pub(super) evidence: Evidence,
}

/// A record found in the desk's file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct FileRecord {
    id: RecordId,
    payload: Vec<u8>,
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
pub(super) fn open(identity: &Identity, bytes: &[u8]) -> Result<Opened, Error> {
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
fn frame_records(identity: &Identity, frame: &[u8]) -> Result<Vec<FileRecord>, Error> {
    let opened = open(identity, frame)?;
    let device = opened.key.device_id();
    let numbered = (opened.span.first..).zip(opened.segment.records);
    let record = |(seq, sent): (u64, pantau_protocol::segment::SentRecord)| {
        let commitments: Vec<_> = sent.notes.iter().map(CarriedNote::commitment).collect();
        let digest: Digest = digest(&device, seq, &sent.payload, &commitments);
        FileRecord { id: RecordId::of_digest(&digest), payload: sent.payload }
    };
    Ok(numbered.map(record).collect())
}

/// Ids of the records of a frame, whose signature is verified.
pub(super) fn ids(identity: &Identity, frame: &[u8]) -> Result<Vec<RecordId>, Error> {
    Ok(frame_records(identity, frame)?.into_iter().map(|record| record.id).collect())
}

/// The frames of a backup's file and of one that survived, each once: the backup's in their order, then what only
/// the other holds. Neither needs to be the longer one: a server that was restored before from an older backup
/// lost frames that a newer backup holds. A frame that both hold is taken as it survived, which is how it was
/// left by the last erasure.
pub(crate) fn union(
    identity: &Identity,
    saved: Vec<FrameEntry>,
    survived: Vec<FrameEntry>,
) -> Result<Vec<FrameEntry>, Error> {
    let mut all = Vec::new();
    let mut number_of = HashMap::new();
    for entry in saved.into_iter().chain(survived) {
        let number = *number_of.entry(ids(identity, &entry.frame)?).or_insert(all.len());
        match all.get_mut(number) {
            Some(known) => *known = entry,
            None => all.push(entry),
        }
    }
    Ok(all)
}

/// A record that a restore put back into the log.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Reapplied {
    /// Its id.
    pub id: String,
    /// Name of its kind.
    pub kind: String,
    /// Claimed time, unix seconds.
    pub at: i64,
    /// The place it is about.
    pub place: String,
    /// First receipt, unix seconds.
    pub received_at: i64,
}

/// Takes frames into the log again; tells the records that were not there.
pub(crate) fn replay(batch: &mut Batch<'_>, entries: &[FrameEntry]) -> Result<Vec<Reapplied>, Error> {
    let mut reapplied = Vec::new();
    for entry in entries {
        let mut absent = Vec::new();
        for record in frame_records(&batch.shared.identity, &entry.frame)? {
            if batch.tx.desk_record(&record.id)?.is_empty() {
                absent.push(record);
            }
        }
        if !absent.is_empty() {
            take(batch, entry)?;
        }
        reapplied.extend(absent.into_iter().map(|record| tell(&record, entry.received_at)));
    }
    Ok(reapplied)
}

/// The notes that the desk erased by records in these frames.
pub(crate) fn erased_in(
    identity: &Identity,
    entries: &[FrameEntry],
) -> Result<Vec<(RecordId, Field)>, Error> {
    let mut erased = Vec::new();
    for entry in entries {
        for record in frame_records(identity, &entry.frame)? {
            let body = Record::from_payload(&record.payload).and_then(|r| r.decode_body());
            if let Ok(Body::Erase(e)) = body {
                erased.push((e.target, e.field));
            }
        }
    }
    Ok(erased)
}

fn tell(record: &FileRecord, received_at: i64) -> Reapplied {
    let read = Record::from_payload(&record.payload).ok();
    Reapplied {
        id: record.id.to_string(),
        kind: read.as_ref().map_or("unreadable", |r| r.kind.name()).to_owned(),
        at: read.as_ref().map_or(0, |r| r.at),
        place: read.map(|r| r.place.to_string()).unwrap_or_default(),
        received_at,
    }
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
    Ok(Some(super::seal_segment(&key, before, &base, opened.segment.records)))
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
