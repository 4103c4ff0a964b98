//! Who at the desk works on what: deeds of operators, only ever added to. They are work of the desk and no records:
//! nothing of the election follows from them.

use super::Stored;

/// What an operator did about a matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeedKind {
    /// Took it.
    Take,
    /// Left it to others.
    Leave,
    /// Noted what came of it.
    Note,
    /// Handed it over to somebody else.
    HandOver,
}

impl DeedKind {
    pub(super) const ALL: [Self; 4] = [Self::Take, Self::Leave, Self::Note, Self::HandOver];

    pub(super) fn number(self) -> i64 {
        match self {
            Self::Take => 1,
            Self::Leave => 2,
            Self::Note => 3,
            Self::HandOver => 4,
        }
    }

    /// Whether it changes who works on the matter.
    pub fn moves(self) -> bool {
        self != Self::Note
    }
}

/// One deed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// What it is about, in the words of `ops::Matter`.
    pub matter: String,
    /// When, unix seconds.
    pub at: i64,
    /// Who.
    pub operator: String,
    /// What.
    pub kind: DeedKind,
    /// To whom it was handed over; empty for other kinds.
    pub heir: String,
    /// What was typed; may be empty.
    pub note: String,
}

impl Deed {
    /// Who works on the matter after it; `None` where nobody does.
    pub fn owner(&self) -> Option<&str> {
        match self.kind {
            DeedKind::Take | DeedKind::Note => Some(&self.operator),
            DeedKind::HandOver => Some(&self.heir),
            DeedKind::Leave => None,
        }
    }
}

/// Reading deeds.
pub trait DeedsView {
    /// The deeds about a matter, in order.
    fn deeds(&self, matter: &str) -> Stored<Vec<Deed>>;

    /// Of each matter the latest deed that changed who works on it. For the desk.
    fn desk_owners(&self) -> Stored<Vec<Deed>>;

    /// The deeds of an operator from a moment on, unix seconds, in order, at most `limit`, the latest ones. For the
    /// desk.
    fn desk_deeds_of(&self, operator: &str, from: i64, limit: usize) -> Stored<Vec<Deed>>;
}

/// Writing deeds.
pub trait DeedsTx: DeedsView {
    /// Adds a deed.
    fn add_deed(&mut self, deed: &Deed) -> Stored<()>;
}
