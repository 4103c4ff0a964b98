//! `GET /api/v1/rollups`: the sums of a region and of what lies directly in it.

use axum::{extract::State, response::Response};
use pantau_log::Error;
use pantau_protocol::{place::Place as Code, projection::Rollup};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Desked, answer,
    places::Place,
    said::{AsOf, Time},
    usual::{Problems, Unchanged},
};
use crate::{
    ask::Ask,
    problem::{self, Problem, Refusal},
    query::Query,
    visit::Asked,
};

/// The sums of a region and of its parts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Rollups {
    /// Up to where the answer speaks.
    as_of: AsOf,
    /// The region; `null` for all provinces together.
    place: Option<Place>,
    /// Its sums.
    total: Counts,
    /// What lies directly in it, by code; for all provinces together, these.
    parts: Vec<Part>,
}

/// A part of a region with its sums.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Part {
    /// The region or TPS.
    place: Place,
    /// Its sums.
    total: Counts,
}

/// Counts over the TPS of a region, without those that have ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Counts {
    /// TPS.
    tps: u32,
    /// Registered voters.
    voters: u64,
    /// TPS with at least one visit.
    visited: u32,
    /// TPS that received something.
    arrived: u32,
    /// TPS whose kit was counted and is complete.
    complete: u32,
    /// TPS where a counted item is short. Of a TPS that is neither `complete` nor `short` it is unknown.
    short: u32,
    /// TPS where the latest arrival names a broken or missing seal.
    bad_seals: u32,
    /// Open incidents, those of offices and of places that are in no table, too.
    open_incidents: u32,
    /// Open incidents that endanger the vote.
    grave_incidents: u32,
    /// TPS nobody said anything about.
    silent: u32,
    /// Voters so far: of each TPS the latest hour whose figure can be. `null` if no TPS reported one.
    turnout: Option<u64>,
    /// TPS that reported turnout that can be.
    turnout_tps: u32,
    /// Registered voters of the TPS that reported turnout: what `turnout` is a share of.
    turnout_voters: u64,
    /// TPS that received something of which nobody knows whether it is complete. `complete`, `short`, `uncounted` and
    /// `not_arrived` add up to `tps`.
    uncounted: u32,
    /// TPS of which nobody said that something has arrived.
    not_arrived: u32,
    /// Of the TPS that received something, those known by hearsay.
    arrived_told: u32,
    /// Of the TPS that received something, those known by a document; of the rest somebody saw it.
    arrived_document: u32,
    /// TPS that are heard as expected: none of the hourly words of election day is missed.
    heard: u32,
    /// TPS with signal where word is missed, for fewer hours than make a finding.
    word_late: u32,
    /// TPS without signal where word is missed, which says nothing.
    silent_expected: u32,
    /// TPS with signal where word is missed for so long that it is a finding.
    silent_abnormal: u32,
    /// TPS where something was counted against a plan that has changed since.
    replanned: u32,
    /// Of the TPS that spoke, the newest last word; `null` if none did.
    newest_word_at: Option<Time>,
    /// Of the TPS that spoke, the oldest last word; `null` if none did.
    oldest_word_at: Option<Time>,
}

impl Counts {
    pub(super) fn of(r: &Rollup) -> Self {
        Self {
            tps: r.tps,
            voters: r.voters,
            visited: r.visited,
            arrived: r.arrived,
            complete: r.complete,
            short: r.short,
            bad_seals: r.bad_seals,
            open_incidents: r.open_incidents,
            grave_incidents: r.grave_incidents,
            silent: r.silent,
            turnout: (r.turnout_tps > 0).then_some(r.turnout),
            turnout_tps: r.turnout_tps,
            turnout_voters: r.turnout_voters,
            uncounted: r.uncounted(),
            not_arrived: r.not_arrived(),
            arrived_told: r.arrived_told,
            arrived_document: r.arrived_document,
            heard: r.heard(),
            word_late: r.word_late,
            silent_expected: r.silent_expected,
            silent_abnormal: r.silent_abnormal,
            replanned: r.replanned,
            newest_word_at: r.newest.map(Time::of),
            oldest_word_at: r.oldest.map(Time::of),
        }
    }
}

/// Sums of a region and of what lies directly in it
#[utoipa::path(
    get,
    path = "/api/v1/rollups",
    operation_id = "rollups",
    tag = "read",
    params(
        ("within" = Option<String>, Query, description = "Code of the region. Without, the region of the token, or all provinces."),
    ),
    responses(
        (status = 200, description = "The sums.", body = Rollups),
        Unchanged,
        Problems,
    ),
)]
pub(crate) async fn rollups(State(desk): Desked, asked: Asked) -> Response {
    answer(desk, asked, make).await
}

fn make(ask: &Ask<'_>, asked: &Asked) -> Result<Rollups, Refusal> {
    let query = Query::read(asked, &["within"])?;
    let within = ask.reader.narrowed(query.place("within")?)?;
    let (places, reference) = (ask.places, ask.places.reference());
    if let Some(place) = &within
        && reference.region(place).is_none()
        && reference.tps(place).is_none()
    {
        return Err(Problem::new(problem::Code::PlaceNotFound).into());
    }
    let inner = within.as_ref().map_or_else(|| places.roots(), |place| places.children(place));
    let (mut parts, mut all) = (Vec::new(), Rollup::default());
    for place in &inner {
        let sums = places.sums(place)?;
        all.merge(&sums);
        parts.push(Part { place: named(ask, place)?, total: Counts::of(&sums) });
    }
    let total = match &within {
        Some(place) => places.sums(place)?,
        None => all,
    };
    Ok(Rollups {
        as_of: AsOf::of(ask),
        place: within.as_ref().map(|place| named(ask, place)).transpose()?,
        total: Counts::of(&total),
        parts,
    })
}

fn named(ask: &Ask<'_>, place: &Code) -> Result<Place, Error> {
    Ok(Place::of(ask, place, &*ask.places.state(place)?))
}
