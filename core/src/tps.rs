//! The list of polling stations and the card of one.

use pantau_protocol::{
    body::{Access, Body, Ended, Kind, Packing, Signal, Tps},
    journal::{DeviceId, RecordId},
    note::Field,
    place::Place,
    projection::{Custody, Judged, Judgement, Mark, PlaceState, Reference},
    record::Basis,
    time,
};
use rusqlite::Connection;

use crate::{
    error::Error,
    identity,
    journal::{self, Delivery},
    limit, places,
    row::{self, Stored},
    store::setting::{self, GENERATION},
    trust::OwnTrust,
};

/// Which stations to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TpsQuery {
    /// Words that code, number or village name must contain; case does not matter.
    pub search: Option<String>,
    /// Only stations without a visit.
    pub not_visited: bool,
    /// The hardest to reach first; else by code.
    pub remote_first: bool,
    /// Continue after this station, in the same order.
    pub after: Option<Place>,
    /// Rows at most; 0 means 50, more than [`crate::limit::LIST_ROWS`] is cut.
    pub limit: u32,
}

/// A station in the list.
#[derive(Debug, Clone, PartialEq)]
pub struct TpsRow {
    /// Its code.
    pub place: Place,
    /// Name of its village; the code where the name is not known here.
    pub village: String,
    /// Its number as printed.
    pub number: String,
    /// Registered voters.
    pub voters: u32,
    /// How hard it is to reach.
    pub access: Access,
    /// What signal it has.
    pub signal: Signal,
    /// Somebody visited it.
    pub visited: bool,
    /// The newest word about it: who, on what basis, when.
    pub last_word: Option<Mark>,
    /// Logistics arrived.
    pub arrived: bool,
    /// Incidents nobody has said to be done.
    pub open_incidents: u32,
    /// Rests in part on records that the server does not hold yet.
    pub provisional: bool,
}

/// One record about a station.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineRow {
    /// Its id.
    pub id: RecordId,
    /// Author's device.
    pub device: DeviceId,
    /// Author, if known here.
    pub officer: Option<u32>,
    /// Author's name, if known here and not erased.
    pub name: Option<String>,
    /// Claimed time, unix seconds.
    pub at: i64,
    /// Effective time, unix seconds.
    pub effective_at: i64,
    /// What it rests on.
    pub basis: Basis,
    /// Kind of the body.
    pub kind: Kind,
    /// What was said; absent where this version cannot read it.
    pub body: Option<Body>,
    /// Personal texts that are here.
    pub notes: Vec<(Field, String)>,
    /// A later record supersedes it.
    pub superseded: bool,
    /// It is about another election than the one in force, and does not count for that.
    pub other_election: bool,
    /// What becomes of it at this place; absent where the server has not confirmed it in its present epoch.
    pub judged: Option<Judged>,
    /// The server confirmed it in its present epoch; records of this phone count as confirmed.
    pub confirmed: bool,
    /// How far it has come, for records of this phone.
    pub delivery: Option<Delivery>,
}

/// All about one place.
#[derive(Debug, Clone, PartialEq)]
pub struct TpsCard {
    /// Its code.
    pub place: Place,
    /// Name of its village or region, if known here.
    pub name: Option<String>,
    /// Reference data, for a polling station.
    pub tps: Option<Tps>,
    /// The place is no more: what was said of it stays.
    pub ended: Option<Ended>,
    /// What is known, own unsent records included.
    pub state: PlaceState,
    /// The custody line of the kit of a polling station; absent where nobody spoke of the kit.
    pub custody: Option<Custody>,
    /// What was packed into its kit, where the desk has a list of it.
    pub packing: Option<Packing>,
    /// Rests in part on records that the server does not hold yet.
    pub provisional: bool,
    /// Records about it, newest first by effective time.
    pub timeline: Vec<TimelineRow>,
}

/// One page of the list: of stations in use.
pub(crate) fn list(c: &Connection, reference: &Reference, query: &TpsQuery) -> Result<Vec<TpsRow>, Error> {
    let scope = identity::scope(c)?;
    let limit = if query.limit == 0 { limit::PAGE_ROWS } else { query.limit.min(limit::LIST_ROWS) } as usize;
    let words: Vec<String> =
        query.search.iter().flat_map(|s| s.split_whitespace()).map(str::to_lowercase).collect();
    // The hardest class first; a class this version does not know counts as hard.
    let rank = |t: &Tps| if query.remote_first { u32::MAX - t.access.number() } else { 0 };
    let mut all: Vec<(u32, &Place, &Tps)> = reference
        .all_tps()
        .filter(|(p, t)| t.ended.is_none() && scope.covers(p))
        .map(|(p, t)| (rank(t), p, t))
        .collect();
    all.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
    let after = query.after.as_ref().map(|p| (reference.tps(p).map_or(0, rank), p));
    let mut rows = Vec::new();
    for (class, place, tps) in all {
        if rows.len() == limit {
            break;
        }
        if after.is_some_and(|a| (class, place) <= a) {
            continue;
        }
        // The code holds the number, too.
        let text = format!("{} {}", place, village_of(reference, place)).to_lowercase();
        if !words.iter().all(|w| text.contains(w)) {
            continue;
        }
        let row = shown_row(c, reference, place, tps)?;
        if !(query.not_visited && row.visited) {
            rows.push(row);
        }
    }
    Ok(rows)
}

/// Name of the village of a station, its code where the name is not known here.
fn village_of(reference: &Reference, place: &Place) -> String {
    let Some(village) = place.parent() else { return String::new() };
    reference.region(&village).map_or_else(|| village.to_string(), |r| r.name.clone())
}

fn shown_row(c: &Connection, reference: &Reference, place: &Place, tps: &Tps) -> Result<TpsRow, Error> {
    let (state, provisional) = places::state(c, reference, place)?;
    Ok(TpsRow {
        village: village_of(reference, place),
        number: place.as_str().split_once('/').map_or_else(String::new, |(_, n)| n.to_owned()),
        voters: tps.voters,
        access: tps.access,
        signal: tps.signal,
        visited: state.visits > 0,
        arrived: state.arrival.is_some(),
        open_incidents: u32::try_from(state.incidents.iter().filter(|i| i.is_open()).count())
            .unwrap_or(u32::MAX),
        last_word: state.last_word,
        provisional,
        place: place.clone(),
    })
}

/// All about one place.
pub(crate) fn card(c: &Connection, reference: &Reference, place: &Place) -> Result<TpsCard, Error> {
    let (state, provisional) = places::state(c, reference, place)?;
    let generation = setting::get_or(c, &GENERATION, 0)?;
    let (trust, mut timeline) = (OwnTrust::read(c, reference)?, Vec::new());
    let about = row::at_place(c, place)?;
    let judgement = places::judged(c, reference, &about)?;
    for stored in &about {
        if let Some(row) = timeline_row(c, reference, (&trust, &judgement), stored, generation)? {
            timeline.push(row);
        }
    }
    timeline.sort_by_key(|r| (std::cmp::Reverse(r.effective_at), r.id));
    let named = if reference.tps(place).is_some() { place.parent() } else { Some(place.clone()) };
    Ok(TpsCard {
        name: named.and_then(|p| reference.region(&p).map(|r| r.name.clone())),
        tps: reference.tps(place).cloned(),
        ended: reference.ended(place).cloned(),
        custody: places::custody(c, reference, place, &about)?,
        packing: reference.packing(place).cloned(),
        place: place.clone(),
        state,
        provisional,
        timeline,
    })
}

fn timeline_row(
    c: &Connection,
    reference: &Reference,
    (trust, judgement): (&OwnTrust<'_>, &Judgement),
    stored: &Stored,
    generation: u64,
) -> Result<Option<TimelineRow>, Error> {
    let Some(record) = stored.record().filter(|r| !r.kind.is_reference()) else { return Ok(None) };
    let officer = reference.officer(&stored.device);
    let confirmed = stored.own > 0 || stored.generation == generation;
    Ok(Some(TimelineRow {
        id: stored.id,
        device: stored.device,
        officer,
        name: match officer {
            Some(officer) => name_of(c, officer, stored.envelope().map(|e| e.received_at))?,
            None => None,
        },
        at: record.at,
        effective_at: time::effective(record.at, stored.envelope().as_ref()).at,
        basis: record.basis,
        kind: record.kind,
        body: record.decode_body().ok(),
        notes: row::texts(c, &stored.id)?,
        superseded: judgement.is_replaced(&stored.id),
        other_election: judgement.is_of_other_election(&stored.id),
        judged: confirmed.then(|| judgement.of(&stored.id)),
        confirmed,
        delivery: (stored.own > 0).then(|| journal::delivery(trust, stored)),
    }))
}

/// Records about officers; the only value is their kind.
pub(crate) fn officers_condition() -> String {
    format!("r.kind = ?1 AND {}", row::from_above("r.kind"))
}

/// The name an officer had when something of him was received, unix seconds: his number may have gone to another
/// person since. From the newest record about him by then whose name is here, or else from the first one after;
/// for what was not received yet, from the newest of all.
pub(crate) fn name_of(
    c: &Connection,
    officer: u32,
    received_at: Option<i64>,
) -> Result<Option<String>, Error> {
    let mut earliest = None;
    for stored in row::select(c, &officers_condition(), "r.row DESC", [Kind::Officer.number()])? {
        let body = stored.record().and_then(|r| r.decode_body().ok());
        if matches!(body, Some(Body::Officer(o)) if o.officer == officer) {
            let name = row::texts(c, &stored.id)?.into_iter().find(|(f, _)| *f == Field::Name);
            let Some((_, name)) = name else { continue };
            let is_later =
                stored.envelope().is_some_and(|e| received_at.is_some_and(|at| e.received_at > at));
            if !is_later {
                return Ok(Some(name));
            }
            earliest = Some(name);
        }
    }
    Ok(earliest)
}
