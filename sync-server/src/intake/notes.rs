//! Notes that come after their record: each is a new row, so that every phone that has the record learns
//! of it.

use pantau_protocol::{
    exchange::{LateNote, RowKind},
    journal::DeviceId,
    limit,
    note::{CarriedNote, Field, Note},
    time::Envelope,
};

use super::{Batch, walk};
use crate::{
    Error,
    store::{Entry, MissingNote, Row, View},
};

/// Takes a late note in: for every branch that holds the record it commits to.
pub(super) fn take_late(batch: &mut Batch<'_>, device: &DeviceId, late: &LateNote) -> Result<(), Error> {
    if !late.note.fits() {
        return Ok(());
    }
    let committed = (late.note.field, late.note.commitment());
    for row in batch.tx.journal_at(device, late.seq)? {
        if row.entry.commitments.contains(&committed) {
            take(batch, &row, &late.note)?;
        }
    }
    Ok(())
}

/// Takes the notes in that came with a record which was held already without them.
pub(super) fn take_with_duplicate(
    batch: &mut Batch<'_>,
    row: &Row,
    notes: &[CarriedNote],
) -> Result<(), Error> {
    for note in notes {
        if let CarriedNote::Whole(note) = note
            && note.fits()
        {
            take(batch, row, note)?;
        }
    }
    Ok(())
}

/// Keeps a note that is missing and puts its row into the log. Quarantined records reach no phone, so
/// their notes need no row.
fn take(batch: &mut Batch<'_>, record: &Row, note: &Note) -> Result<(), Error> {
    let e = &record.entry;
    let missing = MissingNote { branch: e.branch, seq: e.seq, field: note.field };
    if !batch.tx.take_missing(&e.device, &missing)? || !batch.tx.put_note(record.position, note)? {
        return Ok(());
    }
    batch.shared.metrics.late_notes.add(1);
    if e.row == RowKind::Quarantined {
        return Ok(());
    }
    let row = Entry {
        row: RowKind::Note,
        envelope: Envelope { received_at: batch.now, not_before: 0 },
        carrier: 0,
        payload: Vec::new(),
        commitments: vec![(note.field, note.commitment())],
        note: Some((note.field, record.position)),
        held: None,
        ..e.clone()
    };
    batch.tx.append(&row)?;
    Ok(())
}

/// Notes of a journal up to `last` that are missing, by number.
pub(super) fn missing(
    view: &dyn View,
    device: &DeviceId,
    lineage: &[(u32, u64, u64)],
    last: u64,
) -> Result<Vec<(u64, Field)>, Error> {
    let all = view.journal_missing_notes(device, MISSING)?;
    let mine = all.into_iter().filter(|m| m.seq <= last && walk::holds(lineage, m.branch, m.seq));
    let mut named: Vec<(u64, Field)> = mine.map(|m| (m.seq, m.field)).collect();
    named.sort_by_key(|(seq, field)| (*seq, field.number()));
    Ok(named)
}

/// Most missing notes looked at: as many as all branches together may announce in a few requests.
const MISSING: usize = 8 * limit::LATE_NOTES;
