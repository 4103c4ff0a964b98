//! Progress on an incident or on a directive.

use super::Content;
use crate::{journal::RecordId, note::Field, place::Place};

crate::int_enum!(
    /// How far a matter has come.
    Progress {
        /// Seen, nothing done yet.
        Seen = 1,
        /// Being worked on.
        Working = 2,
        /// Done.
        Done = 3,
        /// Cannot be done; the note says why.
        Impossible = 4,
    }
);

/// Progress on an incident or on a directive.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct IncidentUpdate {
    /// The `Incident` or `Directive`.
    #[n(0)]
    pub target: RecordId,
    /// Its places, copied in, so that whoever saw it sees this.
    #[n(1)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub target_places: Vec<Place>,
    /// How far it has come.
    #[n(2)]
    pub progress: Progress,
}

impl Content for IncidentUpdate {
    const PLACES: Option<fn(&Self) -> Vec<&Place>> = Some(|b| b.target_places.iter().collect());
    const NOTES: &'static [Field] = &[Field::Note];

    fn sample() -> Self {
        let target_places = super::sample_places();
        Self { target: super::sample_id(3), target_places, progress: Progress::Working }
    }
}
