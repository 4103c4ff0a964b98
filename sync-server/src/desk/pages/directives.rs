//! Directives and who answered.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};

use crate::desk::{
    Desk,
    frame::DirectivesPage,
    page::{Tab, show},
    reply, view,
    visit::Asked,
};

/// `GET /directives`
pub(in crate::desk) async fn directives(State(desk): State<Arc<Desk>>, asked: Asked) -> Response {
    show(desk, asked, |c| {
        let mut shown = c.places.directives(super::ROWS + 1)?;
        let cut = shown.len() > super::ROWS;
        shown.truncate(super::ROWS);
        let notes = c.notes(shown.iter().flat_map(|(_, d)| super::directive_marks(d)))?;
        let look = c.look(&notes);
        let title = look.t().directives;
        let page = DirectivesPage {
            frame: c.frame(Tab::Directives, title.to_owned(), c.beside(title)),
            list: shown.iter().map(|(place, d)| view::directive::directive(look, place, d)).collect(),
            cut,
        };
        Ok(reply::page(StatusCode::OK, &page))
    })
    .await
}
