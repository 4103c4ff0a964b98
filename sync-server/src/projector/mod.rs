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

mod fold;
mod known;
mod read;
mod step;
mod sums;

#[cfg(test)]
mod tests;

pub use fold::{fact, facts, urgency};
pub use known::Known;
pub use read::Places;

use std::sync::{
    Arc, Mutex, RwLock,
    atomic::{AtomicBool, Ordering::SeqCst},
};

use self::{read::Cache, step::Written};
use crate::{
    Error, Server,
    server::poisoned,
    store::{self, Status, Store, StoreError},
};

/// What a server keeps of its projector.
#[derive(Debug, Default)]
pub(crate) struct Projector {
    /// The reference data that the last step ended with. Held while a step is made.
    working: Mutex<Known>,
    /// The same for readers.
    known: RwLock<Arc<Known>>,
    cache: Cache,
    /// A thread follows the log, so readers need not.
    is_driven: AtomicBool,
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
pub(crate) enum Followed {
    /// Another step may follow.
    More,
    /// The projection is up to date.
    UpToDate,
}

impl Projector {
    /// One step.
    fn step(&self, store: &dyn Store, fresh: bool) -> Result<Followed, Error> {
        let mut working = self.working.lock().map_err(poisoned)?;
        let before = working.position();
        let planned = store::read(store, |view| step::plan(view, &mut working, fresh));
        let written = planned.and_then(|step| match step {
            Some(step) => store::write(store, |tx| step.write(tx)).map(Some),
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

    fn known(&self) -> Result<Arc<Known>, Error> {
        Ok(Arc::clone(&*self.known.read().map_err(poisoned)?))
    }
}

/// Whether the projection cannot be written for now, which is no reason not to show what it says.
fn is_stuck(error: &Error) -> bool {
    matches!(
        error,
        Error::Store(
            StoreError::Full | StoreError::Busy | StoreError::ReadOnly { .. } | StoreError::Corrupt(_)
        )
    )
}

impl Server {
    /// Takes one batch of the log into the projection.
    ///
    /// # Errors
    /// Failures of the store.
    pub(crate) fn follow_once(&self) -> Result<Followed, Error> {
        self.projector().step(self.store(), false)
    }

    /// Brings the projection up to date: the state of all places, as of the newest commit, other processes'
    /// included. Blocks while it catches up.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn follow(&self) -> Result<(), Error> {
        while self.follow_once()? == Followed::More {}
        let head = store::read(self.store(), |view| view.head())?;
        self.shared().announce(head);
        Ok(())
    }

    /// From now on a thread follows the log: readers no longer bring the projection up to date themselves.
    pub(crate) fn drive_projector(&self, is_driven: bool) {
        self.projector().is_driven.store(is_driven, SeqCst);
    }

    /// Makes the projection anew from the log, beside the one that pages read, and puts it in its place. `told` is
    /// told how far it is.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn rebuild(&self, told: &mut dyn FnMut(Progress)) -> Result<(), Error> {
        self.projector().step(self.store(), true)?;
        loop {
            let followed = self.follow_once()?;
            let all = store::read(self.store(), |view| view.projections())?;
            match all.iter().find(|p| p.status == Status::Building) {
                Some(p) => {
                    told(Progress { folded: p.folded, of: self.projector().known()?.places().max(p.folded) })
                }
                None if followed == Followed::UpToDate => return Ok(()),
                None => {}
            }
        }
    }

    /// The projection, brought up to date first as far as it can be written.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn places(&self) -> Result<Places<'_>, Error> {
        self.try_to_follow()?;
        Places::of_store(self.projector(), self.store())
    }

    /// What a page does before it reads: nothing where a thread follows the log.
    pub(crate) fn follow_for_page(&self) -> Result<(), Error> {
        if self.projector().is_driven.load(SeqCst) { Ok(()) } else { self.try_to_follow() }
    }

    fn try_to_follow(&self) -> Result<(), Error> {
        match self.follow() {
            Err(error) if is_stuck(&error) => tracing::debug!(%error, "the projection stays as it is"),
            other => return other,
        }
        Ok(())
    }

    /// Reference data as of the newest commit, read anew.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn known(&self) -> Result<Known, Error> {
        Ok(store::read(self.store(), |view| Known::load(view, view.head()?))?)
    }

    /// The same from a snapshot, for a page.
    pub(crate) fn places_at<'a>(&'a self, view: &'a dyn store::View) -> Result<Places<'a>, Error> {
        Places::of_view(self.projector(), view)
    }

    fn projector(&self) -> &Projector {
        &self.shared().projector
    }
}
