//! What is odd about a slip, as far as this phone knows.

use pantau_protocol::{
    body::{Body, Dispatch},
    handover::Slip,
    journal::RecordId,
    limit,
    place::{Place, Scope},
    projection::Reference,
    record::Record,
};
use rusqlite::Connection;

use super::outcome::Doubt;
use crate::{
    error::Error,
    row::{self, Stored},
};

/// What is odd about who signed it, and when.
pub(super) fn of_signer(reference: &Reference, slip: &Slip, record: &Record, now: i64) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    match reference.officer(&slip.device()) {
        None => doubts.push(Doubt::UnknownDevice),
        Some(registered) if registered != slip.officer => doubts.push(Doubt::OtherOfficer { registered }),
        Some(_) => {}
    }
    // Of its branches a slip tells nothing; the first is the one of every phone that was never copied.
    if !reference.trusts(&slip.id(), (slip.device(), 0, slip.seq)) {
        doubts.push(Doubt::NotTrusted);
    }
    let seconds = now.saturating_sub(record.at);
    if seconds > limit::HANDOVER_OLD_S {
        doubts.push(Doubt::Old { seconds });
    }
    if reference.election_of(record, record.at) != reference.election() {
        doubts.push(Doubt::OtherElection);
    }
    doubts
}

/// Those places of a dispatch that the grants do not cover.
pub(super) fn outside(scope: &Scope, dispatch: &Dispatch) -> Option<Doubt> {
    let to = &dispatch.to.place;
    let mut places: Vec<Place> = dispatch.kits.iter().filter(|kit| !scope.covers(kit)).cloned().collect();
    if !scope.sees([to], true) && !places.contains(to) {
        places.push(to.clone());
    }
    (!places.is_empty()).then_some(Doubt::OutsideGrants { places })
}

/// Receipts by others that answer a dispatch, as far as they are here.
pub(super) fn answers_of_others(
    c: &Connection,
    id: &RecordId,
    dispatch: &Dispatch,
) -> Result<Vec<Stored>, Error> {
    let at = dispatch.kits.first().unwrap_or(&dispatch.to.place);
    let answers = |stored: &Stored| {
        let statement = stored.record().and_then(|r| r.statement().ok());
        matches!(statement, Some(Body::Receive(r)) if r.dispatch == Some(*id))
    };
    Ok(row::at_place(c, at)?.into_iter().filter(|s| s.own == 0 && answers(s)).collect())
}
