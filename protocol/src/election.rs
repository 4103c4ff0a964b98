//! Which election a record is about. Places and officers outlast elections; what was said of one does not count for
//! the next.

use serde::{Deserialize, Serialize};

/// Number of an election, as its profile says; a profile without one is of the first.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    minicbor::Encode,
    minicbor::Decode,
)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct Election(#[n(0)] pub u32);

impl Election {
    /// The first election of a log.
    pub const FIRST: Self = Self(1);

    pub(crate) fn is_first(&self) -> bool {
        *self == Self::FIRST
    }
}

impl Default for Election {
    fn default() -> Self {
        Self::FIRST
    }
}

impl std::fmt::Display for Election {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}
