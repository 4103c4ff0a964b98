//! Superseding a record with nothing.

use super::{Content, Kind};
use crate::{journal::RecordId, note::Field, place::Place, role::Role};

/// Supersedes an earlier record with nothing. Why is a note.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Retract {
    /// The record that no longer holds.
    #[n(0)]
    pub target: RecordId,
    /// Its places, copied in.
    #[n(1)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub target_places: Vec<Place>,
    /// Kind of that record, where it is the desk's: who learned of it from above learns of this.
    #[n(2)]
    pub kind: Option<Kind>,
}

impl Content for Retract {
    const PLACES: Option<fn(&Self) -> Vec<&Place>> = Some(|b| b.target_places.iter().collect());
    const NOTES: &'static [Field] = &[Field::Note];

    fn may_say(&self, role: Role) -> bool {
        self.kind.is_none_or(|kind| kind.may_be_written_by(role))
    }

    fn sample() -> Self {
        let target_places = super::sample_places();
        Self { target: super::sample_id(4), target_places, kind: Some(Kind::Directive) }
    }
}
