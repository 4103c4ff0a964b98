//! The pages: each takes from the picture what it shows and hands it to a template.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use pantau_protocol::{
    body::Body,
    journal::{DeviceId, RecordId},
    place::{Level, Place},
    projection::{DirectiveState, IncidentState, PlaceState, Rollup},
    role::Role,
    time,
};

use super::{
    Desk,
    frame::{DirectivesPage, IncidentsPage, OfficersPage, QuarantinePage, RegionPage, TpsPage},
    page::{Context, Tab, show},
    reply,
    view::{self, Notes, officer::DeviceFacts, region::RegionView},
    visit::Asked,
};
use crate::{Error, store::Row};

mod search;

pub(super) use search::search;

/// Rows of a list; what is beyond is cut, and the page says so.
const ROWS: usize = 300;
/// Records of a timeline.
const TIMELINE: usize = 200;

/// `GET /`: the province, or the provinces if there are several.
pub(super) async fn overview(State(desk): State<Arc<Desk>>, asked: Asked) -> Response {
    show(desk, asked, |c| match c.digest.roots.as_slice() {
        [one] => region_page(c, one, Tab::Overview),
        many => roots_page(c, many),
    })
    .await
}

/// `GET /region/{code}`
pub(super) async fn region(
    State(desk): State<Arc<Desk>>,
    Path(code): Path<String>,
    asked: Asked,
) -> Response {
    show(desk, asked, move |c| match Place::new(&code) {
        Ok(place) if c.board.reference().region(&place).is_some() => region_page(c, &place, Tab::Elsewhere),
        _ => Ok(c.not_found()),
    })
    .await
}

fn region_page(c: &Context<'_>, place: &Place, tab: Tab) -> Result<Response, Error> {
    let notes = Notes::new();
    let look = c.look(&notes);
    let digest = &c.digest;
    let rollup = digest.rollup(place);
    let mut view = RegionView {
        name: look.titled(place),
        under: region_subtitle(look, place),
        column: view::region::column(look, place),
        figures: (rollup.tps > 0).then(|| view::region::figures(look, &rollup)),
        camats: view::region::camats(look, digest.camats(place), rollup.tps),
        with_camat: place.level() == Some(Level::Regency),
        ..RegionView::default()
    };
    let inside = digest.children(place);
    view.caption = view.column.to_owned();
    for child in inside.iter().filter(|p| p.level() != Some(Level::Tps)) {
        view.rows.push(view::region::row(look, child, &digest.rollup(child), digest.camats(child)));
    }
    for child in inside.iter().filter(|p| p.level() == Some(Level::Tps)) {
        view.tps.push(view::region::tps_row(look, child, &c.board.state(child)));
    }
    if !view.tps.is_empty() {
        view.caption = look.t().tps.to_owned();
    }
    view.total = (view.rows.len() > 1).then(|| view::region::counts(look, &rollup));
    if inside.is_empty() {
        view.empty = look.t().empty_region;
    }
    let crumbs = if tab == Tab::Overview { Vec::new() } else { c.crumbs(place) };
    let title = if tab == Tab::Overview { look.t().overview.to_owned() } else { look.titled(place) };
    let frame = c.frame(tab, title, crumbs);
    Ok(reply::page(StatusCode::OK, &RegionPage { frame, view }))
}

/// No province yet, or several.
fn roots_page(c: &Context<'_>, roots: &[Place]) -> Result<Response, Error> {
    let notes = Notes::new();
    let look = c.look(&notes);
    let digest = &c.digest;
    let mut all = Rollup::default();
    let mut view = RegionView {
        name: look.t().overview.to_owned(),
        column: look.t().place,
        caption: look.t().place.to_owned(),
        empty: if roots.is_empty() { look.t().empty_province } else { "" },
        ..RegionView::default()
    };
    for root in roots {
        let rollup = digest.rollup(root);
        all.merge(&rollup);
        view.rows.push(view::region::row(look, root, &rollup, &[]));
    }
    view.total = (roots.len() > 1).then(|| view::region::counts(look, &all));
    let frame = c.frame(Tab::Overview, look.t().overview.to_owned(), Vec::new());
    Ok(reply::page(StatusCode::OK, &RegionPage { frame, view }))
}

/// The election for the province, the regions above for the rest.
fn region_subtitle(look: view::Look<'_>, place: &Place) -> String {
    match (place.level(), look.reference.profile()) {
        (Some(Level::Province), Some(p)) => look.lang().pick(&p.id, &p.en).clone(),
        _ => look.under(place),
    }
}

/// `GET /tps/{village}/{number}`
pub(super) async fn tps(
    State(desk): State<Arc<Desk>>,
    Path((village, number)): Path<(String, String)>,
    asked: Asked,
) -> Response {
    show(desk, asked, move |c| {
        let place = Place::new(&village).and_then(|v| Place::tps(&v, &number));
        match place {
            Ok(place) if is_known(c, &place) => tps_page(c, &place),
            _ => Ok(c.not_found()),
        }
    })
    .await
}

fn tps_page(c: &Context<'_>, place: &Place) -> Result<Response, Error> {
    let state = c.board.state(place);
    let (rows, cut) = timeline(c, place)?;
    let notes = c.notes(rows.iter().map(|r| r.entry.id).chain(marks(&state)).collect::<BTreeSet<_>>())?;
    let look = c.look(&notes);
    let superseded = view::timeline::superseded(look.reference, c.board.fold().facts_of(place));
    let mut view = view::tps::tps(look, place, &state);
    view.timeline = rows.iter().map(|row| view::timeline::record(look, row, &superseded)).collect();
    view.cut = cut;
    let frame = c.frame(Tab::Elsewhere, look.place(place), c.crumbs(place));
    Ok(reply::page(StatusCode::OK, &TpsPage { frame, view }))
}

/// The records about a place, newest first, the quarantined ones too; and whether there are more.
fn timeline(c: &Context<'_>, place: &Place) -> Result<(Vec<Row>, bool), Error> {
    let folded = c.board.fold().facts_of(place);
    let mut all: Vec<(i64, u64)> =
        folded.filter_map(|f| Some((f.effective_at(), c.board.position_of(&f.id)?))).collect();
    let held = c.board.quarantined().iter().filter(|r| r.entry.keys.contains(place));
    all.extend(held.map(|r| (time::effective(r.entry.at, Some(&r.entry.envelope)).at, r.position)));
    all.sort_unstable_by(|a, b| b.cmp(a));
    let cut = all.len() > TIMELINE;
    let rows = c.read(|view| {
        let mut rows = Vec::new();
        for (_, position) in all.into_iter().take(TIMELINE) {
            rows.extend(view.desk_row(position)?);
        }
        Ok(rows)
    })?;
    Ok((rows, cut))
}

/// The records whose notes stand beside a state.
fn marks(state: &PlaceState) -> impl Iterator<Item = RecordId> {
    let incidents = state.incidents.iter().flat_map(incident_marks);
    let directives = state.directives.iter().flat_map(directive_marks);
    incidents.chain(directives)
}

fn incident_marks(i: &IncidentState) -> impl Iterator<Item = RecordId> + use<> {
    [Some(i.mark.record), i.progress.as_ref().map(|p| p.mark.record)].into_iter().flatten()
}

fn directive_marks(d: &DirectiveState) -> impl Iterator<Item = RecordId> + '_ {
    std::iter::once(d.mark.record).chain(d.answers.iter().map(|a| a.mark.record))
}

/// `GET /incidents`
pub(super) async fn incidents(State(desk): State<Arc<Desk>>, asked: Asked) -> Response {
    show(desk, asked, |c| {
        let all = &c.digest.incidents;
        let shown = all.get(..ROWS.min(all.len())).unwrap_or_default();
        let notes = c.notes(shown.iter().flat_map(|(_, i)| incident_marks(i)))?;
        let look = c.look(&notes);
        let t = look.t();
        let title = t.open_incidents.to_owned();
        let page = IncidentsPage {
            frame: c.frame(Tab::Incidents, title.clone(), c.beside(&title)),
            under: format!("{} {}", look.reading.number(all.len() as u64), t.gravest_first),
            list: shown.iter().map(|(place, i)| view::incident::incident(look, place, i)).collect(),
            cut: all.len() > shown.len(),
        };
        Ok(reply::page(StatusCode::OK, &page))
    })
    .await
}

/// `GET /directives`
pub(super) async fn directives(State(desk): State<Arc<Desk>>, asked: Asked) -> Response {
    show(desk, asked, |c| {
        let all = &c.digest.directives;
        let shown = all.get(..ROWS.min(all.len())).unwrap_or_default();
        let notes = c.notes(shown.iter().flat_map(|(_, d)| directive_marks(d)))?;
        let look = c.look(&notes);
        let title = look.t().directives.to_owned();
        let page = DirectivesPage {
            frame: c.frame(Tab::Directives, title.clone(), c.beside(&title)),
            list: shown.iter().map(|(place, d)| view::directive::directive(look, place, d)).collect(),
            cut: all.len() > shown.len(),
        };
        Ok(reply::page(StatusCode::OK, &page))
    })
    .await
}

/// `GET /officers`
pub(super) async fn officers(State(desk): State<Arc<Desk>>, asked: Asked) -> Response {
    show(desk, asked, |c| {
        let notes = Notes::new();
        let look = c.look(&notes);
        let mut grants: std::collections::BTreeMap<u32, Vec<(Role, Place)>> = Default::default();
        for (officer, role, place) in look.reference.all_grants() {
            grants.entry(officer).or_default().push((role, place.clone()));
        }
        // Those who lost all grants and still have a phone or a name stay in the list.
        for officer in look.contacts.keys().copied().chain(look.reference.devices().map(|d| d.officer)) {
            grants.entry(officer).or_default();
        }
        let (number, title) = (grants.len(), look.t().officers.to_owned());
        let page = OfficersPage {
            frame: c.frame(Tab::Officers, title.clone(), c.beside(&title)),
            under: format!("{} {}", look.reading.number(number as u64), look.t().people),
            list: grants
                .iter()
                .take(ROWS)
                .map(|(officer, g)| view::officer::officer(look, *officer, g, &devices(c, *officer)))
                .collect(),
            cut: number > ROWS,
        };
        Ok(reply::page(StatusCode::OK, &page))
    })
    .await
}

/// `GET /quarantine`
pub(super) async fn quarantine(State(desk): State<Arc<Desk>>, asked: Asked) -> Response {
    show(desk, asked, |c| {
        let rows: Vec<&Row> = c.board.quarantined().iter().rev().take(ROWS).collect();
        let notes = c.notes(rows.iter().map(|r| r.entry.id))?;
        let look = c.look(&notes);
        let title = look.t().quarantine.to_owned();
        let page = QuarantinePage {
            frame: c.frame(Tab::Quarantine, title.clone(), c.beside(&title)),
            list: rows.iter().map(|r| view::timeline::record(look, r, &BTreeSet::new())).collect(),
            cut: c.board.quarantined_count() > rows.len() as u64,
        };
        Ok(reply::page(StatusCode::OK, &page))
    })
    .await
}

/// Any other address.
pub(super) async fn not_found(State(desk): State<Arc<Desk>>, asked: Asked) -> Response {
    show(desk, asked, |c| Ok(c.not_found())).await
}

/// Whether there is such a region or TPS.
fn is_known(c: &Context<'_>, place: &Place) -> bool {
    c.board.reference().region(place).is_some() || c.board.reference().tps(place).is_some()
}

/// The phones of an officer.
fn devices(c: &Context<'_>, officer: u32) -> Vec<DeviceFacts> {
    let reference = c.board.reference();
    let mut all: Vec<DeviceFacts> = reference
        .devices()
        .filter(|d| d.officer == officer)
        .map(|d| {
            let heard = c.board.heard(&d.device);
            DeviceFacts {
                device: d.device,
                records: heard.records,
                enrolled: d.regions.first().and_then(|place| enrolled_at(c, place, &d.device)),
                seen: (heard.records > 0).then_some(heard.last_received_at),
            }
        })
        .collect();
    all.sort_by_key(|d| std::cmp::Reverse(d.enrolled));
    all
}

/// When the `Device` record of a phone was written.
fn enrolled_at(c: &Context<'_>, place: &Place, device: &DeviceId) -> Option<i64> {
    let mut facts = c.board.fold().facts_of(place);
    facts.find_map(|f| match &f.body {
        Body::Device(d) if d.device == *device => Some(f.effective_at()),
        _ => None,
    })
}
