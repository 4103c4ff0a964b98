//! The store of a running server, watched: damage that any read or write meets is a trouble of the server,
//! and a file whose structure is broken is written to no more.
//!
//! # What goes on with a damaged log
//!
//! - **A record, note, link or signature that is not what was written**: records are taken in as before. A new
//!   record is checked against the head of its own journal and appended; no row that stands is touched, so
//!   taking it in harms nothing, and the record is safer in two places than in one.
//! - **A broken file** ([`StoreError::Corrupt`]): nothing is written. A write through a broken page or free
//!   list can overwrite rows that are still sound. Phones are told to come later and keep everything; reading
//!   goes on as far as it does. A full check that finds the file sound opens it again.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};

use crate::{
    health::{Health, Trouble},
    store::{Depth, Flaw, Store, StoreError, Stored, Tx, View},
};

/// A store that tells the server's health of damage.
pub(crate) struct Guarded {
    store: Box<dyn Store>,
    health: Arc<Health>,
    /// The file is broken: no writing.
    is_broken: AtomicBool,
}

impl Guarded {
    pub(crate) fn new(store: Box<dyn Store>, health: Arc<Health>) -> Self {
        Self { store, health, is_broken: AtomicBool::new(false) }
    }

    fn watched<T>(&self, done: Stored<T>) -> Stored<T> {
        if let Err(error) = &done
            && error.is_damage()
        {
            if matches!(error, StoreError::Corrupt(_)) {
                self.is_broken.store(true, SeqCst);
            }
            self.health.raise(Trouble::Damage, error.to_string());
        }
        done
    }

    /// Refuses to write to a file that is broken.
    fn sound(&self) -> Stored<()> {
        if self.is_broken.load(SeqCst) {
            return Err(StoreError::Corrupt("it is not written to any more".into()));
        }
        Ok(())
    }
}

impl Store for Guarded {
    fn read(&self, work: &mut dyn FnMut(&dyn View) -> Stored<()>) -> Stored<()> {
        self.watched(self.store.read(work))
    }

    fn write(&self, work: &mut dyn FnMut(&mut dyn Tx) -> Stored<()>) -> Stored<()> {
        self.sound()?;
        self.watched(self.store.write(work))
    }

    fn write_derived(&self, work: &mut dyn FnMut(&mut dyn Tx) -> Stored<()>) -> Stored<()> {
        self.sound()?;
        self.watched(self.store.write_derived(work))
    }

    fn scrub(&self, traces: &[Vec<u8>]) -> Stored<()> {
        self.sound()?;
        self.watched(self.store.scrub(traces))
    }

    fn tend(&self) -> Stored<()> {
        self.watched(self.store.tend())
    }

    fn copy_to(&self, path: &Path) -> Stored<()> {
        self.watched(self.store.copy_to(path))
    }

    fn check(&self, depth: Depth) -> Stored<Vec<Flaw>> {
        let flaws = self.watched(self.store.check(depth))?;
        let is_broken = flaws.iter().any(|flaw| matches!(flaw, Flaw::File(_)));
        if is_broken || depth == Depth::Full {
            self.is_broken.store(is_broken, SeqCst);
        }
        Ok(flaws)
    }
}
