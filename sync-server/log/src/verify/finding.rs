//! What a verification finds. Every text names devices and numbers, never a person or what somebody wrote, so
//! that it can stand in logs and on pages.

use std::collections::BTreeMap;

use pantau_protocol::{journal::DeviceId, note::Field};

use crate::{limit, store::Row};

/// Where in the log something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// Position of the row.
    pub position: u64,
    /// Device whose journal it is.
    pub device: DeviceId,
    /// Branch of that journal.
    pub branch: u32,
    /// Number of the record.
    pub seq: u64,
}

impl Spot {
    /// Where a row stands.
    pub fn of(row: &Row) -> Self {
        let e = &row.entry;
        Self { position: row.position, device: e.device, branch: e.branch, seq: e.seq }
    }
}

impl std::fmt::Display for Spot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "device {}, ", self.device)?;
        if self.branch > 0 {
            write!(f, "branch {}, ", self.branch)?;
        }
        write!(f, "record {} (position {})", self.seq, self.position)
    }
}

/// One thing that is not what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    /// The structure of the database file is broken.
    #[error("the database file is broken: {0}")]
    File(String),
    /// Tables contradict each other.
    #[error("the tables of the database contradict each other: {0}")]
    Tables(String),
    /// A row cannot be read.
    #[error("the row at position {position} cannot be read: {why}")]
    Unreadable {
        /// Its position; 0 where it is not known.
        position: u64,
        /// What the store says.
        why: String,
    },
    /// Positions without a row.
    #[error("no row at position {first} to {last}: it was removed")]
    NoRow {
        /// First position.
        first: u64,
        /// Last position.
        last: u64,
    },
    /// A position that is not greater than the one before.
    #[error("{0}: its position is out of order")]
    Order(Spot),
    /// The counter of positions is not at the last row.
    #[error("the counter of positions says {counter}, the last row is at {last}")]
    Counter {
        /// What it says.
        counter: u64,
        /// Position of the last row.
        last: u64,
    },
    /// A row of an older epoch than one before it.
    #[error("{0}: its epoch is older than that of rows before it")]
    Epoch(Spot),
    /// No record registers the device, so nothing of its journal can be proved.
    #[error("{0}: no record registers this device")]
    Unregistered(Spot),
    /// Records are missing in a journal.
    #[error("{spot}: the records from {expected} on are missing before it")]
    Gap {
        /// The record behind the gap.
        spot: Spot,
        /// The number that should have come.
        expected: u64,
    },
    /// A number is there twice.
    #[error("{0}: this number was there before")]
    Doubled(Spot),
    /// Payload, commitments or number are not those that the link was made of.
    #[error("{0}: its content was changed")]
    Content(Spot),
    /// The content fits the id and does not follow from the record before.
    #[error("{0}: its link does not follow from the record before")]
    Link(Spot),
    /// The id is not that of the content.
    #[error("{0}: its id was changed")]
    Id(Spot),
    /// What the first record of a branch stands on is not there.
    #[error("{0}: the record that its branch stands on is not there")]
    Base(Spot),
    /// A column of the log is not what the payload says.
    #[error("{spot}: column {column} is not what the record says")]
    Column {
        /// The row.
        spot: Spot,
        /// The column.
        column: &'static str,
    },
    /// No signature is kept for a record.
    #[error("{0}: no signature is kept for it")]
    Unsigned(Spot),
    /// The signature was not made by the device's key.
    #[error("{0}: the signature does not fit the device's key")]
    Signature(Spot),
    /// What was signed is not what the log holds.
    #[error("{spot}: what was signed is not what is held: {what}")]
    Evidence {
        /// The record.
        spot: Spot,
        /// What differs.
        what: &'static str,
    },
    /// A note is not what the record commits to.
    #[error("{spot}: {} was changed", .field.name())]
    Note {
        /// The record.
        spot: Spot,
        /// Which note.
        field: Field,
    },
    /// A note is gone, and nobody erased it.
    #[error("{spot}: {} is gone, and nobody erased it", .field.name())]
    NoteGone {
        /// The record.
        spot: Spot,
        /// Which note.
        field: Field,
    },
    /// A note counts as erased, and no record says so.
    #[error("{spot}: {} counts as erased, and no record erases it", .field.name())]
    NotErased {
        /// The record that lost its note.
        spot: Spot,
        /// Which note.
        field: Field,
    },
    /// The row of a note that came late is not about the record it names.
    #[error("{0}: the row of a late note does not fit its record")]
    NoteRow(Spot),
    /// The table of branches is not what the rows say.
    #[error("device {device}, branch {number}: {what} in the table of branches is not what the records say")]
    Branch {
        /// The device.
        device: DeviceId,
        /// Number of the branch.
        number: u32,
        /// What differs.
        what: &'static str,
    },
    /// Records at the end of a branch were signed and are not there.
    #[error(
        "device {device}, branch {number}: records up to {signed} were signed, the last one here is {last}"
    )]
    Cut {
        /// The device.
        device: DeviceId,
        /// Number of the branch.
        number: u32,
        /// Last record under a signature that is kept.
        signed: u64,
        /// Last record that is held.
        last: u64,
    },
    /// The desk's own journal file is damaged, or does not fit the log.
    #[error("desk.journal: {0}")]
    DeskFile(String),
    /// The desk's own journal file lacks records: a restore would not bring them back. The log has them.
    #[error(
        "desk.journal lacks {0} records that the log holds: after a loss of the database they would be gone"
    )]
    DeskFileLacks(u64),
    /// An exported file is not what was exported.
    #[error("line {line}: {what}")]
    Export {
        /// Number of the line, from 1.
        line: u64,
        /// What is wrong.
        what: String,
    },
}

impl Break {
    /// A name that programs read.
    pub fn name(&self) -> &'static str {
        match self {
            Self::File(_) => "file",
            Self::Tables(_) => "tables",
            Self::Unreadable { .. } => "unreadable",
            Self::NoRow { .. } => "no_row",
            Self::Order(_) => "order",
            Self::Counter { .. } => "counter",
            Self::Epoch(_) => "epoch",
            Self::Unregistered(_) => "unregistered",
            Self::Gap { .. } => "gap",
            Self::Doubled(_) => "doubled",
            Self::Content(_) => "content",
            Self::Link(_) => "link",
            Self::Id(_) => "id",
            Self::Base(_) => "base",
            Self::Column { .. } => "column",
            Self::Unsigned(_) => "unsigned",
            Self::Signature(_) => "signature",
            Self::Evidence { .. } => "evidence",
            Self::Note { .. } => "note",
            Self::NoteGone { .. } => "note_gone",
            Self::NotErased { .. } => "not_erased",
            Self::NoteRow(_) => "note_row",
            Self::Branch { .. } => "branch",
            Self::Cut { .. } => "cut",
            Self::DeskFile(_) => "desk_file",
            Self::DeskFileLacks(_) => "desk_file_lacks",
            Self::Export { .. } => "export",
        }
    }

    /// Whether the log itself is whole all the same: worth a warning, no reason to refuse a backup, which is
    /// then needed more than before.
    pub fn is_warning(&self) -> bool {
        matches!(self, Self::DeskFileLacks(_))
    }
}

/// What a verification looked at and what it found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows looked at.
    pub rows: u64,
    /// Records among them.
    pub records: u64,
    /// Notes whose text was held against the commitment.
    pub notes: u64,
    /// Notes that are announced and have not come.
    pub notes_to_come: u64,
    /// Signatures verified.
    pub signatures: u64,
    /// It was stopped before the end.
    pub is_stopped: bool,
    /// How often each kind of break was found, by [`Break::name`].
    pub counts: BTreeMap<&'static str, u64>,
    /// The first breaks, at most [`limit::BREAKS_KEPT`].
    pub breaks: Vec<Break>,
    /// What is worth a warning.
    pub warnings: Vec<Break>,
}

impl Report {
    /// Whether everything was looked at and nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.counts.is_empty() && !self.is_stopped
    }

    /// How many breaks were found.
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    /// Keeps a break.
    pub(crate) fn add(&mut self, found: Break) {
        if found.is_warning() {
            self.warnings.push(found);
            return;
        }
        *self.counts.entry(found.name()).or_default() += 1;
        if self.breaks.len() < limit::BREAKS_KEPT {
            self.breaks.push(found);
        }
    }

    /// A sentence for logs, metrics' readers and pages: how many breaks and the first few.
    pub fn summary(&self) -> String {
        let first: Vec<String> = self.breaks.iter().take(SHOWN).map(ToString::to_string).collect();
        let more = self.total().saturating_sub(first.len() as u64);
        let tail = if more > 0 { format!("; and {more} more") } else { String::new() };
        format!("{}{tail}", first.join("; "))
    }
}

/// Breaks that a summary spells out.
const SHOWN: usize = 3;
