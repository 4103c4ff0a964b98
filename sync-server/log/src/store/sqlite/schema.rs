//! Migrations: an ordered list of numbered SQL files, one transaction each, the version in the same
//! transaction. A newer database is refused.

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use super::rows::text;
use crate::store::{StoreError, Stored};

/// One step: tables, then what fills them where SQL alone cannot.
struct Step {
    sql: &'static str,
    fill: fn(&Connection) -> Stored<()>,
}

const STEPS: &[Step] = &[
    Step { sql: include_str!("schema-1.sql"), fill: |_| Ok(()) },
    Step { sql: include_str!("schema-2.sql"), fill: |_| Ok(()) },
    Step { sql: include_str!("schema-3.sql"), fill: fill_place_rows },
    Step { sql: include_str!("schema-4.sql"), fill: |_| Ok(()) },
    Step { sql: include_str!("schema-5.sql"), fill: |_| Ok(()) },
    Step { sql: include_str!("schema-6.sql"), fill: |_| Ok(()) },
    Step { sql: include_str!("schema-7.sql"), fill: |_| Ok(()) },
    Step { sql: include_str!("schema-8.sql"), fill: |_| Ok(()) },
    Step { sql: include_str!("schema-9.sql"), fill: |_| Ok(()) },
    Step { sql: include_str!("schema-10.sql"), fill: |_| Ok(()) },
];

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
            tx.execute_batch(step.sql)?;
            (step.fill)(&tx)?;
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

/// Rows of the index by place sorted at a time: sorted runs keep a million inserts quick.
const RUN: usize = 100_000;

/// The index by place of all records that are there.
fn fill_place_rows(c: &Connection) -> Stored<()> {
    let mut statement = c.prepare("SELECT position, keys FROM log WHERE note IS NULL ORDER BY position")?;
    let mut rows = statement.query([])?;
    let mut run: Vec<(String, i64)> = Vec::new();
    loop {
        let row = rows.next()?;
        if row.is_none() || run.len() >= RUN {
            run.sort_unstable();
            let mut insert =
                c.prepare_cached("INSERT OR IGNORE INTO place_row (place, position) VALUES (?, ?)")?;
            for entry in run.drain(..) {
                insert.execute(entry)?;
            }
        }
        let Some(r) = row else { return Ok(()) };
        let position = r.get(0)?;
        run.extend(text(r, 1)?.split_ascii_whitespace().map(|key| (key.to_owned(), position)));
    }
}

fn version(c: &Connection) -> Stored<u32> {
    Ok(c.query_row("PRAGMA user_version", [], |r| r.get(0))?)
}
