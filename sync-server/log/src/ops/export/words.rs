//! Records by their fields, for readers of an export who do not know the wire form.

use pantau_protocol::{body::Body, hash::hex, record::Record};
use serde_json::{Value, json};

/// What is known of a payload; `null` where it cannot be read.
pub(super) fn record(payload: &[u8]) -> Value {
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
                "damaged": l.damaged, "missing": l.missing, "kit": l.kit})).collect::<Vec<_>>(),
            "seals": b.seals.iter().map(|s| json!({"number": s.number, "state": s.state.name(), "kit": s.kit}))
                .collect::<Vec<_>>(), "kits": b.kits,
            "containers": b.containers.iter().map(|c| json!({"good": c.good, "damaged": c.damaged,
                "missing": c.missing, "kit": c.kit})).collect::<Vec<_>>(), "form": b.form}),
        Body::Dispatch(b) => json!({"from": b.from.name(), "from_label": b.from_label,
            "to": json!({"kind": b.to.kind.name(), "place": b.to.place, "label": b.to.label}),
            "kits": b.kits, "packed": b.packed.name(),
            "containers": b.containers.iter().map(|c| json!({"count": c.count, "kit": c.kit})).collect::<Vec<_>>(),
            "lines": b.lines.iter().map(|l| json!({"item": l.item, "pieces": l.pieces, "kit": l.kit}))
                .collect::<Vec<_>>(),
            "seals": b.seals.iter().map(|s| json!({"number": s.number, "kit": s.kit})).collect::<Vec<_>>(),
            "due": b.due}),
        Body::Handover(b) => json!({"dispatch": b.dispatch.to_string(), "acceptance": b.acceptance.name(),
            "receive": b.receive.map(|r| r.to_string()), "device": b.device.map(|d| d.to_string()),
            "officer": b.officer, "slip": hex(&b.slip), "code": b.code, "target_places": b.target_places}),
        Body::Packing(b) => json!({"containers": b.containers, "seals": b.seals,
            "lines": b.lines.iter().map(|l| json!({"item": l.item, "pieces": l.pieces})).collect::<Vec<_>>()}),
        Body::Incident(b) => json!({"category": b.category.name(), "severity": b.severity.name()}),
        Body::IncidentUpdate(b) => json!({"target": b.target.to_string(), "progress": b.progress.name(),
            "target_places": b.target_places}),
        Body::Turnout(b) => json!({"hour": b.hour, "voters": b.voters}),
        Body::Standby(b) => json!({"present": b.present, "team": b.team, "situation": b.situation.name(),
            "no_obstacle": b.no_obstacle}),
        Body::Directive(b) => json!({"officer": b.officer, "role": b.role.map(|r| r.name()), "due": b.due}),
        Body::DailyReport(b) => json!({"at": b.at, "number": b.number, "office": b.office, "fold": b.fold,
            "total": b.total, "rows": b.rows.iter()
                .map(|r| json!({"part": r.part, "figures": r.figures})).collect::<Vec<_>>()}),
        Body::Region(b) => json!({"level": b.level.name(), "name": b.name, "ended": ended(b.ended.as_ref())}),
        Body::Tps(b) => json!({"voters": b.voters, "male": b.male, "lat": b.lat, "lon": b.lon,
            "access": b.access.name(), "signal": b.signal.name(), "ended": ended(b.ended.as_ref()), "synthetic": b.synthetic}),
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

/// Nothing for a place in use; of one that ended its successor.
fn ended(ended: Option<&pantau_protocol::body::Ended>) -> Value {
    ended.map_or(Value::Null, |e| json!({"successor": e.successor.as_ref().map(ToString::to_string)}))
}
