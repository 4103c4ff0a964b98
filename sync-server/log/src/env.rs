//! What the server takes from outside itself: time and randomness. Handed in, so that a simulation can
//! run a whole province without a real clock.

use std::{sync::Arc, time::Duration};

use crate::Error;

/// A source of time.
pub trait Clock: Send + Sync {
    /// Wall clock, unix seconds.
    fn now(&self) -> i64;
    /// Time since some fixed moment; never goes back.
    fn monotonic(&self) -> Duration;
}

/// A source of unguessable bytes.
pub trait Entropy: Send + Sync {
    /// Fills `out`.
    ///
    /// # Errors
    /// [`Error::Entropy`] where the system has none to give.
    fn fill(&self, out: &mut [u8]) -> Result<(), Error>;
}

/// Clock and randomness of one server.
#[derive(Clone)]
pub struct Env {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

impl std::fmt::Debug for Env {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Env")
    }
}

impl Env {
    /// The system's clock and randomness.
    pub fn real() -> Self {
        Self { clock: Arc::new(SystemClock::new()), entropy: Arc::new(SystemEntropy) }
    }

    /// Wall clock, unix seconds.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// `N` random bytes.
    ///
    /// # Errors
    /// [`Error::Entropy`].
    pub fn random<const N: usize>(&self) -> Result<[u8; N], Error> {
        let mut out = [0; N];
        self.entropy.fill(&mut out)?;
        Ok(out)
    }
}

/// The system's clock.
#[derive(Debug)]
pub struct SystemClock {
    start: std::time::Instant,
}

impl SystemClock {
    /// A clock whose monotonic time starts now.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
    pub fn new() -> Self {
        Self { start: std::time::Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
    fn now(&self) -> i64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(0, |d| i64::try_from(d.as_secs()).unwrap_or(i64::MAX))
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }
}

/// The system's randomness.
#[derive(Debug, Clone, Copy)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, out: &mut [u8]) -> Result<(), Error> {
        getrandom::fill(out).map_err(|_| Error::Entropy)
    }
}
