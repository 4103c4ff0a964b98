//! The environment: clock, randomness and transport are handed in, so that a whole province of phones can
//! be simulated. This is the only module that asks the operating system for the time.

use std::{sync::Arc, time::Duration};

use crate::{error::Error, transport::Transport};

/// Tells the time. Wall clock and monotonic clock are apart: a phone's wall clock jumps.
pub trait Clock: Send + Sync {
    /// Wall clock, unix seconds, as the phone believes it.
    fn now(&self) -> i64;
    /// Time since some fixed moment; never goes back.
    fn monotonic(&self) -> Duration;
}

/// Gives random bytes for keys, salts and retry delays.
pub trait Entropy: Send + Sync {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// [`Error::Storage`] where the platform has no randomness to give; nothing was written then.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Error>;
}

/// What a phone needs of the world around it.
#[derive(Clone)]
pub struct Env {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The way to the server.
    pub transport: Arc<dyn Transport>,
}

impl Env {
    /// The real clock, the platform's randomness and HTTPS.
    ///
    /// # Errors
    /// [`Error::Storage`] when the TLS library cannot be set up.
    pub fn real() -> Result<Self, Error> {
        Ok(Self {
            clock: Arc::new(SystemClock::new()),
            entropy: Arc::new(SystemEntropy),
            transport: Arc::new(crate::transport::HttpTransport::new()?),
        })
    }
}

impl std::fmt::Debug for Env {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Env")
    }
}

/// The platform's clocks.
#[derive(Debug)]
pub struct SystemClock(std::time::Instant);

impl SystemClock {
    /// Counts monotonic time from now.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub fn new() -> Self {
        Self(std::time::Instant::now())
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
        match std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH) {
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
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Error> {
        getrandom::fill(bytes).map_err(|e| Error::Storage(format!("no randomness: {e}")))
    }
}
