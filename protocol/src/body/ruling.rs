//! Decisions of the desk about records.

use super::Content;
use crate::{
    journal::RecordId,
    limit,
    note::Field,
    place::Place,
    problem::{FieldError, Problem, fail},
    role::Role,
};

crate::int_enum!(
    /// What a ruling decides.
    Verdict {
        /// The named records count although their device is not trusted.
        Admit = 1,
        /// The named records are not admitted any more.
        Dismiss = 2,
        /// The named revocations count no more: whatever their devices said counts again.
        Reinstate = 3,
    }
);

impl Verdict {
    /// Whether this says whom to trust, which only an administrator may. A case of a newer version is left to
    /// the desk.
    pub fn is_about_trust(self) -> bool {
        matches!(self, Self::Admit | Self::Dismiss | Self::Reinstate)
    }
}

/// A decision of the desk about records. For each record the latest `Admit` or `Dismiss` counts; a `Reinstate`
/// is for ever, and revoking again is a new `Revoke`. Why it was decided is a note.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Ruling {
    /// What is decided.
    #[n(0)]
    pub verdict: Verdict,
    /// The records it is about.
    #[n(1)]
    pub records: Vec<RecordId>,
    /// Their places, copied in.
    #[n(2)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub target_places: Vec<Place>,
}

impl Content for Ruling {
    const PLACES: Option<fn(&Self) -> Vec<&Place>> = Some(|b| b.target_places.iter().collect());
    const NOTES: &'static [Field] = &[Field::Note];

    fn check(&self) -> Result<(), FieldError> {
        if self.records.is_empty() {
            return fail("ruling.records", Problem::Missing);
        }
        if self.records.len() > limit::RULING_RECORDS {
            return fail("ruling.records", Problem::TooLong);
        }
        Ok(())
    }

    /// Whom to trust is decided by those who register devices.
    fn may_say(&self, role: Role) -> bool {
        !self.verdict.is_about_trust() || role == Role::DeskAdmin
    }

    fn sample() -> Self {
        let records = vec![super::sample_id(4), super::sample_id(5)];
        Self { verdict: Verdict::Admit, records, target_places: super::sample_places() }
    }
}
