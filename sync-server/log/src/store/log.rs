//! The log and what belongs to it: rows, journals, notes, evidence, epochs, settings.

use pantau_protocol::{
    body::Kind,
    frame::Evidence,
    journal::{DeviceId, RecordId},
    note::{Field, Note},
    place::{Place, Scope},
    receipt::Epoch,
};

use super::{Branch, Entry, Heard, Hole, MissingNote, PageQuery, Proof, Row, Scan, Stored, Totals};

/// Reading the log.
pub trait LogView {
    /// Epoch of the log: the greatest ever started. `None` before the first.
    fn epoch(&self) -> Stored<Option<Epoch>>;

    /// Position of the last row; 0 if there is none.
    fn head(&self) -> Stored<u64>;

    /// A setting of this server.
    fn setting(&self, name: &str) -> Stored<Option<Vec<u8>>>;

    /// One page of what a scope sees, in position order.
    fn page(&self, scope: &Scope, query: &PageQuery) -> Stored<Scan>;

    /// Rows of kinds that decide who may do what and whose records count ([`Kind::decides_trust`]) after a
    /// position, at most `limit`, quarantined ones left out.
    ///
    /// [`Kind::decides_trust`]: pantau_protocol::body::Kind::decides_trust
    fn reference_rows(&self, after: u64, limit: usize) -> Stored<Vec<Row>>;

    /// All rows after a position, at most `limit`, without notes. For the projector.
    fn rows_after(&self, after: u64, limit: usize) -> Stored<Vec<Row>>;

    /// Records of one kind after a position, at most `limit`, quarantined ones and notes left out. Only kinds that
    /// the desk writes can be asked for ([`Kind::is_from_above`]); of others none are found.
    fn kind_rows(&self, kind: Kind, after: u64, limit: usize) -> Stored<Vec<Row>>;

    /// The records with this place key up to a position, quarantined ones included, without notes.
    fn place_rows(&self, place: &Place, through: u64) -> Stored<Vec<Row>>;

    /// Places that records name, by code, behind `after`, at most `limit`.
    fn places_after(&self, after: &str, limit: usize) -> Stored<Vec<Place>>;

    /// Whether a device wrote anything but reference data at or before a position.
    fn wrote(&self, device: &DeviceId, through: u64) -> Stored<bool>;

    /// When a device was last heard of.
    fn heard(&self, device: &DeviceId) -> Stored<Heard>;

    /// Branches of a journal, by number.
    fn journal_branches(&self, device: &DeviceId) -> Stored<Vec<Branch>>;

    /// Holes of a journal.
    fn journal_holes(&self, device: &DeviceId) -> Stored<Vec<Hole>>;

    /// The records with this number in all branches, without notes.
    fn journal_at(&self, device: &DeviceId, seq: u64) -> Stored<Vec<Row>>;

    /// The records of exactly this branch in a span, by number, without notes.
    fn journal_span(&self, device: &DeviceId, branch: u32, first: u64, last: u64) -> Stored<Vec<Row>>;

    /// Notes of a journal that were announced and have not come, by branch and number, at most `limit`.
    fn journal_missing_notes(&self, device: &DeviceId, limit: usize) -> Stored<Vec<MissingNote>>;

    /// Whether the note was announced and has not come.
    fn is_missing(&self, device: &DeviceId, missing: &MissingNote) -> Stored<bool>;

    /// Whether the note was erased: it is refused for ever.
    fn is_erased(&self, id: &RecordId, field: Field) -> Stored<bool>;

    /// All rows after a position with their notes, at most `limit`. For the desk.
    fn desk_rows(&self, after: u64, limit: usize) -> Stored<Vec<Row>>;

    /// The row at a position, with its notes. For the desk.
    fn desk_row(&self, position: u64) -> Stored<Option<Row>>;

    /// The rows of a record, with their notes: one for each branch that holds it. For the desk.
    fn desk_record(&self, id: &RecordId) -> Stored<Vec<Row>>;

    /// The notes of a record. For the desk.
    fn desk_notes(&self, id: &RecordId) -> Stored<Vec<Note>>;

    /// The proof of who sent a record: the frame's evidence that covers it. For the desk.
    fn desk_evidence(&self, device: &DeviceId, branch: u32, seq: u64) -> Stored<Option<Evidence>> {
        Ok(self.desk_proof(device, branch, seq)?.map(|proof| proof.evidence))
    }

    /// The same with the records that it was kept for. For the desk.
    fn desk_proof(&self, device: &DeviceId, branch: u32, seq: u64) -> Stored<Option<Proof>>;

    /// All branches of all journals, with their devices. For the desk.
    fn desk_branches(&self) -> Stored<Vec<(DeviceId, Branch)>>;

    /// All holes, with their devices. For the desk.
    fn desk_holes(&self) -> Stored<Vec<(DeviceId, Hole)>>;

    /// All branches beyond the first, with their devices: journals that forked. For the desk.
    fn desk_forks(&self) -> Stored<Vec<(DeviceId, Branch)>>;

    /// The newest quarantined records with their notes, the newest first, at most `limit`. For the desk.
    fn desk_quarantined(&self, limit: usize) -> Stored<Vec<Row>>;

    /// Positions and place keys of all quarantined records, the newest first. For the desk.
    fn desk_quarantined_keys(&self) -> Stored<Vec<(u64, Vec<Place>)>>;

    /// How many records are quarantined. For the desk.
    fn desk_quarantined_count(&self) -> Stored<u64>;

    /// Counts over the whole log. For the desk.
    fn desk_totals(&self) -> Stored<Totals>;
}

/// Writing the log.
pub trait LogTx: LogView {
    /// Appends a row and returns its position, which is the head plus one.
    fn append(&mut self, entry: &Entry) -> Stored<u64>;

    /// Keeps a note of the record at `position`. `false` if it is there already.
    fn put_note(&mut self, position: u64, note: &Note) -> Stored<bool>;

    /// Remembers that a note was announced and has not come.
    fn put_missing(&mut self, device: &DeviceId, missing: &MissingNote) -> Stored<()>;

    /// Forgets that; `false` if it was not missing.
    fn take_missing(&mut self, device: &DeviceId, missing: &MissingNote) -> Stored<bool>;

    /// Creates a branch or moves its head.
    fn put_branch(&mut self, device: &DeviceId, branch: &Branch) -> Stored<()>;

    /// Remembers a hole.
    fn put_hole(&mut self, device: &DeviceId, hole: &Hole) -> Stored<()>;

    /// Keeps the proof of who sent the records `first..=last` of a branch.
    fn put_evidence(
        &mut self,
        device: &DeviceId,
        branch: u32,
        span: (u64, u64),
        evidence: &Evidence,
    ) -> Stored<()>;

    /// Deletes text and salt of a note wherever they are and refuses it for ever. Returns what was
    /// deleted, so that [`crate::store::Store::scrub`] can look for it.
    fn erase(&mut self, id: &RecordId, field: Field) -> Stored<Vec<Note>>;

    /// Starts an epoch.
    fn start_epoch(&mut self, epoch: Epoch) -> Stored<()>;

    /// Keeps a setting.
    fn set_setting(&mut self, name: &str, value: &[u8]) -> Stored<()>;
}
