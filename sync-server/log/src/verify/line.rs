//! One line of an exported file, read back. Nothing of it is believed before the walk has verified it.

use pantau_protocol::{
    body::Kind,
    exchange::{Reason, RowKind},
    frame::Evidence,
    hash,
    journal::{DeviceId, Link, RecordId},
    keys::Sig,
    note::{Commitment, Commitments, Field, Note, Salt},
    place::Place,
    receipt::Epoch,
    time::Envelope,
};
use serde_json::Value;

use super::source::Absence;
use crate::store::{Branch, Entry, Hole, Proof, Row};

/// What a line says.
pub(super) enum Line {
    /// What the file is.
    First(Value),
    /// A row of the log.
    Row(Box<Row>, Extra),
    /// A branch of a journal.
    Branch(DeviceId, Branch),
    /// A hole of a journal.
    Hole(DeviceId, Hole),
    /// The signature over the file.
    End(Value),
}

/// What stands beside a row.
#[derive(Debug, Default)]
pub(super) struct Extra {
    /// The proof that begins at it.
    pub(super) proof: Option<Proof>,
    /// Why notes are not there.
    pub(super) absent: Vec<(Field, Absence)>,
}

type Read<T> = Result<T, String>;

/// Reads a line.
///
/// # Errors
/// What is wrong with it.
pub(super) fn parse(bytes: &[u8]) -> Read<Line> {
    let value: Value = serde_json::from_slice(bytes).map_err(|e| format!("no JSON: {e}"))?;
    if value.get("pantau_export").is_some() {
        return Ok(Line::First(value));
    }
    if let Some(end) = value.get("pantau_export_end") {
        return Ok(Line::End(end.clone()));
    }
    if value.get("branch_of").is_some() {
        return Ok(Line::Branch(hex_of(&value, "branch_of", DeviceId::from_slice)?, branch(&value)?));
    }
    if value.get("hole_of").is_some() {
        return Ok(Line::Hole(hex_of(&value, "hole_of", DeviceId::from_slice)?, hole(&value)?));
    }
    let extra = Extra { proof: proof(&value)?, absent: absent(&value)? };
    Ok(Line::Row(Box::new(row(&value)?), extra))
}

fn wrong(name: &str) -> String {
    format!("{name} is missing or wrong")
}

/// A number of a line.
pub(super) fn number(value: &Value, name: &str) -> Read<u64> {
    value.get(name).and_then(Value::as_u64).ok_or_else(|| wrong(name))
}

fn small(value: &Value, name: &str) -> Read<u32> {
    number(value, name)?.try_into().map_err(|_| wrong(name))
}

fn signed(value: &Value, name: &str) -> Read<i64> {
    value.get(name).and_then(Value::as_i64).ok_or_else(|| wrong(name))
}

fn text<'v>(value: &'v Value, name: &str) -> Read<&'v str> {
    value.get(name).and_then(Value::as_str).ok_or_else(|| wrong(name))
}

fn list<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn hex_of<T>(value: &Value, name: &str, make: impl FnOnce(&[u8]) -> Option<T>) -> Read<T> {
    hash::unhex(text(value, name)?).and_then(|bytes| make(&bytes)).ok_or_else(|| wrong(name))
}

fn field(value: &Value) -> Read<Field> {
    Ok(Field::from_number(small(value, "field")?))
}

fn id(value: &Value, name: &str) -> Read<RecordId> {
    text(value, name)?.parse().map_err(|_| wrong(name))
}

fn branch(value: &Value) -> Read<Branch> {
    let parent = match value.get("parent") {
        None | Some(Value::Null) => None,
        Some(_) => Some(small(value, "parent")?),
    };
    Ok(Branch {
        number: small(value, "number")?,
        parent,
        starts: number(value, "starts")?,
        last: number(value, "last")?,
        link: hex_of(value, "link", Link::from_slice)?,
        not_before: signed(value, "not_before")?,
    })
}

fn hole(value: &Value) -> Read<Hole> {
    Ok(Hole {
        branch: small(value, "branch")?,
        first: number(value, "first")?,
        last: number(value, "last")?,
        link: hex_of(value, "link", Link::from_slice)?,
    })
}

fn row(value: &Value) -> Read<Row> {
    let epoch = value.get("epoch").ok_or_else(|| wrong("epoch"))?;
    let random = hex_of(epoch, "random", |bytes| bytes.try_into().ok())?;
    let note = match value.get("note_of") {
        Some(note) => Some((field(note)?, number(note, "position")?)),
        None => None,
    };
    let quarantine = match value.get("quarantined") {
        Some(quarantine) => {
            let reason = Reason::from_name(text(quarantine, "reason")?).unwrap_or(Reason::Other(0));
            Some((reason, text(quarantine, "field")?.to_owned()))
        }
        None => None,
    };
    let keys: Read<Vec<Place>> = list(value, "keys")
        .map(|k| Place::new(k.as_str().unwrap_or_default()).map_err(|_| wrong("keys")))
        .collect();
    let notes: Read<Vec<Note>> = list(value, "notes").map(read_note).collect();
    let payload = if note.is_some() { Vec::new() } else { hex_of(value, "payload", |b| Some(b.to_vec()))? };
    Ok(Row {
        position: number(value, "position")?,
        epoch: Epoch { created_at: signed(epoch, "created_at")?, random },
        entry: Entry {
            device: hex_of(value, "device", DeviceId::from_slice)?,
            branch: small(value, "branch")?,
            seq: number(value, "seq")?,
            link: hex_of(value, "link", Link::from_slice)?,
            id: id(value, "id")?,
            row: RowKind::from_name(text(value, "row")?).unwrap_or(RowKind::Other(0)),
            kind: Kind::from_number(small(value, "kind")?),
            at: signed(value, "at")?,
            keys: keys?,
            envelope: Envelope {
                received_at: signed(value, "received_at")?,
                not_before: signed(value, "not_before")?,
            },
            carrier: small(value, "carrier")?,
            payload,
            commitments: commitments(value)?,
            note,
            quarantine,
        },
        notes: notes?,
    })
}

fn commitments(value: &Value) -> Read<Commitments> {
    list(value, "commitments")
        .map(|c| Ok((field(c)?, hex_of(c, "commitment", Commitment::from_slice)?)))
        .collect()
}

fn read_note(value: &Value) -> Read<Note> {
    Ok(Note {
        field: field(value)?,
        salt: hex_of(value, "salt", Salt::from_slice)?,
        text: text(value, "text")?.to_owned(),
    })
}

fn proof(value: &Value) -> Read<Option<Proof>> {
    let Some(evidence) = value.get("evidence") else { return Ok(None) };
    Ok(Some(Proof {
        first: number(evidence, "first")?,
        last: number(evidence, "last")?,
        evidence: Evidence {
            header: hex_of(evidence, "header", |b| Some(b.to_vec()))?,
            body_hash: hex_of(evidence, "body_hash", |b| b.try_into().ok())?,
            signature: hex_of(evidence, "signature", Sig::from_slice)?,
        },
    }))
}

fn absent(value: &Value) -> Read<Vec<(Field, Absence)>> {
    let why = |a: &Value| {
        let why = match text(a, "why")? {
            "erased" => Absence::Erased(id(a, "with")?),
            "to come" => Absence::ToCome,
            _ => Absence::Unexplained,
        };
        Ok((field(a)?, why))
    };
    list(value, "absent").map(why).collect()
}
