//! Notes that come after their record: each is a new row, so that every phone that has the record learns
//! of it.

use pantau_protocol::{
    exchange::{LateNote, RowKind},
    journal::DeviceId,
    limit,
    note::{CarriedNote, Field, Note},
    time::Envelope,
};

use super::{Push, cost};
use crate::{
    Error,
    server::Batch,
    store::{Entry, MissingNote, Row, Stretch, View},
};

/// Takes a late note in: for every branch that holds the record it commits to. `false` if the quota of the day
/// has no room for it.
pub(super) fn take_late(batch: &mut Batch<'_>, push: &Push, late: &LateNote) -> Result<bool, Error> {
    if !late.note.fits() {
        return Ok(true);
    }
    let committed = (late.note.field, late.note.commitment());
    for row in batch.tx.journal_at(&push.device, late.seq)? {
        if row.entry.commitments.contains(&committed) && !take(batch, push, &row, &late.note)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Takes the notes in that came with a record which was held already without them. `false` if the quota of the
/// day has no room for one of them.
pub(super) fn take_with_duplicate(
    batch: &mut Batch<'_>,
    push: &Push,
    row: &Row,
    notes: &[CarriedNote],
) -> Result<bool, Error> {
    for note in notes {
        if let CarriedNote::Whole(note) = note
            && note.fits()
            && !take(batch, push, row, note)?
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Keeps a note that is missing and puts its row into the log. Quarantined records reach no phone, so
/// their notes need no row. `false` if the quota of the day has no room for it.
fn take(batch: &mut Batch<'_>, push: &Push, record: &Row, note: &Note) -> Result<bool, Error> {
    let e = &record.entry;
    let missing = MissingNote { branch: e.branch, seq: e.seq, field: note.field };
    if !batch.tx.take_missing(&e.device, &missing)? {
        return Ok(true);
    }
    if !batch.charge(&push.admission, cost::of_late_note(note, &e.keys))? {
        batch.tx.put_missing(&e.device, &missing)?;
        return Ok(false);
    }
    if !batch.tx.put_note(record.position, note)? {
        return Ok(true);
    }
    batch.shared.metrics.late_notes.add(1);
    if e.row == RowKind::Quarantined {
        return Ok(true);
    }
    let row = Entry {
        row: RowKind::Note,
        envelope: Envelope { received_at: batch.now, not_before: 0 },
        carrier: 0,
        payload: Vec::new(),
        commitments: vec![(note.field, note.commitment())],
        note: Some((note.field, record.position)),
        quarantine: None,
        ..e.clone()
    };
    batch.tx.append(&row)?;
    Ok(true)
}

/// Notes of a journal up to `last` that are missing, by number.
pub(super) fn missing(
    view: &dyn View,
    device: &DeviceId,
    lineage: &[Stretch],
    last: u64,
) -> Result<Vec<(u64, Field)>, Error> {
    let all = view.journal_missing_notes(device, MISSING)?;
    let mine = all.into_iter().filter(|m| m.seq <= last && lineage.iter().any(|s| s.has(m.branch, m.seq)));
    let mut named: Vec<(u64, Field)> = mine.map(|m| (m.seq, m.field)).collect();
    named.sort_by_key(|(seq, field)| (*seq, field.number()));
    Ok(named)
}

/// Most missing notes looked at: as many as all branches together may announce in a few requests.
const MISSING: usize = 8 * limit::LATE_NOTES;
