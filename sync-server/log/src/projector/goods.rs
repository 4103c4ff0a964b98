//! Goods on their way, as pages read them: the kept list, and the sums of kits at a place.

use pantau_protocol::{
    place::Place,
    projection::{Rollup, Underway},
};

use super::{Places, fold, read::decoded};
use crate::{Error, limit, store::List};

impl Places<'_> {
    /// Goods on their way: the share of each place in each, those past due first, then the oldest. Of all places or of
    /// those within one.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn underway(&self, within: Option<&Place>) -> Result<Vec<(Place, Underway)>, Error> {
        self.items(List::Underway, within, limit::UNDERWAY, |_, item| decoded("consignment", item))
    }

    /// How many shares in goods on their way are past due at a moment, unix seconds.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn past_due_count(&self, now: i64) -> Result<u64, Error> {
        self.count(List::Underway, None, Some(&fold::behind_due(now)))
    }

    /// The sums of a region, or of one TPS as [`Places::sums_of_tps`] has them.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn sums_of_any(&self, place: &Place) -> Result<Rollup, Error> {
        if self.reference().tps(place).is_some() { self.sums_of_tps(place) } else { self.rollup(place) }
    }
}
