//! One new record into the log: row, notes, what it erases.

use pantau_protocol::{
    exchange::{Reason, RowKind},
    journal::Link,
    limit,
    note::CarriedNote,
    place::Scope,
    time::Envelope,
};

use super::{Batch, Checked, Push, receipt::Times};
use crate::{
    Error,
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
    if entry.held.is_none() && !reaches_what_it_erases(batch, push, record)? {
        entry.row = RowKind::Quarantined;
        entry.held = Some((Reason::OutsideGrants, "erase.target".to_owned()));
    }
    let is_held = entry.held.is_some();
    let position = batch.tx.append(&entry)?;
    keep_notes(batch, position, record, branch.number, push)?;
    batch.shared.metrics.quarantined.add(u64::from(is_held));
    if let Some((target, field)) = record.erases
        && !is_held
        && !push.admission.is_revoked
    {
        let gone = batch.tx.erase(&target, field)?;
        batch.erased.push((target, field, gone));
    }
    Ok(Row { position, epoch: batch.epoch()?, entry, notes: Vec::new() })
}

/// Whether the author's grants ever covered what he erases. Of what is not here nobody knows the place, and
/// nobody knows its id.
fn reaches_what_it_erases(batch: &Batch<'_>, push: &Push, record: &Checked) -> Result<bool, Error> {
    let Some((target, _)) = record.erases.filter(|_| !push.admission.is_own_desk) else { return Ok(true) };
    let ever = Scope::new(push.admission.ever.iter().map(|g| g.place.clone()));
    let rows = batch.tx.desk_record(&target)?;
    Ok(rows.iter().all(|r| r.entry.keys.is_empty() || ever.sees(&r.entry.keys, true)))
}

fn entry(push: &Push, record: &Checked, branch: &Branch, received_at: i64) -> Entry {
    let too_many = branch.number >= limit::BRANCHES;
    let held = match &record.verdict {
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
        row: if held.is_some() { RowKind::Quarantined } else { RowKind::Record },
        kind: record.kind,
        at: record.at,
        keys: record.keys.clone(),
        envelope: Envelope { received_at, not_before: branch.not_before },
        carrier: 0,
        payload: record.sent.payload.clone(),
        commitments: record.commitments.clone(),
        note: None,
        held,
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
        if batch.tx.is_erased(&record.id, field)? {
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
