//! Whether the file of the store is encrypted, and the key of its connections.
//!
//! An encrypted store begins with the [`Mark`] of its key where SQLCipher keeps its salt: so another key is
//! told from damage, and a build without SQLCipher tells it from a file that is no database at all.

use std::{
    fs::File,
    io::{ErrorKind, Read as _},
    path::Path,
    sync::Arc,
};

use rusqlite::{Connection, OpenFlags};

use super::{file::FILE, seal};
use crate::{
    env::Entropy,
    error::Error,
    vault::{self, KeyProvider, Mark, Vault},
};

/// The encrypted store until it is whole.
pub(super) const SIDE: &str = "pantau.db.cipher";

/// What the first bytes of a file say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// There is nothing yet.
    Absent,
    /// SQLite's own.
    Plain,
    /// Encrypted, with this key.
    Encrypted(Mark),
    /// Damaged, or no database.
    Other,
}

impl Form {
    pub(super) fn of(path: &Path) -> Result<Self, Error> {
        let mut head = Vec::with_capacity(16);
        match File::open(path) {
            Ok(file) => file.take(16).read_to_end(&mut head)?,
            Err(e) if e.kind() == ErrorKind::NotFound => 0,
            Err(e) => return Err(e.into()),
        };
        Ok(match <[u8; 16]>::try_from(head.as_slice()) {
            Err(_) if head.is_empty() => Self::Absent,
            Err(_) => Self::Other,
            Ok(head) if &head == b"SQLite format 3\0" => Self::Plain,
            Ok(head) => Mark::read(head).map_or(Self::Other, Self::Encrypted),
        })
    }
}

/// The key of the store in `dir`, made if there is none yet. Refuses a store that this key or this build does
/// not open, and changes nothing then.
pub(super) fn unlock(
    dir: &Path,
    keys: Option<&dyn KeyProvider>,
    entropy: &Arc<dyn Entropy>,
) -> Result<Vault, Error> {
    let form = Form::of(&dir.join(FILE))?;
    let known = match form {
        Form::Encrypted(_) if !cfg!(feature = "sqlcipher") => return Err(Error::Encrypted),
        Form::Encrypted(mark) => Some(mark),
        Form::Plain => mark_in(&dir.join(FILE)),
        Form::Absent | Form::Other => None,
    };
    let file = vault::kept(dir)?;
    let Some(provider) = keys else {
        let is_needed = cfg!(feature = "sqlcipher") || known.is_some() || file.is_some();
        return if is_needed { Err(Error::KeyNeeded) } else { Ok(Vault::none()) };
    };
    match (file, known) {
        (None, None) => Vault::make(dir, provider, entropy),
        (None, Some(_)) => Err(Error::KeyLost),
        (Some(file), known) => {
            let vault = Vault::unwrap(file, provider, entropy)?;
            if known.is_some() && known != vault.mark() { Err(Error::KeyLost) } else { Ok(vault) }
        }
    }
}

/// The key that a plain database says its seeds are sealed with. What cannot be read now shows again when the
/// store is opened.
fn mark_in(plain: &Path) -> Option<Mark> {
    let c = Connection::open_with_flags(plain, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
    seal::mark(&c).ok().flatten()
}

/// Gives a connection its key, before all else it is told.
#[cfg(feature = "sqlcipher")]
pub(super) fn give_key(connection: &Connection, vault: &Vault) -> Result<(), Error> {
    let raw = vault.raw().ok_or(Error::KeyNeeded)?;
    // SQLCipher writes to standard error by itself, which on a phone is a log that others read.
    connection.execute_batch("PRAGMA cipher_log_level = NONE")?;
    let told = zeroize::Zeroizing::new(format!("PRAGMA key = \"{}\"", raw.as_str()));
    Ok(connection.execute_batch(&told)?)
}

/// Without SQLCipher there is no key to give.
#[cfg(not(feature = "sqlcipher"))]
pub(super) fn give_key(_: &Connection, _: &Vault) -> Result<(), Error> {
    Ok(())
}
