//! Export: the whole log as one JSON object per line, for auditors and for other programs.

use std::io::Write;

use pantau_protocol::{body::Body, exchange::RowKind, hash::hex, record::Record};
use serde_json::{Value, json};

use crate::{
    Error, Server,
    store::{self, Row},
};

/// Rows read at a time.
const STRIDE: usize = 1_000;

/// Writes every row of the log, in position order; notes unless they were erased. Returns the number of
/// rows.
///
/// # Errors
/// Failures of the store and of the writer.
pub fn export(server: &Server, mut out: impl Write) -> Result<u64, Error> {
    let (mut after, mut count) = (0, 0);
    loop {
        let rows = store::read(server.store(), |view| view.desk_rows(after, STRIDE))?;
        let Some(last) = rows.last() else { break };
        after = last.position;
        for row in &rows {
            let written = serde_json::to_writer(&mut out, &line(row)).map_err(std::io::Error::from);
            written.and_then(|()| out.write_all(b"\n")).map_err(Error::io(std::path::Path::new("export")))?;
            count += 1;
        }
    }
    out.flush().map_err(Error::io(std::path::Path::new("export")))?;
    Ok(count)
}

/// One row.
fn line(row: &Row) -> Value {
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
        "commitments": commitments,
        "notes": notes,
    });
    if let Some(object) = value.as_object_mut() {
        if e.note.is_none() {
            object.insert("payload".into(), hex(&e.payload).into());
            object.insert("record".into(), record(&e.payload));
        }
        if let Some((field, target)) = e.note {
            object.insert("note_of".into(), json!({"position": target, "field": field.number()}));
        }
        if let Some((reason, field)) = &e.held {
            object.insert("quarantined".into(), json!({"reason": reason.name(), "field": field}));
        }
    }
    value
}

fn row_name(kind: RowKind) -> &'static str {
    kind.name()
}

/// What is known of a payload; `null` where it cannot be read.
fn record(payload: &[u8]) -> Value {
    let Ok(r) = Record::from_payload(payload) else { return Value::Null };
    let fix = r.fix.map(|f| json!({"lat": f.lat, "lon": f.lon, "accuracy": f.accuracy, "mock": f.mock}));
    json!({
        "at": r.at,
        "place": r.place.as_str(),
        "basis": r.basis.name(),
        "fix": fix,
        "anchor": r.anchor.map(|a| a.time),
        "copy_of": r.copy_of.map(|id| id.to_string()),
        "body": r.decode_body().map_or(Value::Null, |b| body(&b)),
    })
}

/// A body by its fields, as far as this version knows it.
fn body(body: &Body) -> Value {
    match body {
        Body::Visit(b) => json!({"checklist": b.checklist, "version": b.version,
            "answers": b.answers.iter().map(|a| a.name()).collect::<Vec<_>>(), "way": b.way.map(|w| w.name())}),
        Body::Receive(b) => json!({"at": b.at.name(), "label": b.label,
            "dispatch": b.dispatch.map(|d| d.to_string()), "rest": b.rest.name(),
            "lines": b.lines.iter().map(|l| json!({"item": l.item, "state": l.state.name(), "good": l.good,
                "damaged": l.damaged, "missing": l.missing})).collect::<Vec<_>>(),
            "seals": b.seals.iter().map(|s| json!({"number": s.number, "state": s.state.name()}))
                .collect::<Vec<_>>(), "kits": b.kits}),
        Body::Incident(b) => json!({"category": b.category.name(), "severity": b.severity.name()}),
        Body::IncidentUpdate(b) => json!({"target": b.target.to_string(), "progress": b.progress.name(),
            "target_places": b.target_places}),
        Body::Turnout(b) => json!({"hour": b.hour, "voters": b.voters}),
        Body::Standby(b) => json!({"present": b.present, "team": b.team, "situation": b.situation.name(),
            "no_obstacle": b.no_obstacle}),
        Body::Directive(b) => json!({"officer": b.officer, "role": b.role.map(|r| r.name()), "due": b.due}),
        Body::Region(b) => json!({"level": b.level.name(), "name": b.name}),
        Body::Tps(b) => json!({"voters": b.voters, "male": b.male, "lat": b.lat, "lon": b.lon,
            "access": b.access.name(), "signal": b.signal.name()}),
        Body::Profile(b) => serde_json::to_value(b).unwrap_or_default(),
        Body::Checklist(b) => serde_json::to_value(b).unwrap_or_default(),
        Body::Officer(b) => json!({"officer": b.officer}),
        Body::Device(b) => json!({"device": b.device.to_string(), "public_key": hex(&b.public_key),
            "officer": b.officer, "predecessor": b.predecessor.map(|p| p.to_string()), "regions": b.regions}),
        Body::Grant(b) => json!({"officer": b.officer, "role": b.role.name(), "ended": b.ended}),
        Body::Revoke(b) => json!({"device": b.device.to_string(), "seq": b.seq, "link": hex(&b.link),
            "trusted": b.trusted.iter().map(|t| json!({"branch": t.branch, "through": t.through}))
                .collect::<Vec<_>>(), "regions": b.regions}),
        Body::ServerKeys(b) => json!({"keys": b.keys.iter().map(|k| json!({"id": k.id,
            "used_for": k.used_for.name(), "public_key": hex(&k.public_key), "state": k.state.name()}))
            .collect::<Vec<_>>()}),
        Body::Erase(b) => json!({"target": b.target.to_string(), "field": b.field.number(),
            "target_places": b.target_places}),
        Body::Correct(b) => json!({"target": b.target.to_string(), "target_places": b.target_places,
            "kind": b.kind.number(), "body": Body::decode(b.kind, &b.body).map_or(Value::Null, |i| self::body(&i))}),
        Body::Retract(b) => json!({"target": b.target.to_string(), "target_places": b.target_places}),
        Body::Ruling(b) => json!({"verdict": b.verdict.name(),
            "records": b.records.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "target_places": b.target_places}),
        Body::Opaque(_, raw) => json!({"raw": hex(&raw.0)}),
    }
}
