//! What the desk says, and corrections, which anyone may write about their own records.

use super::Kind;
use crate::{cbor::Raw, journal::RecordId, place::Place, role::Role};

/// A task. The record's place says where; it goes to everyone there unless officer or role narrow it.
/// Note field: `Note` (the text of the task).
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Directive {
    /// Only this officer.
    #[n(0)]
    pub officer: Option<u32>,
    /// Only this role.
    #[n(1)]
    pub role: Option<Role>,
    /// When it must be done, unix seconds.
    #[n(2)]
    pub due: i64,
}

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
/// is for ever, and revoking again is a new `Revoke`. Note field: `Note` (why).
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

/// Supersedes an earlier record with a whole new body. Note fields: those of the new body.
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

/// Supersedes an earlier record with nothing. Note field: `Note` (why).
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
