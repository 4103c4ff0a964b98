//! Search for places and officers, by whatever people write: names, codes with or without dots, numbers, phones.

use axum::{http::StatusCode, response::Response};
use pantau_protocol::place::{Level, Place};

use crate::{
    find::{self, Found, Lists},
    layout::{Hit, List, SearchPage},
    page::Context,
    reply,
    text::words,
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
    let sees = |place: &Place| c.sees(place);
    let lists = Lists { reference: c.places.reference(), contacts: c.places.known().contacts(), sees: &sees };
    let (place, officer) = (find::place(lists, &query), find::officer(lists, &query));
    // The code of one place: go there.
    if let Found::One(place) = &place
        && !query.chars().any(char::is_alphabetic)
    {
        return Ok(reply::go(&href(place)));
    }
    let (mut places, is_cut) = all(place);
    let (officers, are_cut) = all(officer);
    places
        .extend(coded(c, &query).filter(|place| !places.contains(place)).take(HITS + 1).collect::<Vec<_>>());
    let cut = is_cut || are_cut || places.len() > HITS;
    let title = c.reading.lang.text().search_results.to_owned();
    let mut layout = c.layout(title.clone(), c.beside(&title));
    layout.query = query;
    let t = layout.t;
    let empty = if layout.query.is_empty() { t.search_prompt } else { t.empty_search };
    let mut rows: Vec<Hit> = places.iter().take(HITS).map(|p| hit(c, p)).collect::<Result<_, Error>>()?;
    rows.extend(officers.into_iter().map(|officer| person(c, officer)));
    let list = List::new(rows, empty).cut(cut, t.shown_first);
    Ok(reply::page(StatusCode::OK, &SearchPage { layout, list }))
}

/// What was found, the best first, and whether there is more.
fn all<T>(found: Found<T>) -> (Vec<T>, bool) {
    match found {
        Found::Nothing => (Vec::new(), false),
        Found::One(one) => (vec![one], false),
        Found::Several(several, is_cut) => (several, is_cut),
    }
}

/// Places whose code begins so. A bare number would match a third of all TPS: a code has a dot.
fn coded<'a>(c: &'a Context<'_>, query: &'a str) -> impl Iterator<Item = Place> + 'a {
    let reference = c.places.reference();
    let regions = reference.regions().map(|(place, _)| place);
    let all = regions.chain(reference.all_tps().map(|(place, _)| place));
    let is_it =
        move |place: &&Place| query.contains('.') && place.as_str().starts_with(query) && c.sees(place);
    all.filter(is_it).cloned()
}

fn person(c: &Context<'_>, officer: u32) -> Hit {
    let notes = Notes::new();
    let look = c.look(&notes);
    let grants = look.reference.grants(officer).into_iter().filter(|grant| c.sees(&grant.place));
    let held = grants.map(|g| format!("{}, {}", words::role(look.lang(), g.role), look.titled(&g.place)));
    Hit {
        href: format!("/officer/{officer}"),
        name: look.officer(officer),
        under: held.collect::<Vec<_>>().join(" · "),
        code: format!("no. {officer}"),
        last_word: None,
    }
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
