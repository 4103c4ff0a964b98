//! What can be and is not likely: the desk is asked before it is written.

use pantau_log::ops::ToldReport;
use pantau_protocol::{
    body::{Body, Turnout},
    projection::{PlaceState, Reference},
};

use crate::limit;

/// Why a report is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// Fewer voters than at an earlier hour.
    Lower(Turnout),
    /// More voters than at a later hour.
    Higher(Turnout),
    /// More voters than ballots, of which there are so many.
    AboveBallots(u32),
    /// It was so long ago.
    Old,
    /// The place is no longer in use.
    Ended,
}

impl Doubt {
    /// As a form repeats it, so that another doubt is asked about anew.
    pub(crate) fn word(&self) -> String {
        match self {
            Self::Lower(t) => format!("lower:{}:{}", t.hour, t.voters),
            Self::Higher(t) => format!("higher:{}:{}", t.hour, t.voters),
            Self::AboveBallots(n) => format!("ballots:{n}"),
            Self::Old => "old".to_owned(),
            Self::Ended => "ended".to_owned(),
        }
    }
}

/// What is not likely about a report, by what is known of its place.
pub(crate) fn doubts(report: &ToldReport, state: &PlaceState, reference: &Reference, now: i64) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    if let Body::Turnout(told) = &report.body {
        // What a correction replaces is not held against it.
        let others = state.turnout.iter().filter(|said| Some(said.mark.record) != report.corrects);
        let others: Vec<&Turnout> = others.map(|said| &said.said).collect();
        let earlier = others.iter().filter(|said| said.hour < told.hour).max_by_key(|said| said.voters);
        let later = others.iter().filter(|said| said.hour > told.hour).min_by_key(|said| said.voters);
        doubts.extend(earlier.filter(|s| s.voters > told.voters).map(|s| Doubt::Lower((*s).clone())));
        doubts.extend(later.filter(|s| s.voters < told.voters).map(|s| Doubt::Higher((*s).clone())));
        let ballots =
            reference.tps(&report.place).map(|tps| pantau_protocol::projection::ballots(tps.voters));
        doubts.extend(ballots.filter(|ballots| told.voters > *ballots).map(Doubt::AboveBallots));
    }
    if now.saturating_sub(report.at) > limit::REPORT_OLD_S {
        doubts.push(Doubt::Old);
    }
    if reference.is_ended(&report.place) {
        doubts.push(Doubt::Ended);
    }
    doubts
}
