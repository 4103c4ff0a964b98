//! The overview, and every region below it.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use pantau_protocol::{
    place::{Level, Place},
    projection::{Rollup, judge},
};

use crate::{
    Error,
    desk::{
        Desk,
        frame::RegionPage,
        page::{Context, Tab, show},
        reply,
        view::{self, Look, Notes, region::RegionView, timeline::RecordView},
        visit::Asked,
    },
};

/// Records shown about the region itself.
const OWN: usize = 50;

/// `GET /`: the province, or the provinces if there are several.
pub(in crate::desk) async fn overview(State(desk): State<Arc<Desk>>, asked: Asked) -> Response {
    show(desk, asked, |c| match c.digest.roots.as_slice() {
        [one] => one_region(c, one, Tab::Overview),
        many => Ok(several(c, many)),
    })
    .await
}

/// `GET /region/{code}`
pub(in crate::desk) async fn region(
    State(desk): State<Arc<Desk>>,
    Path(code): Path<String>,
    asked: Asked,
) -> Response {
    show(desk, asked, move |c| match Place::new(&code) {
        Ok(place) if c.board.reference().region(&place).is_some() => one_region(c, &place, Tab::Elsewhere),
        _ => Ok(c.not_found()),
    })
    .await
}

fn one_region(c: &Context<'_>, place: &Place, tab: Tab) -> Result<Response, Error> {
    let (own, cut) = own_records(c, place)?;
    let notes = Notes::new();
    let look = c.look(&notes);
    let mut view = inside(c, look, place);
    (view.own, view.cut) = (own, cut);
    let (title, crumbs) = match tab {
        Tab::Overview => (look.t().overview.to_owned(), Vec::new()),
        _ => (look.titled(place), c.crumbs(place)),
    };
    let frame = c.frame(tab, title, crumbs);
    Ok(reply::page(StatusCode::OK, &RegionPage { frame, view }))
}

/// The counts of a region and of what lies in it.
fn inside(c: &Context<'_>, look: Look<'_>, place: &Place) -> RegionView {
    let digest = &c.digest;
    let rollup = digest.rollup(place);
    let children = digest.children(place);
    let is_tps = |p: &&Place| p.level() == Some(Level::Tps);
    let rows: Vec<_> = children
        .iter()
        .filter(|p| !is_tps(p))
        .map(|p| view::region::row(look, p, &digest.rollup(p), digest.camats(p)))
        .collect();
    let tps: Vec<_> =
        children.iter().filter(is_tps).map(|p| view::region::tps_row(look, p, &c.board.state(p))).collect();
    let column = view::region::column(look, place);
    RegionView {
        name: look.titled(place),
        under: subtitle(look, place),
        incidents_href: format!("/incidents?place={place}"),
        figures: (rollup.tps > 0).then(|| view::region::figures(look, &rollup)),
        camats: view::region::camats(look, digest.camats(place), rollup.tps),
        caption: if tps.is_empty() { column.to_owned() } else { look.t().tps.to_owned() },
        column,
        with_camat: place.level() == Some(Level::Regency),
        total: (rows.len() > 1).then(|| view::region::counts(look, &rollup)),
        empty: if children.is_empty() { look.t().empty_region } else { "" },
        rows,
        tps,
        ..RegionView::default()
    }
}

/// What is said of the region itself: roll calls and incidents of its offices, directives.
fn own_records(c: &Context<'_>, place: &Place) -> Result<(Vec<RecordView>, bool), Error> {
    let (rows, cut) = super::timeline(c, place, OWN)?;
    let notes = c.notes(rows.iter().map(|r| r.entry.id))?;
    let look = c.look(&notes);
    let judgement = judge(c.board.fold().facts_of(place), look.reference);
    Ok((rows.iter().map(|row| view::timeline::record(look, row, &judgement)).collect(), cut))
}

/// No province yet, or several.
fn several(c: &Context<'_>, roots: &[Place]) -> Response {
    let notes = Notes::new();
    let look = c.look(&notes);
    let mut all = Rollup::default();
    let mut view = RegionView {
        name: look.t().overview.to_owned(),
        column: look.t().place,
        caption: look.t().place.to_owned(),
        empty: if roots.is_empty() { look.t().empty_province } else { "" },
        ..RegionView::default()
    };
    for root in roots {
        let rollup = c.digest.rollup(root);
        all.merge(&rollup);
        view.rows.push(view::region::row(look, root, &rollup, &[]));
    }
    view.total = (roots.len() > 1).then(|| view::region::counts(look, &all));
    let frame = c.frame(Tab::Overview, look.t().overview.to_owned(), Vec::new());
    reply::page(StatusCode::OK, &RegionPage { frame, view })
}

/// The election for the province, the regions above for the rest.
fn subtitle(look: Look<'_>, place: &Place) -> String {
    match (place.level(), look.reference.profile()) {
        (Some(Level::Province), Some(p)) => look.lang().pick(&p.id, &p.en).clone(),
        _ => look.under(place),
    }
}
