//! What a server does to keep its projection up to date, and how it reads from it.

use std::sync::atomic::Ordering::SeqCst;

use super::Server;
use crate::{
    Error,
    projector::{Followed, Known, Places, Progress, Projector},
    store::{self, Status, StoreError},
};

/// Whether the projection cannot be written at the moment, which is no reason not to show what it says.
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
    pub fn follow_once(&self) -> Result<Followed, Error> {
        self.projector().step(self.store(), false, self.shown_now())
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
    pub fn drive_projector(&self, is_driven: bool) {
        self.projector().is_driven.store(is_driven, SeqCst);
    }

    /// Makes the projection anew from the log, beside the one that pages read, and puts it in its place. `told` is
    /// told how far it is.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn rebuild(&self, told: &mut dyn FnMut(Progress)) -> Result<(), Error> {
        self.projector().step(self.store(), true, self.shown_now())?;
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
    ///
    /// # Errors
    /// Failures of the store.
    pub fn follow_for_page(&self) -> Result<(), Error> {
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

    /// The places as of a snapshot, for a page.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn places_at<'a>(&'a self, view: &'a dyn store::View) -> Result<Places<'a>, Error> {
        Places::of_view(self.projector(), view)
    }

    pub(crate) fn projector(&self) -> &Projector {
        &self.shared().projector
    }
}
