//! Migrations: an ordered list of numbered SQL files, one transaction each, the version in the same
//! transaction. A newer database is refused.

use rusqlite::{Connection, TransactionBehavior};

use crate::store::{StoreError, Stored};

const STEPS: &[&str] = &[include_str!("schema-1.sql"), include_str!("schema-2.sql")];

/// Brings the file to the newest schema.
pub(super) fn migrate(c: &mut Connection) -> Stored<()> {
    let known = u32::try_from(STEPS.len()).unwrap_or(u32::MAX);
    let found = version(c)?;
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for (number, step) in (1..).zip(STEPS) {
        if number <= found {
            continue;
        }
        let tx = c.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another process may have been first.
        if version(&tx)? < number {
            tx.execute_batch(step)?;
            tx.pragma_update(None, "user_version", number)?;
        }
        tx.commit()?;
    }
    Ok(())
}

/// Whether the file can be read and is of no newer version.
pub(super) fn check(c: &Connection) -> Stored<bool> {
    let known = u32::try_from(STEPS.len()).unwrap_or(u32::MAX);
    match version(c) {
        Ok(found) if found > known => Err(StoreError::Newer { found, known }),
        Ok(_) => Ok(true),
        Err(StoreError::ReadOnly { .. }) => Ok(false),
        Err(other) => Err(other),
    }
}

fn version(c: &Connection) -> Stored<u32> {
    Ok(c.query_row("PRAGMA user_version", [], |r| r.get(0))?)
}
