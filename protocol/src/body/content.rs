//! What a kind says of its own content, and the classes of kinds.

use uuid::Uuid;

use super::Kind;
use crate::{journal::RecordId, note::Field, place::Place, problem::FieldError, role::Role};

/// What a kind knows of its own bodies. Implemented once a kind, in its file.
pub trait Content: Sized {
    /// The places that a body names beside its record's own: who may see one of them may see the record.
    const PLACES: Option<fn(&Self) -> Vec<&Place>> = None;

    /// The notes that belong to it beside the informant, which any told report has.
    const NOTES: &'static [Field] = &[];

    /// Whether the content can be: within limits and not contradicting itself.
    ///
    /// # Errors
    /// The first field that is wrong.
    fn check(&self) -> Result<(), FieldError> {
        Ok(())
    }

    /// Whether a role that may write this kind may also say this.
    fn may_say(&self, _: Role) -> bool {
        true
    }

    /// The places that it names beside its record's own.
    fn places(&self) -> Vec<&Place> {
        Self::PLACES.map_or_else(Vec::new, |places| places(self))
    }

    /// An example with every field filled in, for tests and documents.
    fn sample() -> Self;
}

/// What part a kind has in the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// People in the field say it.
    Field,
    /// The desk says it to a region.
    Desk,
    /// Reference data: places, people, lists.
    Reference,
    /// Reference data that decide who may do what and whose records count.
    Trust,
    /// It supersedes an earlier record, whatever that one's kind.
    Amendment,
}

/// Numbers of kinds that the desk says to a region, those of newer versions included.
const DESK_NUMBERS: std::ops::Range<u32> = 20..40;

/// Numbers of reference data, those of newer versions included.
const REFERENCE_NUMBERS: std::ops::Range<u32> = 40..60;

impl Class {
    /// The class of a kind that this version does not know, by its number alone.
    pub(super) fn of_number(number: u32) -> Self {
        match number {
            n if DESK_NUMBERS.contains(&n) => Self::Desk,
            n if REFERENCE_NUMBERS.contains(&n) => Self::Reference,
            _ => Self::Field,
        }
    }
}

impl Kind {
    /// Numbers of reference data, those of newer versions included: see [`Kind::is_reference`].
    pub const REFERENCE: std::ops::Range<u32> = REFERENCE_NUMBERS;

    /// Numbers of the kinds that are visible below their place: see [`Kind::is_from_above`].
    pub const FROM_ABOVE: std::ops::Range<u32> = DESK_NUMBERS.start..REFERENCE_NUMBERS.end;

    /// Whether a record of this kind is also visible below its place: what the desk says to a
    /// region concerns everyone inside it.
    pub fn is_from_above(self) -> bool {
        matches!(self.class(), Class::Desk | Class::Reference | Class::Trust)
    }

    /// Whether [`crate::projection::Reference`] is made of it: places, people, and whom to trust.
    pub fn is_reference(self) -> bool {
        matches!(self.class(), Class::Reference | Class::Trust)
    }

    /// Whether it decides who may do what and whose records count.
    pub fn decides_trust(self) -> bool {
        self.class() == Class::Trust
    }

    /// Whether a person says it for its own sake: what names an earlier record to supersede it has calls of
    /// its own, a handover follows from the receiver's answer, and reference data and daily reports are written at the desk.
    pub fn is_statement(self) -> bool {
        self.is_built()
            && matches!(self.class(), Class::Field | Class::Desk)
            && !matches!(self, Self::Handover | Self::DailyReport)
    }

    /// Whether it is about an election, and counts for that one only: places, people and trust outlast elections.
    pub fn is_of_an_election(self) -> bool {
        matches!(self.class(), Class::Field | Class::Desk)
    }

    /// Whether a role may write a body of this kind. A kind this version does not know is allowed to
    /// whoever writes at all: a newer phone must not be silenced by an older server.
    pub fn may_be_written_by(self, role: Role) -> bool {
        self.writers().map_or(role != Role::Viewer, |writers| writers.contains(&role))
    }

    /// All writers of a kind, in the order of their numbers.
    pub fn roles(self) -> impl Iterator<Item = Role> {
        Role::ALL.iter().copied().filter(move |role| self.may_be_written_by(*role))
    }
}

/// A record id for examples.
pub(super) fn sample_id(n: u8) -> RecordId {
    RecordId(Uuid::from_bytes([n; 16]))
}

/// Two places for examples.
pub(super) fn sample_places() -> Vec<Place> {
    [3, 4].map(Place::sample).into()
}
