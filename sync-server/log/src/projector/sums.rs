//! The sums of TPS and regions. A region is the sum of what lies directly inside it: the only place where anything
//! is added up.

use std::collections::{BTreeMap, BTreeSet};

use pantau_protocol::{
    cbor,
    place::Place,
    projection::{PlaceState, Reference, Rollup},
};

use super::known::Known;
use crate::store::{Stored, View};

/// Sums that changed in one step; `None` for a place that has none any more.
pub(super) type Changes = BTreeMap<Place, Option<Rollup>>;

/// Where sums that did not change are read.
pub(super) struct Adding<'a> {
    pub(super) view: &'a dyn View,
    pub(super) generation: u64,
    pub(super) known: &'a Known,
}

impl Adding<'_> {
    /// Adds up again the regions that hold these places, and the places themselves if they are regions, from the
    /// lowest up. `changes` brings the sums of TPS.
    pub(super) fn above<'p>(
        &self,
        places: impl Iterator<Item = &'p Place>,
        changes: &mut Changes,
    ) -> Stored<()> {
        let all: BTreeSet<Place> =
            places.flat_map(|p| std::iter::once(p.clone()).chain(p.ancestors())).collect();
        let read = |place: &Place| {
            Ok(self.view.rollup(self.generation, place)?.and_then(|b| cbor::from_slice(&b).ok()))
        };
        self.add(all.into_iter().collect(), changes, &read)
    }

    /// Adds up all regions again; sums of places that are no longer known go.
    pub(super) fn all(&self, changes: &mut Changes) -> Stored<()> {
        let stored = self.view.rollups(self.generation)?;
        let known: BTreeMap<&Place, Option<Rollup>> =
            stored.iter().map(|(p, b)| (p, cbor::from_slice(b).ok())).collect();
        let mut all: BTreeSet<Place> = self.known.inner().cloned().collect();
        all.extend(stored.iter().map(|(p, _)| p.clone()));
        let reference = self.known.reference();
        all.retain(|p| reference.tps(p).is_none());
        self.add(all.into_iter().collect(), changes, &|place| Ok(known.get(place).copied().flatten()))
    }

    fn add(
        &self,
        mut places: Vec<Place>,
        changes: &mut Changes,
        read: &dyn Fn(&Place) -> Stored<Option<Rollup>>,
    ) -> Stored<()> {
        let reference = self.known.reference();
        // Longer codes lie deeper.
        places.sort_by_key(|p| std::cmp::Reverse(p.as_str().len()));
        for place in places.into_iter().filter(|p| reference.tps(p).is_none()) {
            let mut sum = None;
            for child in self.known.children(&place) {
                let part = match changes.get(child) {
                    Some(changed) => *changed,
                    None => read(child)?,
                };
                sum.get_or_insert_with(Rollup::default)
                    .merge(&part.unwrap_or_else(|| silent(child, reference)));
            }
            changes.insert(place, sum);
        }
        Ok(())
    }

    /// What has to be written: sums that differ from those stored.
    pub(super) fn differing(&self, changes: Changes) -> Stored<Vec<(Place, Option<Vec<u8>>)>> {
        let mut all = Vec::new();
        for (place, rollup) in changes {
            let packed = rollup.as_ref().map(cbor::to_vec);
            if self.view.rollup(self.generation, &place)? != packed {
                all.push((place, packed));
            }
        }
        Ok(all)
    }
}

/// The sums of a place that has none stored: those of a TPS of which nothing was said, or of a region without TPS.
pub(super) fn silent(place: &Place, reference: &Reference) -> Rollup {
    let mut rollup = Rollup::default();
    if reference.tps(place).is_some() {
        rollup.add(place, &PlaceState::default(), reference);
    }
    rollup
}
