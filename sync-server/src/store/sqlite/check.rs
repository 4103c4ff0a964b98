//! Looks for damage that the database can see by itself: broken pages, indexes without their rows, tables
//! that contradict each other. What records mean is not looked at here, see [`crate::verify`].

use std::collections::BTreeSet;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::rows::{number, text};
use crate::store::{Depth, Flaw, StoreError, Stored, bucket};

/// Flaws named of each kind; more say nothing new.
const NAMED: usize = 20;

/// Tables that must fit each other, as queries that find what does not: a sentence, then positions or other
/// numbers.
const CONTRADICTIONS: &[(&str, &str)] = &[
    (
        "a row of the log names a device that is not there, at position",
        "SELECT position FROM log WHERE device NOT IN (SELECT no FROM device)",
    ),
    (
        "a row of the log names an epoch that is not there, at position",
        "SELECT position FROM log WHERE epoch NOT IN (SELECT no FROM epoch)",
    ),
    (
        "a note belongs to no record, at position",
        "SELECT n.position FROM note n WHERE NOT EXISTS \
         (SELECT 1 FROM log l WHERE l.position = n.position AND l.note IS NULL)",
    ),
    (
        "a note is erased and still there, at position",
        "SELECT n.position FROM erased e JOIN log l ON l.id = e.id AND l.note IS NULL \
         JOIN note n ON n.position = l.position AND n.field = e.field",
    ),
    (
        "a note that is to come belongs to no record, number",
        "SELECT m.seq FROM missing m WHERE NOT EXISTS (SELECT 1 FROM log l WHERE l.device = m.device \
         AND l.branch = m.branch AND l.seq = m.seq AND l.note IS NULL)",
    ),
    (
        "a note that is to come is there already, at position",
        "SELECT l.position FROM missing m JOIN log l ON l.device = m.device AND l.branch = m.branch \
         AND l.seq = m.seq AND l.note IS NULL JOIN note n ON n.position = l.position AND n.field = m.field",
    ),
    (
        "a quarantined record is not in its list, at position",
        "SELECT l.position FROM log l WHERE l.reason IS NOT NULL AND NOT EXISTS \
         (SELECT 1 FROM held h WHERE h.device = l.device AND h.position = l.position)",
    ),
    (
        "the list of quarantined records names another row, at position",
        "SELECT h.position FROM held h WHERE NOT EXISTS (SELECT 1 FROM log l \
         WHERE l.position = h.position AND l.device = h.device AND l.reason IS NOT NULL)",
    ),
    (
        "a signature belongs to no record, first number",
        "SELECT e.first FROM evidence e WHERE NOT EXISTS (SELECT 1 FROM log l WHERE l.device = e.device \
         AND l.branch = e.branch AND l.seq = e.first AND l.note IS NULL)",
    ),
    (
        "two signatures are kept for one record, first number",
        "SELECT first FROM (SELECT first, lag(last) OVER (PARTITION BY device, branch ORDER BY first) AS before \
         FROM evidence) WHERE first <= before",
    ),
    (
        "a branch belongs to no device, number",
        "SELECT number FROM branch WHERE device NOT IN (SELECT no FROM device)",
    ),
    (
        "a hole belongs to no device, first number",
        "SELECT first FROM hole WHERE device NOT IN (SELECT no FROM device)",
    ),
];

/// See [`crate::store::Store::check`].
pub(super) fn check(c: &Connection, depth: Depth) -> Stored<Vec<Flaw>> {
    let found = Transaction::new_unchecked(c, TransactionBehavior::Deferred)
        .map_err(StoreError::from)
        .and_then(|_snapshot| look(c, depth));
    match found {
        Err(StoreError::Corrupt(text)) => Ok(vec![Flaw::File(text)]),
        Err(StoreError::Damaged(text)) => Ok(vec![Flaw::Tables(text)]),
        other => other,
    }
}

fn look(c: &Connection, depth: Depth) -> Stored<Vec<Flaw>> {
    let pragma = match depth {
        Depth::Quick => "quick_check",
        Depth::Full => "integrity_check",
    };
    let mut flaws = Vec::new();
    let mut statement = c.prepare(&format!("PRAGMA {pragma}({NAMED})"))?;
    let mut rows = statement.query([])?;
    while let Some(r) = rows.next()? {
        let line: String = r.get(0)?;
        if line != "ok" {
            flaws.push(Flaw::File(line));
        }
    }
    // Queries on a broken file would only find what is broken once more.
    if depth == Depth::Full && flaws.is_empty() {
        contradictions(c, &mut flaws)?;
        reference(c, &mut flaws)?;
        scope_index(c, &mut flaws)?;
    }
    Ok(flaws)
}

fn contradictions(c: &Connection, flaws: &mut Vec<Flaw>) -> Stored<()> {
    CONTRADICTIONS.iter().try_for_each(|(what, sql)| find(c, what, sql, flaws))
}

/// The list of rows that decide who may do what.
fn reference(c: &Connection, flaws: &mut Vec<Flaw>) -> Stored<()> {
    use pantau_protocol::body::Kind;
    let kinds = Kind::ALL.iter().filter(|k| k.decides_trust()).map(|k| k.number().to_string());
    let kinds = kinds.collect::<Vec<_>>().join(", ");
    let decides = format!("note IS NULL AND reason IS NULL AND kind IN ({kinds})");
    for (what, sql) in [
        (
            "a row that decides who may do what is not in its list, at position",
            format!(
                "SELECT position FROM log WHERE {decides} AND position NOT IN (SELECT position FROM reference)"
            ),
        ),
        (
            "the list of rows that decide who may do what names another row, at position",
            format!(
                "SELECT position FROM reference WHERE position NOT IN (SELECT position FROM log WHERE {decides})"
            ),
        ),
    ] {
        find(c, what, &sql, flaws)?;
    }
    Ok(())
}

fn find(c: &Connection, what: &str, sql: &str, flaws: &mut Vec<Flaw>) -> Stored<()> {
    let mut statement = c.prepare(&format!("{sql} LIMIT {NAMED}"))?;
    let mut rows = statement.query([])?;
    while let Some(r) = rows.next()? {
        flaws.push(Flaw::Tables(format!("{what} {}", number(r, 0)?)));
    }
    Ok(())
}

/// The scope index, by which pages for phones are made: a row that it lacks reaches nobody.
fn scope_index(c: &Connection, flaws: &mut Vec<Flaw>) -> Stored<()> {
    let mut indexed = c.prepare("SELECT 1 FROM log_key WHERE bucket = ? AND position = ?")?;
    let mut statement = c.prepare("SELECT position, keys FROM log WHERE reason IS NULL ORDER BY position")?;
    let mut rows = statement.query([])?;
    let (mut expected, mut lacking) = (0u64, 0usize);
    while let Some(r) = rows.next()? {
        let position = number(r, 0)?;
        let buckets: BTreeSet<&str> = text(r, 1)?.split_ascii_whitespace().map(bucket).collect();
        for bucket in buckets {
            expected += 1;
            if !indexed.exists(rusqlite::params![bucket, position.cast_signed()])? {
                lacking += 1;
                if lacking <= NAMED {
                    flaws.push(Flaw::Tables(format!("the scope index lacks the row at position {position}")));
                }
            }
        }
    }
    let there: u64 = c.query_row("SELECT count(*) FROM log_key", [], |r| r.get(0))?;
    if there + lacking as u64 != expected {
        flaws.push(Flaw::Tables("the scope index names rows that do not belong there".into()));
    }
    Ok(())
}
