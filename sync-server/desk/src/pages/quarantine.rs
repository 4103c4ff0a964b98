//! Records that were set aside, and those that do not count since their phone is not trusted; newest first.

use axum::{http::StatusCode, response::Response};
use pantau_protocol::projection::{Distrust, Judgement};

use crate::{
    layout::{List, QuarantinePage},
    page::Context,
    reply,
    text::words,
    view::{self, timeline::RecordView},
};
use pantau_log::{Error, store::Row};

/// `GET /quarantine`
pub(crate) fn quarantine(c: &Context<'_>) -> Result<Response, Error> {
    let rows: Vec<Row> = c.places.quarantined(super::ROWS)?;
    let (uncounted, uncounted_cut) = uncounted(c)?;
    let notes = c.notes(rows.iter().chain(uncounted.iter().map(|(r, _)| r)).map(|r| r.entry.id))?;
    let look = c.look(&notes);
    let with_reason = |(row, why): &(Row, Distrust)| RecordView {
        reason: words::distrust(look.lang(), *why),
        ..view::timeline::record(look, row, &Judgement::default())
    };
    let list = rows.iter().map(|r| view::timeline::record(look, r, &Judgement::default())).collect();
    let (t, title) = (look.t(), look.t().quarantine);
    let page = QuarantinePage {
        layout: c.layout(title.to_owned(), c.beside(title)),
        list: List::new(list, t.empty_quarantine)
            .cut(c.places.quarantined_count()? > rows.len() as u64, t.shown_newest),
        uncounted: List::new(uncounted.iter().map(with_reason).collect(), t.empty_uncounted)
            .under(t.uncounted_help.to_owned())
            .cut(uncounted_cut, t.shown_newest),
    };
    Ok(reply::page(StatusCode::OK, &page))
}

/// The newest records that do not count for want of trust, with why; and whether there are more.
fn uncounted(c: &Context<'_>) -> Result<(Vec<(Row, Distrust)>, bool), Error> {
    let mut all = c.places.uncounted(super::ROWS + 1)?;
    let cut = all.len() > super::ROWS;
    all.truncate(super::ROWS);
    let mut rows = Vec::new();
    for position in all {
        let Some(row) = c.read(|view| view.desk_row(position))? else { continue };
        let author = (row.entry.device, row.entry.branch, row.entry.seq);
        rows.extend(c.places.reference().distrust(&row.entry.id, author).map(|why| (row, why)));
    }
    Ok((rows, cut))
}
