//! What truly happened that a finding may be about: causes that the desk must learn of, and passing things that it may
//! have been told of and that are cured.

use std::collections::BTreeSet;

use pantau_protocol::place::Place;

use super::rule::Rule;

/// Number of a report among all of the world.
pub type ReportNo = usize;

/// Something that went wrong in the world.
#[derive(Debug, Clone)]
pub struct Cause {
    /// What it contradicts.
    pub rule: Rule,
    /// The places it touches.
    pub places: BTreeSet<Place>,
    /// Numbers of the officers whose phones it is about, from 0.
    pub phones: BTreeSet<usize>,
    /// What has to have reached the server for the desk to be able to know: of each group one report. Without groups
    /// it shows by what is missing.
    pub shown_by: Vec<Vec<ReportNo>>,
    /// What happened, in words.
    pub story: String,
    /// Whether it is so to the end: its finding is open then. If not, some report tells that it was mended, and its
    /// finding is closed.
    pub lasts: bool,
    /// A leg whose delay it is: it is a cause only if the time had passed when the desk heard of an arrival.
    pub leg: Option<usize>,
}

impl Cause {
    /// A cause of these places that shows by what is missing.
    pub fn new(rule: Rule, places: impl IntoIterator<Item = Place>, story: impl Into<String>) -> Self {
        Self {
            rule,
            places: places.into_iter().collect(),
            phones: BTreeSet::new(),
            shown_by: Vec::new(),
            story: story.into(),
            lasts: true,
            leg: None,
        }
    }

    /// The same, shown by one of these reports. Called again, by one of those as well.
    pub fn shown_by(mut self, reports: impl IntoIterator<Item = ReportNo>) -> Self {
        self.shown_by.push(reports.into_iter().collect());
        self
    }

    /// The same about a phone.
    pub fn of_phone(mut self, officer: usize) -> Self {
        self.phones.insert(officer);
        self
    }

    /// The same, mended by something that is reported, if `is_mended`.
    pub fn mended(mut self, is_mended: bool) -> Self {
        self.lasts &= !is_mended;
        self
    }

    /// The same about the delay of a leg.
    pub fn of_leg(mut self, leg: usize) -> Self {
        self.leg = Some(leg);
        self
    }
}

/// Something that a desk may be told of and that is cured: a finding about it is no false alarm while it is closed, and
/// is one when it is open at the end.
#[derive(Debug, Clone)]
pub struct Passing {
    /// The rule.
    pub rule: Rule,
    /// The places it touches.
    pub places: BTreeSet<Place>,
    /// What happened, in words.
    pub story: String,
}

impl Passing {
    /// Something of these places that passes.
    pub fn new(rule: Rule, places: impl IntoIterator<Item = Place>, story: impl Into<String>) -> Self {
        Self { rule, places: places.into_iter().collect(), story: story.into() }
    }
}

/// One way of kits from one point to the next, as it truly was, and what was reported of it.
#[derive(Debug, Clone)]
pub struct Leg {
    /// Numbers of the kits.
    pub kits: Vec<usize>,
    /// The giver's report, if he wrote one.
    pub given: Option<ReportNo>,
    /// When it should be there, as the giver wrote.
    pub due: Option<i64>,
    /// Reports of its end: receipts, and whatever hands the goods on.
    pub answers: Vec<Answer>,
}

/// A report that answers a leg.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The report.
    pub report: ReportNo,
    /// The kits it is about.
    pub kits: Vec<usize>,
    /// Whether it names the giver's report.
    pub is_named: bool,
    /// Whether it says that the kits are at their TPS or at the PPS of their village, or leave from there.
    pub is_there: bool,
    /// Whether it says that they are at their TPS.
    pub is_at_tps: bool,
}
