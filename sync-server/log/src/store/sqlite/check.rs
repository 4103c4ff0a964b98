//! Looks for damage that the database can see by itself: broken pages, indexes without their rows, tables
//! that contradict each other. What records mean is not looked at here, see [`crate::verify`].

use std::collections::BTreeSet;

use rusqlite::{Connection, Statement, Transaction, TransactionBehavior};

use super::{
    kinds,
    rows::{number, text},
};
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
        place_indexes(c, &mut flaws)?;
    }
    Ok(flaws)
}

fn contradictions(c: &Connection, flaws: &mut Vec<Flaw>) -> Stored<()> {
    CONTRADICTIONS.iter().try_for_each(|(what, sql)| find(c, what, sql, flaws))
}

/// The list of rows that decide who may do what.
fn reference(c: &Connection, flaws: &mut Vec<Flaw>) -> Stored<()> {
    let decides = format!("note IS NULL AND reason IS NULL AND {}", *kinds::DECIDES_TRUST);
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

/// The indexes by place: pages for phones are made by that of scopes, and a row that it lacks reaches nobody;
/// states are made by that of places.
fn place_indexes(c: &Connection, flaws: &mut Vec<Flaw>) -> Stored<()> {
    let mut scopes =
        Index { name: "scope index", table: "log_key", column: "bucket", expected: 0, lacking: 0 };
    let mut places =
        Index { name: "index by place", table: "place_row", column: "place", expected: 0, lacking: 0 };
    let mut by_scope = c.prepare(&scopes.find())?;
    let mut by_place = c.prepare(&places.find())?;
    let mut statement =
        c.prepare("SELECT position, keys, reason IS NULL, note IS NULL FROM log ORDER BY position")?;
    let mut rows = statement.query([])?;
    while let Some(r) = rows.next()? {
        let position = number(r, 0)?;
        let keys: BTreeSet<&str> = text(r, 1)?.split_ascii_whitespace().collect();
        if r.get(2)? {
            let buckets: BTreeSet<&str> = keys.iter().map(|key| bucket(key)).collect();
            scopes.look(&mut by_scope, &buckets, position, flaws)?;
        }
        if r.get(3)? {
            places.look(&mut by_place, &keys, position, flaws)?;
        }
    }
    scopes.finish(c, flaws)?;
    places.finish(c, flaws)
}

/// An index of ours beside the log, and what was found of it.
struct Index {
    name: &'static str,
    table: &'static str,
    column: &'static str,
    expected: u64,
    lacking: u64,
}

impl Index {
    fn find(&self) -> String {
        format!("SELECT 1 FROM {} WHERE {} = ? AND position = ?", self.table, self.column)
    }

    fn look(
        &mut self,
        find: &mut Statement<'_>,
        keys: &BTreeSet<&str>,
        position: u64,
        flaws: &mut Vec<Flaw>,
    ) -> Stored<()> {
        for key in keys {
            self.expected += 1;
            if !find.exists(rusqlite::params![key, position.cast_signed()])? {
                self.lacking += 1;
                if self.lacking <= NAMED as u64 {
                    flaws.push(Flaw::Tables(format!(
                        "the {} lacks the row at position {position}",
                        self.name
                    )));
                }
            }
        }
        Ok(())
    }

    fn finish(&self, c: &Connection, flaws: &mut Vec<Flaw>) -> Stored<()> {
        let there: u64 = c.query_row(&format!("SELECT count(*) FROM {}", self.table), [], |r| r.get(0))?;
        if there + self.lacking != self.expected {
            flaws.push(Flaw::Tables(format!("the {} names rows that do not belong there", self.name)));
        }
        Ok(())
    }
}
