//! A region's numbers, added up from the states of its TPS. Adding is all that happens here, so a region
//! equals the sum of its parts.

use super::{
    Flow, Hours, Kits, PlaceState, Reference, custody::flow, findings::Silence, incidents, logistics,
    turnout, visits, words,
};
use crate::place::Place;

/// Counts over a set of TPS. A server stores it as this array; it is never sent.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, minicbor::Encode, minicbor::Decode,
)]
#[cbor(array)]
pub struct Rollup {
    /// TPS in the set.
    #[n(0)]
    pub tps: u32,
    /// Registered voters.
    #[n(1)]
    pub voters: u64,
    /// TPS with at least one standing visit.
    #[n(2)]
    pub visited: u32,
    /// TPS that received something.
    #[n(3)]
    pub arrived: u32,
    /// TPS whose kit was counted and is complete.
    #[n(4)]
    pub complete: u32,
    /// TPS where a counted item is short.
    #[n(5)]
    pub short: u32,
    /// TPS with a broken or missing seal at the latest arrival.
    #[n(6)]
    pub bad_seals: u32,
    /// Open incidents.
    #[n(7)]
    pub open_incidents: u32,
    /// Open incidents that endanger the vote.
    #[n(8)]
    pub grave_incidents: u32,
    /// TPS nobody said anything about.
    #[n(9)]
    pub silent: u32,
    /// Voters so far: of each TPS the latest hour whose figure can be.
    #[n(10)]
    pub turnout: u64,
    /// TPS that reported turnout that can be.
    #[n(11)]
    pub turnout_tps: u32,
    /// Effective time of the newest word in the set, unix seconds.
    #[n(12)]
    pub newest: Option<i64>,
    /// Effective time of the oldest "last word" among TPS that spoke, unix seconds.
    #[n(13)]
    pub oldest: Option<i64>,
    /// TPS where something was counted against a plan that has changed since.
    #[n(14)]
    pub replanned: u32,
    /// Registered voters of the TPS that reported turnout that can be.
    #[n(15)]
    #[cbor(default)]
    pub turnout_voters: u64,
    /// Of the TPS that received something, those known by hearsay.
    #[n(16)]
    #[cbor(default)]
    pub arrived_told: u32,
    /// Of the TPS that received something, those known by a document.
    #[n(17)]
    #[cbor(default)]
    pub arrived_document: u32,
    /// TPS with signal where word is missed, for fewer hours than make a finding.
    #[n(18)]
    #[cbor(default)]
    pub word_late: u32,
    /// TPS without signal where word is missed, which says nothing.
    #[n(19)]
    #[cbor(default)]
    pub silent_expected: u32,
    /// TPS with signal where word is missed: findings.
    #[n(20)]
    #[cbor(default)]
    pub silent_abnormal: u32,
    /// The kits of these TPS, by where they stand.
    #[n(21)]
    #[cbor(default)]
    pub kits: Kits,
    /// Turnout by the hours of election day.
    #[n(22)]
    #[cbor(default)]
    pub hours: Hours,
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
        turnout::count(state, reference.tps(place).map(|t| t.voters), self);
        words::count(state, self);
    }

    /// Adds the open incidents of a place that is no TPS of the table: somebody has to close them, too.
    pub fn add_incidents(&mut self, state: &PlaceState) {
        incidents::count(state, self);
    }

    /// TPS that received something of which nobody knows whether it is complete: the fourth part of the whole, beside
    /// `complete`, `short` and those where nothing has arrived.
    pub fn uncounted(&self) -> u32 {
        self.arrived.saturating_sub(self.complete).saturating_sub(self.short)
    }

    /// TPS of which nobody said that something has arrived.
    pub fn not_arrived(&self) -> u32 {
        self.tps.saturating_sub(self.arrived)
    }

    /// Adds where the kit of one TPS stands.
    pub fn add_flow(&mut self, of: &Flow) {
        flow::count(of, self);
    }

    /// Kits that nobody spoke of.
    pub fn kits_untold(&self) -> u32 {
        self.tps.saturating_sub(self.kits.known())
    }

    /// Adds how one TPS is heard at the moment of the count; `None` for one that has ended.
    pub fn add_silence(&mut self, silence: Option<Silence>) {
        match silence {
            Some(Silence::Late) => self.word_late += 1,
            Some(Silence::Expected) => self.silent_expected += 1,
            Some(Silence::Abnormal) => self.silent_abnormal += 1,
            Some(Silence::Heard) | None => {}
        }
    }

    /// TPS that are heard as expected.
    pub fn heard(&self) -> u32 {
        self.tps.saturating_sub(self.word_late + self.silent_expected + self.silent_abnormal)
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
        self.replanned += other.replanned;
        self.turnout_voters += other.turnout_voters;
        self.arrived_told += other.arrived_told;
        self.arrived_document += other.arrived_document;
        self.word_late += other.word_late;
        self.silent_expected += other.silent_expected;
        self.silent_abnormal += other.silent_abnormal;
        self.kits.merge(&other.kits);
        self.hours.merge(&other.hours);
        self.newest = self.newest.max(other.newest);
        self.oldest = match (self.oldest, other.oldest) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
}
