//! An obstacle (kendala).

use super::Content;
use crate::note::Field;

crate::int_enum!(
    /// What an obstacle is about.
    Category {
        /// Logistics.
        Logistics = 1,
        /// Access: road, river, bridge.
        Access = 2,
        /// Weather, flood.
        Weather = 3,
        /// Power.
        Power = 4,
        /// Signal.
        SignalLoss = 5,
        /// Staff: illness, absence.
        Staff = 6,
        /// Security.
        Security = 7,
        /// Equipment.
        Equipment = 8,
        /// Anything else; the note says what.
        Else = 9,
    }
);

crate::int_enum!(
    /// How grave an obstacle is.
    Severity {
        /// Known, does not endanger the vote.
        Low = 1,
        /// Endangers the schedule.
        Medium = 2,
        /// Endangers the vote at this place.
        High = 3,
    }
);

/// An obstacle (kendala).
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Incident {
    /// What it is about.
    #[n(0)]
    pub category: Category,
    /// How grave.
    #[n(1)]
    pub severity: Severity,
}

impl Content for Incident {
    const NOTES: &'static [Field] = &[Field::Note, Field::Need];

    fn sample() -> Self {
        Self { category: Category::Access, severity: Severity::High }
    }
}
