//! The custody board: how the kits move from the warehouse to the TPS and back, region by region, and every consignment
//! that nobody has received yet. Kept sums and one kept list are read: no place is folded.

use std::collections::BTreeSet;

use axum::{http::StatusCode, response::Response};
use pantau_log::Error;
use pantau_protocol::{place::Place, projection::Rollup};

use crate::{
    layout::{List, logistics::LogisticsPage},
    limit,
    page::Context,
    query::Query,
    reply,
    text::logistics::text,
    view::{Notes, logistics as board, paged},
};

/// Shares in goods on their way that are past due, for the main menu.
pub(crate) fn past_due(c: &Context<'_>) -> Result<u64, Error> {
    c.places.past_due_count(c.reading.now)
}

/// `GET /logistics`, all or what is about `?place=`
pub(crate) fn logistics(c: &Context<'_>) -> Result<Response, Error> {
    let read = Query::read(c.asked, &["place", "page", "lang"])
        .and_then(|query| Ok((query.place("place")?, query.number("page", 1, limit::LIST_PAGES)?)));
    let Ok((only, number)) = read else {
        return Ok(c.message(StatusCode::BAD_REQUEST, |t| (t.bad_list, t.bad_list_help)));
    };
    if only.as_ref().is_some_and(|place| !c.is_known(place)) {
        return Ok(c.not_found());
    }
    let notes = Notes::new();
    let look = c.look(&notes);
    let (t, d, now) = (look.t(), text(look.lang()), look.reading.now);
    let (roots, sums) = super::sums_of(c, only.as_ref())?;
    let shares = c.places.underway(only.as_ref())?;
    // The kits of TPS that are no more are listed, and in no count.
    let is_counted = |place: &Place| look.reference.tps(place).is_some_and(|tps| tps.ended.is_none());
    let counted: Vec<_> = shares.iter().filter(|(place, _)| is_counted(place)).cloned().collect();
    let (column, inside) = super::inside(c, &roots)?;
    let late =
        board::past_due(&counted, &inside.iter().map(|(place, _)| place).collect::<BTreeSet<_>>(), now);
    let region = |(place, sums): &(Place, Rollup)| {
        board::region(look, place, sums, late.get(place).copied().unwrap_or(0))
    };
    let regions = inside.iter().map(region).collect();
    let all = board::consignments(&shares, now);
    let shown = all.iter().skip((number - 1) * limit::LIST_ROWS).take(limit::LIST_ROWS);
    let here = only.as_ref().map_or_else(|| "/logistics".to_owned(), |p| format!("/logistics?place={p}"));
    let page =
        LogisticsPage {
            layout: c.layout(t.logistics.to_owned(), c.beside(t.logistics)),
            d,
            only: super::narrowed_name(c, only.as_ref()),
            kits: look.reading.number(sums.tps),
            stops: if sums.tps > 0 {
                board::stops(look, &sums, counted.iter().map(|(_, share)| share))
            } else {
                Vec::new()
            },
            untold: look.reading.number(sums.kits_untold()),
            column,
            regions,
            export_query: super::export_query(only.as_ref()),
            pager: paged::pager(look, &here, number, all.len()),
            list: List::new(shown.map(|one| board::consignment(look, one)).collect(), d.empty)
                .under(format!("{} {}", look.reading.number(all.len() as u64), d.consignments_help)),
        };
    Ok(reply::page(StatusCode::OK, &page))
}
