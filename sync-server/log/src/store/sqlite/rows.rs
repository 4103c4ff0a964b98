//! Rows of the log between SQL and Rust.

use pantau_protocol::{
    body::Kind,
    cbor,
    exchange::{Reason, RowKind},
    journal::{DeviceId, Link, RecordId},
    note::{Commitments, Field, Note, Salt},
    place::Place,
    receipt::Epoch,
    time::Envelope,
};
use rusqlite::types::ValueRef;

use crate::store::{Entry, Row, StoreError, Stored};

/// What every query of rows selects, in this order, from `log l`, `device d`, `epoch e`.
pub(super) const COLUMNS: &str = "l.position, d.id, l.branch, l.seq, l.row, l.kind, l.at, l.received_at, \
     l.not_before, l.carrier, e.created_at, e.random, l.note, l.target, l.reason, l.reason_field, l.link, \
     l.id, l.keys, l.commitments, l.payload";

/// The tables behind [`COLUMNS`]; a cross join keeps the log first, whatever the planner guesses.
pub(super) const TABLES: &str =
    "log l CROSS JOIN device d ON d.no = l.device CROSS JOIN epoch e ON e.no = l.epoch";

pub(super) fn damaged(what: &str) -> StoreError {
    StoreError::Damaged(format!("bad {what}"))
}

pub(super) fn number(r: &rusqlite::Row<'_>, column: usize) -> Stored<u64> {
    Ok(r.get::<_, i64>(column)?.cast_unsigned())
}

pub(super) fn small(r: &rusqlite::Row<'_>, column: usize) -> Stored<u32> {
    Ok(r.get(column)?)
}

pub(super) fn blob<'r>(r: &'r rusqlite::Row<'_>, column: usize) -> Stored<&'r [u8]> {
    match r.get_ref(column)? {
        ValueRef::Blob(bytes) => Ok(bytes),
        _ => Err(damaged("blob")),
    }
}

pub(super) fn text<'r>(r: &'r rusqlite::Row<'_>, column: usize) -> Stored<&'r str> {
    r.get_ref(column)?.as_str().map_err(|_| damaged("text"))
}

/// A value made from a blob.
pub(super) fn from_blob<T>(
    r: &rusqlite::Row<'_>,
    column: usize,
    make: impl FnOnce(&[u8]) -> Option<T>,
) -> Stored<T> {
    make(blob(r, column)?).ok_or_else(|| damaged("id or link"))
}

/// A row of the log from [`COLUMNS`], without notes.
pub(super) fn row(r: &rusqlite::Row<'_>) -> Stored<Row> {
    let created_at: i64 = r.get(10)?;
    let random = from_blob(r, 11, |b| b.try_into().ok())?;
    let note = match (r.get::<_, Option<u32>>(12)?, r.get::<_, Option<i64>>(13)?) {
        (Some(field), Some(target)) => Some((Field::from_number(field), target.cast_unsigned())),
        _ => None,
    };
    let quarantine = match r.get::<_, Option<u32>>(14)? {
        Some(reason) => {
            let field: Option<String> = r.get(15)?;
            Some((Reason::from_number(reason), field.unwrap_or_default()))
        }
        None => None,
    };
    Ok(Row {
        position: number(r, 0)?,
        epoch: Epoch { created_at, random },
        entry: Entry {
            device: from_blob(r, 1, DeviceId::from_slice)?,
            branch: small(r, 2)?,
            seq: number(r, 3)?,
            row: RowKind::from_number(small(r, 4)?),
            kind: Kind::from_number(small(r, 5)?),
            at: r.get(6)?,
            envelope: Envelope { received_at: r.get(7)?, not_before: r.get(8)? },
            carrier: small(r, 9)?,
            note,
            quarantine,
            link: from_blob(r, 16, Link::from_slice)?,
            id: from_blob(r, 17, RecordId::from_slice)?,
            keys: keys(r, 18)?,
            commitments: commitments(blob(r, 19)?)?,
            payload: blob(r, 20)?.to_vec(),
        },
        notes: Vec::new(),
    })
}

/// A note from columns `field, salt, text`.
pub(super) fn note(r: &rusqlite::Row<'_>) -> Stored<Note> {
    Ok(Note {
        field: Field::from_number(small(r, 0)?),
        salt: from_blob(r, 1, Salt::from_slice)?,
        text: text(r, 2)?.to_owned(),
    })
}

fn commitments(bytes: &[u8]) -> Stored<Commitments> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    cbor::from_slice(bytes).map_err(|_| damaged("commitments"))
}

/// Commitments as they are stored.
pub(super) fn pack_commitments(all: &Commitments) -> Vec<u8> {
    if all.is_empty() { Vec::new() } else { cbor::to_vec(all) }
}

/// Place keys that are stored.
pub(super) fn keys(r: &rusqlite::Row<'_>, column: usize) -> Stored<Vec<Place>> {
    let keys: Result<Vec<Place>, _> = text(r, column)?.split_ascii_whitespace().map(Place::new).collect();
    keys.map_err(|_| damaged("place key"))
}

/// Place keys as they are stored.
pub(super) fn pack_keys(keys: &[Place]) -> String {
    keys.iter().map(Place::as_str).collect::<Vec<_>>().join(" ")
}
