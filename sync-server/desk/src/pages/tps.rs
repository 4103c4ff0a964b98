//! One polling station with its records.

use std::collections::BTreeSet;

use axum::{http::StatusCode, response::Response};
use pantau_protocol::{
    body::{Answer, Body},
    journal::RecordId,
    place::Place,
    projection::{PlaceState, findings::Finding},
    record::Record,
};

use crate::{
    layout::TpsPage,
    page::Context,
    reply,
    view::{self, Look},
};
use pantau_log::{Error, store::Row};

/// Records of the timeline.
const TIMELINE: usize = 200;

/// `GET /tps/{village}/{number}`
pub(crate) fn tps(c: &Context<'_>, address: &[String]) -> Result<Response, Error> {
    let [village, number] = address else { return Ok(c.not_found()) };
    match Place::new(village).and_then(|v| Place::tps(&v, number)) {
        Ok(place) if c.places.is_there(&place)? => one_tps(c, &place),
        _ => Ok(c.not_found()),
    }
}

fn one_tps(c: &Context<'_>, place: &Place) -> Result<Response, Error> {
    let state = c.places.state(place)?;
    let super::Timeline { rows, cut, judgement, custody } = super::timeline(c, place, TIMELINE)?;
    let ids: BTreeSet<RecordId> = rows.iter().map(|r| r.entry.id).chain(marks(&state)).collect();
    let notes = c.notes(ids)?;
    let look = c.look(&notes);
    let mut view = view::tps::tps(look, place, &state);
    view.timeline = rows.iter().map(|row| view::timeline::record(look, row, &judgement)).collect();
    view.cut = cut;
    view.custody = custody.map(|custody| view::custody::custody(look, &custody));
    let found = c.places.findings(Some(place))?;
    let answered = |record: &RecordId, code: &str| answer(look, &rows, record, code);
    let finding = |f: &Finding| {
        let sides = view::sides::sides(look, f, &answered).filter(|_| f.is_open());
        (view::finding::finding(look, f), sides)
    };
    view.findings = found.iter().map(finding).collect();
    let layout = c.layout_of(place, look.place(place), c.crumbs(place));
    Ok(reply::page(StatusCode::OK, &TpsPage { layout, view }))
}

/// How a visit of the timeline answered an item of its checklist.
fn answer(look: Look<'_>, rows: &[Row], record: &RecordId, code: &str) -> Option<Answer> {
    let row = rows.iter().find(|row| row.entry.id == *record)?;
    let Body::Visit(visit) = Record::from_payload(&row.entry.payload).ok()?.statement().ok()? else {
        return None;
    };
    let list = look.reference.checklist(visit.checklist, visit.version)?;
    let at = list.items.iter().position(|item| item.code == code)?;
    visit.answers.get(at).copied()
}

/// The records whose notes stand beside the state.
fn marks(state: &PlaceState) -> impl Iterator<Item = RecordId> {
    let incidents = state.incidents.iter().flat_map(super::incident_marks);
    let directives = state.directives.iter().flat_map(super::directive_marks);
    incidents.chain(directives)
}
