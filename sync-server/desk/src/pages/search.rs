//! Search by TPS code or by the name of a village or region.

use axum::{http::StatusCode, response::Response};
use pantau_protocol::place::{Level, Place};

use crate::{
    layout::{Hit, List, SearchPage},
    page::Context,
    reply,
    view::{Notes, href},
};
use pantau_log::Error;

/// Most hits shown.
const HITS: usize = 50;
/// Longest text searched for.
const QUERY_CHARS: usize = 80;

/// `GET /search?q=`
pub(crate) fn search(c: &Context<'_>) -> Result<Response, Error> {
    let query = c.asked.parameter("q").unwrap_or_default();
    let query: String = query.trim().chars().take(QUERY_CHARS).collect();
    // One exact place: go there.
    if let Some(place) = Place::new(&query).ok().filter(|p| c.is_known(p)) {
        return Ok(reply::go(&href(&place)));
    }
    let mut found = matches(c, &query);
    let cut = found.len() > HITS;
    found.truncate(HITS);
    let title = c.reading.lang.text().search_results.to_owned();
    let mut layout = c.layout(title.clone(), c.beside(&title));
    layout.query = query;
    let t = layout.t;
    let empty = if layout.query.is_empty() { t.search_prompt } else { t.empty_search };
    let rows = found.iter().map(|p| hit(c, p)).collect::<Result<_, Error>>()?;
    let list = List::new(rows, empty).cut(cut, t.shown_first);
    Ok(reply::page(StatusCode::OK, &SearchPage { layout, list }))
}

/// Regions whose name has all words, then TPS whose code begins so.
fn matches(c: &Context<'_>, query: &str) -> Vec<Place> {
    let reference = c.places.reference();
    let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    if words.is_empty() {
        return Vec::new();
    }
    let named = reference.regions().filter(|(place, _)| c.sees(place)).filter(|(place, region)| {
        let name = region.name.to_lowercase();
        words.iter().all(|w| name.contains(w)) || place.as_str().starts_with(query)
    });
    let coded = reference.all_tps().filter(|(place, _)| c.sees(place)).filter(|(place, _)| {
        // A bare number would match a third of all TPS: a code has a dot.
        query.contains('.') && place.as_str().starts_with(query)
    });
    named.map(|(p, _)| p.clone()).chain(coded.map(|(p, _)| p.clone())).take(HITS + 1).collect()
}

fn hit(c: &Context<'_>, place: &Place) -> Result<Hit, Error> {
    let notes = Notes::new();
    let look = c.look(&notes);
    let at = match place.level() {
        Some(Level::Tps) => c.places.state(place)?.last_word.as_ref().map(|m| m.at),
        _ => c.places.rollup(place)?.newest,
    };
    Ok(Hit {
        href: href(place),
        name: look.titled(place),
        under: look.under(place),
        code: place.to_string(),
        last_word: at.map(|at| c.reading.moment(at)),
    })
}
