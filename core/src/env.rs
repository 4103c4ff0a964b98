//! The environment: clock, randomness and transport are handed in, so that a whole province of phones can
//! be simulated.

use std::sync::Arc;

pub use pantau_env::{Clock, Entropy, NoEntropy, SystemClock, SystemEntropy};

use crate::{error::Error, transport::Transport};

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
