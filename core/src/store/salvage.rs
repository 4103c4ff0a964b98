//! A damaged store is moved aside, never deleted, and whatever of it can be read is taken over.

use std::path::Path;

use rusqlite::{Connection, types::Value};

use super::{FILE, connect, migrate};
use crate::{error::Error, phone::OpenReport};

/// Tables taken over, own keys and records first. What others said comes again from the server.
const TABLES: &[(&str, &str)] = &[
    ("setting", "1"),
    ("journal", "1"),
    ("record", "own > 0"),
    ("note", "1"),
    ("erased", "1"),
    ("wanted", "1"),
    ("receipt", "1"),
    ("draft", "1"),
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
    let mut salvaged = 0;
    if let Ok(old) = Connection::open(&aside) {
        for (table, which) in TABLES {
            let rows = copy(&old, &fresh, table, which).unwrap_or(0);
            salvaged += if *table == "record" { rows } else { 0 };
        }
    }
    // Place keys follow from payloads, the log is read again from its start.
    fresh.execute_batch("DELETE FROM setting WHERE name IN ('position', 'scope', 'pulled')")?;
    Ok(OpenReport { moved_aside: Some(aside), salvaged, upgraded_from: None })
}

/// Copies row by row: a damaged page costs the rows on it, not those behind it.
fn copy(old: &Connection, fresh: &Connection, table: &str, which: &str) -> Result<u64, Error> {
    let key = if matches!(table, "journal") { "number" } else { "rowid" };
    let ids: Vec<i64> = match table {
        "record" | "journal" => {
            let mut q = old.prepare(&format!("SELECT {key} FROM {table} WHERE {which}"))?;
            q.query_map([], |r| r.get(0))?.map_while(Result::ok).collect()
        }
        _ => Vec::new(),
    };
    let mut copied = 0;
    if ids.is_empty() {
        copied += insert(old, fresh, table, &format!("SELECT * FROM {table} WHERE {which}"))?;
    }
    for id in ids {
        copied +=
            insert(old, fresh, table, &format!("SELECT * FROM {table} WHERE {key} = {id}")).unwrap_or(0);
    }
    Ok(copied)
}

fn insert(old: &Connection, fresh: &Connection, table: &str, select: &str) -> Result<u64, Error> {
    let mut q = old.prepare(select)?;
    let columns = q.column_count();
    let marks = vec!["?"; columns].join(", ");
    let mut put = fresh.prepare(&format!("INSERT OR IGNORE INTO {table} VALUES ({marks})"))?;
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
