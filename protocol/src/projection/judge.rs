//! Which records count, which statements are about the same thing, and which of several counts latest.

use std::collections::{BTreeMap, BTreeSet};

use super::{Fact, Reference};
use crate::{
    body::Body,
    journal::{DeviceId, RecordId},
    limit,
    record::Basis,
};

/// Who stands behind a device: the officer, or the device itself where the officer is not known.
pub(super) type Author = (Option<u32>, Option<DeviceId>);

/// What a statement is about, through copies and corrections: the first record and its author.
pub(super) type Subject = (RecordId, Author);

/// The author of a fact.
pub(super) fn author(fact: &Fact, reference: &Reference) -> Author {
    let officer = reference.officer(&fact.device);
    (officer, officer.is_none().then_some(fact.device))
}

/// The facts that count: trusted, no copy of one that is there, not superseded.
pub(super) struct Standing<'a> {
    /// Sorted by id, so that whatever is built from them in this order is the same everywhere.
    pub(super) facts: Vec<&'a Fact>,
    subjects: BTreeMap<RecordId, Subject>,
}

impl Standing<'_> {
    /// The subject of a fact.
    pub(super) fn subject(&self, fact: &Fact) -> Option<Subject> {
        self.subjects.get(&fact.id).copied()
    }

    /// Whether a reference to the record `target` means `subject`. An original that is not here is
    /// meant by its number, through its copy.
    pub(super) fn means(&self, target: &RecordId, subject: &Subject) -> bool {
        self.subjects.get(target).map_or(*target == subject.0, |s| s == subject)
    }
}

/// Trusted facts with what connects them.
struct Connected<'a, 'r> {
    reference: &'r Reference,
    facts: BTreeMap<RecordId, &'a Fact>,
    /// Repetitions of one record by one author, under the original's id.
    copies: BTreeMap<Subject, Vec<&'a Fact>>,
}

/// The facts that count.
pub(super) fn standing<'a>(facts: impl IntoIterator<Item = &'a Fact>, reference: &Reference) -> Standing<'a> {
    let trusted = facts.into_iter().filter(|f| reference.trusts(&f.device, f.branch, f.seq));
    let mut all = Connected { reference, facts: BTreeMap::new(), copies: BTreeMap::new() };
    all.facts.extend(trusted.map(|f| (f.id, f)));
    for fact in all.facts.values() {
        let original = (all.original(fact), author(fact, reference));
        all.copies.entry(original).or_default().push(fact);
    }
    let superseded: BTreeSet<RecordId> =
        all.facts.values().flat_map(|f| all.superseded_by(f)).map(|f| f.id).collect();
    let counts = |fact: &&Fact| {
        !superseded.contains(&fact.id) && all.is_first_of_its_copies(fact) && all.may_state(fact)
    };
    Standing {
        facts: all.facts.values().copied().filter(counts).collect(),
        subjects: all.facts.values().map(|f| (f.id, all.subject(f))).collect(),
    }
}

impl<'a> Connected<'a, '_> {
    /// The record that `fact` repeats in the end; itself if it is no copy, or claims somebody else's.
    fn original(&self, fact: &Fact) -> RecordId {
        let (mut here, mut id) = (fact, fact.id);
        for _ in 0..limit::PREDECESSORS {
            let Some(next) = here.record.copy_of else { break };
            match self.facts.get(&next) {
                Some(f) if author(f, self.reference) == author(fact, self.reference) => {
                    (here, id) = (f, next)
                }
                Some(_) => break,
                None => {
                    id = next;
                    break;
                }
            }
        }
        id
    }

    /// Of several repetitions the original counts, or else the one with the least id.
    fn is_first_of_its_copies(&self, fact: &Fact) -> bool {
        let repeats = |f: &Fact| f.record.copy_of.is_some_and(|o| self.facts.contains_key(&o));
        let same = self.copies.get(&(self.original(fact), author(fact, self.reference)));
        let first = same.into_iter().flatten().find(|f| !repeats(f));
        first.is_some_and(|first| first.id == fact.id)
    }

    /// The records that `fact` supersedes, as far as it may: its author's own, or anyone's for the desk.
    /// They stay superseded whatever later happens to `fact` (design §3), and so do their copies, or
    /// originals that turn up later.
    fn superseded_by(&self, fact: &Fact) -> Vec<&'a Fact> {
        let target = match &fact.body {
            Body::Correct(c) => c.target,
            Body::Retract(r) => r.target,
            _ => return Vec::new(),
        };
        let own = author(fact, self.reference);
        let key = match self.facts.get(&target) {
            Some(f) => (self.original(f), author(f, self.reference)),
            None => (target, own),
        };
        let may = |theirs: &Fact| {
            fact.device == theirs.device
                || own == author(theirs, self.reference)
                || self.reference.was_desk(&fact.device, fact.effective_at())
        };
        let copies = self.copies.get(&key).into_iter().flatten().copied();
        copies.filter(|f| f.id != fact.id && may(f)).collect()
    }

    /// A correction is about whatever the record it supersedes is about.
    fn subject(&self, fact: &Fact) -> Subject {
        let mut here = fact;
        for _ in 0..limit::PREDECESSORS {
            let Body::Correct(_) = here.body else { break };
            match self.superseded_by(here).first() {
                Some(earlier) => here = earlier,
                None => break,
            }
        }
        (self.original(here), author(here, self.reference))
    }

    /// What only the desk may say cannot be said by way of a correction either.
    fn may_state(&self, fact: &Fact) -> bool {
        !matches!(fact.body, Body::Correct(_))
            || !fact.statement.kind().is_from_above()
            || self.reference.was_desk(&fact.device, fact.effective_at())
    }
}

/// The latest of several facts. Per device the greatest (seq, id) decides, then among devices the
/// greatest effective time; within one hour a told report never outranks a seen one, not even one of the
/// same device (design §4, §8).
pub(super) fn latest<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Option<&'a Fact> {
    let mut per_device: BTreeMap<DeviceId, Vec<&Fact>> = BTreeMap::new();
    for fact in facts {
        per_device.entry(fact.device).or_default().push(fact);
    }
    let last_of = |said: Vec<&'a Fact>| {
        let last = hour(said.iter().max_by_key(|f| (f.seq, f.id))?);
        said.into_iter().filter(|f| hour(f) == last).max_by_key(|f| (strength(f.record.basis), f.seq, f.id))
    };
    per_device
        .into_values()
        .filter_map(last_of)
        .max_by_key(|f| (hour(f), strength(f.record.basis), f.effective_at(), f.device))
}

fn hour(fact: &Fact) -> i64 {
    fact.effective_at().div_euclid(3600)
}

/// Seen beats document beats told.
fn strength(basis: Basis) -> u8 {
    match basis {
        Basis::Seen => 2,
        Basis::Document => 1,
        Basis::ToldInPerson
        | Basis::ToldByPhone
        | Basis::ToldByRadio
        | Basis::ToldOnPaper
        | Basis::Other(_) => 0,
    }
}
