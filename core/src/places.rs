//! The projection on the phone: the state of each place. What the server says is folded in the transaction that
//! brings it; what this phone says, when somebody looks.

use std::collections::BTreeSet;

use pantau_protocol::{
    cbor,
    exchange::StateDigest,
    place::{Level, Place},
    projection::{
        self, Custody, Fact, Fold, Judgement, PlaceState, Reference,
        findings::{self, Sign},
        judge, place_state,
    },
};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::{
    error::Error,
    identity, reference,
    row::{self, Stored},
    store::setting::{self, GENERATION},
};

/// The state of a place as its records make it.
struct Folded {
    state: PlaceState,
    /// It rests in part on records that the server does not hold.
    provisional: bool,
    /// Newest record about the place.
    through: i64,
}

fn fold(c: &Connection, reference: &Reference, place: &Place, generation: u64) -> Result<Folded, Error> {
    let stored = row::at_place(c, place)?;
    let facts = facts(&stored, generation);
    Ok(Folded {
        state: place_state(place, &facts, reference),
        provisional: facts.iter().any(|f| f.envelope.is_none()),
        through: stored.iter().map(|s| s.row).max().unwrap_or(0),
    })
}

/// Those rows that are folded.
fn facts(stored: &[Stored], generation: u64) -> Vec<Fact> {
    stored.iter().filter(|s| s.counts(generation)).filter_map(Stored::fact).collect()
}

/// What becomes of each of these rows of one place: the rule of every page that shows records.
pub(crate) fn judged(c: &Connection, reference: &Reference, stored: &[Stored]) -> Result<Judgement, Error> {
    let generation = setting::get_or(c, &GENERATION, 0)?;
    Ok(judge(&facts(stored, generation), reference))
}

/// The custody line of the kit of a station, from the rows that carry its key; `None` for any other place, and where
/// nobody spoke of the kit. Not kept: it is asked for one place at a time, and is no part of what phone and server
/// compare.
pub(crate) fn custody(
    c: &Connection,
    reference: &Reference,
    place: &Place,
    stored: &[Stored],
) -> Result<Option<Custody>, Error> {
    if place.level() != Some(Level::Tps) {
        return Ok(None);
    }
    let generation = setting::get_or(c, &GENERATION, 0)?;
    Ok(projection::custody(place, &facts(stored, generation), reference))
}

/// What the rules of the findings find at a place, from the rows that carry its key, at a moment in unix seconds.
pub(crate) fn signs(
    c: &Connection,
    reference: &Reference,
    place: &Place,
    stored: &[Stored],
    now: i64,
) -> Result<Vec<Sign>, Error> {
    let generation = setting::get_or(c, &GENERATION, 0)?;
    Ok(findings::look(place, &facts(stored, generation), reference, now).signs)
}

/// Folds these places anew.
pub(crate) fn refold(
    c: &Connection,
    reference: &Reference,
    places: impl IntoIterator<Item = Place>,
) -> Result<(), Error> {
    let generation = setting::get_or(c, &GENERATION, 0)?;
    let distinct: BTreeSet<Place> = places.into_iter().collect();
    for place in distinct {
        let folded = fold(c, reference, &place, generation)?;
        if folded.state == PlaceState::default() && !folded.provisional {
            c.prepare_cached("DELETE FROM state WHERE place = ?1")?.execute([place.as_str()])?;
        } else {
            c.prepare_cached(
                "INSERT INTO state (place, content, provisional, through) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (place) DO UPDATE SET content = excluded.content, provisional = excluded.provisional,
                     through = excluded.through",
            )?
            .execute(params![
                place.as_str(),
                cbor::to_vec(&folded.state),
                folded.provisional,
                folded.through
            ])?;
        }
    }
    Ok(())
}

/// Folds all places anew: reference data changed, or a new pull began.
pub(crate) fn refold_all(c: &Connection, reference: &Reference) -> Result<(), Error> {
    refold(c, reference, spoken_of(c)?)
}

/// Writes anew all that follows from the records: keys of places, and states.
pub(crate) fn rederive(c: &Connection) -> Result<(), Error> {
    row::index_own(c)?;
    refold_all(c, &reference::read(c)?)?;
    setting::set(c, &setting::FOLD, &projection::VERSION)
}

/// Every place that a record of this phone speaks of, those it may no longer see included.
pub(crate) fn spoken_of(c: &Connection) -> Result<BTreeSet<Place>, Error> {
    let mut q = c.prepare_cached("SELECT DISTINCT place FROM place_key UNION SELECT place FROM state")?;
    let places: Vec<String> = q.query_map([], |r| r.get(0))?.collect::<Result<_, _>>()?;
    Ok(places.iter().filter_map(|p| Place::new(p).ok()).collect())
}

/// The state of a place and whether it is provisional: as it was folded last, or anew if this phone has said
/// something since. A capture does not fold, which costs it a fifth more.
pub(crate) fn state(
    c: &Connection,
    reference: &Reference,
    place: &Place,
) -> Result<(PlaceState, bool), Error> {
    let kept: Option<(Vec<u8>, bool, i64)> = c
        .prepare_cached("SELECT content, provisional, through FROM state WHERE place = ?1")?
        .query_row([place.as_str()], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))
        .optional()?;
    let through = kept.as_ref().map_or(0, |(_, _, through)| *through);
    let said_since = c
        .prepare_cached(
            "SELECT 1 FROM place_key k CROSS JOIN record r ON r.row = k.row
             WHERE k.place = ?1 AND k.row > ?2 AND r.own > 0",
        )?
        .exists(params![place.as_str(), through])?;
    if said_since {
        let folded = fold(c, reference, place, setting::get_or(c, &GENERATION, 0)?)?;
        return Ok((folded.state, folded.provisional));
    }
    let Some((content, provisional, _)) = kept else { return Ok((PlaceState::default(), false)) };
    let state = cbor::from_slice(&content).map_err(|e| Error::Damaged(format!("state of {place}: {e}")))?;
    Ok((state, provisional))
}

/// Digest of what this phone shows of its scope, from scratch: what the scope sees of others' records and
/// of its own. The server folds the same set.
pub(crate) fn digest(c: &Connection) -> Result<StateDigest, Error> {
    let generation = setting::get_or(c, &GENERATION, 0)?;
    let scope = identity::scope(c)?;
    let mut fold = Fold::new();
    for stored in row::select(c, "1", "r.row", [])? {
        let Some(fact) = stored.counts(generation).then(|| stored.fact()).flatten() else { continue };
        if scope.sees(&fact.place_keys(), fact.record.is_from_above()) {
            fold.insert(fact);
        }
    }
    Ok(fold.digest_within(&scope))
}
