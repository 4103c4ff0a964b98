//! The reference data as it was known at an earlier moment, so that it can be told which record cured a finding.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Fact,
    reference::{Entry, Reference},
};
use crate::{journal::RecordId, place::Place};

/// Up to where reference data counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Horizon {
    /// What the server had by then, unix seconds. What has no envelope yet is not among it.
    until: i64,
    /// A later record that counts as well.
    with: Option<RecordId>,
}

impl Reference {
    /// What was known when the server had all that it received by `at`, unix seconds. The tables are shared, not
    /// copied.
    pub fn as_of(&self, at: i64) -> Self {
        self.within(Horizon { until: at, with: None })
    }

    /// What would have been known at `at`, unix seconds, if of all that came at that moment this record alone had.
    pub(super) fn as_of_alone(&self, at: i64, record: RecordId) -> Self {
        self.within(Horizon { until: at.saturating_sub(1), with: Some(record) })
    }

    fn within(&self, horizon: Horizon) -> Self {
        let mut then = self.clone();
        then.horizon = Some(horizon);
        then.settle();
        then
    }

    /// Whether a record was known by the horizon.
    pub(super) fn knows<V>(&self, entry: &Entry<V>) -> bool {
        let is_within = |horizon: Horizon| {
            let is_early = entry.envelope.is_some_and(|e| e.received_at <= horizon.until);
            is_early || horizon.with == Some(entry.rank.3)
        };
        self.horizon.is_none_or(is_within)
    }

    /// When the server learned reference data that can change what these facts about a place mean: lists of the place,
    /// profiles, revocations, and rulings about them. By moment, with the records.
    pub(super) fn changes(&self, place: &Place, facts: &[&Fact]) -> BTreeMap<i64, BTreeSet<RecordId>> {
        let mut all: BTreeMap<i64, BTreeSet<RecordId>> = BTreeMap::new();
        let tables = &self.tables;
        // The first word on a list or a profile changes nothing: there was none to judge by.
        take(&mut all, tables.tps.get(place).into_iter().flatten().skip(1));
        take(&mut all, tables.packings.get(place).into_iter().flatten());
        take(&mut all, tables.profiles.values().flatten().skip(1));
        let devices: BTreeSet<_> = facts.iter().map(|f| f.device).collect();
        self.trust_changes(&devices, facts.iter().map(|f| f.id), &mut |entry| {
            if let (Some(envelope), record) = entry {
                all.entry(envelope.received_at).or_default().insert(record);
            }
        });
        all
    }
}

fn take<'e, V: 'e>(all: &mut BTreeMap<i64, BTreeSet<RecordId>>, entries: impl Iterator<Item = &'e Entry<V>>) {
    for entry in entries {
        if let Some(envelope) = entry.envelope {
            all.entry(envelope.received_at).or_default().insert(entry.rank.3);
        }
    }
}
