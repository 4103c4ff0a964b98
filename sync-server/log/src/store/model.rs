//! What a store keeps, as plain values.

use pantau_protocol::{
    body::Kind,
    exchange::{LogRow, Reason, RowKind},
    frame::Evidence,
    journal::{DeviceId, Link, RecordId},
    limit,
    note::{CarriedNote, Commitments, Field, Note},
    place::Place,
    receipt::Epoch,
    record::Record,
    time::Envelope,
};

/// A row as intake decides it, before it has a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Author's device.
    pub device: DeviceId,
    /// Branch of its journal.
    pub branch: u32,
    /// Sequence number; for a note, that of its record.
    pub seq: u64,
    /// Link after the record; for a note, that of its record.
    pub link: Link,
    /// Id of the record; for a note, that of its record.
    pub id: RecordId,
    /// What the row is.
    pub row: RowKind,
    /// Kind of the record's body; `Other(0)` where the payload cannot be read.
    pub kind: Kind,
    /// Claimed time, unix seconds; 0 where the payload cannot be read.
    pub at: i64,
    /// Place keys; none where the payload cannot be read.
    pub keys: Vec<Place>,
    /// What is fixed at intake.
    pub envelope: Envelope,
    /// How it came: 0 is the device's own exchange.
    pub carrier: u32,
    /// Payload as written; empty for a note.
    pub payload: Vec<u8>,
    /// Commitments in the order they came; for a note, its own.
    pub commitments: Commitments,
    /// For a note: which one, and the position of its record.
    pub note: Option<(Field, u64)>,
    /// For a quarantined record: why, and which field.
    pub quarantine: Option<(Reason, String)>,
}

/// A row of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its position.
    pub position: u64,
    /// Epoch of first acceptance.
    pub epoch: Epoch,
    /// All that intake decided.
    pub entry: Entry,
    /// Notes that are held, in field order; empty where a method says so. For a note row, that one.
    pub notes: Vec<Note>,
}

impl Row {
    /// Whether the row takes part in the projection.
    pub fn is_folded(&self) -> bool {
        matches!(self.entry.row, RowKind::Record | RowKind::Released)
    }

    /// Whether whoever sees a region must see this row from below, too.
    pub fn is_from_above(&self) -> bool {
        match self.entry.kind {
            // What they take back, their payload knows.
            Kind::Correct | Kind::Retract => {
                Record::from_payload(&self.entry.payload).is_ok_and(|r| r.is_from_above())
            }
            kind => kind.is_from_above(),
        }
    }

    /// The row as a phone gets it. A notice of quarantine goes to its author, who has the texts: the
    /// payload and commitments are what it finds its record by. A payload over the limit stays here:
    /// it could make a reply that no phone takes.
    pub fn to_log_row(&self) -> LogRow {
        let entry = &self.entry;
        let is_notice = entry.row == RowKind::Quarantined;
        let carried = |(field, commitment): &(Field, _)| {
            let whole = self.notes.iter().find(|n| n.field == *field && !is_notice);
            whole.map_or(CarriedNote::Committed(*field, *commitment), |n| CarriedNote::Whole(n.clone()))
        };
        let notes = entry.commitments.iter().map(carried);
        LogRow {
            position: self.position,
            kind: entry.row,
            device: entry.device,
            branch: entry.branch,
            seq: entry.seq,
            envelope: entry.envelope,
            payload: if entry.payload.len() > limit::PAYLOAD_BYTES {
                Vec::new()
            } else {
                entry.payload.clone()
            },
            notes: notes.collect(),
        }
    }

    /// About how many bytes it takes in a page before compression.
    pub fn page_bytes(&self) -> usize {
        let notes: usize = self.notes.iter().map(|n| n.text.len() + 20).sum();
        let committed = self.entry.commitments.len().saturating_sub(self.notes.len()) * 36;
        16 + self.entry.payload.len() + notes + committed
    }
}

/// One branch of a journal. Its records below `starts` are those of its parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Number, from 0.
    pub number: u32,
    /// The branch it left; `None` for one that stands on nothing the server holds.
    pub parent: Option<u32>,
    /// Its own first record.
    pub starts: u64,
    /// Its last record; `starts − 1` before the first.
    pub last: u64,
    /// `link(last)`.
    pub link: Link,
    /// Newest valid anchor up to `last`, unix seconds; 0 if none.
    pub not_before: i64,
}

/// Records a phone said it lost: the journal goes on behind them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hole {
    /// The branch.
    pub branch: u32,
    /// First lost record.
    pub first: u64,
    /// Last lost record.
    pub last: u64,
    /// `link(last)`, as the phone stated it.
    pub link: Link,
}

/// The evidence of a frame with the records it was kept for. The frame may have carried more: records that
/// were held before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// First record.
    pub first: u64,
    /// Last record.
    pub last: u64,
    /// What the device signed.
    pub evidence: Evidence,
}

/// How thoroughly a store looks for damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// The structure of the file: time grows with its size, but far less than that of a full check.
    Quick,
    /// The structure, every index against its table, and every table against the log.
    Full,
}

/// Damage that a store sees by itself. The text names no person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// The structure of the file is broken: it must not be written to.
    File(String),
    /// The file is sound, but its tables contradict each other.
    Tables(String),
}

/// A note that was announced and has not come.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MissingNote {
    /// Branch of the record.
    pub branch: u32,
    /// Its number.
    pub seq: u64,
    /// Which note.
    pub field: Field,
}

/// What a device, with those that follow it, added on the last day that it added anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// The first device of the chain.
    pub device: DeviceId,
    /// Whether it counts what came after a revocation.
    pub revoked: bool,
    /// Days since 1970-01-01 by the server's clock.
    pub day: i64,
    /// Records added.
    pub records: u64,
    /// Bytes added, see [`crate::intake::Daily`].
    pub bytes: u64,
    /// Branches and holes added.
    pub branches: u64,
    /// When something was first turned away on that day, unix seconds.
    pub over_since: Option<i64>,
}

impl Usage {
    /// Nothing yet.
    pub fn none(device: DeviceId, revoked: bool) -> Self {
        Self { device, revoked, day: i64::MIN, records: 0, bytes: 0, branches: 0, over_since: None }
    }
}

/// Consecutive records of one branch. A journal up to one of its records, its *lineage*, is a list of them: what it
/// has on its branch, on the branch that one left, and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Number of the branch.
    pub branch: u32,
    /// First sequence number.
    pub first: u64,
    /// Last sequence number.
    pub last: u64,
}

impl Stretch {
    /// Whether it has this record.
    pub fn has(&self, branch: u32, seq: u64) -> bool {
        self.branch == branch && (self.first..=self.last).contains(&seq)
    }
}

/// What a reader asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageQuery {
    /// The reading device: notices of its quarantined records go to it alone.
    pub reader: DeviceId,
    /// The part of its journal that it has itself: left out. Records of a clone of it, on another branch, are
    /// not.
    pub own: Vec<Stretch>,
    /// Start behind this position.
    pub after: u64,
    /// Most rows.
    pub rows: usize,
    /// Most bytes, as [`Row::page_bytes`] counts; one row always fits.
    pub bytes: usize,
    /// Most rows to look at.
    pub scan: usize,
}

/// What a reader gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// Rows in position order, with their notes.
    pub rows: Vec<Row>,
    /// All visible rows at or before this position were returned in this page or earlier ones.
    pub through: u64,
    /// The head has not been reached.
    pub more: bool,
}

/// An invitation to enrol a device.
#[derive(Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// Names it.
    pub handle: String,
    /// Derived from handle and secret.
    pub code_key: [u8; 32],
    /// For whom.
    pub officer: u32,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds.
    pub expires_at: i64,
    /// Wrong tries so far, from everywhere.
    pub tries: u32,
    /// Until when it slept in versions before; 0 now, and nobody reads it.
    pub sleeps_until: i64,
    /// Who redeemed it.
    pub device: Option<DeviceId>,
    /// Voided by a restore.
    pub voided: bool,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Enrolment({}, officer {})", self.handle, self.officer)
    }
}

/// Somebody signed in at the desk.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// Hash of the session id; the id itself is only in the browser.
    pub id_hash: [u8; 32],
    /// Who.
    pub username: String,
    /// Unix seconds.
    pub expires_at: i64,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session(until {})", self.expires_at)
    }
}

/// A token by which a program reads what the desk knows of one region.
#[derive(Clone, PartialEq, Eq)]
pub struct ReadToken {
    /// Its public half, 16 hexadecimal digits: by it the token is found, listed and logged.
    pub id: String,
    /// What people call it; unique among tokens that are in force.
    pub name: String,
    /// Hash of the secret; the secret itself is only with whoever uses the token.
    pub secret_hash: [u8; 32],
    /// The place that it may read, with all that lies in it.
    pub within: Place,
    /// It may read names of officers.
    pub names: bool,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds; it opens nothing from then on.
    pub expires_at: i64,
    /// When it was revoked, unix seconds.
    pub revoked_at: Option<i64>,
    /// The last day on which it was used, in days since 1970-01-01 UTC.
    pub used_on: Option<i64>,
}

impl std::fmt::Debug for ReadToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReadToken({}, within {})", self.id, self.within)
    }
}

/// When a device was last heard of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Heard {
    /// Records of it in the log, quarantined ones included.
    pub records: u64,
    /// Server time of the newest, unix seconds.
    pub last_received_at: i64,
}

/// Counts over the whole log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Totals {
    /// Position of the last row.
    pub head: u64,
    /// Records, quarantined ones included.
    pub records: u64,
    /// Quarantined records.
    pub quarantined: u64,
    /// Devices that wrote at least one record.
    pub devices: u64,
    /// Notes held.
    pub notes: u64,
    /// Notes announced and not there yet.
    pub missing_notes: u64,
    /// Notes erased.
    pub erased_notes: u64,
    /// Branches beyond the first of their journal.
    pub forks: u64,
    /// Journals that have such branches.
    pub forked_journals: u64,
    /// Holes that phones reported.
    pub holes: u64,
}
