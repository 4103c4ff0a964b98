//! What somebody found at a TPS or office.

use super::Content;
use crate::{
    limit,
    note::Field,
    problem::{FieldError, Problem, fail},
};

crate::int_enum!(
    /// Answer to one item of a checklist.
    Answer {
        /// In order.
        Ok = 1,
        /// Not in order.
        NotOk = 2,
        /// Does not apply here.
        NotApplicable = 3,
        /// Not answered.
        Blank = 4,
    }
);

crate::int_enum!(
    /// Condition of the way to the place.
    Way {
        /// Passable as usual.
        Good = 1,
        /// Passable with difficulty.
        Hard = 2,
        /// Not passable with goods.
        Cut = 3,
    }
);

/// A visit to a TPS or office.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Visit {
    /// Number of the checklist that was answered.
    #[n(0)]
    pub checklist: u32,
    /// Its version.
    #[n(1)]
    pub version: u32,
    /// Answers in the order of the checklist's items.
    #[n(2)]
    pub answers: Vec<Answer>,
    /// How the way was.
    #[n(3)]
    pub way: Option<Way>,
}

impl Content for Visit {
    const NOTES: &'static [Field] = &[Field::Note];

    fn check(&self) -> Result<(), FieldError> {
        if self.answers.len() > limit::CHECKLIST_ITEMS {
            return fail("visit.answers", Problem::TooLong);
        }
        let said_nothing = self.answers.iter().all(|a| *a == Answer::Blank) && self.way.is_none();
        if said_nothing && !self.answers.is_empty() {
            fail("visit.answers", Problem::Missing)
        } else {
            Ok(())
        }
    }

    fn sample() -> Self {
        let answers = vec![Answer::Ok, Answer::NotOk, Answer::NotApplicable, Answer::Blank];
        Self { checklist: 1, version: 1, answers, way: Some(Way::Hard) }
    }
}
