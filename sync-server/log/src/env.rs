//! What the server takes from outside itself: time and randomness. Handed in, so that a simulation can
//! run a whole province without a real clock.

use std::sync::Arc;

pub use pantau_env::{Clock, Entropy, NoEntropy, SystemClock, SystemEntropy};

use crate::Error;

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
