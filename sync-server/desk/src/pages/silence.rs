//! The table of silence, by kecamatan or by desa.

use axum::{http::StatusCode, response::Response};
use pantau_protocol::{
    place::{Level, Place},
    projection::Rollup,
};

use crate::{
    layout::{List, SilencePage},
    page::Context,
    reply,
    view::{self, Notes},
};
use pantau_log::Error;

/// TPS that are silent against expectation, for the main menu.
pub(crate) fn abnormal(c: &Context<'_>) -> Result<u64, Error> {
    let roots = c.places.roots();
    let sums = roots.iter().map(|root| Ok(u64::from(c.places.rollup(root)?.silent_abnormal)));
    sums.sum()
}

/// `GET /silence`, all or those of `?place=`; by kecamatan, with `?level=desa` or within a kecamatan by desa. Of each
/// region the kept sums are read: no place is looked at.
pub(crate) fn silence(c: &Context<'_>) -> Result<Response, Error> {
    let only = super::narrowed(c);
    let is_low = only.as_ref().is_some_and(|p| matches!(p.level(), Some(Level::District | Level::Village)));
    let by_desa = is_low || c.asked.parameter("level").as_deref() == Some("desa");
    let level = if by_desa { Level::Village } else { Level::District };
    let is_meant = |place: &Place| {
        c.sees(place)
            && place.level() == Some(level)
            && only.as_ref().is_none_or(|only| place.is_within(only))
    };
    let regions = c.places.reference().regions().map(|(place, _)| place);
    let mut rows: Vec<(&Place, Rollup)> = Vec::new();
    for place in regions.filter(|place| is_meant(place)) {
        let sums = c.places.rollup(place)?;
        if sums.tps > 0 {
            rows.push((place, sums));
        }
    }
    rows.sort_by_cached_key(|(place, sums)| (view::silence::worst_first(sums), (*place).clone()));
    let notes = Notes::new();
    let look = c.look(&notes);
    let t = look.t();
    let shown = rows.iter().take(super::ROWS).map(|(place, sums)| view::silence::row(look, place, sums));
    let within = only.as_ref().map_or_else(String::new, |place| format!("&place={place}"));
    let page = SilencePage {
        layout: c.layout(t.silence.to_owned(), c.beside(t.silence)),
        only: super::narrowed_name(c, only.as_ref()),
        column: if by_desa { t.desa } else { t.kecamatan },
        other: match by_desa {
            // Within a kecamatan there is no other level.
            true if is_low => ("/silence".to_owned(), t.by_kecamatan),
            true => (format!("/silence?level=kecamatan{within}"), t.by_kecamatan),
            false => (format!("/silence?level=desa{within}"), t.by_desa),
        },
        export_query: super::export_query(only.as_ref()),
        list: List::new(shown.collect(), t.empty_silence)
            .under(t.silence_help.to_owned())
            .cut(rows.len() > super::ROWS, t.shown_first),
    };
    Ok(reply::page(StatusCode::OK, &page))
}
