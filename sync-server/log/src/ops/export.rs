//! Export: the whole log as one JSON object per line, for auditors and for other programs. It carries all that
//! the proof of it needs, so that [`crate::verify::file`] verifies it without the server.
//!
//! The first line says what the file is and names the server's keys; the rows follow; then the branches and
//! holes of the journals; the last line counts the rows and carries the server's signature over all before it.

mod words;

use std::{collections::HashMap, io::Write};

use pantau_protocol::{exchange::RowKind, hash::hex, journal::DeviceId, note::Field, record::Record};
use serde_json::{Value, json};

use crate::{
    Error, Server,
    store::{self, Branch, Hole, MissingNote, Row, Stored, View},
    verify::file::{VERSION, sealed_hash},
};

/// Rows read at a time.
const STRIDE: usize = 1_000;

/// Writes every row of the log, in position order; notes unless they were erased. Returns the number of
/// rows.
///
/// # Errors
/// Failures of the store and of the writer.
pub fn export(server: &Server, out: impl Write) -> Result<u64, Error> {
    let mut lines = Lines { out, hasher: blake3::Hasher::new() };
    lines.put(&first_line(server))?;
    let (mut after, mut count, mut proven) = (0, 0, HashMap::new());
    loop {
        let (values, last, end) = store::read(server.store(), |view| {
            let rows = view.desk_rows(after, STRIDE)?;
            let last = rows.last().map_or(after, |row| row.position);
            let values: Stored<Vec<Value>> = rows.iter().map(|row| line(view, row, &mut proven)).collect();
            // Branches and holes from the snapshot that holds the last row.
            let end =
                if rows.len() < STRIDE { Some((view.desk_branches()?, view.desk_holes()?)) } else { None };
            Ok((values?, last, end))
        })?;
        after = last;
        count += values.len() as u64;
        values.iter().try_for_each(|value| lines.put(value))?;
        if let Some((branches, holes)) = end {
            branches.iter().try_for_each(|(device, b)| lines.put(&branch_line(device, b)))?;
            holes.iter().try_for_each(|(device, h)| lines.put(&hole_line(device, h)))?;
            break;
        }
    }
    lines.seal(server, count, after)?;
    Ok(count)
}

/// The lines written so far.
struct Lines<W> {
    out: W,
    hasher: blake3::Hasher,
}

impl<W: Write> Lines<W> {
    fn put(&mut self, value: &Value) -> Result<(), Error> {
        let mut bytes = serde_json::to_vec(value).map_err(std::io::Error::from).map_err(failed)?;
        bytes.push(b'\n');
        self.hasher.update(&bytes);
        self.out.write_all(&bytes).map_err(failed)
    }

    /// The last line.
    fn seal(mut self, server: &Server, rows: u64, head: u64) -> Result<(), Error> {
        let key = server.identity().signing_key();
        let signature = key.sign(&sealed_hash(&self.hasher));
        let end = json!({"rows": rows, "head": head, "exported_at": server.now(),
            "signed_with": key.public().to_string(), "signature": hex(&signature.0)});
        self.put(&json!({ "pantau_export_end": end }))?;
        self.out.flush().map_err(failed)
    }
}

fn failed(e: std::io::Error) -> Error {
    Error::io(std::path::Path::new("export"))(e)
}

fn first_line(server: &Server) -> Value {
    let identity = server.identity();
    let keys: Vec<String> = identity.signing_keys().iter().map(ToString::to_string).collect();
    json!({"pantau_export": VERSION, "server": identity.server_id().to_string(),
        "fingerprint": identity.fingerprint().to_string(), "signing_keys": keys})
}

fn branch_line(device: &DeviceId, b: &Branch) -> Value {
    json!({"branch_of": device.to_string(), "number": b.number, "parent": b.parent, "starts": b.starts,
        "last": b.last, "link": b.link.to_string(), "not_before": b.not_before})
}

fn hole_line(device: &DeviceId, h: &Hole) -> Value {
    json!({"hole_of": device.to_string(), "branch": h.branch, "first": h.first, "last": h.last,
        "link": h.link.to_string()})
}

/// Why a note is not held.
fn absent(view: &dyn View, row: &Row) -> Stored<Vec<Value>> {
    let e = &row.entry;
    let copy_of = Record::from_payload(&e.payload).ok().and_then(|r| r.copy_of);
    let why = |field: Field| -> Stored<Value> {
        for id in [Some(e.id), copy_of].into_iter().flatten() {
            if view.is_erased(&id, field)? {
                return Ok(json!({"field": field.number(), "why": "erased", "with": id.to_string()}));
            }
        }
        let missing = MissingNote { branch: e.branch, seq: e.seq, field };
        let is_to_come = view.is_missing(&e.device, &missing)?;
        Ok(json!({"field": field.number(), "why": if is_to_come { "to come" } else { "unknown" }}))
    };
    let held = |field: &Field| row.notes.iter().any(|n| n.field == *field);
    e.commitments.iter().filter(|(field, _)| !held(field)).map(|(field, _)| why(*field)).collect()
}

/// The proof that begins at this record, if one does.
fn evidence(view: &dyn View, row: &Row, proven: &mut HashMap<(DeviceId, u32), u64>) -> Stored<Option<Value>> {
    let e = &row.entry;
    let through = proven.entry((e.device, e.branch)).or_default();
    if e.seq <= *through {
        return Ok(None);
    }
    let Some(proof) = view.desk_proof(&e.device, e.branch, e.seq)?.filter(|p| p.first == e.seq) else {
        return Ok(None);
    };
    *through = proof.last;
    let evidence = &proof.evidence;
    Ok(Some(json!({"first": proof.first, "last": proof.last, "header": hex(&evidence.header),
        "body_hash": hex(&evidence.body_hash), "signature": hex(&evidence.signature.0)})))
}

/// One row.
fn line(view: &dyn View, row: &Row, proven: &mut HashMap<(DeviceId, u32), u64>) -> Stored<Value> {
    let e = &row.entry;
    let commitments: Vec<Value> = e
        .commitments
        .iter()
        .map(|(field, c)| json!({"field": field.number(), "name": field.name(), "commitment": hex(&c.0)}))
        .collect();
    let notes: Vec<Value> = row
        .notes
        .iter()
        .map(|n| json!({"field": n.field.number(), "name": n.field.name(), "salt": hex(&n.salt.0), "text": n.text}))
        .collect();
    let mut value = json!({
        "position": row.position,
        "row": row_name(e.row),
        "epoch": {"created_at": row.epoch.created_at, "random": hex(&row.epoch.random)},
        "device": e.device.to_string(),
        "branch": e.branch,
        "seq": e.seq,
        "id": e.id.to_string(),
        "link": e.link.to_string(),
        "received_at": e.envelope.received_at,
        "not_before": e.envelope.not_before,
        "carrier": e.carrier,
        "kind": e.kind.number(),
        "kind_name": e.kind.name(),
        "at": e.at,
        "keys": e.keys,
        "commitments": commitments,
        "notes": notes,
    });
    if let Some(object) = value.as_object_mut() {
        if e.note.is_none() {
            object.insert("payload".into(), hex(&e.payload).into());
            object.insert("record".into(), words::record(&e.payload));
            let absent = absent(view, row)?;
            if !absent.is_empty() {
                object.insert("absent".into(), absent.into());
            }
            if let Some(evidence) = evidence(view, row, proven)? {
                object.insert("evidence".into(), evidence);
            }
        }
        if let Some((field, target)) = e.note {
            object.insert("note_of".into(), json!({"position": target, "field": field.number()}));
        }
        if let Some((reason, field)) = &e.quarantine {
            object.insert("quarantined".into(), json!({"reason": reason.name(), "field": field}));
        }
    }
    Ok(value)
}

fn row_name(kind: RowKind) -> &'static str {
    kind.name()
}
