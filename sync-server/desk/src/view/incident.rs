//! Incidents (kendala) with their latest progress.

use pantau_protocol::{
    place::Place,
    projection::{IncidentState, ProgressState},
};

use super::{
    Look, NoteView,
    by::{By, by},
    href,
    tag::{self, Tag},
};
use crate::text::words;

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
