//! How much of a request a record takes.

use pantau_protocol::{note::CarriedNote, segment::SentRecord};

/// Bytes of a record before compression.
pub(super) fn raw_bytes(record: &SentRecord) -> usize {
    record.payload.len() + record.notes.iter().map(weight).sum::<usize>() + 8
}

/// Bytes of a note before compression.
fn weight(note: &CarriedNote) -> usize {
    match note {
        CarriedNote::Whole(note) => note.text.len() + 24,
        CarriedNote::Committed(..) => 40,
    }
}
