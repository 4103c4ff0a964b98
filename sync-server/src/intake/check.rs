//! Looks at a record's own content: what it is, and whether it must be set aside. Pure; runs before the
//! transaction.

use pantau_protocol::{
    body::{Body, Kind},
    exchange::Reason,
    journal::{self, DeviceId, Digest, RecordId},
    limit,
    note::{CarriedNote, Commitments, Field},
    place::{Place, Scope},
    record::{BadPayload, Record},
    role,
    segment::SentRecord,
    time::Anchor,
    validate,
};

use crate::access::Admission;

/// A record of a push with all that follows from its bytes alone.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Sequence number.
    pub seq: u64,
    /// Digest, which the chain is made of.
    pub digest: Digest,
    /// Id.
    pub id: RecordId,
    /// Kind; `Other(0)` where the payload cannot be read.
    pub kind: Kind,
    /// Claimed time.
    pub at: i64,
    /// Place keys.
    pub keys: Vec<Place>,
    /// Anchor it carries.
    pub anchor: Option<Anchor>,
    /// The record it repeats.
    pub copy_of: Option<RecordId>,
    /// Note it erases.
    pub erases: Option<(RecordId, Field)>,
    /// Why it is set aside, and which field.
    pub verdict: Option<(Reason, String)>,
    /// Commitments in the order they came.
    pub commitments: Commitments,
    /// The record as sent.
    pub sent: SentRecord,
}

/// Checks one record of a device.
pub fn check(device: &DeviceId, seq: u64, sent: SentRecord, admission: &Admission) -> Checked {
    let commitments: Commitments = sent.notes.iter().map(CarriedNote::commitment).collect();
    let digest = journal::digest(device, seq, &sent.payload, &commitments);
    let mut checked = Checked {
        seq,
        digest,
        id: RecordId::of_digest(&digest),
        kind: Kind::Other(0),
        at: 0,
        keys: Vec::new(),
        anchor: None,
        copy_of: None,
        erases: None,
        verdict: None,
        commitments,
        sent,
    };
    checked.verdict = read(&mut checked, admission).err();
    checked
}

type Verdict = (Reason, String);

fn set_aside(reason: Reason, field: &str) -> Result<(), Verdict> {
    Err((reason, field.to_owned()))
}

/// Fills in what the payload says, as far as it can be read.
fn read(checked: &mut Checked, admission: &Admission) -> Result<(), Verdict> {
    let record = Record::from_payload(&checked.sent.payload).map_err(|e| match e {
        BadPayload::TooLong(_) => (Reason::OverLimit, "payload".to_owned()),
        BadPayload::Canonical(_) | BadPayload::Shape(_) => (Reason::Malformed, "payload".to_owned()),
    })?;
    checked.kind = record.kind;
    checked.at = record.at;
    checked.keys = record.place_keys();
    checked.anchor = record.anchor;
    checked.copy_of = record.copy_of;
    let malformed = |_| (Reason::Malformed, "body".to_owned());
    let body = record.decode_body().map_err(malformed)?;
    let statement = record.statement();
    notes(&checked.sent)?;
    validate::record(&record, &body).map_err(|e| (e.problem.reason(), e.field))?;
    let statement = statement.map_err(malformed)?;
    if !admission.is_own_desk {
        permission(&record, &body, &statement, admission)?;
    }
    if let Body::Erase(e) = &body {
        checked.erases = Some((e.target, e.field));
    }
    Ok(())
}

fn notes(sent: &SentRecord) -> Result<(), Verdict> {
    if sent.notes_are_sound() {
        return Ok(());
    }
    let too_long = |n: &CarriedNote| matches!(n, CarriedNote::Whole(n) if !n.fits());
    if sent.notes.len() > limit::NOTES_PER_RECORD || sent.notes.iter().any(too_long) {
        set_aside(Reason::OverLimit, "notes")
    } else {
        set_aside(Reason::Malformed, "notes")
    }
}

/// Whether some grant the officer ever held covers the places and allows the body. The places of what it
/// is about count, too: they make it part of what is known there.
fn permission(record: &Record, body: &Body, statement: &Body, admission: &Admission) -> Result<(), Verdict> {
    let ever = Scope::new(admission.ever.iter().map(|g| g.place.clone()));
    // What is asked of a whole region may be answered there, and the answer put right or taken back.
    let answers_from_above = matches!(statement, Body::IncidentUpdate(_) | Body::Retract(_));
    let here = ever.sees([&record.place], answers_from_above);
    let kits = if let Body::Receive(r) = statement { r.kits.as_slice() } else { &[] };
    if !here {
        return set_aside(Reason::OutsideGrants, "place");
    }
    if !kits.iter().all(|k| ever.covers(k)) {
        return set_aside(Reason::OutsideGrants, "receive.kits");
    }
    if !body.places().iter().chain(statement.places()).all(|p| ever.sees([p], true)) {
        return set_aside(Reason::OutsideGrants, "places");
    }
    let allows = |g: &&pantau_protocol::projection::OfficerGrant| {
        let scope = Scope::new([g.place.clone()]);
        scope.sees([&record.place], answers_from_above) && role::may_state(g.role, body)
    };
    if !admission.ever.iter().any(|g| allows(&g)) {
        return set_aside(Reason::NotYourRole, "kind");
    }
    Ok(())
}
