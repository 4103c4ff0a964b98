//! One clock for phones and server. In a simulated drill it stands still while people act and jumps over
//! the time between; against a server started by hand it is the real one.

use std::{
    sync::atomic::{AtomicI64, AtomicU64, Ordering::SeqCst},
    time::Duration,
};

use pantau_core::env::{Clock as _, SystemClock};

/// The drill's clock.
#[derive(Debug)]
pub struct Clock {
    /// Simulated unix seconds; `i64::MIN` means real time.
    simulated: AtomicI64,
    real: SystemClock,
}

impl Clock {
    /// A clock that stands at `now` until it is moved.
    pub fn simulated(now: i64) -> Self {
        Self { simulated: AtomicI64::new(now), real: SystemClock::new() }
    }

    /// The real clock.
    pub fn real() -> Self {
        Self { simulated: AtomicI64::new(i64::MIN), real: SystemClock::new() }
    }

    /// Moves a simulated clock forward to `at`; never back.
    pub fn advance_to(&self, at: i64) {
        if self.simulated.load(SeqCst) != i64::MIN {
            self.simulated.fetch_max(at, SeqCst);
        }
    }

    /// Wall clock, unix seconds.
    pub fn now(&self) -> i64 {
        match self.simulated.load(SeqCst) {
            i64::MIN => self.real.now(),
            at => at,
        }
    }

    /// Real time that has passed, for progress and for the phones' budgets.
    pub fn monotonic(&self) -> Duration {
        self.real.monotonic()
    }
}

impl pantau_core::env::Clock for Clock {
    fn now(&self) -> i64 {
        Self::now(self)
    }

    fn monotonic(&self) -> Duration {
        Self::monotonic(self)
    }
}

impl pantau_log::env::Clock for Clock {
    fn now(&self) -> i64 {
        Self::now(self)
    }

    fn monotonic(&self) -> Duration {
        Self::monotonic(self)
    }
}

/// Randomness from a seed: keys, salts and delays are the same at every run of a seed.
#[derive(Debug)]
pub struct SeededEntropy(AtomicU64);

impl SeededEntropy {
    /// A stream of its own for `who` under `seed`.
    pub fn new(seed: u64, who: u64) -> Self {
        Self(AtomicU64::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ who))
    }

    fn fill_bytes(&self, bytes: &mut [u8]) {
        // Each call takes a fresh generator, so that calls from several threads cannot repeat a value.
        let state = self.0.fetch_add(0xD1B5_4A32_D192_ED03, SeqCst);
        fastrand::Rng::with_seed(state).fill(bytes);
    }
}

impl pantau_core::env::Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), pantau_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl pantau_log::env::Entropy for SeededEntropy {
    fn fill(&self, out: &mut [u8]) -> Result<(), pantau_log::Error> {
        self.fill_bytes(out);
        Ok(())
    }
}
