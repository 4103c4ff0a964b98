//! What a payload's own content may not be: over a limit, or impossible. The phone checks at capture and
//! says which field; the server checks again and quarantines. Clocks and unknown things are never refused.

use std::borrow::Cow;

pub use crate::problem::{FieldError, Problem};
use crate::{
    body::Body,
    limit,
    problem::{at_most, fail},
    record::{self, Against, Basis, Record},
};

/// Checks a record and its body.
pub fn record(record: &Record, body: &Body) -> Result<(), FieldError> {
    if let Some(fix) = &record.fix {
        if fix.lat.unsigned_abs() > 9_000_000 {
            return fail("fix.lat", Problem::TooLarge);
        }
        if fix.lon.unsigned_abs() > 18_000_000 {
            return fail("fix.lon", Problem::TooLarge);
        }
        at_most("fix.accuracy", fix.accuracy, limit::ACCURACY_M)?;
    }
    if record.election.is_some_and(|e| e.0 == 0) {
        return fail("election", Problem::TooSmall);
    }
    // A basis of a newer version may be told, too.
    if record.told.is_some() && matches!(record.basis, Basis::Seen | Basis::Document) {
        return fail("told", Problem::Contradiction);
    }
    // A correction whose new body cannot be read is refused below.
    let statement = record::statement(body).unwrap_or(Cow::Borrowed(body));
    if let Some(plan) = &record.against {
        against(plan, &statement)?;
    }
    let named = body.places();
    let keys = named.iter().copied().chain(statement.places()).chain([&record.place]);
    let keys: std::collections::BTreeSet<_> = keys.collect();
    if keys.len() > limit::PLACE_KEYS || named.len() > limit::PLACE_KEYS {
        return fail("places", Problem::TooLong);
    }
    if let Body::Dispatch(d) = statement.as_ref()
        && d.goes_nowhere(&record.place)
    {
        return fail("dispatch.to", Problem::Contradiction);
    }
    body.check()
}

/// Checks that the plan of a record fits what it states.
fn against(plan: &Against, statement: &Body) -> Result<(), FieldError> {
    let kits = if let Body::Receive(receive) = statement { receive.kits.len().max(1) } else { 0 };
    match plan.voters.len() {
        0 => {}
        n if n == kits => {}
        n if n > limit::PLACE_KEYS => return fail("against.voters", Problem::TooLong),
        _ => return fail("against.voters", Problem::Contradiction),
    }
    plan.voters
        .iter()
        .enumerate()
        .try_for_each(|(n, voters)| at_most(&format!("against.voters[{n}]"), *voters, limit::VOTERS))
}

/// Checks that a told report names its informant: at capture only, since the note may be erased later.
pub fn informant(basis: Basis, has_informant: bool) -> Result<(), FieldError> {
    if basis.is_told() && !has_informant { fail("informant", Problem::Missing) } else { Ok(()) }
}
