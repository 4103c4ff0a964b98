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

/// Sums as they are stored: numbers in the order of [`Rollup`]'s fields.
#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
struct Sums {
    #[n(0)]
    tps: u32,
    #[n(1)]
    voters: u64,
    #[n(2)]
    visited: u32,
    #[n(3)]
    arrived: u32,
    #[n(4)]
    complete: u32,
    #[n(5)]
    short: u32,
    #[n(6)]
    bad_seals: u32,
    #[n(7)]
    open_incidents: u32,
    #[n(8)]
    grave_incidents: u32,
    #[n(9)]
    silent: u32,
    #[n(10)]
    turnout: u64,
    #[n(11)]
    turnout_tps: u32,
    #[n(12)]
    newest: Option<i64>,
    #[n(13)]
    oldest: Option<i64>,
}

/// Sums as they are stored.
pub(super) fn pack(r: &Rollup) -> Vec<u8> {
    let Rollup {
        tps,
        voters,
        visited,
        arrived,
        complete,
        short,
        bad_seals,
        open_incidents,
        grave_incidents,
        silent,
        turnout,
        turnout_tps,
        newest,
        oldest,
    } = *r;
    cbor::to_vec(&Sums {
        tps,
        voters,
        visited,
        arrived,
        complete,
        short,
        bad_seals,
        open_incidents,
        grave_incidents,
        silent,
        turnout,
        turnout_tps,
        newest,
        oldest,
    })
}

/// Stored sums; `None` for bytes that are none.
pub(super) fn unpack(bytes: &[u8]) -> Option<Rollup> {
    let s: Sums = cbor::from_slice(bytes).ok()?;
    Some(Rollup {
        tps: s.tps,
        voters: s.voters,
        visited: s.visited,
        arrived: s.arrived,
        complete: s.complete,
        short: s.short,
        bad_seals: s.bad_seals,
        open_incidents: s.open_incidents,
        grave_incidents: s.grave_incidents,
        silent: s.silent,
        turnout: s.turnout,
        turnout_tps: s.turnout_tps,
        newest: s.newest,
        oldest: s.oldest,
    })
}

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
        let read = |place: &Place| Ok(self.view.rollup(self.generation, place)?.and_then(|b| unpack(&b)));
        self.add(all.into_iter().collect(), changes, &read)
    }

    /// Adds up all regions again; sums of places that are no longer known go.
    pub(super) fn all(&self, changes: &mut Changes) -> Stored<()> {
        let stored = self.view.rollups(self.generation)?;
        let known: BTreeMap<&Place, Option<Rollup>> = stored.iter().map(|(p, b)| (p, unpack(b))).collect();
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
            let packed = rollup.as_ref().map(pack);
            if self.view.rollup(self.generation, &place)? != packed {
                all.push((place, packed));
            }
        }
        Ok(all)
    }
}

/// The sums of a place that has none stored: those of a TPS of which nothing was said, or of a region without TPS.
fn silent(place: &Place, reference: &Reference) -> Rollup {
    let mut rollup = Rollup::default();
    if reference.tps(place).is_some() {
        rollup.add(place, &PlaceState::default(), reference);
    }
    rollup
}
