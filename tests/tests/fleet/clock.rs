//! A clock that stands still until the game moves it, and that can be wrong.

use std::{
    sync::atomic::{AtomicI64, AtomicU64, Ordering::SeqCst},
    time::Duration,
};

/// Last moment a clock of a phone is set to: the end of 2059.
pub(crate) const LATEST: i64 = 2_840_140_799;

/// Wall clock and monotonic clock of one phone or one server.
pub(crate) struct Clock {
    wall: AtomicI64,
    monotonic: AtomicU64,
}

impl Clock {
    pub(crate) fn new(wall: i64) -> Self {
        Self { wall: AtomicI64::new(wall), monotonic: AtomicU64::new(0) }
    }

    /// Time passes, on both clocks.
    pub(crate) fn pass(&self, seconds: u32) {
        self.wall.fetch_add(seconds.into(), SeqCst);
        self.monotonic.fetch_add(seconds.into(), SeqCst);
    }

    /// Somebody sets the wall clock.
    pub(crate) fn set(&self, wall: i64) {
        self.wall.store(wall, SeqCst);
    }

    pub(crate) fn wall(&self) -> i64 {
        self.wall.load(SeqCst)
    }
}

impl pantau_core::env::Clock for Clock {
    fn now(&self) -> i64 {
        self.wall()
    }

    fn monotonic(&self) -> Duration {
        Duration::from_secs(self.monotonic.load(SeqCst))
    }
}

impl pantau_log::env::Clock for Clock {
    fn now(&self) -> i64 {
        self.wall()
    }

    fn monotonic(&self) -> Duration {
        Duration::from_secs(self.monotonic.load(SeqCst))
    }
}
