//! The pages: each takes from the projection what it shows and hands it to a template.

mod directives;
mod incidents;
mod officers;
mod quarantine;
mod region;
mod search;
mod tps;

pub(super) use directives::directives;
pub(super) use incidents::incidents;
pub(super) use officers::officers;
pub(super) use quarantine::quarantine;
pub(super) use region::{overview, region};
pub(super) use search::search;
pub(super) use tps::tps;

use std::{collections::BTreeSet, sync::Arc};

use axum::{extract::State, response::Response};
use pantau_protocol::{
    exchange::RowKind,
    journal::RecordId,
    place::{Level, Place},
    projection::{DirectiveState, IncidentState, Judgement, judge},
    time,
};

use super::{
    Desk,
    page::{Context, show},
    view::Notes,
    visit::Asked,
};
use crate::{Error, projector, store::Row};

/// Rows of a list; what is beyond is cut, and the page says so.
const ROWS: usize = 300;

/// Any other address.
pub(super) async fn not_found(State(desk): State<Arc<Desk>>, asked: Asked) -> Response {
    show(desk, asked, |c| Ok(c.not_found())).await
}

/// Whether there is such a region or TPS.
fn is_known(c: &Context<'_>, place: &Place) -> bool {
    c.places.reference().region(place).is_some() || c.places.reference().tps(place).is_some()
}

/// The place a list is narrowed to by `?place=`; `None` for all.
fn narrowed(c: &Context<'_>) -> Option<Place> {
    let place = Place::new(&c.asked.parameter("place")?).ok()?;
    is_known(c, &place).then_some(place)
}

/// The name of the place a list is narrowed to; empty for all.
fn narrowed_name(c: &Context<'_>, place: Option<&Place>) -> String {
    let notes = Notes::new();
    place.map_or_else(String::new, |p| c.look(&notes).titled(p))
}

/// Records about a place, newest first.
struct Timeline {
    rows: Vec<Row>,
    /// There are more.
    cut: bool,
    /// What becomes of each of them.
    judgement: Judgement,
}

/// The newest records about a place, at most `most`, the quarantined ones too.
/// Of a region only what is said of it by people: reference data of a province fills pages.
fn timeline(c: &Context<'_>, place: &Place, most: usize) -> Result<Timeline, Error> {
    let is_tps = place.level() == Some(Level::Tps);
    let mut seen = BTreeSet::new();
    let shown = |row: &Row| match row.entry.row {
        RowKind::Quarantined => true,
        // A record that stands on two branches is one.
        _ => {
            (is_tps || !row.entry.kind.is_reference())
                && projector::fact(row).is_some()
                && seen.insert(row.entry.id)
        }
    };
    let mut all = c.read(|view| view.place_rows(place, c.places.position()))?;
    let facts = projector::facts_of(&all);
    let judgement = judge(facts.values().map(|(fact, _)| fact), c.places.reference());
    all.retain(shown);
    let at = |row: &Row| time::effective(row.entry.at, Some(&row.entry.envelope)).at;
    all.sort_by_key(|row| std::cmp::Reverse((at(row), row.position)));
    let cut = all.len() > most;
    all.truncate(most);
    let rows = c.read(|view| {
        let mut rows = Vec::new();
        for row in all {
            rows.extend(view.desk_row(row.position)?);
        }
        Ok(rows)
    })?;
    Ok(Timeline { rows, cut, judgement })
}

/// The records whose notes stand beside an incident.
fn incident_marks(i: &IncidentState) -> impl Iterator<Item = RecordId> + use<> {
    [Some(i.mark.record), i.progress.as_ref().map(|p| p.mark.record)].into_iter().flatten()
}

/// The records whose notes stand beside a directive.
fn directive_marks(d: &DirectiveState) -> impl Iterator<Item = RecordId> + '_ {
    std::iter::once(d.mark.record).chain(d.answers.iter().map(|a| a.mark.record))
}
