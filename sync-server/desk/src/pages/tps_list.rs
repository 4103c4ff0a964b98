//! TPS by condition: whatever a figure of the desk counts can be opened as a list, and its address shared.

use axum::{http::StatusCode, response::Response};
use pantau_protocol::{
    place::{Level, Place},
    projection::Rollup,
};

use crate::{
    layout::{List, TpsListPage},
    limit,
    page::Context,
    query::Query,
    reply,
    select::{self, Goods, Order, Selection},
    text::directive,
    view::{Notes, paged, tps_list},
};
use pantau_log::{Error, ops, store::Rights};

/// `GET /tps`, narrowed by the conditions of its address
pub(crate) fn list(c: &Context<'_>) -> Result<Response, Error> {
    let names = [select::NAMES.as_slice(), &["page", "lang"]].concat();
    let read = Query::read(c.asked, &names)
        .and_then(|query| Ok((Selection::read(&query)?, query.number("page", 1, limit::LIST_PAGES)?)));
    let Ok((selection, number)) = read else {
        return Ok(c.message(StatusCode::BAD_REQUEST, |t| (t.bad_list, t.bad_list_help)));
    };
    if selection.within.as_ref().is_some_and(|within| !c.sees(within)) {
        return Ok(c.not_found());
    }
    let sums = c.places.tps_sums(selection.within.as_ref())?;
    let parts = parts(c, &selection, &sums);
    let mut meant: Vec<&(Place, Rollup)> = sums
        .iter()
        .filter(|(place, sums)| selection.has(place, c.places.reference().tps(place), sums))
        .collect();
    sort(c, selection.order, &mut meant);
    let notes = Notes::new();
    let look = c.look(&notes);
    let first = (number - 1) * limit::LIST_ROWS;
    let camats = super::region::camats(look);
    let mut rows = Vec::new();
    for (place, sums) in meant.iter().skip(first).take(limit::LIST_ROWS) {
        let camat = place.ancestors().find(|p| p.level() == Some(Level::District));
        let camats = camat.and_then(|p| camats.get(&p)).into_iter().flatten().copied();
        rows.push(tps_list::row(look, place, &*c.places.state(place)?, Goods::of(sums), camats));
    }
    let pager = paged::pager(look, &selection.href("/tps"), number, meant.len());
    let camats = ops::camats_of(c.places.reference(), meant.iter().map(|(place, _)| place));
    let acts = super::officers::acts_on(&c.places);
    let camats = camats.keys().filter(|camat| acts(**camat)).count();
    let d = directive::text(look.lang());
    let directive = (camats > 0 && c.visitor.rights >= Rights::Desk).then(|| {
        let conditions = selection.href("");
        let conditions = conditions.trim_start_matches('?');
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("to", "list")
            .append_pair("conditions", conditions)
            .finish();
        let label = format!("{} ({})", d.give_to_list, look.reading.number(camats as u64));
        (format!("/directive/new?{query}"), label)
    });
    let title = look.t().tps_list;
    let under = format!("{} {}", look.reading.number(meant.len() as u64), look.t().tps_selected);
    let page = TpsListPage {
        layout: c.layout(title.to_owned(), c.beside(title)),
        only: super::narrowed_name(c, selection.within.as_ref()),
        filter: tps_list::filter(look, &selection),
        tally: tps_list::parts(look, &selection, parts),
        pager,
        directive,
        export: for_spreadsheet(&selection.href("/export/tps.csv")),
        list: List::new(rows, look.t().empty_tps_list).under(under),
    };
    Ok(reply::page(StatusCode::OK, &page))
}

/// The address of an export that a spreadsheet opens with its letters right.
fn for_spreadsheet(export: &str) -> String {
    let join = if export.contains('?') { '&' } else { '?' };
    format!("{export}{join}bom=1")
}

/// How many TPS that meet the other conditions have their goods in each state.
fn parts(c: &Context<'_>, selection: &Selection, sums: &[(Place, Rollup)]) -> [u64; 4] {
    let others = Selection { goods: None, ..selection.clone() };
    let mut counts = [0; 4];
    for (_, sums) in sums.iter().filter(|(p, sums)| others.has(p, c.places.reference().tps(p), sums)) {
        let at = Goods::ALL.iter().position(|goods| *goods == Goods::of(sums));
        if let Some(count) = at.and_then(|at| counts.get_mut(at)) {
            *count += 1;
        }
    }
    counts
}

fn sort(c: &Context<'_>, order: Order, meant: &mut [&(Place, Rollup)]) {
    let voters = |place: &Place| c.places.reference().tps(place).map_or(0, |tps| tps.voters);
    match order {
        Order::Code => meant.sort_by(|(a, _), (b, _)| a.cmp(b)),
        Order::Voters => meant.sort_by_cached_key(|(p, _)| (std::cmp::Reverse(voters(p)), p.clone())),
        Order::Age => meant.sort_by_cached_key(|(p, sums)| (sums.newest.unwrap_or(i64::MIN), p.clone())),
    }
}
