//! A set of facts held in memory: inserting is joining a set, states are made on demand.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Fact, PlaceState, Reference,
    findings::{Journal, Loss},
    place_state,
};
use crate::{
    exchange::StateDigest,
    hash::Tagged,
    journal::{DeviceId, RecordId},
    place::{Place, Scope},
    time::Envelope,
};

/// All facts, by id and by place.
#[derive(Debug, Clone, Default)]
pub struct Fold {
    facts: BTreeMap<RecordId, Fact>,
    by_place: BTreeMap<Place, BTreeSet<RecordId>>,
    reference: Reference,
    journals: BTreeMap<DeviceId, Journal>,
    losses: BTreeSet<Loss>,
}

/// What inserting a fact changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// Nothing: it was there.
    Nothing,
    /// The states of these places.
    Places(Vec<Place>),
    /// Reference data: any state may have changed.
    Reference,
}

impl Fold {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a fact. One that is there already gains an envelope if it had none; of two envelopes the
    /// smaller one stays, so that the order of arrival does not matter.
    pub fn insert(&mut self, fact: Fact) -> Changed {
        if self.facts.get(&fact.id).is_some_and(|known| !fact.replaces(known)) {
            return Changed::Nothing;
        }
        let is_reference = self.reference.insert(&fact);
        let keys = fact.place_keys();
        for key in &keys {
            self.by_place.entry(key.clone()).or_default().insert(fact.id);
        }
        let journal = self.journals.entry(fact.device);
        let journal = journal.or_insert_with(|| Journal { device: fact.device, branches: BTreeMap::new() });
        let first = journal.branches.entry(fact.branch).or_insert((fact.seq, fact.id));
        *first = (*first).min((fact.seq, fact.id));
        self.facts.insert(fact.id, fact);
        if is_reference { Changed::Reference } else { Changed::Places(keys) }
    }

    /// Takes in that a phone says it lost records.
    pub fn insert_loss(&mut self, loss: Loss) {
        self.losses.insert(loss);
    }

    /// Journals with a fact in the set, by phone.
    pub fn journals(&self) -> &BTreeMap<DeviceId, Journal> {
        &self.journals
    }

    /// What phones say they lost.
    pub fn losses(&self) -> &BTreeSet<Loss> {
        &self.losses
    }

    /// The reference data of the set.
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// A fact.
    pub fn fact(&self, id: &RecordId) -> Option<&Fact> {
        self.facts.get(id)
    }

    /// All facts, by id.
    pub fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.facts.values()
    }

    /// Number of facts.
    pub fn len(&self) -> usize {
        self.facts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// The facts that carry this place key, by id.
    pub fn facts_of(&self, place: &Place) -> impl Iterator<Item = &Fact> {
        self.by_place.get(place).into_iter().flatten().filter_map(|id| self.facts.get(id))
    }

    /// Places that any fact speaks of, by code.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        self.by_place.keys()
    }

    /// The state of a place.
    pub fn state(&self, place: &Place) -> PlaceState {
        place_state(place, self.facts_of(place), &self.reference)
    }

    /// Digest of all states; see [`state_digest`].
    pub fn digest(&self) -> StateDigest {
        state_digest(self.places().map(|p| (p, self.state(p))))
    }

    /// Digest of the states of the places a scope sees, what lies above it included. Phone and server
    /// compare this after they folded the same set: every row the scope sees up to one position, the phone's
    /// own included, quarantined ones left out.
    pub fn digest_within(&self, scope: &Scope) -> StateDigest {
        let seen = self.places().filter(|p| scope.sees([*p], true));
        state_digest(seen.map(|p| (p, self.state(p))))
    }

    /// The envelope of a fact, if it is there and has one.
    pub fn envelope(&self, id: &RecordId) -> Option<Envelope> {
        self.facts.get(id)?.envelope
    }
}

/// Digest over the states of places in code order. Empty states are left out: whether such a place is
/// listed says nothing.
pub fn state_digest<'a>(states: impl IntoIterator<Item = (&'a Place, PlaceState)>) -> StateDigest {
    let mut h = Tagged::new("pantau/1/state");
    h.part(&super::VERSION.to_be_bytes());
    for (place, state) in states {
        if state != PlaceState::default() {
            h.part(place.as_str().as_bytes()).part(&crate::cbor::to_vec(&state));
        }
    }
    StateDigest(h.finish())
}
