//! Reference data: regions, stations, officers and lists of the desk, as the phone read them last.

use std::sync::{Arc, Mutex, PoisonError};

use pantau_protocol::{body::Kind, projection::Reference};
use rusqlite::Connection;

use crate::{
    error::Error,
    row,
    store::{
        Db,
        setting::{self, GENERATION, PULLED},
    },
};

/// Reads all reference data. While a pull is under way those of the pull before it still serve: a list of
/// stations that vanishes for hours helps nobody.
pub(crate) fn read(c: &Connection) -> Result<Reference, Error> {
    let generation = setting::get_or(c, &GENERATION, 0)?;
    let pulled = setting::get_or(c, &PULLED, false)?;
    let mut reference = Reference::default();
    for stored in row::select(c, &condition(), "r.row", [Kind::Ruling.number()])? {
        let counts = stored.counts(generation) || !pulled && stored.own == 0;
        if let Some(fact) = counts.then(|| stored.fact()).flatten() {
            reference.insert(&fact);
        }
    }
    Ok(reference)
}

/// Records that reference data are made of; the only value is the kind of rulings.
pub(crate) fn condition() -> String {
    let (indexed, reference) = (row::from_above("r.kind"), row::of_kinds("r.kind", Kind::REFERENCE));
    format!("{indexed} AND ({reference} OR r.kind = ?1)")
}

/// Reference data in memory, as of the last reply that changed them. Inside a write this is what that write sees.
#[derive(Debug)]
pub(crate) struct Known(Mutex<Arc<Reference>>);

impl Known {
    pub(crate) fn new(reference: Reference) -> Self {
        Self(Mutex::new(Arc::new(reference)))
    }

    pub(crate) fn get(&self) -> Arc<Reference> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set(&self, reference: Reference) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(reference);
    }

    /// Reads them again: a write that had set them was undone.
    pub(crate) fn reload(&self, db: &Db) {
        if let Ok(reference) = db.read(read) {
            self.set(reference);
        }
    }
}
