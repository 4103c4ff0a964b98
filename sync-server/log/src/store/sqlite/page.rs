//! One page of what a scope sees: by the scope index where the scope is narrow, by a scan of the log
//! where it is broad.

use pantau_protocol::place::Scope;
use rusqlite::params;

use super::{
    rows::{self, COLUMNS, TABLES, number},
    view::Session,
};
use crate::store::{LogView as _, PageQuery, Row, Scan, Stored, buckets, is_visible};

/// Positions read from one bucket at a time.
const STRIDE: usize = 2_048;

/// See [`crate::store::View::page`].
pub(super) fn page(session: &Session<'_>, scope: &Scope, query: &PageQuery) -> Stored<Scan> {
    let head = session.head()?;
    let mut filling = Filling::new(session, scope, query, head);
    match buckets(scope) {
        Some(buckets) => by_buckets(session, &buckets, query, head, &mut filling)?,
        None => by_scan(session, query, head, &mut filling)?,
    }
    Ok(filling.finish(head))
}

/// A page that fills up.
struct Filling<'a> {
    session: &'a Session<'a>,
    scope: &'a Scope,
    query: &'a PageQuery,
    scan: Scan,
    bytes: usize,
    looked: usize,
    is_full: bool,
}

impl<'a> Filling<'a> {
    fn new(session: &'a Session<'a>, scope: &'a Scope, query: &'a PageQuery, head: u64) -> Self {
        let scan = Scan { rows: Vec::new(), through: query.after.min(head), more: false };
        Self { session, scope, query, scan, bytes: 0, looked: 0, is_full: false }
    }

    /// Looks at the next row; the page is full when it cannot take it.
    fn look_at(&mut self, row: Row) -> Stored<()> {
        let position = row.position;
        if is_visible(&row, self.scope, self.query) {
            let row = self.session.with_notes(row)?;
            self.bytes += row.page_bytes();
            let over = self.bytes > self.query.bytes || self.scan.rows.len() >= self.query.rows;
            if over && !self.scan.rows.is_empty() {
                self.is_full = true;
                return Ok(());
            }
            self.scan.rows.push(row);
        }
        self.scan.through = position;
        self.looked += 1;
        self.is_full = self.looked >= self.query.scan;
        Ok(())
    }

    fn finish(mut self, head: u64) -> Scan {
        self.scan.more = self.scan.through < head;
        self.scan
    }
}

/// Reads the log in order from the cursor.
fn by_scan(session: &Session<'_>, query: &PageQuery, head: u64, filling: &mut Filling<'_>) -> Stored<()> {
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE l.position > ? ORDER BY l.position");
    let mut statement = session.c.prepare_cached(&sql)?;
    let mut found = statement.query([query.after.cast_signed()])?;
    while let Some(r) = found.next()? {
        filling.look_at(rows::row(r)?)?;
        if filling.is_full {
            return Ok(());
        }
    }
    filling.scan.through = head;
    Ok(())
}

/// Merges the buckets in position order, stride by stride.
fn by_buckets(
    session: &Session<'_>,
    buckets: &[String],
    query: &PageQuery,
    head: u64,
    filling: &mut Filling<'_>,
) -> Stored<()> {
    let held_by = session.device_no(&query.reader)?;
    let mut after = query.after;
    loop {
        let stride = stride(session, buckets, held_by, after)?;
        for position in stride.positions {
            let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE l.position = ?");
            let row = session.one(&sql, [position.cast_signed()], rows::row)?;
            if let Some(row) = row {
                filling.look_at(row)?;
            }
            if filling.is_full {
                return Ok(());
            }
        }
        match stride.through {
            Some(through) => after = through,
            None => break,
        }
    }
    filling.scan.through = head;
    Ok(())
}

/// Positions of the next stride, and how far they are complete; `None` when all is read.
struct Stride {
    positions: std::collections::BTreeSet<u64>,
    through: Option<u64>,
}

fn stride(session: &Session<'_>, buckets: &[String], held_by: Option<i64>, after: u64) -> Stored<Stride> {
    let mut lists = Vec::with_capacity(buckets.len() + 1);
    for bucket in buckets {
        lists.push(session.list(
            "SELECT position FROM log_key WHERE bucket = ? AND position > ? ORDER BY position LIMIT ?",
            params![bucket, after.cast_signed(), STRIDE as i64],
            |r| number(r, 0),
        )?);
    }
    if let Some(device) = held_by {
        lists.push(session.list(
            "SELECT position FROM held WHERE device = ? AND position > ? ORDER BY position LIMIT ?",
            params![device, after.cast_signed(), STRIDE as i64],
            |r| number(r, 0),
        )?);
    }
    // A list that was cut says nothing about what lies behind its end.
    let through = lists.iter().filter(|l| l.len() == STRIDE).filter_map(|l| l.last().copied()).min();
    let positions = lists.into_iter().flatten().filter(|p| through.is_none_or(|t| *p <= t)).collect();
    Ok(Stride { positions, through })
}
