//! What a server looks after by itself. Whether writing works is found out by writing: a disk that is full,
//! read-only or broken says so at no other moment. A small row is written durably through the one writer, as
//! everything is. That the disk fills up is said before it is full.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use super::{Server, Shared, clock};
use crate::{
    Error, files,
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
    /// Whether the last try is so many seconds ago.
    fn is_older(&self, now: Duration, seconds: u64) -> bool {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_none_or(|at| now.saturating_sub(at) >= Duration::from_secs(seconds))
    }

    /// Whether it is time to try, which then counts as done now.
    fn is_due(&self, now: Duration) -> bool {
        let is_due = self.is_older(now, limit::PROBE_S);
        if is_due {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
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
        let tried = shared.store.tend().map_err(Error::from).and_then(|()| {
            self.run(|batch| {
                clock::keep(batch.shared, batch.tx)?;
                Ok(batch.tx.set_setting(PROBE, &batch.now.to_le_bytes())?)
            })
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

    /// Looks how much room the disk has, and raises or clears [`Trouble::DiskLow`].
    pub fn check_room(&self) {
        let shared = self.shared();
        let Some(dirs) = &shared.dirs else { return };
        let Some(room) = files::room(dirs.path()) else { return };
        shared.metrics.disk_free.set(room.free);
        let low = limit::DISK_LOW_BYTES.min(room.total / 8).max(limit::DISK_LOW_LEAST);
        if room.free >= low {
            shared.health.clear(Trouble::DiskLow);
            return;
        }
        // In steps, so that it is said anew when it gets worse and not at every look.
        let below = room.free.saturating_add(1).next_power_of_two().min(low);
        let (path, below, low) = (dirs.path().display(), below.div_ceil(1 << 20), low.div_ceil(1 << 20));
        shared.health.raise(
            Trouble::DiskLow,
            format!(
                "less than {below} MiB are free on the disk of {path}; with less than {low} the server warns"
            ),
        );
    }

    /// What a serving server does again and again: looks at the clock and how much room there is, and tries a write once a minute,
    /// or at once as long as none works, so that it notices by itself when one does. The first one makes the reserve.
    pub fn look_after(&self) {
        let shared = self.shared();
        self.check_room();
        if let Err(error) = self.check_clock() {
            tracing::debug!(%error, "the clock was not looked at");
        }
        let is_troubled = shared.health.troubles().iter().any(|(t, _)| *t == Trouble::CannotWrite);
        if is_troubled || shared.tried.is_older(shared.env.clock.monotonic(), limit::PROBE_IDLE_S) {
            self.check_write();
        }
    }
}

/// A transaction failed. Where that is because nothing can be written, it is said at once.
pub(crate) fn note_failure(shared: &Shared, error: &Error) {
    if let Error::Store(e @ (StoreError::Full | StoreError::ReadOnly { .. })) = error {
        shared.health.raise(Trouble::CannotWrite, e.to_string());
        shared.tried.forget();
    }
}
