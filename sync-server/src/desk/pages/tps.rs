//! One polling station with its records.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use pantau_protocol::{journal::RecordId, place::Place, projection::PlaceState};

use crate::{
    Error,
    desk::{
        Desk,
        frame::TpsPage,
        page::{Context, Tab, show},
        reply, view,
        visit::Asked,
    },
};

/// Records of the timeline.
const TIMELINE: usize = 200;

/// `GET /tps/{village}/{number}`
pub(in crate::desk) async fn tps(
    State(desk): State<Arc<Desk>>,
    Path((village, number)): Path<(String, String)>,
    asked: Asked,
) -> Response {
    show(desk, asked, move |c| {
        let place = Place::new(&village).and_then(|v| Place::tps(&v, &number));
        match place {
            Ok(place) if super::is_known(c, &place) => one_tps(c, &place),
            _ => Ok(c.not_found()),
        }
    })
    .await
}

fn one_tps(c: &Context<'_>, place: &Place) -> Result<Response, Error> {
    let state = c.places.state(place)?;
    let super::Timeline { rows, cut, judgement } = super::timeline(c, place, TIMELINE)?;
    let ids: BTreeSet<RecordId> = rows.iter().map(|r| r.entry.id).chain(marks(&state)).collect();
    let notes = c.notes(ids)?;
    let look = c.look(&notes);
    let mut view = view::tps::tps(look, place, &state);
    view.timeline = rows.iter().map(|row| view::timeline::record(look, row, &judgement)).collect();
    view.cut = cut;
    let frame = c.frame(Tab::Elsewhere, look.place(place), c.crumbs(place));
    Ok(reply::page(StatusCode::OK, &TpsPage { frame, view }))
}

/// The records whose notes stand beside the state.
fn marks(state: &PlaceState) -> impl Iterator<Item = RecordId> {
    let incidents = state.incidents.iter().flat_map(super::incident_marks);
    let directives = state.directives.iter().flat_map(super::directive_marks);
    incidents.chain(directives)
}
