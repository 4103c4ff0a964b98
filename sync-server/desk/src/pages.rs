//! The table of the pages. Each takes from the projection what it shows and hands it to a template.

pub(crate) mod attention;
mod chart;
pub(crate) mod daily;
pub(crate) mod directive_new;
pub(crate) mod directives;
pub(crate) mod finding_list;
pub(crate) mod findings;
mod incidents;
mod logistics;
pub(crate) mod officer;
pub(crate) mod officers;
mod overview;
mod quarantine;
mod region;
pub(crate) mod report;
mod search;
mod silence;
mod tps;
mod tps_list;
mod turnout;

use std::collections::BTreeSet;

use pantau_protocol::{
    exchange::RowKind,
    journal::RecordId,
    place::{Level, Place},
    projection::{Custody, DirectiveState, IncidentState, Judgement, Rollup, custody, judge},
    time,
};

use crate::{
    page::{Context, Menu, Page},
    view::{self, Notes},
};
use pantau_log::{Error, projector, store::Row};

/// Rows of a list; what is beyond is cut, and the page says so.
const ROWS: usize = 300;

/// The route of what needs attention.
pub(crate) const ATTENTION: &str = "/attention";
/// The route of the handover of a shift.
pub(crate) const SHIFT: &str = "/shift";

/// The route of the daily reports.
pub(crate) const DAILY: &str = "/daily";

/// The route of the list of findings.
pub(crate) const FINDINGS: &str = "/findings";

/// The route of a finding.
pub(crate) const FINDING: &str = "/finding/{id}";

/// The route of a directive.
pub(crate) const DIRECTIVE: &str = "/directive/{id}";
/// The route of the form of a new one.
pub(crate) const NEW_DIRECTIVE: &str = "/directive/new";
/// The route of an officer.
pub(crate) const OFFICER: &str = "/officer/{number}";
/// The route of the form of enrolment cards.
pub(crate) const CARDS: &str = "/officers/cards";
/// The route of the form of a report.
pub(crate) const REPORT: &str = "/report";

/// Every page, in the order of the main menu.
pub static PAGES: &[Page] = &[
    Page {
        route: "/",
        menu: Some(Menu { label: |t| t.overview, waiting: |_| Ok(0) }),
        make: |c, _| overview::overview(c),
    },
    Page {
        route: ATTENTION,
        menu: Some(Menu { label: |t| t.attention, waiting: attention::waiting }),
        make: |c, _| attention::attention(c, &attention::Told::default()),
    },
    Page { route: SHIFT, menu: None, make: |c, _| attention::shift(c, &attention::Told::default()) },
    Page {
        route: "/logistics",
        menu: Some(Menu { label: |t| t.logistics, waiting: logistics::past_due }),
        make: |c, _| logistics::logistics(c),
    },
    Page {
        route: FINDINGS,
        menu: Some(Menu { label: |t| t.findings, waiting: findings::open_count }),
        make: |c, _| finding_list::findings(c, &finding_list::Again::default()),
    },
    Page { route: FINDING, menu: None, make: |c, address| findings::finding(c, address, None) },
    Page {
        route: "/silence",
        menu: Some(Menu { label: |t| t.silence, waiting: silence::abnormal }),
        make: |c, _| silence::silence(c),
    },
    Page {
        route: "/incidents",
        menu: Some(Menu { label: |t| t.incidents, waiting: |c| c.places.incident_count(None) }),
        make: |c, _| incidents::incidents(c),
    },
    Page {
        route: "/turnout",
        menu: Some(Menu { label: |t| t.turnout, waiting: |_| Ok(0) }),
        make: |c, _| turnout::turnout(c),
    },
    Page {
        route: "/directives",
        menu: Some(Menu { label: |t| t.directives, waiting: directives::overdue_count }),
        make: |c, _| directives::directives(c),
    },
    Page { route: NEW_DIRECTIVE, menu: None, make: |c, _| directive_new::linked(c) },
    Page { route: DIRECTIVE, menu: None, make: |c, address| directives::directive(c, address, None) },
    Page {
        route: DAILY,
        menu: Some(Menu { label: |t| t.daily, waiting: |_| Ok(0) }),
        make: |c, _| daily::daily(c, &daily::Again::default()),
    },
    Page { route: "/daily/{id}", menu: None, make: daily::frozen },
    Page { route: "/daily/{id}/records", menu: None, make: daily::records },
    Page {
        route: "/officers",
        menu: Some(Menu { label: |t| t.officers, waiting: officers::over_quota }),
        make: |c, _| officers::officers(c),
    },
    Page { route: CARDS, menu: None, make: |c, _| officer::cards_asked(c) },
    Page {
        route: OFFICER,
        menu: None,
        make: |c, address| officer::officer(c, address, &crate::sent::officer::Sent::default(), &[]),
    },
    Page {
        route: "/quarantine",
        menu: Some(Menu { label: |t| t.quarantine, waiting: |c| c.places.quarantined_count() }),
        make: |c, _| quarantine::quarantine(c),
    },
    Page {
        route: "/tps",
        menu: Some(Menu { label: |t| t.tps_list, waiting: |_| Ok(0) }),
        make: |c, _| tps_list::list(c),
    },
    Page { route: "/chart/tiles.svg", menu: None, make: |c, _| chart::tiles(c) },
    Page { route: "/chart/turnout.svg", menu: None, make: |c, _| chart::turnout(c) },
    Page { route: "/region/{code}", menu: None, make: region::region },
    Page { route: "/tps/{village}/{number}", menu: None, make: tps::tps },
    Page { route: REPORT, menu: None, make: |c, _| report::report(c) },
    Page { route: "/search", menu: None, make: |c, _| search::search(c) },
];

/// The place a list is narrowed to by `?place=`; `None` for all.
fn narrowed(c: &Context<'_>) -> Option<Place> {
    let place = Place::new(&c.asked.parameter("place")?).ok()?;
    c.is_known(&place).then_some(place)
}

/// What follows the address of an export for a spreadsheet: of a place and what lies in it, or of all.
fn export_query(within: Option<&Place>) -> String {
    within.map_or_else(|| "?bom=1".to_owned(), |place| format!("?within={place}&bom=1"))
}

/// The name of the place a list is narrowed to; empty for all.
fn narrowed_name(c: &Context<'_>, place: Option<&Place>) -> String {
    let notes = Notes::new();
    place.map_or_else(String::new, |p| c.look(&notes).titled(p))
}

/// Places with their sums.
type Summed = Vec<(Place, Rollup)>;

/// The sums of one place, or of all that the visitor sees.
fn sums_of(c: &Context<'_>, only: Option<&Place>) -> Result<(Vec<Place>, Rollup), Error> {
    let roots = only.map_or_else(|| c.places.roots(), |place| vec![place.clone()]);
    let mut sums = Rollup::default();
    for root in &roots {
        sums.merge(&c.places.sums_of_any(root)?);
    }
    Ok((roots, sums))
}

/// What the table of regions lists, with its sums: what lies in the one place, or the several places themselves, where
/// there are TPS; and the title of its first column.
fn inside(c: &Context<'_>, roots: &[Place]) -> Result<(&'static str, Summed), Error> {
    let notes = Notes::new();
    let look = c.look(&notes);
    let (column, places) = match roots {
        [one] if one.level() == Some(Level::Village) => (look.t().tps, c.places.children(one)),
        [one] => (view::region::column(look, one), c.places.children(one)),
        several => (look.t().place, several.to_vec()),
    };
    Ok((column, with_tps(places, |place| c.places.sums_of_any(place))?))
}

/// The regions of a map of tiles, with their sums: those with TPS.
fn tiled(c: &Context<'_>, places: Vec<Place>) -> Result<Summed, Error> {
    let regions = places.into_iter().filter(|place| place.level() != Some(Level::Tps));
    with_tps(regions, |place| c.places.sums(place))
}

/// Places with their sums, but for those without TPS.
fn with_tps(
    places: impl IntoIterator<Item = Place>,
    sums: impl Fn(&Place) -> Result<Rollup, Error>,
) -> Result<Summed, Error> {
    let all = places.into_iter().map(|place| sums(&place).map(|sums| (place, sums)));
    all.filter(|one| one.as_ref().map_or(true, |(_, sums)| sums.tps > 0)).collect()
}

/// Records about a place, newest first.
struct Timeline {
    rows: Vec<Row>,
    /// There are more.
    cut: bool,
    /// What becomes of each of them.
    judgement: Judgement,
    /// Of a TPS, where its kit has been.
    custody: Option<Custody>,
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
    let of_kit = is_tps.then(|| facts.values().map(|(fact, _)| fact));
    let custody = of_kit.and_then(|facts| custody(place, facts, c.places.reference()));
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
    Ok(Timeline { rows, cut, judgement, custody })
}

/// The records whose notes stand beside an incident.
fn incident_marks(i: &IncidentState) -> impl Iterator<Item = RecordId> + use<> {
    [Some(i.mark.record), i.progress.as_ref().map(|p| p.mark.record)].into_iter().flatten()
}

/// The records whose notes stand beside a directive.
fn directive_marks(d: &DirectiveState) -> impl Iterator<Item = RecordId> + '_ {
    std::iter::once(d.mark.record).chain(d.answers.iter().map(|a| a.mark.record))
}

/// Regions that a form offers to whoever types a code, of those that he may see: code and name.
fn typed_regions(c: &Context<'_>) -> Vec<(String, String)> {
    let notes = Notes::new();
    let look = c.look(&notes);
    let is_offered = |place: &Place| c.sees(place) && directive_new::is_offered(place);
    let all = look.reference.regions().filter(|(place, region)| region.ended.is_none() && is_offered(place));
    all.map(|(place, _)| (place.to_string(), look.titled(place))).collect()
}
