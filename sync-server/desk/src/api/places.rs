//! `GET /api/v1/places`: which places there are.

use axum::{extract::State, response::Response};
use pantau_protocol::{
    place::{Level, Place as Code},
    projection::PlaceState,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Desked, answer,
    said::{AsOf, Time},
    usual::{Problems, Unchanged, WITHIN},
};
use crate::{
    ask::Ask,
    limit,
    problem::Refusal,
    query::Query,
    visit::Asked,
    walk::{self, Kind},
};

/// A page of places.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlacesPage {
    /// Up to where the answer speaks.
    as_of: AsOf,
    /// The places, by code.
    places: Vec<Place>,
    /// What to send as `after` for the next page; `null` on the last one.
    next_after: Option<String>,
}

/// A region or TPS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Place {
    /// Its code, such as `62.06.13` or `62.06.13.2001/003`.
    code: String,
    /// `region` or `tps`.
    kind: String,
    /// `province`, `regency`, `city`, `district`, `village`, `urban_village` or `tps`; `other_N` of a newer version;
    /// `null` for a code of another shape.
    level: Option<String>,
    /// Its name; `null` for a region that is in no table.
    name: Option<String>,
    /// Code of the place that it lies in; `null` for a province.
    parent: Option<String>,
    /// It is in the imported tables. Of one that is not, an officer reported something.
    is_listed: bool,
    /// It was closed, moved or merged and is in no count any more.
    is_ended: bool,
    /// Code of the place that took its part; `null` if none did.
    successor: Option<String>,
    /// Registered voters of a TPS; `null` for a region and for a TPS that is in no table.
    voters: Option<u32>,
    /// When somebody last spoke of it; `null` if nobody did.
    last_word_at: Option<Time>,
}

impl Place {
    pub(super) fn of(ask: &Ask<'_>, place: &Code, state: &PlaceState) -> Self {
        let reference = ask.places.reference();
        let (region, tps) = (reference.region(place), reference.tps(place));
        let is_tps = place.level() == Some(Level::Tps);
        let level = match (region, place.level()) {
            (Some(region), _) => Some(super::said::word(region.level.name(), region.level.number())),
            (None, level) => level.map(|level| of_code(level).to_owned()),
        };
        let name = match is_tps {
            true => Some(format!("TPS {}", place.as_str().rsplit('/').next().unwrap_or_default())),
            false => region.map(|region| region.name.clone()),
        };
        Self {
            code: place.to_string(),
            kind: if is_tps { "tps" } else { "region" }.to_owned(),
            level,
            name,
            parent: place.parent().map(|parent| parent.to_string()),
            is_listed: region.is_some() || tps.is_some(),
            is_ended: reference.is_ended(place),
            successor: reference.ended(place).and_then(|e| e.successor.as_ref()).map(Code::to_string),
            voters: tps.map(|tps| tps.voters),
            last_word_at: state.last_word.as_ref().map(|mark| Time::of(mark.at)),
        }
    }
}

/// The level that the shape of a code says.
fn of_code(level: Level) -> &'static str {
    match level {
        Level::Province => "province",
        Level::Regency => "regency",
        Level::District => "district",
        Level::Village => "village",
        Level::Tps => "tps",
    }
}

/// Places by code, a page at a time
///
/// All pages together hold every place exactly once, whatever is reported meanwhile.
#[utoipa::path(
    get,
    path = "/api/v1/places",
    operation_id = "places",
    tag = "read",
    params(
        ("within" = Option<String>, Query, description = WITHIN),
        ("kind" = Option<String>, Query, description = "`region`, `tps` or `all`; without, `all`."),
        ("after" = Option<String>, Query, description = "The code behind which the page begins: `next_after` of the page before."),
        ("limit" = Option<u32>, Query, description = "Places on the page, 1 to 500; without, 100."),
    ),
    responses(
        (status = 200, description = "A page of places.", body = PlacesPage),
        Unchanged,
        Problems,
    ),
)]
pub(crate) async fn places(State(desk): Desked, asked: Asked) -> Response {
    answer(desk, asked, make).await
}

fn make(ask: &Ask<'_>, asked: &Asked) -> Result<PlacesPage, Refusal> {
    let query = Query::read(asked, &["within", "kind", "after", "limit"])?;
    let within = ask.reader.narrowed(query.place("within")?)?;
    let kinds = [("all", Kind::All), ("region", Kind::Region), ("tps", Kind::Tps)];
    let kind = query.choice("kind", &kinds, Kind::All)?;
    let after = query.place("after")?.map_or_else(String::new, |place| place.to_string());
    let most = query.number("limit", limit::API_PAGE, limit::API_PAGE_MOST)?;
    let page = walk::page(ask.places, within.as_ref(), kind, &after, most)?;
    Ok(PlacesPage {
        as_of: AsOf::of(ask),
        places: page.places.iter().map(|(place, state)| Place::of(ask, place, state)).collect(),
        next_after: page.next,
    })
}
