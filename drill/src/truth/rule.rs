//! The rules of the findings by their names in `scenarios/README.md`. The drill has its own list, so that the engine is
//! held against what was asked for and not against itself.

/// What a cause contradicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names stand in scenarios/README.md, each with its meaning")]
pub enum Rule {
    ShortAgainstDispatch,
    OverAgainstDispatch,
    ShortAgainstKit,
    SealBroken,
    SealMissing,
    SealOther,
    ReceivedWithoutDispatch,
    NotReceivedInTime,
    WrongDestination,
    OfficersDiffer,
    ProfileAgainstVisit,
    Late,
    LateUndetermined,
    FarFromTps,
    ImpossibleTime,
    TurnoutFalls,
    TurnoutAboveVoters,
    Silent,
    ForkedDevice,
    JournalHole,
    BulkNeedUncovered,
}

impl Rule {
    /// All of them, in the order of `scenarios/README.md`.
    pub const ALL: [Self; 21] = [
        Self::ShortAgainstDispatch,
        Self::OverAgainstDispatch,
        Self::ShortAgainstKit,
        Self::SealBroken,
        Self::SealMissing,
        Self::SealOther,
        Self::ReceivedWithoutDispatch,
        Self::NotReceivedInTime,
        Self::WrongDestination,
        Self::OfficersDiffer,
        Self::ProfileAgainstVisit,
        Self::Late,
        Self::LateUndetermined,
        Self::FarFromTps,
        Self::ImpossibleTime,
        Self::TurnoutFalls,
        Self::TurnoutAboveVoters,
        Self::Silent,
        Self::ForkedDevice,
        Self::JournalHole,
        Self::BulkNeedUncovered,
    ];

    /// Its name, as in `scenarios/`.
    pub fn name(self) -> String {
        format!("{self:?}")
    }

    /// The rule of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }
}
