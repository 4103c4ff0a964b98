//! What a payload's own content may not be: over a limit, or impossible. The phone checks at capture and
//! says which field; the server checks again and quarantines. Clocks and unknown things are never refused.

use std::borrow::Cow;

pub use crate::problem::{FieldError, Problem};
use crate::{
    body::Body,
    limit,
    problem::{at_most, fail},
    record::{self, Basis, Record},
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
    // A correction whose new body cannot be read is refused below.
    let statement = record::statement(body).unwrap_or(Cow::Borrowed(body));
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

/// Checks that a told report names its informant: at capture only, since the note may be erased later.
pub fn informant(basis: Basis, has_informant: bool) -> Result<(), FieldError> {
    if basis.is_told() && !has_informant { fail("informant", Problem::Missing) } else { Ok(()) }
}
