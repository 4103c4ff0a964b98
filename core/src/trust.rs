//! Which of this phone's records count. Those of a device that the desk revoked are held as evidence, and count
//! only as far as the revocation left them trusted or a ruling admitted them.

use std::collections::BTreeSet;

use pantau_protocol::{exchange::Counted, projection::Reference};
use rusqlite::Connection;

use crate::{
    error::Error,
    identity,
    row::Stored,
    store::setting::{self, get_or},
};

/// What is known of whether own records count.
#[derive(Debug)]
pub(crate) struct OwnTrust<'r> {
    /// Knows of the phones this officer had before.
    reference: &'r Reference,
    /// A revoked phone reads nothing any more, and lives on what it was told last.
    told: Option<Told>,
}

#[derive(Debug)]
struct Told {
    /// Journals of the officer it was said of.
    journals: BTreeSet<i64>,
    counted: Vec<Counted>,
}

impl<'r> OwnTrust<'r> {
    pub(crate) fn read(c: &Connection, reference: &'r Reference) -> Result<Self, Error> {
        let told = match identity::certificate(c)? {
            Some(certificate) if get_or(c, &setting::REVOKED, false)? => Some(Told {
                journals: identity::journals_of(c, certificate.officer)?,
                counted: get_or(c, &setting::COUNTED, Vec::new())?,
            }),
            _ => None,
        };
        Ok(Self { reference, told })
    }

    /// Whether an own record counts, once it is held.
    pub(crate) fn counts(&self, own: &Stored) -> bool {
        match self.told.as_ref().filter(|told| told.journals.contains(&own.own)) {
            Some(told) => {
                let covers = |c: &Counted| c.device == own.device && (c.first..=c.last).contains(&own.seq);
                told.counted.iter().any(covers)
            }
            None => self.reference.trusts(&own.id, (own.device, own.branch, own.seq)),
        }
    }
}
