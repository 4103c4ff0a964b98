//! What the walk along the log looks up beside the rows themselves: in a store, or in an exported file.

use pantau_protocol::{
    journal::{DeviceId, Link, RecordId},
    note::Field,
};

use crate::store::{Branch, Hole, MissingNote, Proof, Row, Stored, View};

/// Why a note that a record commits to is not held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absence {
    /// It has not come yet.
    ToCome,
    /// It was erased, as a note of this record: the record itself, or the one it repeats.
    Erased(RecordId),
    /// Nobody knows.
    Unexplained,
}

/// Where the walk looks things up.
pub(super) trait Source {
    /// Branches of a journal.
    fn branches(&self, device: &DeviceId) -> Stored<Vec<Branch>>;

    /// Holes of a journal.
    fn holes(&self, device: &DeviceId) -> Stored<Vec<Hole>>;

    /// The link of a record that stands before the row in hand.
    fn link_of(&self, device: &DeviceId, branch: u32, seq: u64) -> Stored<Option<Link>>;

    /// The proof that covers the record of the row in hand.
    fn proof(&self, row: &Row) -> Stored<Option<Proof>>;

    /// Why a note of the row in hand is not held; `copy_of` is the record that it repeats.
    fn absence(&self, row: &Row, copy_of: Option<RecordId>, field: Field) -> Stored<Absence>;

    /// The record at a position before the row in hand.
    fn record_at(&self, position: u64) -> Stored<Option<Row>>;
}

/// A snapshot of a store.
pub(super) struct Snapshot<'a>(pub(super) &'a dyn View);

impl Source for Snapshot<'_> {
    fn branches(&self, device: &DeviceId) -> Stored<Vec<Branch>> {
        self.0.journal_branches(device)
    }

    fn holes(&self, device: &DeviceId) -> Stored<Vec<Hole>> {
        self.0.journal_holes(device)
    }

    fn link_of(&self, device: &DeviceId, branch: u32, seq: u64) -> Stored<Option<Link>> {
        let rows = self.0.journal_span(device, branch, seq, seq)?;
        Ok(rows.first().map(|row| row.entry.link))
    }

    fn proof(&self, row: &Row) -> Stored<Option<Proof>> {
        self.0.desk_proof(&row.entry.device, row.entry.branch, row.entry.seq)
    }

    fn absence(&self, row: &Row, copy_of: Option<RecordId>, field: Field) -> Stored<Absence> {
        let e = &row.entry;
        for id in [Some(e.id), copy_of].into_iter().flatten() {
            if self.0.is_erased(&id, field)? {
                return Ok(Absence::Erased(id));
            }
        }
        let missing = MissingNote { branch: e.branch, seq: e.seq, field };
        let is_to_come = self.0.is_missing(&e.device, &missing)?;
        Ok(if is_to_come { Absence::ToCome } else { Absence::Unexplained })
    }

    fn record_at(&self, position: u64) -> Stored<Option<Row>> {
        self.0.desk_row(position)
    }
}
