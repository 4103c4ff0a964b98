//! Roll call of a team.

use super::Content;
use crate::{
    limit,
    note::Field,
    problem::{FieldError, Problem, at_most, fail},
};

crate::int_enum!(
    /// How things stand.
    Situation {
        /// Aman: calm.
        Calm = 1,
        /// Waspada: alert.
        Alert = 2,
        /// Ada kendala: an obstacle.
        Obstacle = 3,
    }
);

/// Roll call of a team.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Standby {
    /// Members present.
    #[n(0)]
    pub present: u32,
    /// Members of the team.
    #[n(1)]
    pub team: u32,
    /// How things stand.
    #[n(2)]
    pub situation: Situation,
    /// "No obstacle so far", said outright: silence does not say it.
    #[n(3)]
    #[cbor(default, skip_if = "is_false")]
    pub no_obstacle: bool,
}

fn is_false(b: &bool) -> bool {
    !*b
}

impl Content for Standby {
    const NOTES: &'static [Field] = &[Field::Note];

    fn check(&self) -> Result<(), FieldError> {
        at_most("standby.team", self.team, limit::COUNT)?;
        if self.team == 0 {
            return fail("standby.team", Problem::TooSmall);
        }
        if self.present > self.team {
            return fail("standby.present", Problem::TooLarge);
        }
        if self.no_obstacle && self.situation == Situation::Obstacle {
            return fail("standby.no_obstacle", Problem::Contradiction);
        }
        Ok(())
    }

    fn sample() -> Self {
        Self { present: 5, team: 7, situation: Situation::Alert, no_obstacle: true }
    }
}
