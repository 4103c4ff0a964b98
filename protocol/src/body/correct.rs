//! Superseding a record with a whole new body.

use super::{Body, Content, Kind};
use crate::{
    cbor::Raw,
    journal::RecordId,
    note::Field,
    place::Place,
    problem::{FieldError, Problem, fail},
    role::Role,
};

/// Supersedes an earlier record with a whole new body.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Correct {
    /// The record that no longer holds.
    #[n(0)]
    pub target: RecordId,
    /// Its places, copied in.
    #[n(1)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub target_places: Vec<Place>,
    /// Kind of the new body.
    #[n(2)]
    pub kind: Kind,
    /// The new body, as any other.
    #[n(3)]
    pub body: Raw,
}

impl Content for Correct {
    const PLACES: Option<fn(&Self) -> Vec<&Place>> = Some(|b| b.target_places.iter().collect());
    const NOTES: &'static [Field] = &[Field::Note];

    fn check(&self) -> Result<(), FieldError> {
        if matches!(self.kind, Kind::Correct | Kind::Retract) || self.kind.is_reference() {
            return fail("correct.kind", Problem::NotAllowed);
        }
        match Body::decode(self.kind, &self.body) {
            Ok(inner) => inner.check(),
            Err(_) => fail("correct.body", Problem::Contradiction),
        }
    }

    /// Or a correction would be a way around the table of roles.
    fn may_say(&self, role: Role) -> bool {
        self.kind.may_be_written_by(role)
    }

    fn sample() -> Self {
        let inner = Body::Visit(super::Visit::sample());
        let (kind, body) = (inner.kind(), inner.encode());
        Self { target: super::sample_id(4), target_places: super::sample_places(), kind, body }
    }
}
