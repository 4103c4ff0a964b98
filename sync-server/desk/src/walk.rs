//! All places in the order of their codes, a page at a time: those of the tables, and those that somebody spoke of
//! although no table has them. Each stands on exactly one page, whatever is reported between two pages, since a
//! page goes on behind a code and not behind a number.

use std::collections::BTreeMap;

use pantau_log::{Error, projector::Places};
use pantau_protocol::{
    place::{Level, Place},
    projection::PlaceState,
};

/// Which places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Regions and TPS.
    All,
    /// Regions only.
    Region,
    /// TPS only.
    Tps,
}

impl Kind {
    fn has(self, place: &Place) -> bool {
        match self {
            Self::All => true,
            Self::Region => place.level() != Some(Level::Tps),
            Self::Tps => place.level() == Some(Level::Tps),
        }
    }
}

/// One page.
#[derive(Debug)]
pub(crate) struct Page {
    /// Places in order, with their states: the empty one where nothing was said.
    pub(crate) places: Vec<(Place, PlaceState)>,
    /// The code behind which the next page begins; `None` after the last one.
    pub(crate) next: Option<String>,
}

/// The places of a kind behind the code `after`, an empty one for the first page, at most `most`; with `within` only
/// that place and what lies in it.
pub(crate) fn page(
    places: &Places<'_>,
    within: Option<&Place>,
    kind: Kind,
    after: &str,
    most: usize,
) -> Result<Page, Error> {
    let is_meant = |place: &Place| {
        let is_within = within.is_none_or(|within| place.is_within(within));
        kind.has(place) && place.as_str() > after && is_within && places.sees(place)
    };
    let mut all: BTreeMap<Place, PlaceState> = spoken_of(places, within, after, most, &is_meant)?;
    let reference = places.reference();
    let listed = reference.regions().map(|(p, _)| p).chain(reference.all_tps().map(|(p, _)| p));
    let mut listed: Vec<&Place> = listed.filter(|place| is_meant(place)).collect();
    listed.sort_unstable();
    listed.truncate(most.saturating_add(1));
    for place in listed {
        all.entry(place.clone()).or_default();
    }
    let is_last = all.len() <= most;
    let places: Vec<_> = all.into_iter().take(most).collect();
    let next = places.last().filter(|_| !is_last).map(|(place, _)| place.as_str().to_owned());
    Ok(Page { places, next })
}

/// The first places with a state that are meant, at most one more than `most`.
fn spoken_of(
    places: &Places<'_>,
    within: Option<&Place>,
    after: &str,
    most: usize,
    is_meant: &dyn Fn(&Place) -> bool,
) -> Result<BTreeMap<Place, PlaceState>, Error> {
    let mut found = BTreeMap::new();
    let mut cursor = after.to_owned();
    if let Some(within) = within.filter(|within| within.as_str() > after) {
        within.as_str().clone_into(&mut cursor);
        let state = places.state(within)?;
        if is_meant(within) && *state != PlaceState::default() {
            found.insert(within.clone(), (*state).clone());
        }
    }
    let stride = most.saturating_add(1);
    // What lies in a place goes on with `.` or `/`, and `0` follows these.
    let end = within.map(|within| format!("{within}0"));
    while found.len() < stride {
        let next = places.states_after(&cursor, stride)?;
        let Some((last, _)) = next.last() else { break };
        let is_end = next.len() < stride || end.as_ref().is_some_and(|end| last.as_str() >= end.as_str());
        last.as_str().clone_into(&mut cursor);
        found.extend(next.into_iter().filter(|(p, _)| is_meant(p)));
        if is_end {
            break;
        }
    }
    Ok(found)
}
