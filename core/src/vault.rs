//! Keys at rest. What signs for an officer, and what opens an encrypted database, lies on disk only under a
//! key that the platform keeps: Android's Keystore, iOS's Keychain.
//!
//! One random store key is wrapped by the platform and kept beside the database. It seals the signing seeds
//! of all journals, and with the feature `sqlcipher` it opens the database. The platform is asked once per
//! open, not once per signature.

use std::{
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
};

use chacha20poly1305::{
    XChaCha20Poly1305,
    aead::{Aead as _, KeyInit as _, Payload},
};
use pantau_protocol::hash;
use zeroize::Zeroizing;

use crate::{env::Entropy, error::Error};

/// Why the platform's key could not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The platform lost the key for good: another screen lock, a restored backup, another phone.
    #[error("the platform lost the key")]
    Lost,
    /// Not now: the phone was not unlocked since its start, the user refused.
    #[error("the key cannot be used now: {0}")]
    Unavailable(String),
}

/// The platform's key store, as far as this phone needs it. Called on the thread that opens the store.
///
/// The key must not be bound to the user's presence: a sync in the background signs, too.
pub trait KeyProvider: Send + Sync {
    /// Encrypts a secret under the platform's key, which is made if there is none.
    ///
    /// # Errors
    /// [`KeyError::Unavailable`].
    fn wrap(&self, secret: &[u8]) -> Result<Vec<u8>, KeyError>;

    /// Decrypts what [`KeyProvider::wrap`] gave.
    ///
    /// # Errors
    /// [`KeyError::Lost`] when that will never succeed again.
    fn unwrap(&self, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError>;
}

/// File of the wrapped store key, beside the database.
pub(crate) const FILE: &str = "pantau.key";

/// First byte of that file, where the database is an ordinary one.
const PLAIN: u8 = 1;
/// The same, where the database may be encrypted.
const ENCRYPTED: u8 = 2;
/// What this build makes of databases.
const OURS: u8 = if cfg!(feature = "sqlcipher") { ENCRYPTED } else { PLAIN };
const KEY: usize = 32;
const NONCE: usize = 24;
const CHECK: usize = 16;

/// Holds the store key, or nothing where no platform keeps one.
#[derive(Default)]
pub(crate) struct Vault(Option<Zeroizing<[u8; KEY]>>);

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Vault(closed to you)" } else { "Vault(none)" })
    }
}

impl Vault {
    /// Opens the vault of the store in `dir`, or makes it where there is none. Who calls holds the store's
    /// lock. `is_sealed` tells whether something in the database lies under a store key already.
    pub(crate) fn open(
        dir: &Path,
        keys: Option<&dyn KeyProvider>,
        entropy: &dyn Entropy,
        is_sealed: impl FnOnce() -> bool,
    ) -> Result<Self, Error> {
        let content = match std::fs::read(dir.join(FILE)) {
            Ok(content) => Some(content),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
            Err(e) => return Err(e.into()),
        };
        match (keys, content) {
            (_, None) if is_sealed() => Err(Error::KeyLost),
            (None, Some(_)) => Err(Error::KeyUnavailable("this store needs a key provider".into())),
            (None, None) if OURS == ENCRYPTED => {
                Err(Error::KeyUnavailable("an encrypted store needs a key provider".into()))
            }
            (None, None) => Ok(Self(None)),
            (Some(keys), None) => Self::make(dir, keys, entropy),
            (Some(keys), Some(content)) => Self::unwrap(dir, keys, &content),
        }
    }

    fn make(dir: &Path, keys: &dyn KeyProvider, entropy: &dyn Entropy) -> Result<Self, Error> {
        let mut key = Zeroizing::new([0; KEY]);
        entropy.fill(&mut *key)?;
        let wrapped = keys.wrap(&*key)?;
        write_durably(dir, FILE, &[&[OURS][..], &check(&key), &wrapped].concat())?;
        Ok(Self(Some(key)))
    }

    /// A key that is not the one the store was made with is as good as lost, and is found out here: later it
    /// would look like a damaged database.
    fn unwrap(dir: &Path, keys: &dyn KeyProvider, content: &[u8]) -> Result<Self, Error> {
        let (&found, rest) = content.split_first().ok_or(Error::KeyLost)?;
        let (expected, wrapped) = rest.split_at_checked(CHECK).ok_or(Error::KeyLost)?;
        if found > OURS {
            return Err(Error::KeyUnavailable("the store is encrypted, this build cannot open it".into()));
        }
        let key = keys.unwrap(wrapped)?;
        let key = Zeroizing::new(<[u8; KEY]>::try_from(key.as_slice()).map_err(|_| Error::KeyLost)?);
        if check(&key) != expected {
            return Err(Error::KeyLost);
        }
        if found < OURS {
            // Before the database is: a build without encryption must not take it for damaged.
            write_durably(dir, FILE, &[&[OURS][..], rest].concat())?;
        }
        Ok(Self(Some(key)))
    }

    /// Whether there is a store key.
    pub(crate) fn is_there(&self) -> bool {
        self.0.is_some()
    }

    /// The key of an encrypted database as SQLCipher takes it, raw.
    #[cfg(feature = "sqlcipher")]
    pub(crate) fn database_key(&self) -> Option<Zeroizing<String>> {
        self.0.as_ref().map(|key| {
            let hex = hash::hex(&hash::tagged("pantau/1/database", &[&key[..]]));
            Zeroizing::new(format!("x'{hex}'"))
        })
    }

    /// A seed as it lies in the database.
    pub(crate) fn seal(&self, seed: &[u8; KEY], entropy: &dyn Entropy) -> Result<Vec<u8>, Error> {
        let Some(key) = &self.0 else { return Ok(seed.to_vec()) };
        let mut nonce = [0; NONCE];
        entropy.fill(&mut nonce)?;
        let sealed = cipher(key).encrypt(&nonce.into(), payload(seed));
        let sealed = sealed.map_err(|_| Error::Storage("a seed could not be sealed".into()))?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// The seed itself.
    pub(crate) fn unseal(&self, stored: &[u8]) -> Result<Zeroizing<[u8; KEY]>, Error> {
        if !is_sealed(stored) {
            let plain = stored.try_into().map_err(|_| Error::Damaged("a seed of the wrong length".into()))?;
            return Ok(Zeroizing::new(plain));
        }
        let key = self.0.as_ref().ok_or(Error::KeyLost)?;
        let (nonce, sealed) = stored.split_at_checked(NONCE).ok_or(Error::KeyLost)?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| Error::KeyLost)?;
        let seed =
            Zeroizing::new(cipher(key).decrypt(&nonce.into(), payload(sealed)).map_err(|_| Error::KeyLost)?);
        Ok(Zeroizing::new(seed.as_slice().try_into().map_err(|_| Error::KeyLost)?))
    }
}

/// Whether a stored seed is sealed.
pub(crate) fn is_sealed(stored: &[u8]) -> bool {
    stored.len() > KEY
}

fn cipher(key: &[u8; KEY]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.into())
}

fn payload(msg: &[u8]) -> Payload<'_, '_> {
    Payload { msg, aad: b"pantau/1/seed" }
}

/// Tells one store key from another and says nothing about it.
fn check(key: &[u8; KEY]) -> [u8; CHECK] {
    hash::prefix(&hash::tagged("pantau/1/store-key", &[&key[..]]))
}

/// Writes a file that is whole or not there, whatever happens.
fn write_durably(dir: &Path, name: &str, content: &[u8]) -> Result<(), Error> {
    let new = dir.join(format!("{name}.new"));
    let mut file = File::create(&new)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(&new, dir.join(name))?;
    Ok(File::open(dir)?.sync_all()?)
}

/// Folders of one phone that stores were moved aside into.
const ASIDE: u32 = 1_000;

/// Moves files of a store whose key is lost into a folder of their own, untouched; where that is. Who calls
/// holds the store's lock.
pub(crate) fn move_aside(dir: &Path, names: &[&str]) -> Result<PathBuf, Error> {
    let mut folders = (1..=ASIDE).map(|n| dir.join(format!("lost-{n}")));
    let Some(aside) = folders.find(|f| !f.exists()) else {
        return Err(Error::Storage("too many lost stores".into()));
    };
    std::fs::create_dir(&aside)?;
    for name in names {
        let from = dir.join(name);
        if from.exists() {
            std::fs::rename(from, aside.join(name))?;
        }
    }
    File::open(&aside)?.sync_all()?;
    File::open(dir)?.sync_all()?;
    Ok(aside)
}
