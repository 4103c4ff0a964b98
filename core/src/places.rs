//! The projection on the phone: the state of each place, folded anew in the transaction that changes it.

use std::collections::BTreeSet;

use pantau_protocol::{
    body::Kind,
    cbor,
    exchange::StateDigest,
    place::Place,
    projection::{Fact, Fold, PlaceState, Reference, place_state},
};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::{
    error::Error,
    row,
    store::setting::{self, GENERATION, PULLED},
};

/// Reads all reference data. While a pull is under way those of the pull before it still serve: a list of
/// stations that vanishes for hours helps nobody.
pub(crate) fn reference(c: &Connection) -> Result<Reference, Error> {
    let generation = setting::get_or(c, &GENERATION, 0)?;
    let pulled = setting::get_or(c, &PULLED, false)?;
    let mut reference = Reference::default();
    let condition = "r.kind BETWEEN 20 AND 59 AND r.kind BETWEEN 40 AND 59";
    for stored in row::select(c, condition, "r.row", [])? {
        let counts = stored.counts(generation) || !pulled && stored.own == 0;
        if let Some(fact) = counts.then(|| stored.fact()).flatten() {
            reference.insert(&fact);
        }
    }
    Ok(reference)
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
        let mut provisional = false;
        let mut facts: Vec<Fact> = Vec::new();
        for stored in row::at_place(c, &place)? {
            if let Some(fact) = stored.counts(generation).then(|| stored.fact()).flatten() {
                provisional |= fact.envelope.is_none();
                facts.push(fact);
            }
        }
        let state = place_state(&place, &facts, reference);
        if state == PlaceState::default() && !provisional {
            c.prepare_cached("DELETE FROM state WHERE place = ?1")?.execute([place.as_str()])?;
        } else {
            c.prepare_cached(
                "INSERT INTO state (place, content, provisional) VALUES (?1, ?2, ?3)
                 ON CONFLICT (place) DO UPDATE SET content = excluded.content, provisional = excluded.provisional",
            )?
            .execute(params![place.as_str(), cbor::to_vec(&state), provisional])?;
        }
    }
    Ok(())
}

/// Folds all places anew: reference data changed, or a new pull began.
pub(crate) fn refold_all(c: &Connection, reference: &Reference) -> Result<(), Error> {
    let mut q = c.prepare_cached("SELECT DISTINCT place FROM place_key UNION SELECT place FROM state")?;
    let places: Vec<String> = q.query_map([], |r| r.get(0))?.collect::<Result<_, _>>()?;
    refold(c, reference, places.iter().filter_map(|p| Place::new(p).ok()))
}

/// The state of a place and whether it is provisional.
pub(crate) fn state(c: &Connection, place: &Place) -> Result<(PlaceState, bool), Error> {
    let found: Option<(Vec<u8>, bool)> = c
        .prepare_cached("SELECT content, provisional FROM state WHERE place = ?1")?
        .query_row([place.as_str()], |r| Ok((r.get(0)?, r.get(1)?)))
        .optional()?;
    let Some((content, provisional)) = found else { return Ok((PlaceState::default(), false)) };
    let state = cbor::from_slice(&content).map_err(|e| Error::Damaged(format!("state of {place}: {e}")))?;
    Ok((state, provisional))
}

/// Digest of what this phone shows of its scope, from scratch: what the scope sees of others' records and
/// of its own. The server folds the same set.
pub(crate) fn digest(c: &Connection) -> Result<StateDigest, Error> {
    let generation = setting::get_or(c, &GENERATION, 0)?;
    let scope = setting::scope(c)?;
    let mut fold = Fold::new();
    for stored in row::select(c, "1", "r.row", [])? {
        let Some(fact) = stored.counts(generation).then(|| stored.fact()).flatten() else { continue };
        let kind: Kind = fact.record.kind;
        if scope.sees(&fact.place_keys(), kind.is_from_above()) {
            fold.insert(fact);
        }
    }
    Ok(fold.digest_within(&scope))
}
