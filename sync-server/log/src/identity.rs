//! The server's keys, in a file outside the database: whoever restores an old database still is the same
//! server, and whoever steals only the database is not (docs/PROTOCOL.md#enrolment).

use std::path::Path;

use pantau_protocol::{
    body::{KeyState, KeyUse, ServerKey},
    hash,
    keys::{Fingerprint, PublicKey, SecretKey, ServerId},
};
use serde::{Deserialize, Serialize};

use crate::{Env, Error, dirs};

const VERSION: u32 = 1;

/// One private key with its id. `Debug` shows nothing of it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredKey {
    id: u32,
    secret: Secret,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    retired: bool,
}

/// 32 secret bytes, hexadecimal in the file.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Secret([u8; 32]);

impl TryFrom<String> for Secret {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = hash::unhex(&text).and_then(|b| b.try_into().ok());
        bytes.map(Self).ok_or("not 32 bytes in hexadecimal")
    }
}

impl From<Secret> for String {
    fn from(s: Secret) -> Self {
        hash::hex(&s.0)
    }
}

/// The file's content.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    signing: Vec<StoredKey>,
    sealing: Vec<StoredKey>,
    anchor: Secret,
    /// One key per journal of the desk: a restore starts a new one. The last is in use.
    desk: Vec<Secret>,
}

/// All private keys of a server. `Debug` shows only the server's id.
#[derive(Clone)]
pub struct Identity {
    stored: Stored,
    server: ServerId,
    first: SecretKey,
    signing: SecretKey,
    desk: SecretKey,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity({})", self.server)
    }
}

impl Identity {
    /// Fresh keys.
    ///
    /// # Errors
    /// [`Error::Entropy`].
    pub fn create(env: &Env) -> Result<Self, Error> {
        let key = |id| Ok::<_, Error>(vec![StoredKey { id, secret: Secret(env.random()?), retired: false }]);
        Self::from_stored(Stored {
            version: VERSION,
            signing: key(1)?,
            sealing: key(2)?,
            anchor: Secret(env.random()?),
            desk: vec![Secret(env.random()?)],
        })
    }

    /// Reads the file.
    ///
    /// # Errors
    /// [`Error::Identity`] if it is missing or damaged.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let bytes = std::fs::read(path).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => Error::Identity(format!(
                "{} is missing. Without it this server cannot prove who it is to the phones; \
                 put the file back or restore a backup",
                path.display()
            )),
            _ => Error::io(path)(e),
        })?;
        Self::from_bytes(&bytes).map_err(|e| match e {
            Error::Identity(what) => Error::Identity(format!(
                "{}: {what}; put the right file back or restore a backup",
                path.display()
            )),
            other => other,
        })
    }

    /// Reads the content of a file.
    ///
    /// # Errors
    /// [`Error::Identity`] if it is damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let stored: Stored =
            serde_json::from_slice(bytes).map_err(|e| Error::Identity(format!("damaged file: {e}")))?;
        Self::from_stored(stored)
    }

    /// The content of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(&self.stored).unwrap_or_default()
    }

    /// Writes the file, readable by its owner only; a crash leaves the old one or the new one.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        dirs::write_private(path, &self.to_bytes())
    }

    fn from_stored(stored: Stored) -> Result<Self, Error> {
        if stored.version != VERSION {
            return Err(Error::Identity(format!("version {} of the file is not known", stored.version)));
        }
        let missing = |what: &str| Error::Identity(format!("the file holds no {what} key"));
        let first = stored.signing.first().ok_or_else(|| missing("signing"))?;
        let first = SecretKey::from_seed(&first.secret.0);
        let signing = stored.signing.iter().rev().find(|k| !k.retired).ok_or_else(|| missing("signing"))?;
        let desk = stored.desk.last().ok_or_else(|| missing("desk"))?;
        Ok(Self {
            server: first.public().server_id(),
            first,
            signing: SecretKey::from_seed(&signing.secret.0),
            desk: SecretKey::from_seed(&desk.0),
            stored,
        })
    }

    /// Who this server is.
    pub fn server_id(&self) -> ServerId {
        self.server
    }

    /// The first signing key, which QR codes pin.
    pub fn first_key(&self) -> PublicKey {
        self.first.public()
    }

    /// Its private half, which answers enrolments.
    pub fn enrolment_key(&self) -> &SecretKey {
        &self.first
    }

    /// What QR codes carry of it.
    pub fn fingerprint(&self) -> Fingerprint {
        self.first_key().fingerprint()
    }

    /// The key that signs replies, receipts and certificates now.
    pub fn signing_key(&self) -> &SecretKey {
        &self.signing
    }

    /// Public halves of all signing keys, retired ones too: old receipts were signed with them.
    pub fn signing_keys(&self) -> Vec<PublicKey> {
        self.stored.signing.iter().map(|k| SecretKey::from_seed(&k.secret.0).public()).collect()
    }

    /// All keys as phones get them.
    pub fn server_keys(&self) -> Vec<ServerKey> {
        let state = |k: &StoredKey| if k.retired { KeyState::Retired } else { KeyState::Active };
        let signing = self.stored.signing.iter().map(|k| ServerKey {
            id: k.id,
            used_for: KeyUse::Signing,
            public_key: SecretKey::from_seed(&k.secret.0).public().0,
            state: state(k),
        });
        let sealing = self.stored.sealing.iter().map(|k| ServerKey {
            id: k.id,
            used_for: KeyUse::Sealing,
            public_key: x25519_dalek::PublicKey::from(&x25519_dalek::StaticSecret::from(k.secret.0))
                .to_bytes(),
            state: state(k),
        });
        signing.chain(sealing).collect()
    }

    /// The private sealing key with this id.
    pub fn sealing_key(&self, id: u32) -> Option<x25519_dalek::StaticSecret> {
        let key = self.stored.sealing.iter().find(|k| k.id == id)?;
        Some(x25519_dalek::StaticSecret::from(key.secret.0))
    }

    /// The key of anchors (docs/PROTOCOL.md#time).
    pub fn anchor_key(&self) -> &[u8; 32] {
        &self.stored.anchor.0
    }

    /// The key of the desk's journal in use.
    pub fn desk_key(&self) -> &SecretKey {
        &self.desk
    }

    /// The keys of all journals the desk ever had, oldest first.
    pub fn desk_keys(&self) -> Vec<SecretKey> {
        self.stored.desk.iter().map(|s| SecretKey::from_seed(&s.0)).collect()
    }

    /// The same server with one more desk journal, which is in use from now on.
    ///
    /// # Errors
    /// [`Error::Entropy`].
    pub fn with_new_desk_journal(&self, env: &Env) -> Result<Self, Error> {
        let mut stored = self.stored.clone();
        stored.desk.push(Secret(env.random()?));
        Self::from_stored(stored)
    }

    /// Takes over desk journals that another copy of the same identity knows and this one does not.
    ///
    /// # Errors
    /// [`Error::Identity`] if it is another server.
    pub fn merged(&self, other: &Self) -> Result<Self, Error> {
        if self.server != other.server {
            return Err(Error::Identity("the two files belong to different servers".into()));
        }
        let mut stored = self.stored.clone();
        for key in &other.stored.desk {
            if !stored.desk.iter().any(|k| k.0 == key.0) {
                stored.desk.push(key.clone());
            }
        }
        Self::from_stored(stored)
    }
}
