//! Encryption of the database (feature `sqlcipher`): its key is given to every connection before anything
//! else, and a store that was plain becomes an encrypted one when it is opened.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::FILE;
use crate::{error::Error, vault::Vault};

/// How a plain SQLite file begins.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Whether something in the database lies under a store key. Asked only where the key itself is not there.
pub(super) fn is_sealed(dir: &Path) -> bool {
    let path = dir.join(FILE);
    match is_plain(&path) {
        None => false,
        // A plain build takes such a file for damaged, and moves it aside.
        Some(false) => cfg!(feature = "sqlcipher"),
        Some(true) => Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
            .and_then(|c| c.prepare("SELECT 1 FROM journal WHERE length(seed) > 32")?.exists([]))
            .unwrap_or(false),
    }
}

/// Whether the file begins as SQLite's do; `None` where there is no file, or an empty one.
fn is_plain(path: &Path) -> Option<bool> {
    use std::io::Read as _;
    let mut head = Vec::new();
    std::fs::File::open(path).ok()?.take(MAGIC.len() as u64).read_to_end(&mut head).ok()?;
    if head.is_empty() { None } else { Some(head == MAGIC) }
}

/// Gives a new connection the key of the database.
#[cfg(not(feature = "sqlcipher"))]
pub(super) fn unlock(_: &Connection, _: &Vault) -> Result<(), Error> {
    Ok(())
}

/// A plain build leaves databases as they are.
#[cfg(not(feature = "sqlcipher"))]
pub(super) fn finish(_: &Path, _: &Vault) -> Result<(), Error> {
    Ok(())
}

#[cfg(feature = "sqlcipher")]
pub(super) use cipher::{finish, unlock};

#[cfg(feature = "sqlcipher")]
mod cipher {
    use std::{fs::File, path::Path};

    use rusqlite::Connection;

    use super::{super::FILE, is_plain};
    use crate::{error::Error, vault::Vault};

    /// The encrypted database until it is whole.
    const NEW: &str = "pantau.db.enc";

    /// Gives a new connection the key of the database.
    pub(in super::super) fn unlock(connection: &Connection, vault: &Vault) -> Result<(), Error> {
        // Else SQLCipher writes to the app's standard error.
        connection.execute_batch("PRAGMA cipher_log_level = NONE")?;
        if let Some(key) = vault.database_key() {
            connection.pragma_update(None, "key", key.as_str())?;
        }
        Ok(())
    }

    /// Makes a plain database an encrypted one. It is copied beside the plain one and takes its place when it
    /// is whole and durable: whatever stops this, the next open begins again.
    pub(in super::super) fn finish(dir: &Path, vault: &Vault) -> Result<(), Error> {
        let (old, new) = (dir.join(FILE), dir.join(NEW));
        for left_over in [new.clone(), dir.join(format!("{NEW}-journal"))] {
            if left_over.exists() {
                std::fs::remove_file(left_over)?;
            }
        }
        let Some(key) = vault.database_key().filter(|_| is_plain(&old) == Some(true)) else { return Ok(()) };
        let plain = Connection::open(&old)?;
        // Its log is taken in first: a log that stayed would be read into the new file.
        let mode: String = plain.query_row("PRAGMA journal_mode = DELETE", [], |r| r.get(0))?;
        if mode != "delete" {
            return Err(Error::Storage(format!("a log that stays: {mode}")));
        }
        let version: i64 = plain.query_row("PRAGMA user_version", [], |r| r.get(0))?;
        plain.execute("ATTACH ?1 AS encrypted KEY ?2", [&*new.to_string_lossy(), key.as_str()])?;
        plain.query_row("SELECT sqlcipher_export('encrypted')", [], |_| Ok(()))?;
        plain.pragma_update(Some("encrypted"), "user_version", version)?;
        plain.execute("DETACH encrypted", [])?;
        plain.close().map_err(|(_, e)| e)?;
        File::open(&new)?.sync_all()?;
        std::fs::rename(&new, &old)?;
        Ok(File::open(dir)?.sync_all()?)
    }
}
