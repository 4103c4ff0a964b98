//! A region's numbers, added up from the states of its TPS. Adding is all that happens here, so a region
//! equals the sum of its parts.

use super::{PlaceState, Reference, incidents, logistics, turnout, visits, words};
use crate::place::Place;

/// Counts over a set of TPS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Rollup {
    /// TPS in the set.
    pub tps: u32,
    /// Registered voters.
    pub voters: u64,
    /// TPS with at least one standing visit.
    pub visited: u32,
    /// TPS that received something.
    pub arrived: u32,
    /// TPS whose kit was counted and is complete.
    pub complete: u32,
    /// TPS where a counted item is short.
    pub short: u32,
    /// TPS with a broken or missing seal at the latest arrival.
    pub bad_seals: u32,
    /// Open incidents.
    pub open_incidents: u32,
    /// Open incidents that endanger the vote.
    pub grave_incidents: u32,
    /// TPS nobody said anything about.
    pub silent: u32,
    /// Voters so far, latest hour of each TPS.
    pub turnout: u64,
    /// TPS that reported turnout.
    pub turnout_tps: u32,
    /// Effective time of the newest word in the set, unix seconds.
    pub newest: Option<i64>,
    /// Effective time of the oldest "last word" among TPS that spoke, unix seconds.
    pub oldest: Option<i64>,
}

impl Rollup {
    /// Adds one TPS. One that has ended is in no count, except for its open incidents: somebody has to close them.
    pub fn add(&mut self, place: &Place, state: &PlaceState, reference: &Reference) {
        if reference.is_ended(place) {
            incidents::count(state, self);
            return;
        }
        self.tps += 1;
        self.voters += reference.tps(place).map_or(0, |t| u64::from(t.voters));
        visits::count(state, self);
        logistics::count(state, reference, self);
        incidents::count(state, self);
        turnout::count(state, self);
        words::count(state, self);
    }

    /// Adds up another set.
    pub fn merge(&mut self, other: &Self) {
        self.tps += other.tps;
        self.voters += other.voters;
        self.visited += other.visited;
        self.arrived += other.arrived;
        self.complete += other.complete;
        self.short += other.short;
        self.bad_seals += other.bad_seals;
        self.open_incidents += other.open_incidents;
        self.grave_incidents += other.grave_incidents;
        self.silent += other.silent;
        self.turnout += other.turnout;
        self.turnout_tps += other.turnout_tps;
        self.newest = self.newest.max(other.newest);
        self.oldest = match (self.oldest, other.oldest) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
}
