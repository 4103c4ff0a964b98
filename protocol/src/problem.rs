//! What can be wrong with a field, and the name it is told by.

use crate::{exchange::Reason, limit};

/// A field and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem:?}")]
pub struct FieldError {
    /// Name of the field as in `docs/PROTOCOL.md`, such as `receive.lines[3].good`.
    pub field: String,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// Must be there.
    Missing,
    /// Longer or more than the limit.
    TooLong,
    /// Larger than can be.
    TooLarge,
    /// Smaller than can be.
    TooSmall,
    /// Contradicts another field.
    Contradiction,
    /// Named twice.
    Doubled,
    /// Not known here: a place, a checklist, an item.
    Unknown,
    /// The author's role may not write this.
    NotAllowed,
}

impl Problem {
    /// The reason a server gives when it sets the record aside.
    pub fn reason(self) -> Reason {
        match self {
            Self::TooLong => Reason::OverLimit,
            Self::NotAllowed => Reason::NotYourRole,
            Self::Missing
            | Self::TooLarge
            | Self::TooSmall
            | Self::Contradiction
            | Self::Doubled
            | Self::Unknown => Reason::Impossible,
        }
    }
}

pub(crate) fn fail(field: impl Into<String>, problem: Problem) -> Result<(), FieldError> {
    Err(FieldError { field: field.into(), problem })
}

pub(crate) fn at_most(field: &str, value: u32, most: u32) -> Result<(), FieldError> {
    if value > most { fail(field, Problem::TooLarge) } else { Ok(()) }
}

pub(crate) fn short(field: &str, text: &str) -> Result<(), FieldError> {
    if text.len() > limit::LABEL_BYTES { fail(field, Problem::TooLong) } else { Ok(()) }
}
