//! Projection: records in, states and digest out.

use pantau_protocol::{
    body::*,
    cbor,
    journal::RecordId,
    place::Place,
    projection::{Fold, VERSION},
    role::Role,
};
use serde_json::{Value, json};

use super::{diagnostic, hex_of, key};

#[path = "../../../tests/samples/mod.rs"]
pub(super) mod small;
use small::*;

pub(super) fn say(device: u8, seq: u64, minutes: i64, body: &Body) -> Say {
    Say::new(device, seq, TEN + minutes * MINUTE, &tps(), body)
}

pub(super) fn correct(target: RecordId, body: &Body) -> Body {
    Body::Correct(Correct { target, target_places: vec![tps()], kind: body.kind(), body: body.encode() })
}

pub(super) fn retract(target: RecordId) -> Body {
    Body::Retract(Retract { target, target_places: vec![tps()], kind: None })
}

fn update(target: RecordId, progress: Progress) -> Body {
    Body::IncidentUpdate(IncidentUpdate { target, target_places: vec![tps()], progress })
}

pub(super) fn revoke(revoked: u8, trusted: &[(u32, u64)]) -> Body {
    let trusted: Vec<_> =
        trusted.iter().map(|(branch, through)| Trusted { branch: *branch, through: *through }).collect();
    let seq = trusted.last().map_or(0, |t| t.through);
    Body::Revoke(Revoke { device: device(revoked), seq, link: [0; 32], trusted, regions: vec![] })
}

fn ruling(verdict: Verdict, record: RecordId) -> Body {
    Body::Ruling(Ruling { verdict, records: vec![record], target_places: vec![tps()], closing: None })
}

fn cases() -> Vec<(&'static str, Vec<Say>)> {
    let (ok, not_ok) = (visit(&[Answer::Ok]), visit(&[Answer::NotOk, Answer::Blank, Answer::Ok]));
    let seen = say(CAMAT, 1, 5, &not_ok);
    let incident = |severity| Body::Incident(Incident { category: Category::Access, severity });
    let high = say(CAMAT, 1, 0, &incident(Severity::High));
    let order = Body::Directive(Directive { officer: None, role: Some(Role::Camat), due: TEN + HOUR });
    let order = say(DESK, 20, 0, &order);
    let count = |hour, voters| Body::Turnout(Turnout { hour, voters });
    let short = receive(Rest::CountedAsExpected, &[(10, LineState::Counted, 300)]);
    let sealed = receive(Rest::SealedAsDispatched, &[]);
    let kits = Body::Receive(Receive {
        at: CustodyKind::Pps,
        label: None,
        dispatch: None,
        rest: Rest::SealedAsDispatched,
        lines: vec![],
        seals: vec![],
        kits: vec![tps(), place("62.06.13.2001/004")],
        containers: Vec::new(),
        form: None,
    });
    let revoked = say(DESK, 20, 60, &revoke(CAMAT, &[]));
    let copied = |device| say(device, 1, 5, &not_ok).copy_of(seen.id());
    let standby =
        Body::Standby(Standby { present: 5, team: 7, situation: Situation::Alert, no_obstacle: true });
    vec![
        ("reference data alone leave every place silent", vec![]),
        ("a camat's visit", vec![seen.clone()]),
        ("seen outranks told within the hour", vec![seen.clone(), say(OFFICER, 1, 50, &ok).told()]),
        ("told in the next hour counts", vec![seen.clone(), say(OFFICER, 1, 70, &ok).told()]),
        (
            "a device's own told word waits for the next hour too",
            vec![seen.clone(), say(CAMAT, 2, 50, &ok).told()],
        ),
        ("on one device the journal orders", vec![say(CAMAT, 1, 600, &not_ok), say(CAMAT, 2, 0, &ok)]),
        ("an impossible claim is clamped", vec![say(CAMAT, 1, 600, &ok).received(TEN, TEN - HOUR)]),
        ("not sent yet", vec![say(CAMAT, 1, 600, &ok).provisional()]),
        ("six ballots short", vec![say(OFFICER, 1, 0, &short)]),
        ("sealed is unknown", vec![say(OFFICER, 1, 0, &sealed)]),
        ("sealed does not undo a count", vec![say(OFFICER, 1, 0, &short), say(CAMAT, 1, 90, &sealed)]),
        ("kits of two TPS at the PPS", vec![Say::new(OFFICER, 1, TEN, &place("62.06.13.2001"), &kits)]),
        ("turnout by hour", vec![say(CAMAT, 1, 0, &count(9, 80)), say(CAMAT, 2, 60, &count(10, 120))]),
        ("standby", vec![say(CAMAT, 1, 0, &standby)]),
        ("incident done", vec![high.clone(), say(OFFICER, 1, 9, &update(high.id(), Progress::Done))]),
        (
            "a corrected incident keeps its progress",
            vec![
                high.clone(),
                say(OFFICER, 1, 9, &update(high.id(), Progress::Working)),
                say(CAMAT, 2, 20, &correct(high.id(), &incident(Severity::Low))),
            ],
        ),
        (
            "directive answered by two",
            vec![
                order.clone(),
                say(CAMAT, 1, 5, &update(order.id(), Progress::Seen)),
                say(CAMAT, 2, 50, &update(order.id(), Progress::Done)),
                say(OFFICER, 1, 20, &update(order.id(), Progress::Impossible)),
            ],
        ),
        ("a directive alone leaves the place silent", vec![order]),
        ("retracted", vec![seen.clone(), say(CAMAT, 2, 6, &retract(seen.id()))]),
        ("somebody else cannot retract", vec![seen.clone(), say(OFFICER, 1, 6, &retract(seen.id()))]),
        ("corrected by the desk", vec![seen.clone(), say(DESK, 20, 6, &correct(seen.id(), &ok))]),
        ("an unknown target has no effect", vec![say(CAMAT, 2, 6, &correct(seen.id(), &ok))]),
        (
            "revoked after its first record",
            vec![seen.clone(), say(CAMAT, 2, 7, &ok), say(DESK, 20, 60, &revoke(CAMAT, &[(0, 1)]))],
        ),
        (
            "a successor of a revoked device",
            vec![
                register(9, 11, 1, Some(CAMAT)),
                say(11, 1, 7, &ok),
                say(DESK, 20, 60, &revoke(CAMAT, &[(0, 9)])),
            ],
        ),
        (
            "revoked, and one record admitted",
            vec![
                seen.clone(),
                say(CAMAT, 2, 7, &ok),
                say(DESK, 20, 60, &revoke(CAMAT, &[])),
                say(DESK, 21, 61, &ruling(Verdict::Admit, seen.id())),
            ],
        ),
        (
            "admitted and dismissed again",
            vec![
                seen.clone(),
                say(DESK, 20, 60, &revoke(CAMAT, &[])),
                say(DESK, 22, 62, &ruling(Verdict::Dismiss, seen.id())),
                say(DESK, 21, 61, &ruling(Verdict::Admit, seen.id())),
            ],
        ),
        (
            "a revocation undone",
            vec![seen.clone(), revoked.clone(), say(DESK, 21, 61, &ruling(Verdict::Reinstate, revoked.id()))],
        ),
        (
            "the revoked device undoes nothing",
            vec![seen.clone(), revoked.clone(), say(CAMAT, 2, 61, &ruling(Verdict::Reinstate, revoked.id()))],
        ),
        (
            "two devices that follow each other",
            vec![register(9, 11, 1, Some(12)), register(10, 12, 1, Some(11)), say(11, 1, 7, &ok)],
        ),
        ("two branches of a clone", vec![say(CAMAT, 5, 0, &ok), say(CAMAT, 5, 1, &not_ok).branch(1)]),
        ("a copy beside its original", vec![register(9, 11, 1, None), copied(11), seen.clone()]),
        (
            "copies without their original",
            vec![register(9, 11, 1, None), register(10, 12, 1, None), copied(11), copied(12)],
        ),
    ]
}

pub(super) fn fact(say: &Say) -> Value {
    json!({
        "device": device(say.device).to_string(), "branch": say.branch, "seq": say.seq,
        "received_at": say.envelope.map(|e| e.received_at), "not_before": say.envelope.map(|e| e.not_before),
        "payload": hex_of(say.record.to_payload()), "id": say.id().to_string(),
    })
}

/// A case: records in, states and digest out.
pub(super) fn case(name: &str, more: &[Say], fold: &Fold) -> Value {
    json!({
        "name": name, "facts": more.iter().map(fact).collect::<Vec<_>>(),
        "states": states(fold), "digest": fold.digest().to_string(),
    })
}

fn states(fold: &Fold) -> Vec<Value> {
    let of = |place: &Place| {
        let bytes = cbor::to_vec(&fold.state(place));
        json!({ "place": place.as_str(), "state": hex_of(&bytes), "says": diagnostic(&bytes) })
    };
    fold.places().filter(|p| fold.state(p) != Default::default()).map(of).collect()
}

pub fn projection() -> Value {
    let province = province();
    let cases: Vec<Value> =
        cases().iter().map(|(name, more)| case(name, more, &fold(province.iter().chain(more)))).collect();
    let devices = [DESK, CAMAT, OFFICER, 11, 12]
        .map(|n| json!({ "seed": hex_of([n; 32]), "device": key(n).public().device_id().to_string() }));
    json!({
        "version": VERSION,
        "devices": devices,
        "facts_of_every_case": province.iter().map(fact).collect::<Vec<_>>(),
        "cases": cases,
    })
}
