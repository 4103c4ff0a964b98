//! Records that were set aside, newest first.

use std::{collections::BTreeSet, sync::Arc};

use axum::{extract::State, http::StatusCode, response::Response};

use crate::{
    desk::{
        Desk,
        frame::QuarantinePage,
        page::{Tab, show},
        reply, view,
        visit::Asked,
    },
    store::Row,
};

/// `GET /quarantine`
pub(in crate::desk) async fn quarantine(State(desk): State<Arc<Desk>>, asked: Asked) -> Response {
    show(desk, asked, |c| {
        let rows: Vec<&Row> = c.board.quarantined().iter().rev().take(super::ROWS).collect();
        let notes = c.notes(rows.iter().map(|r| r.entry.id))?;
        let look = c.look(&notes);
        let title = look.t().quarantine;
        let page = QuarantinePage {
            frame: c.frame(Tab::Quarantine, title.to_owned(), c.beside(title)),
            list: rows.iter().map(|r| view::timeline::record(look, r, &BTreeSet::new())).collect(),
            cut: c.board.quarantined_count() > rows.len() as u64,
        };
        Ok(reply::page(StatusCode::OK, &page))
    })
    .await
}
