//! Time and randomness, handed to phone and server from outside, so that a whole province can be simulated. This is
//! the only crate that asks the operating system for either.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod fake;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Tells the time. Wall clock and monotonic clock are apart: a phone's wall clock jumps.
pub trait Clock: Send + Sync {
    /// Wall clock, unix seconds, as this machine believes it; negative before 1970.
    fn now(&self) -> i64;
    /// Time since some fixed moment; never goes back.
    fn monotonic(&self) -> Duration;
}

/// Gives unguessable bytes for keys, salts, codes and retry delays.
pub trait Entropy: Send + Sync {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// [`NoEntropy`]: what stands in `bytes` must not be used then.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy>;
}

/// The platform has no randomness to give. Says what it answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoEntropy(pub String);

impl std::fmt::Display for NoEntropy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no randomness from the system: {}", self.0)
    }
}

impl std::error::Error for NoEntropy {}

/// The platform's clocks.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock(Instant);

impl SystemClock {
    /// Counts monotonic time from now.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub fn new() -> Self {
        Self(Instant::now())
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    fn now(&self) -> i64 {
        let seconds = |d: Duration| i64::try_from(d.as_secs()).unwrap_or(i64::MAX);
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => seconds(since),
            // A phone whose battery was empty may believe in a year before 1970.
            Err(before) => -seconds(before.duration()),
        }
    }

    fn monotonic(&self) -> Duration {
        self.0.elapsed()
    }
}

/// The platform's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        getrandom::fill(bytes).map_err(|e| NoEntropy(e.to_string()))
    }
}
