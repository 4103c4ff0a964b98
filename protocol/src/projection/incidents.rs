//! Incidents of a place and how far each has come.

use super::{
    Rollup,
    cx::{Cx, Mark},
    progress::{self, ProgressState, Updates},
    state::PlaceState,
};
use crate::body::{Body, Category, Progress, Severity};

/// An incident.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct IncidentState {
    /// What it is about.
    #[n(0)]
    pub category: Category,
    /// How grave.
    #[n(1)]
    pub severity: Severity,
    /// Who reported it.
    #[n(2)]
    pub mark: Mark,
    /// Latest progress.
    #[n(3)]
    pub progress: Option<ProgressState>,
}

impl IncidentState {
    /// Whether nobody has said it is done.
    pub fn is_open(&self) -> bool {
        self.progress.as_ref().is_none_or(|p| p.progress != Progress::Done)
    }
}

pub(super) fn at(cx: &Cx<'_>, updates: &Updates<'_>) -> Vec<IncidentState> {
    progress::by_subject(cx, |b| matches!(b, Body::Incident(_)))
        .into_iter()
        .filter_map(|(subject, fact)| {
            let Body::Incident(incident) = &fact.statement else { return None };
            Some(IncidentState {
                category: incident.category,
                severity: incident.severity,
                mark: cx.mark(fact),
                progress: progress::latest(cx, updates.about(&subject)),
            })
        })
        .collect()
}

pub(super) fn count(state: &PlaceState, rollup: &mut Rollup) {
    for incident in state.incidents.iter().filter(|i| i.is_open()) {
        rollup.open_incidents += 1;
        rollup.grave_incidents += u32::from(incident.severity == Severity::High);
    }
}
