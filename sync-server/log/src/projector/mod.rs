//! The projector: follows the log by position and keeps the state of each place, the sums of each region and the
//! lists that pages need in the store, in one transaction with its own position.
//!
//! A step reads what was added to the log, finds the places that it touches, reads their facts by the index of
//! places and folds each place once ([`fold()`](fold::fold)). It is planned on a snapshot without holding any lock
//! of the store, and written in one short transaction if nobody else moved the projection meanwhile: a running
//! server and a command may work on one directory.
//!
//! Reference data stays in memory ([`known`]). A change of it that may touch every state is folded again behind a
//! cursor that is kept with the position, in bounded batches, so that a restart goes on where it was. A new version
//! of the fold, another epoch and a log that is shorter than the projection are built anew beside the one that
//! pages read.
//!
//! The log is sacred; all of this may be thrown away at any time.

mod contact;
mod fold;
mod goods;
mod known;
mod read;
mod seen;
mod step;
mod sums;
mod then;

#[cfg(test)]
mod tests;

pub use contact::{Contact, Told};
pub use fold::{fact, facts_of, urgency};
pub use known::{Known, Names, name_now, name_then};
pub use read::Places;
pub(crate) use read::serving_version;
pub use then::Then;

use std::sync::{Arc, Mutex, RwLock, atomic::AtomicBool};

use pantau_protocol::projection;

use self::{read::Cache, step::Written};
use crate::{
    Error,
    error::poisoned,
    store::{self, Store},
};

/// What a generation must be made by: a new number for a fold, or for lists and sums that are made otherwise. Phones
/// compare states by the version of the fold alone.
const VERSION: u32 = projection::VERSION * 100 + 4;

/// What a server keeps of its projector.
#[derive(Debug, Default)]
pub(crate) struct Projector {
    /// The reference data that the last step ended with. Held while a step is made.
    working: Mutex<Known>,
    /// The same for readers.
    known: RwLock<Arc<Known>>,
    cache: Cache,
    /// A thread follows the log, so readers need not.
    pub(crate) is_driven: AtomicBool,
}

/// How far a projection that is being built has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Places folded.
    pub folded: u64,
    /// About how many there are.
    pub of: u64,
}

/// Whether there is more to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Followed {
    /// Another step may follow.
    More,
    /// The projection is up to date.
    UpToDate,
}

impl Projector {
    /// One step, at a moment in unix seconds.
    pub(crate) fn step(&self, store: &dyn Store, fresh: bool, now: i64) -> Result<Followed, Error> {
        let mut working = self.working.lock().map_err(poisoned)?;
        let before = working.position();
        let planned = store::read(store, |view| step::plan(view, &mut working, fresh, now));
        let written = planned.and_then(|step| match step {
            Some(step) => store::write_derived(store, |tx| step.write(tx)).map(Some),
            None => Ok(None),
        });
        // What was not written is not told either; the next step reads it again.
        if !matches!(written, Ok(Some(Written::Done) | None)) {
            *working = Known::default();
        } else if before != working.position() {
            *self.known.write().map_err(poisoned)? = Arc::new(working.clone());
        }
        Ok(written?.map_or(Followed::UpToDate, |_| Followed::More))
    }

    pub(crate) fn known(&self) -> Result<Arc<Known>, Error> {
        Ok(Arc::clone(&*self.known.read().map_err(poisoned)?))
    }
}
