//! The projection cut to what one reader may see. What lies outside is answered as if there were no such place, so that
//! no page that forgets to ask tells of it.

use std::collections::BTreeSet;

use pantau_protocol::place::{Place, Scope};

use super::Places;
use crate::{Error, store::Row};

impl Places<'_> {
    /// The same for a reader who may see these regions with all that lies in them alone; `None` for everything.
    /// Reference data is not cut: whoever goes through it asks [`Places::sees`].
    #[must_use]
    pub fn seen_by(mut self, scope: Option<Scope>) -> Self {
        self.scope = scope;
        self
    }

    /// What the reader may see; `None` for everything.
    pub fn scope(&self) -> Option<&Scope> {
        self.scope.as_ref()
    }

    /// Whether the reader may see a place. Decided by the code alone, so that it says nothing of what there is.
    pub fn sees(&self, place: &Place) -> bool {
        self.scope.as_ref().is_none_or(|scope| scope.covers(place))
    }

    /// Whether the reader may see a record: one that names a place of his. One whose places cannot be read is for whoever
    /// sees everything.
    pub fn sees_row(&self, row: &Row) -> bool {
        self.scope.as_ref().is_none_or(|scope| scope.sees(&row.entry.keys, false))
    }

    /// Where the reader begins: the regions that he may see, or for whoever sees everything the provinces.
    pub fn roots(&self) -> Vec<Place> {
        self.scope.as_ref().map_or_else(|| self.known.roots(), |scope| scope.roots().to_vec())
    }

    /// The places whose insides the store is asked for, so that nothing outside of `within` and of what the reader may see
    /// is in the answer; `None` for all places. No two of them overlap.
    pub(super) fn cut(&self, within: Option<&Place>) -> Vec<Option<Place>> {
        let Some(scope) = &self.scope else { return vec![within.cloned()] };
        match within {
            None => scope.roots().iter().cloned().map(Some).collect(),
            Some(within) if scope.covers(within) => vec![Some(within.clone())],
            Some(within) => {
                scope.roots().iter().filter(|root| root.is_within(within)).cloned().map(Some).collect()
            }
        }
    }

    /// How many records are quarantined.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn quarantined_count(&self) -> Result<u64, Error> {
        let Some(scope) = &self.scope else { return Ok(self.read(|view| view.desk_quarantined_count())?) };
        let all = self.read(|view| view.desk_quarantined_keys())?;
        Ok(all.iter().filter(|(_, keys)| scope.sees(keys, false)).count() as u64)
    }

    /// The newest quarantined records with their notes, the newest first, at most `limit`.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn quarantined(&self, limit: usize) -> Result<Vec<Row>, Error> {
        let Some(scope) = &self.scope else { return Ok(self.read(|view| view.desk_quarantined(limit))?) };
        let rows = self.read(|view| {
            let all = view.desk_quarantined_keys()?;
            let mine = all.into_iter().filter(|(_, keys)| scope.sees(keys, false)).take(limit);
            let rows = mine.map(|(position, _)| view.desk_row(position));
            rows.collect::<Result<Vec<_>, _>>()
        })?;
        Ok(rows.into_iter().flatten().collect())
    }

    /// How many findings have an open share that the reader may see.
    pub(super) fn open_findings_seen(&self) -> Result<u64, Error> {
        let all = self.findings(None)?;
        Ok(all.iter().filter(|found| found.is_open()).map(|found| found.id).collect::<BTreeSet<_>>().len()
            as u64)
    }
}
