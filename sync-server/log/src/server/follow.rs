//! What a server does to keep its projection up to date, and how it reads from it.

use std::sync::{Arc, atomic::Ordering::SeqCst};

use tokio::sync::watch;

use super::Server;
use crate::{
    Error,
    projector::{Followed, Known, Places, Progress, Projector, serving_version},
    store::{self, Status, StoreError},
};

/// What the pages of a server show at the moment, as far as those who wait for news need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shown {
    /// Version of the projection, as [`Places::version`] gives it.
    pub version: (u64, u64, u64),
    /// How often this process moved the projection: time alone may change what is found, at the same version.
    pub steps: u64,
    /// The server stops: whoever waits for news waits no longer.
    pub is_ending: bool,
}

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
        let followed = self.projector().step(self.store(), false, self.shown_now())?;
        let version = store::read(self.store(), |view| Ok(serving_version(&view.projections()?)))?;
        self.shared().shown.send_if_modified(|shown| {
            let steps = shown.steps + u64::from(followed == Followed::More);
            let next = Shown { version, steps, ..*shown };
            std::mem::replace(shown, next) != next
        });
        Ok(followed)
    }

    /// What pages show, told whenever it moves.
    pub fn shown(&self) -> watch::Receiver<Shown> {
        self.shared().shown.subscribe()
    }

    /// Tells everybody who waits for news that the server stops.
    pub fn end_news(&self) {
        self.shared().shown.send_modify(|shown| shown.is_ending = true);
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

    /// Reference data as of the newest commit.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn known(&self) -> Result<Arc<Known>, Error> {
        let known = self.projector().known()?;
        Ok(store::read(self.store(), |view| Known::at(known, view, view.head()?))?)
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
