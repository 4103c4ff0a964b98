//! Seals the seeds of a store, once, and sees to it that only their key opens it.

use rusqlite::{Connection, OptionalExtension as _, params};
use zeroize::Zeroizing;

use super::{
    setting::{self, get, get_or, set},
    wal,
};
use crate::{
    error::Error,
    vault::{Mark, Vault},
};

/// The key that a store is sealed with; `None` if it is not, or not yet a store.
pub(super) fn mark(c: &Connection) -> Result<Option<Mark>, Error> {
    let table = "SELECT 1 FROM sqlite_schema WHERE name = 'setting'";
    match c.query_row(table, [], |_| Ok(())).optional()? {
        Some(()) => get(c, &setting::SEALED),
        None => Ok(None),
    }
}

/// Refuses a store that is sealed with another key. Writes nothing.
pub(super) fn check(c: &Connection, vault: &Vault) -> Result<(), Error> {
    match (mark(c)?, vault.mark()) {
        (None, _) => Ok(()),
        (Some(_), None) => Err(Error::KeyNeeded),
        (Some(with), Some(key)) if with == key => Ok(()),
        (Some(_), Some(_)) => Err(Error::KeyLost),
    }
}

/// Seals what lies plain, inside the caller's transaction, if there is a key and it was not done yet.
pub(super) fn seal(tx: &Connection, vault: &Vault) -> Result<(), Error> {
    check(tx, vault)?;
    if let (None, Some(key)) = (mark(tx)?, vault.mark()) {
        let sealed = seal_all(tx, vault)?;
        set(tx, &setting::SEALED, &key)?;
        if sealed > 0 {
            set(tx, &setting::SWEEP, &true)?;
        }
    }
    Ok(())
}

/// Seals the seeds that lie plain: of every journal, and of a key that redeems a code. Says how many.
fn seal_all(c: &Connection, vault: &Vault) -> Result<u64, Error> {
    let mut sealed = 0;
    let mut q = c.prepare("SELECT number, device, seed FROM journal")?;
    let mut rows = q.query([])?;
    let mut journals: Vec<(i64, [u8; 16], Zeroizing<Vec<u8>>)> = Vec::new();
    while let Some(row) = rows.next()? {
        journals.push((row.get(0)?, row.get(1)?, Zeroizing::new(row.get(2)?)));
    }
    for (number, device, seed) in journals {
        if let Ok(seed) = <[u8; 32]>::try_from(seed.as_slice()) {
            let seed = vault.seal(&device, &Zeroizing::new(seed))?;
            c.execute("UPDATE journal SET seed = ?2 WHERE number = ?1", params![number, seed])?;
            sealed += 1;
        }
    }
    if let Some(mut candidate) = get(c, &setting::CANDIDATE)?
        && let Ok(seed) = <[u8; 32]>::try_from(candidate.seed.as_slice())
    {
        candidate.seed = vault.seal(&candidate.place(), &Zeroizing::new(seed))?;
        set(c, &setting::CANDIDATE, &candidate)?;
        sealed += 1;
    }
    Ok(sealed)
}

/// As [`seal`], in one transaction; what lay plain is then gone from the file and its log.
pub(super) fn settle(writer: &mut Connection, vault: &Vault) -> Result<(), Error> {
    if mark(writer)?.is_none() && vault.mark().is_some() {
        let tx = writer.transaction()?;
        seal(&tx, vault)?;
        tx.commit()?;
    }
    if get_or(writer, &setting::SWEEP, false)? {
        // A full disk must not keep the store shut: the next open does it.
        let _ = sweep(writer);
    }
    Ok(())
}

/// Writes every page anew: what is deleted from now on is wiped, but not what was moved or freed before.
fn sweep(writer: &Connection) -> Result<(), Error> {
    writer.execute_batch("VACUUM")?;
    if wal::empty(writer)? {
        setting::clear(writer, &setting::SWEEP)?;
    }
    Ok(())
}
