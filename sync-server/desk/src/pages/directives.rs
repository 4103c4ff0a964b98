//! Directives and who answered.

use axum::{http::StatusCode, response::Response};

use pantau_log::Error;

use crate::{
    layout::{DirectivesPage, List},
    page::Context,
    reply, view,
};

/// `GET /directives`
pub(crate) fn directives(c: &Context<'_>) -> Result<Response, Error> {
    let mut shown = c.places.directives(super::ROWS + 1)?;
    let cut = shown.len() > super::ROWS;
    shown.truncate(super::ROWS);
    let notes = c.notes(shown.iter().flat_map(|(_, d)| super::directive_marks(d)))?;
    let look = c.look(&notes);
    let title = look.t().directives;
    let rows = shown.iter().map(|(place, d)| view::directive::directive(look, place, d)).collect();
    let page = DirectivesPage {
        layout: c.layout(title.to_owned(), c.beside(title)),
        list: List::new(rows, look.t().empty_directives).cut(cut, look.t().shown_newest),
    };
    Ok(reply::page(StatusCode::OK, &page))
}
