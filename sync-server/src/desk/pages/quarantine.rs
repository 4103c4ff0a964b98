//! Records that were set aside, and those that do not count since their phone is not trusted; newest first.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use pantau_protocol::projection::{Distrust, Judgement};

use crate::{
    Error,
    desk::{
        Desk,
        frame::QuarantinePage,
        page::{Context, Tab, show},
        reply,
        text::words,
        view::{self, timeline::RecordView},
        visit::Asked,
    },
    store::Row,
};

/// `GET /quarantine`
pub(in crate::desk) async fn quarantine(State(desk): State<Arc<Desk>>, asked: Asked) -> Response {
    show(desk, asked, |c| {
        let rows: Vec<&Row> = c.board.quarantined().iter().rev().take(super::ROWS).collect();
        let (uncounted, uncounted_cut) = uncounted(c)?;
        let notes =
            c.notes(rows.iter().copied().chain(uncounted.iter().map(|(r, _)| r)).map(|r| r.entry.id))?;
        let look = c.look(&notes);
        let with_reason = |(row, why): &(Row, Distrust)| RecordView {
            reason: words::distrust(look.lang(), *why),
            ..view::timeline::record(look, row, &Judgement::default())
        };
        let title = look.t().quarantine;
        let page = QuarantinePage {
            frame: c.frame(Tab::Quarantine, title.to_owned(), c.beside(title)),
            list: rows.iter().map(|r| view::timeline::record(look, r, &Judgement::default())).collect(),
            cut: c.board.quarantined_count() > rows.len() as u64,
            uncounted: uncounted.iter().map(with_reason).collect(),
            uncounted_cut,
        };
        Ok(reply::page(StatusCode::OK, &page))
    })
    .await
}

/// The newest records that do not count for want of trust, with why; and whether there are more.
fn uncounted(c: &Context<'_>) -> Result<(Vec<(Row, Distrust)>, bool), Error> {
    let found = c.board.uncounted().filter_map(|(f, why)| Some((c.board.position_of(&f.id)?, why)));
    let mut all: Vec<(u64, Distrust)> = found.collect();
    all.sort_unstable_by_key(|(position, _)| std::cmp::Reverse(*position));
    let cut = all.len() > super::ROWS;
    let rows = c.read(|view| {
        let mut rows = Vec::new();
        for (position, why) in all.into_iter().take(super::ROWS) {
            rows.extend(view.desk_row(position)?.map(|row| (row, why)));
        }
        Ok(rows)
    })?;
    Ok((rows, cut))
}
