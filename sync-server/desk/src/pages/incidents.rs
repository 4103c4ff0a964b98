//! Open incidents, gravest first.

use axum::{http::StatusCode, response::Response};

use pantau_log::Error;

use crate::{
    layout::{IncidentsPage, List},
    page::Context,
    reply, view,
};

/// `GET /incidents`, all or those of `?place=`
pub(crate) fn incidents(c: &Context<'_>) -> Result<Response, Error> {
    let only = super::narrowed(c);
    let shown = c.places.incidents(only.as_ref(), super::ROWS)?;
    let count = c.places.incident_count(only.as_ref())?;
    let notes = c.notes(shown.iter().flat_map(|(_, i)| super::incident_marks(i)))?;
    let look = c.look(&notes);
    let t = look.t();
    let rows = shown.iter().map(|(place, i)| view::incident::incident(look, place, i)).collect();
    let page = IncidentsPage {
        layout: c.layout(t.open_incidents.to_owned(), c.beside(t.open_incidents)),
        only: super::narrowed_name(c, only.as_ref()),
        list: List::new(rows, t.empty_incidents)
            .under(format!("{} {}", look.reading.number(count), t.gravest_first))
            .cut(count > shown.len() as u64, t.shown_first),
    };
    Ok(reply::page(StatusCode::OK, &page))
}
