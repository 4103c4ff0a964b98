//! Every region, and the list of several provinces.

use std::collections::{BTreeMap, BTreeSet};

use axum::{http::StatusCode, response::Response};
use pantau_protocol::{
    place::{Level, Place},
    projection::Rollup,
    role::Role,
};

use crate::{
    layout::{Crumb, RegionPage},
    page::Context,
    reply,
    view::{
        self, Look, Notes,
        region::{CamatCount, RegionView},
        timeline::RecordView,
    },
};
use pantau_log::Error;

/// Records shown about the region itself.
const OWN: usize = 50;

/// `GET /region/{code}`
pub(crate) fn region(c: &Context<'_>, address: &[String]) -> Result<Response, Error> {
    let place = address.first().and_then(|code| Place::new(code).ok());
    match place {
        Some(place) if place.level() != Some(Level::Tps) && c.places.is_there(&place)? => {
            let notes = Notes::new();
            one_region(c, &place, c.look(&notes).titled(&place), c.crumbs(&place))
        }
        Some(_) | None => Ok(c.not_found()),
    }
}

fn one_region(c: &Context<'_>, place: &Place, title: String, crumbs: Vec<Crumb>) -> Result<Response, Error> {
    let (own, cut) = own_records(c, place)?;
    let notes = Notes::new();
    let look = c.look(&notes);
    let mut view = inside(c, look, place)?;
    (view.own, view.cut) = (own, cut);
    let layout = c.layout_of(place, title, crumbs);
    Ok(reply::page(StatusCode::OK, &RegionPage { layout, view }))
}

/// The counts of a region and of what lies in it.
fn inside(c: &Context<'_>, look: Look<'_>, place: &Place) -> Result<RegionView, Error> {
    let rollup = c.places.sums(place)?;
    let children = c.places.children(place);
    let camats = camats(look);
    let is_tps = |p: &&Place| p.level() == Some(Level::Tps);
    let (mut rows, mut tps) = (Vec::new(), Vec::new());
    let mut inner = Vec::new();
    for child in children.iter().filter(|p| !is_tps(p)) {
        inner.push((child, c.places.sums(child)?));
    }
    let sort = Sort::read(c.asked.parameter("sort").as_deref());
    let name = |place: &Place| if sort == Sort::Name { look.place(place) } else { String::new() };
    inner.sort_by_cached_key(|(place, sums)| (sort.worst_first(sums), name(place), (*place).clone()));
    for (child, rollup) in &inner {
        rows.push(view::region::row(look, child, rollup, &counted(c, &camats, child, rollup)?));
    }
    for child in children.iter().filter(is_tps) {
        tps.push(view::region::tps_row(look, child, &*c.places.state(child)?));
    }
    let column = view::region::column(look, place);
    Ok(RegionView {
        name: look.titled(place),
        under: subtitle(look, place),
        incidents_href: format!("/incidents?place={place}"),
        export_query: super::export_query(Some(place)),
        silence_query: format!("?place={place}"),
        figures: (rollup.tps > 0 || rollup.open_incidents > 0).then(|| view::region::figures(look, &rollup)),
        camats: view::region::camats(look, &counted(c, &camats, place, &rollup)?, rollup.tps),
        caption: if tps.is_empty() { column.to_owned() } else { look.t().tps.to_owned() },
        column,
        here: view::href(place),
        sort: sort.word(),
        with_camat: place.level() == Some(Level::Regency),
        total: (rows.len() > 1).then(|| view::region::counts(look, &rollup)),
        empty: if children.is_empty() { look.t().empty_region } else { "" },
        rows,
        tps,
        ..RegionView::default()
    })
}

/// By what the table of a region is sorted, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Name,
    Visited,
    Arrived,
    Short,
    Incidents,
    Silent,
}

impl Sort {
    const ALL: [Self; 6] =
        [Self::Name, Self::Visited, Self::Arrived, Self::Short, Self::Incidents, Self::Silent];

    /// The word for it in an address.
    fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Visited => "visited",
            Self::Arrived => "arrived",
            Self::Short => "short",
            Self::Incidents => "incidents",
            Self::Silent => "silent",
        }
    }

    /// What an address asks for: without a word of ours where the goods are missing.
    fn read(word: Option<&str>) -> Self {
        Self::ALL.into_iter().find(|sort| Some(sort.word()) == word).unwrap_or(Self::Arrived)
    }

    /// Smaller for what is worse: a share in millionths, or the negative of a count.
    fn worst_first(self, r: &Rollup) -> i64 {
        let share = |part: u32| i64::from(part) * 1_000_000 / i64::from(r.tps.max(1));
        match self {
            Self::Name => 0,
            Self::Visited => share(r.visited),
            Self::Arrived => share(r.arrived),
            Self::Short => -i64::from(r.short),
            Self::Incidents => -(i64::from(r.grave_incidents) * 100_000 + i64::from(r.open_incidents)),
            Self::Silent => -i64::from(r.silent),
        }
    }
}

/// The camats of each kecamatan: officers with that role whose scope is the kecamatan.
pub(super) fn camats(look: Look<'_>) -> BTreeMap<Place, BTreeSet<u32>> {
    let mut all: BTreeMap<Place, BTreeSet<u32>> = BTreeMap::new();
    for (officer, role, place) in look.reference.all_grants() {
        if role == Role::Camat && place.level() == Some(Level::District) {
            all.entry(place.clone()).or_default().insert(officer);
        }
    }
    all
}

/// What the camats of a kecamatan with TPS visited.
fn counted(
    c: &Context<'_>,
    camats: &BTreeMap<Place, BTreeSet<u32>>,
    place: &Place,
    rollup: &Rollup,
) -> Result<Vec<CamatCount>, Error> {
    let Some(officers) = camats.get(place).filter(|_| rollup.tps > 0) else { return Ok(Vec::new()) };
    let visited: BTreeMap<u32, u64> = c.places.visited(place)?.into_iter().collect();
    let count = |officer: &u32| {
        let visited = visited.get(officer).copied().unwrap_or(0);
        CamatCount { officer: *officer, visited: u32::try_from(visited).unwrap_or(u32::MAX) }
    };
    Ok(officers.iter().map(count).collect())
}

/// What is said of the region itself: roll calls and incidents of its offices, directives.
fn own_records(c: &Context<'_>, place: &Place) -> Result<(Vec<RecordView>, bool), Error> {
    let super::Timeline { rows, cut, judgement, .. } = super::timeline(c, place, OWN)?;
    let notes = c.notes(rows.iter().map(|r| r.entry.id))?;
    let look = c.look(&notes);
    Ok((rows.iter().map(|row| view::timeline::record(look, row, &judgement)).collect(), cut))
}

/// No province yet, or several.
pub(super) fn several(c: &Context<'_>, roots: &[Place]) -> Result<Response, Error> {
    let notes = Notes::new();
    let look = c.look(&notes);
    let mut all = Rollup::default();
    let mut view = RegionView {
        name: look.t().overview.to_owned(),
        column: look.t().place,
        caption: look.t().place.to_owned(),
        export_query: super::export_query(None),
        empty: if roots.is_empty() { look.t().empty_province } else { "" },
        ..RegionView::default()
    };
    for root in roots {
        let rollup = c.places.sums(root)?;
        all.merge(&rollup);
        view.rows.push(view::region::row(look, root, &rollup, &[]));
    }
    view.total = (roots.len() > 1).then(|| view::region::counts(look, &all));
    let layout = c.layout(look.t().overview.to_owned(), Vec::new());
    Ok(reply::page(StatusCode::OK, &RegionPage { layout, view }))
}

/// The election for the province, the regions above for the rest.
fn subtitle(look: Look<'_>, place: &Place) -> String {
    match (place.level(), look.reference.profile()) {
        (Some(Level::Province), Some(p)) => look.lang().pick(&p.id, &p.en).clone(),
        _ => {
            let both = [look.under(place), look.successor(place)];
            both.into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" · ")
        }
    }
}
