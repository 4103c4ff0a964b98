//! Decisions of the desk about records and about findings.

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
        /// A finding is closed, on the evidence that is named.
        Close = 4,
        /// A finding that was closed is open again.
        Reopen = 5,
    }
);

impl Verdict {
    /// Whether this says whom to trust, which only an administrator may. A case of a newer version is left to
    /// the desk.
    pub fn is_about_trust(self) -> bool {
        matches!(self, Self::Admit | Self::Dismiss | Self::Reinstate)
    }
}

/// A decision of the desk about records or about a finding. For each record the latest `Admit` or `Dismiss` counts, for
/// each place of a finding the latest `Close` or `Reopen`; a `Reinstate` is for ever, and revoking again is a new
/// `Revoke`. Why it was decided is a note, and so
/// is the user name of the operator who closed a finding or opened it again.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Ruling {
    /// What is decided.
    #[n(0)]
    pub verdict: Verdict,
    /// The records it is about.
    #[n(1)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub records: Vec<RecordId>,
    /// Their places, copied in.
    #[n(2)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub target_places: Vec<Place>,
    /// The finding that is closed or opened again.
    #[n(3)]
    pub closing: Option<Closing>,
}

impl Content for Ruling {
    const PLACES: Option<fn(&Self) -> Vec<&Place>> = Some(|b| b.target_places.iter().collect());
    const NOTES: &'static [Field] = &[Field::Note, Field::Name];

    fn check(&self) -> Result<(), FieldError> {
        match (&self.closing, self.verdict) {
            (Some(closing), Verdict::Close | Verdict::Reopen) => return closing.check(),
            (None, Verdict::Close | Verdict::Reopen) => return fail("ruling.closing", Problem::Missing),
            (Some(_), Verdict::Admit | Verdict::Dismiss | Verdict::Reinstate) => {
                return fail("ruling.closing", Problem::Contradiction);
            }
            _ => {}
        }
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
        Self { verdict: Verdict::Admit, records, target_places: super::sample_places(), closing: None }
    }
}

crate::int_enum!(
    /// What a finding is about: one rule each (scenarios/README.md).
    Rule {
        /// Fewer boxes or counted pieces were received than left, on one leg.
        ShortAgainstDispatch = 1,
        /// More were received than left.
        OverAgainstDispatch = 2,
        /// An item is less than the kit asks for.
        ShortAgainstKit = 3,
        /// A seal that left whole came broken.
        SealBroken = 4,
        /// A seal that left did not come.
        SealMissing = 5,
        /// A seal came that had not left.
        SealOther = 6,
        /// A kit was received that nobody says he sent.
        ReceivedWithoutDispatch = 7,
        /// What was sent was not received by its time.
        NotReceivedInTime = 8,
        /// It was received elsewhere than it was sent to.
        WrongDestination = 9,
        /// Two officers saw the same thing otherwise.
        OfficersDiffer = 10,
        /// A visit found otherwise than the list of TPS says.
        ProfileAgainstVisit = 11,
        /// A kit was surely late.
        Late = 12,
        /// Nothing proves that a kit was in time.
        LateUndetermined = 13,
        /// A report that says "seen" was made far from the TPS.
        FarFromTps = 14,
        /// A clock claims a time that cannot be.
        ImpossibleTime = 15,
        /// Fewer voters than an hour before.
        TurnoutFalls = 16,
        /// More voters than ballots.
        TurnoutAboveVoters = 17,
        /// No word for hours where there is signal.
        Silent = 18,
        /// Two phones write one journal.
        ForkedDevice = 19,
        /// A phone says that records are lost.
        JournalHole = 20,
        /// A warehouse holds less than its TPS need.
        BulkNeedUncovered = 21,
    }
);

/// Names a finding, on every phone and server, for as long as its cause is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct FindingId(#[cbor(with = "crate::cbor::bytes")] pub [u8; 16]);

impl std::fmt::Display for FindingId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::hash::hex(&self.0))
    }
}

impl std::str::FromStr for FindingId {
    type Err = BadFindingId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = crate::hash::unhex(text).ok_or(BadFindingId)?;
        bytes.try_into().map(Self).map_err(|_| BadFindingId)
    }
}

/// A text that is no id of a finding: 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the id of a finding: expected 32 hexadecimal digits")]
pub struct BadFindingId;

/// First 8 bytes of a hash over the evidence of a share: other evidence, other version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct Version(#[cbor(with = "crate::cbor::bytes")] pub [u8; 8]);

/// The share of one place in a finding, as the desk saw it when it decided. An array on the wire: there may be many.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Share {
    /// The place; absent for a finding about a phone.
    #[n(0)]
    pub place: Option<Place>,
    /// The evidence it was decided on.
    #[n(1)]
    pub version: Version,
}

/// A finding that a ruling closes or opens again, for all its places or for some of them.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Closing {
    /// What it is about.
    #[n(0)]
    pub rule: Rule,
    /// Which finding.
    #[n(1)]
    pub finding: FindingId,
    /// Its places, each with the evidence that the desk saw, at most [`limit::PLACE_KEYS`]: a finding with more is closed
    /// by several rulings.
    #[n(2)]
    pub shares: Vec<Share>,
}

impl Closing {
    fn check(&self) -> Result<(), FieldError> {
        if self.shares.is_empty() {
            return fail("ruling.closing.shares", Problem::Missing);
        }
        if self.shares.len() > limit::PLACE_KEYS {
            return fail("ruling.closing.shares", Problem::TooLong);
        }
        Ok(())
    }
}
