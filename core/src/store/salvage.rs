//! A damaged store is moved aside, never deleted, and whatever of it can be read is taken over.

use std::{collections::BTreeSet, path::Path};

use rusqlite::{Connection, OpenFlags, types::Value};

use super::{FILE, SUSPECT, connect, migrate};
use crate::{error::Error, phone::OpenReport};

/// Tables taken over, with the two orders they are read in: a damaged page costs what is on it, and the rows
/// behind it are reached from the other end. What others said comes again from the server; place keys and
/// states follow from the records.
const TABLES: &[(&str, &str, &str)] = &[
    ("setting", "name", "name DESC"),
    ("journal", "number", "number DESC"),
    ("note", "id, field", "id DESC, field DESC"),
    ("erased", "id, field", "id DESC, field DESC"),
    ("wanted", "journal, seq", "journal DESC, seq DESC"),
    ("receipt", "journal, epoch, last", "journal DESC, epoch DESC, last DESC"),
    ("draft", "kind, place", "kind DESC, place DESC"),
];

/// Moves the store aside and builds a new one from it.
pub(super) fn salvage(dir: &Path, now: i64) -> Result<OpenReport, Error> {
    let aside = dir.join(format!("{FILE}.corrupt-{now}"));
    for suffix in ["-wal", "-shm", ""] {
        let from = dir.join(format!("{FILE}{suffix}"));
        if from.exists() {
            std::fs::rename(&from, dir.join(format!("{FILE}.corrupt-{now}{suffix}")))?;
        }
    }
    let mut fresh = connect(&dir.join(FILE))?;
    migrate::migrate(&mut fresh)?;
    let tx = fresh.transaction()?;
    let mut salvaged = 0;
    // Read only: the damaged file stays as it was found.
    if let Ok(old) = Connection::open_with_flags(&aside, OpenFlags::SQLITE_OPEN_READ_ONLY) {
        for (table, up, down) in TABLES {
            for order in [up, down] {
                // What cannot be read is left where it is.
                let _ = copy(&old, &tx, table, &format!("1 ORDER BY {order}"));
            }
        }
        salvaged = own_records(&old, &tx);
    }
    tx.execute_batch("DELETE FROM setting WHERE name IN ('position', 'scope', 'pulled')")?;
    tx.commit()?;
    let _ = std::fs::remove_file(dir.join(SUSPECT));
    Ok(OpenReport { moved_aside: Some(aside), salvaged, upgraded_from: None })
}

/// Copies own records one by one; returns how many.
fn own_records(old: &Connection, fresh: &Connection) -> u64 {
    let mut rows = BTreeSet::new();
    // By the index, and by the table if that is what is left.
    for found in [
        "SELECT row FROM record WHERE own > 0 ORDER BY own, seq",
        "SELECT row FROM record WHERE own > 0 ORDER BY own DESC, seq DESC",
        "SELECT row FROM record NOT INDEXED WHERE own > 0 ORDER BY row",
        "SELECT row FROM record NOT INDEXED WHERE own > 0 ORDER BY row DESC",
    ] {
        let Ok(mut q) = old.prepare(found) else { continue };
        let Ok(numbers) = q.query_map([], |r| r.get::<_, i64>(0)) else { continue };
        rows.extend(numbers.map_while(Result::ok));
    }
    let one = |row: &i64| copy(old, fresh, "record", &format!("row = {row} AND own > 0")).unwrap_or(0);
    rows.iter().map(one).sum()
}

/// Copies the rows for which `which` holds, as far as they can be read; returns how many were new.
fn copy(old: &Connection, fresh: &Connection, table: &str, which: &str) -> Result<u64, Error> {
    let mut q = old.prepare(&format!("SELECT * FROM {table} WHERE {which}"))?;
    // By name: the damaged store may be of an older version.
    let names = q.column_names().collect::<Vec<_>>().join(", ");
    let columns = q.column_count();
    let marks = vec!["?"; columns].join(", ");
    let mut put = fresh.prepare(&format!("INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})"))?;
    let mut rows = q.query([])?;
    let mut copied = 0;
    while let Ok(Some(row)) = rows.next() {
        let values: Result<Vec<Value>, _> = (0..columns).map(|i| row.get(i)).collect();
        if let Ok(values) = values {
            copied += put.execute(rusqlite::params_from_iter(values))? as u64;
        }
    }
    Ok(copied)
}
