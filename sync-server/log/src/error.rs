//! What can go wrong, named by what the caller can do about it.

use std::path::{Path, PathBuf};

use pantau_env::NoEntropy;
use pantau_protocol::validate::FieldError;

use crate::{files, store::StoreError};

/// An error of the server.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store failed: full disk, lock held too long, damaged file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The system does not let this user at a file.
    #[error(
        "no permission for {}: it belongs to {owner}, and this runs as {user}. Run it as {owner}, or give the whole \
         data directory to {user} (chown -R)",
        .path.display()
    )]
    NoPermission {
        /// The file.
        path: PathBuf,
        /// Whose it is, as far as that can be seen.
        owner: String,
        /// Who asked.
        user: String,
    },
    /// The identity file is missing or damaged, or belongs to another database.
    #[error("identity: {0}")]
    Identity(String),
    /// A field of a record is wrong; nothing was written.
    #[error("record {index}: {field}")]
    Field {
        /// Which of the records, from 0.
        index: usize,
        /// Field and problem.
        field: FieldError,
    },
    /// What was named does not exist.
    #[error("{0} is not known")]
    NotFound(String),
    /// Asked for something that must not be done now; says why.
    #[error("{0}")]
    Refused(String),
    /// A backup is damaged, or the passphrase is wrong.
    #[error("backup: {0}")]
    Backup(String),
    /// The desk's own journal file is damaged.
    #[error("desk journal: {0}")]
    DeskJournal(String),
    /// What is stored is not what was written; says what was found and what to do.
    #[error("{0}")]
    Damaged(String),
    /// The server is shutting down.
    #[error("the server is shutting down")]
    Closed,
    /// The system has no randomness to give.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
    /// TLS files cannot be used.
    #[error("tls: {0}")]
    Tls(String),
}

impl Error {
    /// An I/O error at `path`.
    pub fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| match source.kind() {
            std::io::ErrorKind::PermissionDenied => Self::no_permission(&path),
            _ => Self::Io { path, source },
        }
    }

    /// The system does not let this user at `path`.
    pub(crate) fn no_permission(path: &Path) -> Self {
        Self::NoPermission { path: path.to_owned(), owner: files::owner(path), user: files::user() }
    }
}

/// A lock whose holder panicked.
pub(crate) fn poisoned<T>(_: T) -> Error {
    Error::Store(StoreError::Other("a thread died while it wrote".into()))
}
