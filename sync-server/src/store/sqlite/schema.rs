//! Migrations: an ordered list of numbered SQL files, one transaction each, the version in the same
//! transaction. A newer database is refused.

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use crate::store::{StoreError, Stored};

const STEPS: &[&str] = &[include_str!("schema-1.sql"), include_str!("schema-2.sql")];

/// Refuses a file of a newer version.
pub(super) fn refuse_newer(c: &Connection) -> Stored<()> {
    let (known, found) = (u32::try_from(STEPS.len()).unwrap_or(u32::MAX), version(c)?);
    if found > known { Err(StoreError::Newer { found, known }) } else { Ok(()) }
}

/// Brings the file to the newest schema.
pub(super) fn migrate(c: &mut Connection) -> Stored<()> {
    refuse_newer(c)?;
    let found = version(c)?;
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

/// Whether a file that was just opened can be read; not where SQLite would have to make a file beside it and
/// may not.
pub(super) fn can_be_read(c: &Connection) -> Stored<bool> {
    match c.query_row("PRAGMA schema_version", [], |r| r.get::<_, i64>(0)) {
        Ok(_) => Ok(true),
        Err(e) => match e.sqlite_error_code() {
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Ok(false),
            _ => Err(e.into()),
        },
    }
}

fn version(c: &Connection) -> Stored<u32> {
    Ok(c.query_row("PRAGMA user_version", [], |r| r.get(0))?)
}
