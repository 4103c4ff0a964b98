//! Voters who have come so far.

use super::Content;
use crate::{
    limit,
    problem::{FieldError, at_most},
};

/// Voters who have come so far.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Turnout {
    /// Hour of election day in the profile's zone that the count is for, 0 to 23.
    #[n(0)]
    pub hour: u32,
    /// Voters so far.
    #[n(1)]
    pub voters: u32,
}

impl Content for Turnout {
    fn check(&self) -> Result<(), FieldError> {
        at_most("turnout.hour", self.hour, 23)?;
        at_most("turnout.voters", self.voters, limit::COUNT)
    }

    fn sample() -> Self {
        Self { hour: 10, voters: 131 }
    }
}
