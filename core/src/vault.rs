//! The store key: one secret of this phone, wrapped by a key that only the platform holds.
//!
//! It lies wrapped in a small file beside the database and is unwrapped once at each open. It seals the seeds
//! of the signing keys, so that a copy of the files signs nothing; where SQLCipher is built in it is the key of
//! the whole database, too. Salts are not sealed: whoever reads them reads the notes beside them.

use std::{
    fs::File,
    io::{ErrorKind, Write as _},
    path::Path,
    sync::Arc,
};

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305,
    aead::{Aead as _, Payload},
};
use pantau_protocol::hash;
use zeroize::Zeroizing;

use crate::{env::Entropy, error::Error, private};

/// Wraps secrets under a key that never leaves the platform: Android's Keystore, Apple's Keychain.
///
/// Called at open: once to unwrap, and at the very first open to wrap. Neither may ask the user for anything
/// that a background sync cannot give.
pub trait KeyProvider: Send + Sync {
    /// Wraps a secret.
    ///
    /// # Errors
    /// [`KeyError`].
    fn wrap(&self, secret: &[u8]) -> Result<Vec<u8>, KeyError>;

    /// Unwraps what [`KeyProvider::wrap`] gave, perhaps years ago.
    ///
    /// # Errors
    /// [`KeyError`].
    fn unwrap(&self, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError>;
}

/// Why the platform did not wrap or unwrap.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The platform's key is gone, or never wrapped this: it will not come back.
    #[error("the platform's key is gone")]
    Lost,
    /// Not now: the phone is locked since its start, or the key store does not answer.
    #[error("the platform's key store: {0}")]
    Unavailable(String),
}

impl From<KeyError> for Error {
    fn from(e: KeyError) -> Self {
        match e {
            KeyError::Lost => Self::KeyLost,
            KeyError::Unavailable(why) => Self::KeyUnavailable(why),
        }
    }
}

/// The wrapped store key.
pub(crate) const FILE: &str = "pantau.key";
/// First bytes of that file: its version. The mark of the key follows, then the key, wrapped.
const HEAD: &[u8] = b"pantau key 1\n";
/// First bytes of every [`Mark`].
const MARK_HEAD: [u8; 8] = *b"Pantau1\0";
const NONCE: usize = 24;

/// What is sealed or encrypted says under which key: this names the key and gives nothing of it away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub(crate) struct Mark(#[cbor(with = "pantau_protocol::cbor::bytes")] [u8; 16]);

impl Mark {
    fn of(key: &[u8; 32]) -> Self {
        let hash = hash::tagged("pantau/1/store-mark", &[key]);
        let mut mark = [0; 16];
        let parts = MARK_HEAD.into_iter().chain(hash);
        mark.iter_mut().zip(parts).for_each(|(m, b)| *m = b);
        Self(mark)
    }

    /// The mark that begins an encrypted database.
    pub(crate) fn read(bytes: [u8; 16]) -> Option<Self> {
        bytes.starts_with(&MARK_HEAD).then_some(Self(bytes))
    }
}

/// The store key, unwrapped; or that there is none and seeds lie plain.
pub(crate) struct Vault(Option<Unwrapped>);

struct Unwrapped {
    key: Zeroizing<[u8; 32]>,
    mark: Mark,
    /// The file it came from.
    file: Vec<u8>,
    entropy: Arc<dyn Entropy>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    /// No provider, no key.
    pub(crate) fn none() -> Self {
        Self(None)
    }

    /// Unwraps the key from the file as [`kept`] found it.
    pub(crate) fn unwrap(
        file: Vec<u8>,
        provider: &dyn KeyProvider,
        entropy: &Arc<dyn Entropy>,
    ) -> Result<Self, Error> {
        let parts = file.strip_prefix(HEAD).and_then(|rest| rest.split_first_chunk());
        let (mark, wrapped) = parts.ok_or(Error::KeyLost)?;
        let secret = provider.unwrap(wrapped)?;
        let key: Option<[u8; 32]> = secret.as_slice().try_into().ok();
        let key = key.map(Zeroizing::new).ok_or(Error::KeyLost)?;
        if Mark::of(&key).0 != *mark {
            return Err(Error::KeyLost);
        }
        let (mark, entropy) = (Mark(*mark), Arc::clone(entropy));
        Ok(Self(Some(Unwrapped { key, mark, file, entropy })))
    }

    /// Makes a key and keeps it, before anything is sealed under it.
    pub(crate) fn make(
        dir: &Path,
        provider: &dyn KeyProvider,
        entropy: &Arc<dyn Entropy>,
    ) -> Result<Self, Error> {
        let mut key = Zeroizing::new([0; 32]);
        entropy.fill(&mut *key)?;
        let file = [HEAD, &Mark::of(&key).0, &provider.wrap(&*key)?].concat();
        // Better no store than one that cannot be opened again.
        let made = Self::unwrap(file.clone(), provider, entropy).map_err(|e| match e {
            Error::KeyLost => Error::KeyUnavailable("what was wrapped came back as something else".into()),
            other => other,
        })?;
        keep(dir, &file)?;
        Ok(made)
    }

    /// The mark of the key, if there is one.
    pub(crate) fn mark(&self) -> Option<Mark> {
        self.0.as_ref().map(|u| u.mark)
    }

    /// Refuses a file that is not what this key came from: while the store was paused it may have been sealed,
    /// or moved aside.
    pub(crate) fn check_kept(&self, dir: &Path) -> Result<(), Error> {
        match (&self.0, kept(dir)?) {
            (None, None) => Ok(()),
            (None, Some(_)) => Err(Error::KeyNeeded),
            (Some(unwrapped), Some(file)) if unwrapped.file == file => Ok(()),
            (Some(_), _) => Err(Error::KeyLost),
        }
    }

    /// Key and mark as SQLCipher takes a raw key with its salt.
    #[cfg(feature = "sqlcipher")]
    pub(crate) fn raw(&self) -> Option<Zeroizing<String>> {
        let unwrapped = self.0.as_ref()?;
        let mut raw = Zeroizing::new(String::with_capacity(99));
        raw.push_str("x'");
        for byte in unwrapped.key.iter().chain(&unwrapped.mark.0) {
            raw.extend([byte >> 4, byte & 15].map(|n| char::from_digit(n.into(), 16).unwrap_or('0')));
        }
        raw.push('\'');
        Some(raw)
    }

    /// Seals a seed for the place named by `of`; without a key it stays as it is.
    pub(crate) fn seal(&self, of: &[u8], seed: &[u8; 32]) -> Result<Vec<u8>, Error> {
        let Some(unwrapped) = &self.0 else { return Ok(seed.to_vec()) };
        let mut nonce = [0; NONCE];
        unwrapped.entropy.fill(&mut nonce)?;
        let sealed = XChaCha20Poly1305::new((&*unwrapped.key).into())
            .encrypt(&nonce.into(), Payload { msg: seed, aad: of })
            .map_err(|_| Error::Storage("a seed that cannot be sealed".into()))?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// Opens what [`Vault::seal`] gave.
    pub(crate) fn open(&self, of: &[u8], kept: &[u8]) -> Result<Zeroizing<[u8; 32]>, Error> {
        let opened = match &self.0 {
            None => return kept.try_into().map(Zeroizing::new).map_err(|_| Error::KeyNeeded),
            Some(unwrapped) => kept.split_first_chunk::<NONCE>().and_then(|(nonce, sealed)| {
                let cipher = XChaCha20Poly1305::new((&*unwrapped.key).into());
                cipher.decrypt(nonce.into(), Payload { msg: sealed, aad: of }).ok().map(Zeroizing::new)
            }),
        };
        let seed = opened.and_then(|o| <[u8; 32]>::try_from(o.as_slice()).ok());
        seed.map(Zeroizing::new).ok_or(Error::KeyLost)
    }
}

/// The file of the wrapped key, if there is one.
pub(crate) fn kept(dir: &Path) -> Result<Option<Vec<u8>>, Error> {
    match std::fs::read(dir.join(FILE)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e.into()),
    }
}

/// Whole and on disk, or not at all.
fn keep(dir: &Path, bytes: &[u8]) -> Result<(), Error> {
    let new = dir.join(format!("{FILE}.new"));
    let mut file = private::create(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(new, dir.join(FILE))?;
    Ok(File::open(dir)?.sync_all()?)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::env::SystemEntropy;

    /// A key store that turns bytes over.
    pub(crate) struct Mirror;

    impl KeyProvider for Mirror {
        fn wrap(&self, secret: &[u8]) -> Result<Vec<u8>, KeyError> {
            Ok(secret.iter().map(|b| !b).collect())
        }

        fn unwrap(&self, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
            self.wrap(wrapped).map(Zeroizing::new)
        }
    }

    /// A key store that does not give back what it took.
    struct Forgetful;

    impl KeyProvider for Forgetful {
        fn wrap(&self, secret: &[u8]) -> Result<Vec<u8>, KeyError> {
            Ok(secret.to_vec())
        }

        fn unwrap(&self, _: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
            Ok(Zeroizing::new(vec![7; 32]))
        }
    }

    fn entropy() -> Arc<dyn Entropy> {
        Arc::new(SystemEntropy)
    }

    #[test]
    fn a_sealed_seed_opens_in_its_place_and_nowhere_else() {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::make(dir.path(), &Mirror, &entropy()).unwrap();
        let sealed = vault.seal(b"here", &[5; 32]).unwrap();
        assert_ne!(sealed, vault.seal(b"here", &[5; 32]).unwrap(), "each has its nonce");
        assert_eq!(*vault.open(b"here", &sealed).unwrap(), [5; 32]);
        assert_eq!(vault.open(b"there", &sealed), Err(Error::KeyLost));
        assert_eq!(vault.open(b"here", &[5; 32]), Err(Error::KeyLost));
        assert_eq!(Vault::none().open(b"here", &sealed), Err(Error::KeyNeeded));
        let again = Vault::unwrap(kept(dir.path()).unwrap().unwrap(), &Mirror, &entropy()).unwrap();
        assert_eq!(*again.open(b"here", &sealed).unwrap(), [5; 32]);
        assert_eq!((again.check_kept(dir.path()), again.mark()), (Ok(()), vault.mark()));
        assert_eq!(Vault::none().check_kept(dir.path()), Err(Error::KeyNeeded));
    }

    #[test]
    fn a_key_that_does_not_come_back_is_not_kept() {
        let dir = tempfile::tempdir().unwrap();
        let made = Vault::make(dir.path(), &Forgetful, &entropy());
        assert!(matches!(made, Err(Error::KeyUnavailable(_))));
        assert_eq!(kept(dir.path()), Ok(None));
    }

    #[test]
    fn a_file_that_is_no_key_is_a_lost_key() {
        for bytes in
            [&b""[..], b"pantau key 2\n0123", b"pantau key 1\nshort", b"pantau key 1\n0123456789abcdef"]
        {
            let opened = Vault::unwrap(bytes.to_vec(), &Mirror, &entropy());
            assert_eq!(opened.unwrap_err(), Error::KeyLost);
        }
    }
}
