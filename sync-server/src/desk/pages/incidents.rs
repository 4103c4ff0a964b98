//! Open incidents, gravest first.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};

use crate::desk::{
    Desk,
    frame::IncidentsPage,
    page::{Tab, show},
    reply, view,
    visit::Asked,
};

/// `GET /incidents`, all or those of `?place=`
pub(in crate::desk) async fn incidents(State(desk): State<Arc<Desk>>, asked: Asked) -> Response {
    show(desk, asked, |c| {
        let only = super::narrowed(c);
        let shown = c.places.incidents(only.as_ref(), super::ROWS)?;
        let count = c.places.incident_count(only.as_ref())?;
        let notes = c.notes(shown.iter().flat_map(|(_, i)| super::incident_marks(i)))?;
        let look = c.look(&notes);
        let t = look.t();
        let page = IncidentsPage {
            frame: c.frame(Tab::Incidents, t.open_incidents.to_owned(), c.beside(t.open_incidents)),
            under: format!("{} {}", look.reading.number(count), t.gravest_first),
            only: super::narrowed_name(c, only.as_ref()),
            list: shown.iter().map(|(place, i)| view::incident::incident(look, place, i)).collect(),
            cut: count > shown.len() as u64,
        };
        Ok(reply::page(StatusCode::OK, &page))
    })
    .await
}
