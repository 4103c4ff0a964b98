//! What the things that phones bring cost on disk, for the quota of their account.

use pantau_protocol::{
    journal::Link,
    note::{CarriedNote, Note},
    place::Place,
};

use super::Checked;
use crate::{server::Cost, store::bucket};

/// Bytes of a row of the log beside payload, keys and commitments, with its entries in the two indexes of the
/// journal, as they lie in pages that are not full. This and the next numbers were measured by
/// `counted_bytes_are_about_what_the_file_grows_by`.
const ROW_BYTES: u64 = 150;
/// Bytes of a row's entry in the index of scopes or of places beside the code, and of one among the set-aside
/// rows.
const ENTRY_BYTES: u64 = 16;
/// Bytes of a note beside its text.
const NOTE_BYTES: u64 = 40;
/// Bytes of a commitment.
const COMMITMENT_BYTES: u64 = 40;
/// Bytes of the evidence of one frame.
const EVIDENCE_BYTES: u64 = 200;
/// Bytes of a branch or of a hole.
const BRANCH_BYTES: u64 = 80;

/// New records of one frame, with the evidence of who sent them.
pub(super) fn of_records(fresh: &[(&Checked, &Link)], starts_branch: bool) -> Cost {
    let bytes: u64 = fresh.iter().map(|(record, _)| record_bytes(record)).sum();
    let branch = Cost { records: 0, bytes: BRANCH_BYTES, branches: 1 };
    let started = if starts_branch { branch } else { Cost::default() };
    Cost {
        records: fresh.len() as u64,
        bytes: bytes + EVIDENCE_BYTES + started.bytes,
        branches: started.branches,
    }
}

/// A note that comes after its record, with the row that tells phones of it. No record: what may come late
/// was announced by one.
pub(super) fn of_late_note(note: &Note, keys: &[Place]) -> Cost {
    let bytes = ROW_BYTES + COMMITMENT_BYTES + key_bytes(keys) + NOTE_BYTES + note.text.len() as u64;
    Cost { bytes, ..Cost::default() }
}

/// A hole, and perhaps a branch behind it.
pub(super) fn of_hole() -> Cost {
    Cost { records: 0, bytes: 2 * BRANCH_BYTES, branches: 1 }
}

fn record_bytes(record: &Checked) -> u64 {
    let note = |n: &CarriedNote| match n {
        CarriedNote::Whole(note) => NOTE_BYTES + note.text.len() as u64,
        CarriedNote::Committed(..) => ENTRY_BYTES,
    };
    let commitments = record.commitments.len() as u64 * COMMITMENT_BYTES;
    let notes: u64 = record.sent.notes.iter().map(note).sum();
    let by_place: u64 = record.keys.iter().map(|k| k.as_str().len() as u64 + ENTRY_BYTES).sum();
    ROW_BYTES + record.sent.payload.len() as u64 + commitments + notes + key_bytes(&record.keys) + by_place
}

/// Bytes of place keys: in the row, and in the index of scopes once for each bucket.
fn key_bytes(keys: &[Place]) -> u64 {
    keys.iter().map(|k| (k.as_str().len() + 1 + bucket(k.as_str()).len()) as u64 + ENTRY_BYTES).sum()
}
