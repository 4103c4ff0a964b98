//! What a statement must satisfy before it is written: each refusal names the field.

use pantau_protocol::{
    body::{Body, Kind},
    journal::RecordId,
    permit::permit,
    place::Place,
    projection::Reference,
    record::{self, Record},
    validate::Problem,
};
use rusqlite::Connection;

use crate::{
    error::Error,
    identity, row,
    store::setting::{self, PULLED},
};

/// Whether this is a statement for its own sake. What names an earlier record has its own calls; reference
/// data are written at the desk, since a phone does not judge its own.
pub(super) fn is_statement(body: &Body) -> Result<(), Error> {
    if body.kind().is_statement() { Ok(()) } else { Err(Error::field("kind", Problem::NotAllowed)) }
}

/// Whether what the statement names is known here. While a pull is under way the lists are not whole, and
/// nobody is kept from speaking by that.
pub(super) fn known(c: &Connection, reference: &Reference, place: &Place, body: &Body) -> Result<(), Error> {
    if !setting::get_or(c, &PULLED, false)? {
        return Ok(());
    }
    Ok(reference.check_named(place, body)?)
}

/// Whether nothing is named twice that a record of before may name twice, and a new one may not.
pub(super) fn distinct(body: &Body) -> Result<(), Error> {
    if let Body::Receive(r) = body {
        r.check_distinct()?;
    }
    Ok(())
}

/// Whether a grant of this officer covers the places and lets its role state this. `said_there` is a place
/// where this officer spoke before: what one said may be put right also after one's region changed.
pub(super) fn granted(
    c: &Connection,
    reference: &Reference,
    (place, said_there): (&Place, Option<&Place>),
    body: &Body,
) -> Result<(), Error> {
    let (_, grants) = identity::grants(c, reference)?;
    let here = grants.iter().map(|g| (g.role, &g.place));
    let there = said_there.into_iter().flat_map(|place| grants.iter().map(move |g| (g.role, place)));
    let statement = record::statement(body).map_err(|_| Error::field("body", Problem::Contradiction))?;
    permit(&here.chain(there).collect::<Vec<_>>(), place, body, &statement)
        .map_err(|denied| Error::field(denied.field, Problem::NotAllowed))
}

/// The incident or directive that progress is about.
pub(super) fn matter(c: &Connection, target: &RecordId) -> Result<Record, Error> {
    let unknown = || Error::field("incident_update.target", Problem::Unknown);
    let record = row::by_id(c, target)?.and_then(|r| r.record()).ok_or_else(unknown)?;
    match record.statement().map(|b| b.kind()) {
        Ok(Kind::Incident | Kind::Directive) | Err(_) => Ok(record),
        Ok(_) => Err(Error::field("incident_update.target", Problem::Contradiction)),
    }
}

/// The record to be superseded, which must be this officer's own unless the desk writes.
pub(super) fn superseded(c: &Connection, reference: &Reference, target: &RecordId) -> Result<Record, Error> {
    let unknown = || Error::field("target", Problem::Unknown);
    let stored = row::by_id(c, target)?.ok_or_else(unknown)?;
    let (me, grants) = identity::grants(c, reference)?;
    let is_mine = stored.own > 0 || reference.officer(&stored.device) == Some(me);
    if !is_mine && !grants.iter().any(|g| g.role.is_desk()) {
        return Err(Error::field("target", Problem::NotAllowed));
    }
    stored.record().ok_or_else(unknown)
}
