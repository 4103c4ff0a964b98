//! The projection in memory.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::Arc,
};

use pantau_protocol::place::Place;

use super::State;
use crate::store::{FoldedPlace, List, Listed, PlacesTx, PlacesView, Projection, Stored};

/// All generations.
#[derive(Debug, Clone, Default)]
pub(super) struct Projected {
    generations: BTreeMap<u64, Projection>,
    places: BTreeMap<(u64, Place), Arc<FoldedPlace>>,
    rollups: BTreeMap<(u64, Place), Arc<[u8]>>,
}

impl Projected {
    fn places(&self, generation: u64) -> impl Iterator<Item = &Arc<FoldedPlace>> {
        self.places.iter().filter(move |((g, _), _)| *g == generation).map(|(_, folded)| folded)
    }
}

impl PlacesView for State {
    fn projections(&self) -> Stored<Vec<Projection>> {
        Ok(self.projected.generations.values().cloned().collect())
    }

    fn state(&self, generation: u64, place: &Place) -> Stored<Option<Vec<u8>>> {
        Ok(self.projected.places.get(&(generation, place.clone())).and_then(|f| f.state.clone()))
    }

    fn memory(&self, generation: u64, place: &Place) -> Stored<Option<Vec<u8>>> {
        Ok(self.projected.places.get(&(generation, place.clone())).and_then(|f| f.memory.clone()))
    }

    fn states_after(&self, generation: u64, after: &str, limit: usize) -> Stored<Vec<(Place, Vec<u8>)>> {
        let behind = self.projected.places(generation).filter(|f| f.place.as_str() > after);
        let states = behind.filter_map(|f| Some((f.place.clone(), f.state.clone()?)));
        Ok(states.take(limit).collect())
    }

    fn rollup(&self, generation: u64, place: &Place) -> Stored<Option<Vec<u8>>> {
        Ok(self.projected.rollups.get(&(generation, place.clone())).map(|sums| sums.to_vec()))
    }

    fn rollups(&self, generation: u64) -> Stored<Vec<(Place, Vec<u8>)>> {
        let mine = self.projected.rollups.iter().filter(|((g, _), _)| *g == generation);
        Ok(mine.map(|((_, place), sums)| (place.clone(), sums.to_vec())).collect())
    }

    fn listed(
        &self,
        generation: u64,
        list: List,
        within: Option<&Place>,
        limit: usize,
    ) -> Stored<Vec<(Place, Listed)>> {
        let here = self.projected.places(generation).filter(|f| within.is_none_or(|w| f.place.is_within(w)));
        let entries =
            here.flat_map(|f| f.listed.iter().map(|l| (&f.place, l))).filter(|(_, l)| l.list == list);
        let mut all: Vec<(Place, Listed)> = entries.map(|(p, l)| (p.clone(), l.clone())).collect();
        all.sort_by(|(p, a), (q, b)| (&a.key, p).cmp(&(&b.key, q)));
        all.truncate(limit);
        Ok(all)
    }

    fn listed_count(
        &self,
        generation: u64,
        list: List,
        within: Option<&Place>,
        end: Option<&[u8]>,
    ) -> Stored<u64> {
        let all = self.listed(generation, list, within, usize::MAX)?;
        Ok(all.iter().filter(|(_, l)| end.is_none_or(|end| l.key.as_slice() < end)).count() as u64)
    }

    fn listed_distinct(&self, generation: u64, list: List, end: &[u8], part: Range<usize>) -> Stored<u64> {
        let entries = self.projected.places(generation).flat_map(|f| &f.listed);
        let keys = entries.filter(|l| l.list == list && l.key.as_slice() < end);
        let parts: BTreeSet<&[u8]> =
            keys.map(|l| l.key.get(part.start..part.end.min(l.key.len())).unwrap_or_default()).collect();
        Ok(parts.len() as u64)
    }

    fn visited(&self, generation: u64, within: &Place) -> Stored<Vec<(u32, u64)>> {
        let mut counts: BTreeMap<u32, u64> = BTreeMap::new();
        for folded in self.projected.places(generation).filter(|f| f.place.is_within(within)) {
            let officers: BTreeSet<u32> = folded.visitors.iter().copied().collect();
            officers.into_iter().for_each(|officer| *counts.entry(officer).or_default() += 1);
        }
        Ok(counts.into_iter().collect())
    }
}

impl PlacesTx for State {
    fn put_projection(&mut self, projection: &Projection) -> Stored<()> {
        self.projected.generations.insert(projection.generation, projection.clone());
        Ok(())
    }

    fn put_place(&mut self, generation: u64, folded: &FoldedPlace) -> Stored<()> {
        self.projected.places.insert((generation, folded.place.clone()), Arc::new(folded.clone()));
        Ok(())
    }

    fn put_rollup(&mut self, generation: u64, place: &Place, sums: Option<&[u8]>) -> Stored<()> {
        let key = (generation, place.clone());
        match sums {
            Some(sums) => _ = self.projected.rollups.insert(key, sums.into()),
            None => _ = self.projected.rollups.remove(&key),
        }
        Ok(())
    }

    fn drop_projection(&mut self, generation: u64, _: usize) -> Stored<bool> {
        self.projected.places.retain(|(g, _), _| *g != generation);
        self.projected.rollups.retain(|(g, _), _| *g != generation);
        self.projected.generations.remove(&generation);
        Ok(true)
    }
}
