//! Whether writing works, found out by writing: a disk that is full, read-only or broken says so at no other
//! moment. A small row is written durably through the one writer, as everything is.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use super::{Server, Shared};
use crate::{
    Error,
    health::Trouble,
    limit,
    store::{Store as _, StoreError},
};

/// The setting that is written.
const PROBE: &str = "probe";

/// When a write was last tried, by the monotonic clock.
#[derive(Debug, Default)]
pub(crate) struct Tried(Mutex<Option<Duration>>);

impl Tried {
    /// Whether it is time to try, which then counts as done now.
    fn is_due(&self, now: Duration) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = last.is_none_or(|at| now.saturating_sub(at) >= Duration::from_secs(limit::PROBE_S));
        if is_due {
            *last = Some(now);
        }
        is_due
    }

    /// Something failed: the next look tries at once.
    fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Server {
    /// Tries whether a write works, unless that was tried a few seconds ago, and raises or clears
    /// [`Trouble::CannotWrite`]. Blocks until the write is on disk.
    pub fn check_write(&self) {
        let shared = self.shared();
        if !shared.tried.is_due(shared.env.clock.monotonic()) {
            return;
        }
        let tried =
            shared.store.tend().map_err(Error::from).and_then(|()| {
                self.run(|batch| Ok(batch.tx.set_setting(PROBE, &batch.now.to_le_bytes())?))
            });
        match tried {
            Ok(()) => shared.health.clear(Trouble::CannotWrite),
            // Many wait, or it is about to end: that says nothing of the disk.
            Err(Error::Store(StoreError::Busy) | Error::Closed) => shared.tried.forget(),
            // A broken file is a trouble of its own, which whoever met it has raised.
            Err(Error::Store(e)) if e.is_damage() => {}
            Err(error) => shared.health.raise(Trouble::CannotWrite, error.to_string()),
        }
    }

    /// What [`Server::check_write`] does as long as a trouble stands, so that a server that could not write
    /// notices by itself when it can again; and once at the start, which makes the reserve.
    pub fn look_after(&self) {
        let shared = self.shared();
        let is_troubled = shared.health.troubles().iter().any(|(t, _)| *t == Trouble::CannotWrite);
        if is_troubled || shared.tried.is_new() {
            self.check_write();
        }
    }
}

impl Tried {
    fn is_new(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }
}

/// A transaction failed. Where that is because nothing can be written, it is said at once.
pub(crate) fn note_failure(shared: &Shared, error: &Error) {
    if let Error::Store(e @ (StoreError::Full | StoreError::ReadOnly { .. })) = error {
        shared.health.raise(Trouble::CannotWrite, e.to_string());
        shared.tried.forget();
    }
}
