//! Frames of the desk, read back: after a restore, and when a note is erased from them.

use std::collections::HashMap;

use pantau_protocol::{body::Body, journal::RecordId, note::Field, record::Record};

use super::take;
use crate::{
    Error, Identity,
    desk_file::FrameEntry,
    desk_frame::{FileRecord, frame_records, ids},
    server::Batch,
};

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
