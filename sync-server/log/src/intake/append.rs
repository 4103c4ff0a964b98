//! One new record into the log: row, notes, what it erases.

use pantau_protocol::{
    body::Body,
    exchange::{Reason, RowKind},
    journal::{Link, RecordId},
    limit,
    note::CarriedNote,
    place::Scope,
    record::Record,
    time::Envelope,
};

use super::{Checked, Push, receipt::Times};
use crate::{
    Error,
    access::DESK_OFFICER,
    server::Batch,
    store::{Branch, Entry, MissingNote, Row},
};

/// Appends a record at the head of its branch and moves the head.
pub(super) fn append(
    batch: &mut Batch<'_>,
    push: &Push,
    record: &Checked,
    link: &Link,
    branch: &mut Branch,
    times: &Times,
) -> Result<Row, Error> {
    let anchor_key = batch.shared.identity.anchor_key();
    let anchor = record.anchor.filter(|a| a.verify(anchor_key, &push.device)).map_or(0, |a| a.time);
    branch.not_before = branch.not_before.max(anchor);
    (branch.last, branch.link) = (record.seq, *link);
    let mut entry = entry(push, record, branch, times.of(record.seq));
    if entry.quarantine.is_none()
        && let Some(field) = beyond(batch, push, record)?
    {
        entry.row = RowKind::Quarantined;
        entry.quarantine = Some((Reason::OutsideGrants, field.to_owned()));
    }
    let is_quarantined = entry.quarantine.is_some();
    let position = batch.tx.append(&entry)?;
    keep_notes(batch, position, record, branch.number, push)?;
    batch.shared.metrics.quarantined.add(u64::from(is_quarantined));
    if let Some((target, field)) = record.erases
        && !is_quarantined
        && !push.admission.is_revoked
    {
        let gone = batch.tx.erase(&target, field)?;
        batch.erased.push((target, field, gone));
    }
    Ok(Row { position, epoch: batch.epoch()?, entry, notes: Vec::new() })
}

/// What of a record concerns something or somebody that the author's grants never covered: the field.
/// Whoever administers one region registers, revokes and erases nothing of another, and sets nothing that
/// holds for all. Of a record that is not here nobody knows the place, and nobody knows its id.
fn beyond(batch: &Batch<'_>, push: &Push, record: &Checked) -> Result<Option<&'static str>, Error> {
    if push.admission.is_own_desk || !record.kind.is_reference() {
        return Ok(None);
    }
    let ever = Scope::new(push.admission.ever.iter().map(|g| g.place.clone()));
    let access = batch.shared.access()?;
    let reference = access.reference();
    let has_grants = |officer: u32| !reference.grants_ever(officer).is_empty();
    let covers = |officer: u32| {
        has_grants(officer) && reference.grants_ever(officer).iter().all(|g| ever.covers(&g.place))
    };
    let is_beyond_owner = |device| reference.officer(device).is_some_and(|o| !covers(o));
    let body = Record::from_payload(&record.sent.payload).and_then(|r| r.decode_body());
    let sees_all = |targets: &[RecordId]| -> Result<bool, Error> {
        let is_seen = |r: &Row| r.entry.keys.is_empty() || ever.sees(&r.entry.keys, true);
        for target in targets {
            if !batch.tx.desk_record(target)?.iter().all(is_seen) {
                return Ok(false);
            }
        }
        Ok(true)
    };
    Ok(match body {
        Ok(Body::Erase(b)) if !sees_all(&[b.target])? => Some("erase.target"),
        Ok(Body::Ruling(b)) if !sees_all(&b.records)? => Some("ruling.records"),
        Ok(Body::Device(b)) if !covers(b.officer) || is_beyond_owner(&b.device) => Some("device.officer"),
        Ok(Body::Revoke(b)) if is_beyond_owner(&b.device) => Some("revoke.device"),
        Ok(Body::Officer(b)) if has_grants(b.officer) && !covers(b.officer) => Some("officer.officer"),
        // Who gets the number loses nothing elsewhere by somebody who has no say there.
        Ok(Body::Grant(b)) if b.new_person && has_grants(b.officer) && !covers(b.officer) => {
            Some("grant.officer")
        }
        Ok(Body::ServerKeys(_) | Body::Profile(_) | Body::Checklist(_)) if !covers(DESK_OFFICER) => {
            Some("kind")
        }
        _ => None,
    })
}

fn entry(push: &Push, record: &Checked, branch: &Branch, received_at: i64) -> Entry {
    let too_many = branch.number >= limit::BRANCHES;
    let quarantine = match &record.verdict {
        Some(verdict) => Some(verdict.clone()),
        None if too_many => Some((Reason::TooManyBranches, String::new())),
        None => None,
    };
    Entry {
        device: push.device,
        branch: branch.number,
        seq: record.seq,
        link: branch.link,
        id: record.id,
        row: if quarantine.is_some() { RowKind::Quarantined } else { RowKind::Record },
        kind: record.kind,
        at: record.at,
        keys: record.keys.clone(),
        envelope: Envelope { received_at, not_before: branch.not_before },
        carrier: 0,
        payload: record.sent.payload.clone(),
        commitments: record.commitments.clone(),
        note: None,
        quarantine,
    }
}

/// Keeps the notes that came along and remembers those that will come later. One that was erased, or is
/// too long to be kept, counts as held.
fn keep_notes(
    batch: &mut Batch<'_>,
    position: u64,
    record: &Checked,
    branch: u32,
    push: &Push,
) -> Result<(), Error> {
    for note in record.sent.notes.iter().take(limit::NOTES_PER_RECORD) {
        let field = note.field();
        let of_original = record.copy_of.map(|original| batch.tx.is_erased(&original, field)).transpose()?;
        if batch.tx.is_erased(&record.id, field)? || of_original == Some(true) {
            continue;
        }
        match note {
            CarriedNote::Whole(note) if note.fits() => {
                batch.tx.put_note(position, note)?;
            }
            CarriedNote::Whole(_) => {}
            CarriedNote::Committed(..) => {
                batch.tx.put_missing(&push.device, &MissingNote { branch, seq: record.seq, field })?;
            }
        }
    }
    Ok(())
}
