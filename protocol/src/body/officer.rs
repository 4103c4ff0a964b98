//! Officers. Name and phone number are notes, which can be erased.

use super::Content;
use crate::note::Field;

/// An officer.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Officer {
    /// Number, unique in this deployment.
    #[n(0)]
    pub officer: u32,
}

impl Content for Officer {
    const NOTES: &'static [Field] = &[Field::Name, Field::Phone];

    fn sample() -> Self {
        Self { officer: 17 }
    }
}
