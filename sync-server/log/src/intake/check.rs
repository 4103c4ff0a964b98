//! Looks at a record's own content: what it is, and whether it must be set aside. Pure; runs before the
//! transaction.

use pantau_protocol::{
    body::{Body, Kind},
    exchange::Reason,
    journal::{self, DeviceId, Digest, RecordId},
    limit,
    note::{CarriedNote, Commitments, Field},
    permit::permit,
    place::Place,
    record::{BadPayload, Record},
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
        // What was said under an earlier grant stays valid after a reassignment.
        let ever: Vec<_> = admission.ever.iter().map(|g| (g.role, &g.place)).collect();
        permit(&ever, &record.place, &body, &statement).map_err(|denied| (denied.reason, denied.field))?;
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
