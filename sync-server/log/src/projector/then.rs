//! The sums as they stood at an earlier moment: what the desk would have seen then. They follow from the log alone, so
//! they are the same on every server and after every restore, and nothing that comes later changes them.

use std::collections::BTreeMap;

use pantau_protocol::{
    body::Kind,
    place::Place,
    projection::{Heard, PlaceState, Reference, Rollup, findings},
};

use super::{Places, fold};
use crate::{Error, limit, store::Row};

/// The sums of regions at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Then {
    /// The moment, unix seconds: all that the server had received by then counts, and nothing else.
    pub at: i64,
    regions: BTreeMap<Place, Rollup>,
}

impl Then {
    /// The sums of a region; those of nothing where there was none.
    pub fn sums(&self, place: &Place) -> Rollup {
        self.regions.get(place).copied().unwrap_or_default()
    }
}

impl Places<'_> {
    /// Folds all TPS as of a moment, unix seconds. Reads the whole log of places: for work beside the pages.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn then(&self, at: i64) -> Result<Then, Error> {
        let reference = self.reference().as_of(at);
        let mut regions: BTreeMap<Place, Rollup> = BTreeMap::new();
        for (place, _) in reference.all_tps() {
            let (rollup, _) = self.tps_then(place, at, &reference)?;
            for region in place.ancestors() {
                regions.entry(region).or_default().merge(&rollup);
            }
        }
        self.add_incidents_elsewhere(at, &reference, &mut regions)?;
        Ok(Then { at, regions })
    }

    /// Adds the incidents of offices and of TPS that are in no table, which the lists have, too.
    fn add_incidents_elsewhere(
        &self,
        at: i64,
        reference: &Reference,
        regions: &mut BTreeMap<Place, Rollup>,
    ) -> Result<(), Error> {
        let mut after = String::new();
        loop {
            let places = self.read(|view| view.places_after(&after, limit::PROJECT_PLACES))?;
            let Some(last) = places.last() else { return Ok(()) };
            last.as_str().clone_into(&mut after);
            for place in places.iter().filter(|place| reference.tps(place).is_none()) {
                let rows = self.rows_then(place, at)?;
                if !rows.iter().any(|row| row.entry.kind == Kind::Incident) {
                    continue;
                }
                let facts = fold::facts_of(&rows);
                let heard = Heard::new(place, facts.values().map(|(fact, _)| fact), reference);
                let mut incidents = Rollup::default();
                incidents.add_incidents(heard.state());
                for region in place.ancestors().chain([place.clone()]) {
                    regions.entry(region).or_default().merge(&incidents);
                }
            }
        }
    }

    fn rows_then(&self, place: &Place, at: i64) -> Result<Vec<Row>, Error> {
        let mut rows = self.read(|view| view.place_rows(place, self.position()))?;
        rows.retain(|row| row.entry.envelope.received_at <= at);
        Ok(rows)
    }

    /// The TPS of a region as of a moment, unix seconds: what each adds to the sums, and its state. For a region with
    /// few TPS.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn tps_of_then(&self, region: &Place, at: i64) -> Result<Vec<(Place, Rollup, PlaceState)>, Error> {
        let reference = self.reference().as_of(at);
        let all = reference.all_tps().map(|(place, _)| place).filter(|place| place.is_within(region));
        let then = all.map(|place| {
            let (rollup, state) = self.tps_then(place, at, &reference)?;
            Ok((place.clone(), rollup, state))
        });
        then.collect()
    }

    fn tps_then(&self, place: &Place, at: i64, reference: &Reference) -> Result<(Rollup, PlaceState), Error> {
        let facts = fold::facts_of(&self.rows_then(place, at)?);
        let heard = Heard::new(place, facts.values().map(|(fact, _)| fact), reference);
        let mut rollup = Rollup::default();
        rollup.add(place, heard.state(), reference);
        if rollup.tps > 0 {
            rollup.add_silence(findings::silence_at(&heard, at));
            rollup.add_flow(&heard.flow());
        }
        Ok((rollup, heard.into_state()))
    }
}
