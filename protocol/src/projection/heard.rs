//! What was heard at one place, judged once for all that is asked of it: its state, who visited it, what is found.

use std::{cell::OnceCell, collections::BTreeSet};

use super::{
    Fact, Flow, PlaceState, Reference,
    custody::flow,
    cx::Cx,
    judge::{self, Standing},
    state, visits,
};
use crate::place::Place;

/// The facts that carry the key of one place, and which of them count.
pub struct Heard<'a> {
    pub(super) place: &'a Place,
    /// By id, each once.
    pub(super) facts: Vec<&'a Fact>,
    pub(super) standing: Standing<'a>,
    pub(super) reference: &'a Reference,
    state: OnceCell<PlaceState>,
}

impl std::fmt::Debug for Heard<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Heard({}, {} facts)", self.place, self.facts.len())
    }
}

impl<'a> Heard<'a> {
    /// Judges the facts that carry the key of `place`. Pure: their order and repetition do not matter.
    pub fn new<'f: 'a>(
        place: &'a Place,
        facts: impl IntoIterator<Item = &'f Fact>,
        reference: &'a Reference,
    ) -> Self {
        let mut facts: Vec<&'a Fact> = facts.into_iter().map(|fact| fact as &'a Fact).collect();
        facts.sort_by_key(|f| f.id);
        facts.dedup_by_key(|f| f.id);
        let standing = judge::standing(facts.iter().copied(), reference);
        Self { place, facts, standing, reference, state: OnceCell::new() }
    }

    /// The state of the place.
    pub fn state(&self) -> &PlaceState {
        self.state.get_or_init(|| state::at(&self.cx()))
    }

    /// The state of the place, for who asks nothing else.
    pub fn into_state(self) -> PlaceState {
        let Self { place, standing, reference, state, .. } = self;
        state.into_inner().unwrap_or_else(|| state::at(&Cx::new(place, &standing, reference)))
    }

    /// The officers with a visit to this place that counts, and that the present owner of the number made.
    pub fn visitors(&self) -> BTreeSet<u32> {
        visits::visitors(&self.cx())
    }

    /// Where the kit of the place stands, and the place's shares in goods on their way.
    pub fn flow(&self) -> Flow {
        flow::of(&self.cx())
    }

    pub(super) fn cx(&self) -> Cx<'_> {
        Cx::new(self.place, &self.standing, self.reference)
    }
}
