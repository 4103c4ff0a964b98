//! Incidents (kendala) with their latest progress.

use std::collections::BTreeSet;

use pantau_protocol::{
    place::Place,
    projection::{IncidentState, ProgressState},
};

use super::{
    Look, NoteView,
    by::{By, by},
    href,
    tag::{self, Tag},
    tps_list::{Callee, callee},
};
use crate::text::{incident::text, words};
use pantau_log::author::DESK_OFFICER;

/// One incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IncidentView {
    /// How grave.
    pub(crate) severity: Tag,
    /// What it is about.
    pub(crate) category: String,
    /// Name of the place.
    pub(crate) place: String,
    /// Its page.
    pub(crate) place_href: String,
    /// The regions above.
    pub(crate) under: String,
    /// Who reported it.
    pub(crate) by: By,
    /// Notes of the report.
    pub(crate) notes: Vec<NoteView>,
    /// Latest progress.
    pub(crate) progress: Option<ProgressView>,
}

/// One incident of the list, with who is to be called.
#[derive(Debug, Clone)]
pub(crate) struct ListedIncident {
    pub(crate) incident: IncidentView,
    /// Whoever answered it last, the camats of its kecamatan, whoever reported it: each once, and as what.
    pub(crate) people: Vec<(Callee, &'static str)>,
    /// Nobody is on it, and its kecamatan has no camat.
    pub(crate) is_orphan: bool,
}

/// An incident of the list. `camats` are those of its kecamatan.
pub(crate) fn listed(
    look: Look<'_>,
    place: &Place,
    state: &IncidentState,
    camats: &BTreeSet<u32>,
) -> ListedIncident {
    let d = text(look.lang());
    let on_it = state.progress.as_ref().and_then(|progress| progress.mark.officer);
    let all = on_it.map(|officer| (officer, d.on_it)).into_iter();
    let all = all.chain(camats.iter().map(|officer| (*officer, d.camat)));
    let all = all.chain(state.mark.officer.map(|officer| (officer, d.reporter)));
    let mut seen = BTreeSet::from([DESK_OFFICER]);
    let each = all.filter(|(officer, _)| seen.insert(*officer));
    ListedIncident {
        incident: incident(look, place, state),
        people: each.map(|(officer, role)| (callee(look, officer), role)).collect(),
        is_orphan: on_it.is_none() && camats.is_empty(),
    }
}

/// Progress on an incident or directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProgressView {
    /// How far.
    pub(crate) word: Tag,
    /// Who says so.
    pub(crate) by: By,
    /// Notes.
    pub(crate) notes: Vec<NoteView>,
}

/// An incident at a place.
pub(crate) fn incident(look: Look<'_>, place: &Place, state: &IncidentState) -> IncidentView {
    IncidentView {
        severity: tag::severity(look.lang(), state.severity),
        category: words::category(look.lang(), state.category),
        place: look.place(place),
        place_href: href(place),
        under: look.under(place),
        by: by(look, &state.mark),
        notes: look.notes(&state.mark.record),
        progress: state.progress.as_ref().map(|p| progress(look, p)),
    }
}

/// Progress.
pub(crate) fn progress(look: Look<'_>, state: &ProgressState) -> ProgressView {
    ProgressView {
        word: tag::progress(look.lang(), state.progress),
        by: by(look, &state.mark),
        notes: look.notes(&state.mark.record),
    }
}
