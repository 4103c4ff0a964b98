//! One clock for phones and server. In a simulated drill it stands still while people act and jumps over
//! the time between; against a server started by hand it is the real one.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::Duration,
};

use pantau_env::{SystemClock, fake::HandClock};

/// The drill's clock. Monotonic time is real in both, for progress and for the phones' budgets.
#[derive(Debug)]
pub enum Clock {
    /// Moved by the drill.
    Simulated(HandClock),
    /// The platform's.
    Real(SystemClock),
}

impl Clock {
    /// A clock that stands at `now`, in unix seconds, until it is moved.
    pub fn simulated(now: i64) -> Self {
        Self::Simulated(HandClock::beside_real_time(now))
    }

    /// The real clock.
    pub fn real() -> Self {
        Self::Real(SystemClock::new())
    }

    /// Moves a simulated clock forward to `at`; never back.
    pub fn advance_to(&self, at: i64) {
        if let Self::Simulated(clock) = self {
            clock.advance_to(at);
        }
    }
}

/// The clock of one phone: it may be off.
#[derive(Debug)]
pub struct PhoneClock {
    right: Arc<Clock>,
    off_s: AtomicI64,
}

impl PhoneClock {
    /// A clock that is right.
    pub fn new(right: Arc<Clock>) -> Self {
        Self { right, off_s: AtomicI64::new(0) }
    }

    /// Somebody, or an empty battery, sets it off by so many seconds.
    pub fn set_off(&self, off_s: i64) {
        self.off_s.store(off_s, Relaxed);
    }
}

impl pantau_env::Clock for PhoneClock {
    fn now(&self) -> i64 {
        self.right.now() + self.off_s.load(Relaxed)
    }

    fn monotonic(&self) -> Duration {
        self.right.monotonic()
    }
}

impl pantau_env::Clock for Clock {
    fn now(&self) -> i64 {
        match self {
            Self::Simulated(clock) => clock.now(),
            Self::Real(clock) => clock.now(),
        }
    }

    fn monotonic(&self) -> Duration {
        match self {
            Self::Simulated(clock) => clock.monotonic(),
            Self::Real(clock) => clock.monotonic(),
        }
    }
}
