//! What all sides of a handover read: their own records, and texts.

use std::collections::BTreeSet;

use pantau_protocol::{
    body::Body,
    handover::{BadSlip, BadSpoken, Slip},
    record::Record,
    validate::Problem,
};
use rusqlite::Connection;

use crate::{
    error::Error,
    identity::{self, Journal},
    row::{self, Stored},
};

/// An own statement with its record.
pub(super) struct Own {
    pub(super) stored: Stored,
    pub(super) record: Record,
    pub(super) statement: Body,
    /// A later own record supersedes it.
    pub(super) superseded: bool,
}

/// All statements of this phone, the latest first.
pub(super) fn own(c: &Connection, is_wanted: impl Fn(&Body) -> bool) -> Result<Vec<Own>, Error> {
    let (mut all, mut gone) = (Vec::new(), BTreeSet::new());
    for stored in row::select(c, "r.own > 0", "r.row DESC", [])? {
        let Some(record) = stored.record() else { continue };
        match record.decode_body() {
            Ok(Body::Correct(b)) => _ = gone.insert(b.target),
            Ok(Body::Retract(b)) => _ = gone.insert(b.target),
            _ => {}
        }
        if let Ok(statement) = record.statement()
            && is_wanted(&statement)
        {
            let superseded = gone.contains(&stored.id);
            all.push(Own { stored, record, statement, superseded });
        }
    }
    Ok(all)
}

/// The journal of an own record, and the officer who wrote in it.
pub(super) fn journal_of(c: &Connection, stored: &Stored) -> Result<(Journal, u32), Error> {
    let journal = identity::get(c, stored.own)?.ok_or(Error::NotFound)?;
    let certificate = match &journal.certificate {
        Some(certificate) => Some(certificate.clone()),
        None => identity::certificate(c)?,
    };
    Ok((journal, certificate.ok_or(Error::NotEnrolled)?.officer))
}

/// Reads the text of a QR code.
pub(super) fn read(text: &str) -> Result<Slip, Error> {
    Slip::parse(text).map_err(|why| {
        let (part, problem) = match why {
            BadSlip::NotOurs => ("text", Problem::Unknown),
            BadSlip::TooLong(_) => ("text", Problem::TooLong),
            BadSlip::Truncated => ("text", Problem::Missing),
            BadSlip::Symbol => ("text", Problem::Contradiction),
            BadSlip::Version(_) => ("version", Problem::Unknown),
            BadSlip::Body => ("body", Problem::Contradiction),
            BadSlip::Payload(_) => ("record", Problem::Contradiction),
        };
        Error::field(format!("handover.{part}"), problem)
    })
}

/// Why a spoken answer is none.
pub(super) fn mistyped(why: BadSpoken) -> Error {
    let problem = match why {
        BadSpoken::Symbols => Problem::Unknown,
        BadSpoken::Check => Problem::Contradiction,
    };
    Error::field("handover.code", problem)
}
