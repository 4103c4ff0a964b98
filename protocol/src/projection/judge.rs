//! Which records count, and which of several counts latest.

use std::collections::{BTreeMap, BTreeSet};

use super::{Fact, Reference};
use crate::{
    body::Body,
    journal::{DeviceId, RecordId},
    record::Basis,
};

/// The facts that count: trusted, no copy of one that is there, not superseded. Sorted by id, so that
/// whatever is built from them in this order is the same everywhere.
pub(super) fn standing<'a>(
    facts: impl IntoIterator<Item = &'a Fact>,
    reference: &Reference,
) -> Vec<&'a Fact> {
    let trusted: BTreeMap<RecordId, &Fact> = facts
        .into_iter()
        .filter(|f| reference.trusts(&f.device, f.branch, f.seq))
        .map(|f| (f.id, f))
        .collect();
    let superseded: BTreeSet<RecordId> =
        trusted.values().filter_map(|f| superseded_by(f, &trusted, reference)).collect();
    trusted
        .iter()
        .filter(|(id, _)| !superseded.contains(id))
        .filter(|(_, f)| f.record.copy_of.is_none_or(|original| !trusted.contains_key(&original)))
        .map(|(_, f)| *f)
        .collect()
}

/// The record that `fact` supersedes, if it may: its author's own, or anyone's for the desk. It stays
/// superseded whatever later happens to `fact` (design §3).
fn superseded_by(fact: &Fact, all: &BTreeMap<RecordId, &Fact>, reference: &Reference) -> Option<RecordId> {
    let target = match &fact.body {
        Body::Correct(c) => c.target,
        Body::Retract(r) => r.target,
        _ => return None,
    };
    let theirs = all.get(&target)?.device;
    let same_author = fact.device == theirs
        || reference.officer(&fact.device).is_some_and(|o| Some(o) == reference.officer(&theirs));
    (same_author || reference.is_desk(&fact.device)).then_some(target)
}

/// The latest of several facts: per device the greatest (seq, id), then among devices the greatest
/// effective time; within one hour a told report never outranks a seen one (design §4, §8).
pub(super) fn latest<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Option<&'a Fact> {
    let mut per_device: BTreeMap<DeviceId, &Fact> = BTreeMap::new();
    for fact in facts {
        let best = per_device.entry(fact.device).or_insert(fact);
        if (best.seq, best.id) < (fact.seq, fact.id) {
            *best = fact;
        }
    }
    per_device.into_values().max_by_key(|f| {
        let at = f.effective_at();
        (at.div_euclid(3600), strength(f.record.basis), at, f.device)
    })
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
