//! The platform's key store: Android's Keystore, iOS's Keychain.

use std::sync::Arc;

use pantau_core::KeyError;
use zeroize::Zeroizing;

/// Why the platform's key could not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum KeyFailure {
    /// Lost for good.
    #[error("lost")]
    Lost,
    /// Not now.
    #[error("unavailable: {detail}")]
    Unavailable {
        /// Why.
        detail: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for KeyFailure {
    fn from(e: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Unavailable { detail: e.reason }
    }
}

/// Wraps the store's key under one that the platform keeps. Called on a thread of the core's while a store is
/// opened. The platform's key must not be bound to the user's presence: a sync in the background signs, too.
#[uniffi::export(foreign)]
pub trait KeyProvider: Send + Sync {
    /// Encrypts a secret under the platform's key, which is made if there is none.
    fn wrap(&self, secret: Vec<u8>) -> Result<Vec<u8>, KeyFailure>;
    /// Decrypts what `wrap` gave; `Lost` when that will never succeed again.
    fn unwrap(&self, wrapped: Vec<u8>) -> Result<Vec<u8>, KeyFailure>;
}

/// The app's provider as the core's.
pub(crate) struct Keys(pub(crate) Arc<dyn KeyProvider>);

impl From<KeyFailure> for KeyError {
    fn from(e: KeyFailure) -> Self {
        match e {
            KeyFailure::Lost => Self::Lost,
            KeyFailure::Unavailable { detail } => Self::Unavailable(detail),
        }
    }
}

impl pantau_core::KeyProvider for Keys {
    fn wrap(&self, secret: &[u8]) -> Result<Vec<u8>, KeyError> {
        Ok(self.0.wrap(secret.to_vec())?)
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        Ok(Zeroizing::new(self.0.unwrap(wrapped.to_vec())?))
    }
}
