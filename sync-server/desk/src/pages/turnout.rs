//! Turnout on election day: by hour with a curve, by region, and the figures that cannot be. Kept sums are read: no
//! place is folded.

use std::collections::{BTreeMap, BTreeSet};

use axum::{http::StatusCode, response::Response};
use pantau_log::Error;
use pantau_protocol::{
    body::Rule,
    place::Place,
    projection::{Rollup, findings::Finding},
};

use crate::{
    layout::turnout::TurnoutPage,
    page::Context,
    query::Query,
    reply,
    text::{chart, turnout::text},
    view::{
        self, Look, Notes,
        curve::{CurveView, curve},
        turnout as turned,
    },
};

/// By what the table of regions is sorted, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Name,
    Share,
    Before,
    Reported,
    Doubtful,
}

/// The words for it in an address.
const SORTS: [(&str, Sort); 5] = [
    ("share", Sort::Share),
    ("name", Sort::Name),
    ("before", Sort::Before),
    ("reported", Sort::Reported),
    ("doubtful", Sort::Doubtful),
];

impl Sort {
    fn word(self) -> &'static str {
        SORTS.iter().find(|(_, sort)| *sort == self).map_or("share", |(word, _)| *word)
    }

    /// Smaller for what is worse: where nobody reported before the lowest share.
    fn worst_first(self, sums: &Rollup, last: u32, doubtful: u32) -> i64 {
        let share = |hour: Option<u32>| {
            let sum = hour.map(|hour| sums.hours.at(hour)).unwrap_or_default();
            let millionths = sum.voters.saturating_mul(1_000_000) / sum.of.max(1);
            if sum.tps == 0 { -1 } else { i64::try_from(millionths).unwrap_or(i64::MAX) }
        };
        match self {
            Self::Name => 0,
            Self::Share => share(Some(last)),
            Self::Before => share(last.checked_sub(1)),
            Self::Reported => i64::from(sums.hours.at(last).tps) * 1_000_000 / i64::from(sums.tps.max(1)),
            Self::Doubtful => -i64::from(doubtful),
        }
    }
}

/// The curve of a set of TPS.
pub(super) fn curve_of(look: Look<'_>, sums: &Rollup) -> CurveView {
    // Hours that nobody reported for are not drawn: unknown is not zero.
    let hours = turned::hours(look, &sums.hours).into_iter().map(|hour| (hour, sums.hours.at(hour)));
    let shares = hours.filter(|(_, sum)| sum.tps > 0).map(|(hour, sum)| (hour, sum.voters, sum.of));
    curve(look, &shares.collect::<Vec<_>>())
}

/// `GET /turnout`, of all or of `?place=`
pub(crate) fn turnout(c: &Context<'_>) -> Result<Response, Error> {
    let read = Query::read(c.asked, &["place", "sort", "lang"])
        .and_then(|query| Ok((query.place("place")?, query.choice("sort", &SORTS, Sort::Share)?)));
    let Ok((only, sort)) = read else {
        return Ok(c.message(StatusCode::BAD_REQUEST, |t| (t.bad_list, t.bad_list_help)));
    };
    if only.as_ref().is_some_and(|place| !c.is_known(place)) {
        return Ok(c.not_found());
    }
    let notes = Notes::new();
    let look = c.look(&notes);
    let (t, d) = (look.t(), text(look.lang()));
    let (roots, sums) = super::sums_of(c, only.as_ref())?;
    let all = c.places.findings(only.as_ref())?;
    let doubts: Vec<&Finding> = all.iter().filter(|f| f.is_open() && is_about_turnout(f)).collect();
    let (column, inside) = super::inside(c, &roots)?;
    let last = sums.hours.last().unwrap_or(0);
    let regions = regions(look, &inside, (sort, last), &doubts);
    let query = only.as_ref().map_or_else(String::new, |place| format!("?place={place}"));
    let page = TurnoutPage {
        layout: c.layout(t.turnout.to_owned(), c.beside(t.turnout)),
        d,
        only: super::narrowed_name(c, only.as_ref()),
        empty: if sums.hours.last().is_none() { empty(look, &sums) } else { String::new() },
        sentence: turned::sentence(look, &sums, last),
        curve: curve_of(look, &sums),
        hours: turned::hours(look, &sums.hours)
            .into_iter()
            .map(|hour| turned::hour(look, &sums.hours, hour, sums.tps))
            .collect(),
        column,
        now: format!("{} {}", d.share_at, look.reading.slot(last)),
        before: format!("{} {}", d.share_at, look.reading.slot(last.saturating_sub(1))),
        here: format!("/turnout{}", if query.is_empty() { "?".to_owned() } else { format!("{query}&") }),
        sort: sort.word(),
        regions,
        findings: doubts.iter().take(super::ROWS).map(|f| view::finding::finding(look, f)).collect(),
        more: if doubts.len() > super::ROWS { t.shown_first } else { "" },
        picture: format!("/chart/turnout.svg{query}"),
        save: chart::text(look.lang()).save,
    };
    Ok(reply::page(StatusCode::OK, &page))
}

fn is_about_turnout(finding: &Finding) -> bool {
    matches!(finding.rule, Rule::TurnoutFalls | Rule::TurnoutAboveVoters)
}

/// Why there is nothing to see.
fn empty(look: Look<'_>, sums: &Rollup) -> String {
    let d = text(look.lang());
    match look.reference.profile() {
        _ if sums.tps == 0 => d.none.to_owned(),
        None => d.no_profile.to_owned(),
        Some(profile) if look.reading.now < profile.opens_at => {
            format!("{} {}.", d.starts, look.reading.stamp(profile.opens_at))
        }
        Some(_) => d.none_yet.to_owned(),
    }
}

/// The rows of the table of what lies inside.
fn regions(
    look: Look<'_>,
    inside: &[(Place, Rollup)],
    (sort, last): (Sort, u32),
    doubts: &[&Finding],
) -> Vec<turned::RegionTurnout> {
    let among: BTreeSet<&Place> = inside.iter().map(|(place, _)| place).collect();
    let mut doubtful: BTreeMap<Place, BTreeSet<&Place>> = BTreeMap::new();
    for place in doubts.iter().flat_map(|finding| &finding.places) {
        if let Some(region) = view::region_among(place, &among) {
            doubtful.entry(region).or_default().insert(place);
        }
    }
    let count =
        |place: &Place| doubtful.get(place).map_or(0, |all| u32::try_from(all.len()).unwrap_or(u32::MAX));
    let mut rows: Vec<&(Place, Rollup)> = inside.iter().collect();
    let name = |place: &Place| if sort == Sort::Name { look.place(place) } else { String::new() };
    rows.sort_by_cached_key(|(place, sums)| {
        (sort.worst_first(sums, last, count(place)), name(place), place.clone())
    });
    rows.into_iter().map(|(place, sums)| turned::region(look, place, sums, last, count(place))).collect()
}
