//! Verifies a store: what it sees by itself, then the walk along its log, in snapshots of some thousand rows so
//! that a running server is not held up and no snapshot keeps the write-ahead log from being emptied.

use std::ops::ControlFlow;

use pantau_protocol::{body::Body, record::Record};

use super::{
    finding::{Break, Report},
    source::Snapshot,
    walk::Walk,
};
use crate::{
    limit,
    store::{self, Depth, Flaw, Store, StoreError, Stored, View},
};

/// How much of a store is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Every row, and every check that the store has of its own.
    Full,
    /// The newest rows, at most [`limit::VERIFY_TAIL_ROWS`], and the structure of the file.
    Quick,
    /// The newest rows alone: takes no longer on a long log than on a short one.
    Tail,
}

/// How far a verification has come: rows done, and rows there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Rows looked at.
    pub done: u64,
    /// Rows there are; 0 while that is not known.
    pub all: u64,
}

/// Called between two snapshots; may stop the verification.
pub type Watcher<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;

/// Verifies a store. `anchor_key` is the server's, from its identity.
///
/// # Errors
/// Failures of the store other than damage: damage is what the report is about.
pub fn log(
    store: &dyn Store,
    anchor_key: Option<&[u8; 32]>,
    extent: Extent,
    watcher: Watcher<'_>,
) -> Stored<Report> {
    let own = match extent {
        Extent::Full => store.check(Depth::Full)?,
        Extent::Quick => store.check(Depth::Quick)?,
        Extent::Tail => Vec::new(),
    };
    let head = damage_or(store::read(store, |view| view.head()), 0)?;
    let start = if extent == Extent::Full { 0 } else { head.saturating_sub(limit::VERIFY_TAIL_ROWS) };
    let mut walk = Walk::behind(start, anchor_key.copied());
    for flaw in own {
        walk.report.add(match flaw {
            Flaw::File(text) => Break::File(text),
            Flaw::Tables(text) => Break::Tables(text),
        });
    }
    learn_keys(store, &mut walk)?;
    loop {
        if watcher(Progress { done: walk.report.rows, all: head.saturating_sub(start) }).is_break() {
            walk.report.is_stopped = true;
            break;
        }
        if store::read(store, |view| stride(view, &mut walk))? {
            break;
        }
    }
    let _ = watcher(Progress { done: walk.report.rows, all: walk.report.rows });
    Ok(walk.report)
}

fn damage_or<T>(done: Stored<T>, otherwise: T) -> Stored<T> {
    match done {
        Err(e) if e.is_damage() => Ok(otherwise),
        done => done,
    }
}

/// The keys of all registered devices: the desk's own first record stands before the one that registers it.
fn learn_keys(store: &dyn Store, walk: &mut Walk) -> Stored<()> {
    let mut after = 0;
    loop {
        let rows = match store::read(store, |view| view.reference_rows(after, limit::VERIFY_ROWS)) {
            Err(e) if e.is_damage() => {
                walk.report.add(Break::Unreadable { position: 0, why: e.to_string() });
                return Ok(());
            }
            rows => rows?,
        };
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.position;
        for row in &rows {
            let body = Record::from_payload(&row.entry.payload).and_then(|r| r.decode_body());
            if let Ok(Body::Device(device)) = body {
                walk.learn(device.public_key);
            }
        }
    }
}

/// Some thousand rows from one snapshot; whether these were the last.
fn stride(view: &dyn View, walk: &mut Walk) -> Stored<bool> {
    let after = walk.position();
    let is_last;
    match view.desk_rows(after, limit::VERIFY_ROWS) {
        Ok(rows) => {
            is_last = rows.len() < limit::VERIFY_ROWS;
            for row in &rows {
                take(view, walk, row)?;
            }
        }
        Err(e) if e.is_damage() => is_last = one_by_one(view, walk, after)?,
        Err(e) => return Err(e),
    }
    if is_last {
        let done = finish(view, walk);
        unless_damage(done, walk, 0)?;
    }
    Ok(is_last)
}

fn take(view: &dyn View, walk: &mut Walk, row: &store::Row) -> Stored<()> {
    let taken = walk.take(row, &Snapshot(view));
    unless_damage(taken, walk, row.position)
}

fn finish(view: &dyn View, walk: &mut Walk) -> Stored<()> {
    let (branches, counter) = (view.desk_branches()?, view.head()?);
    walk.finish(&branches, counter, &Snapshot(view))
}

fn unless_damage(done: Stored<()>, walk: &mut Walk, position: u64) -> Stored<()> {
    match done {
        Err(e) if e.is_damage() => {
            walk.report.add(Break::Unreadable { position, why: e.to_string() });
            Ok(())
        }
        done => done,
    }
}

/// The same rows one at a time, where they cannot be read together; whether the log ends here.
fn one_by_one(view: &dyn View, walk: &mut Walk, after: u64) -> Stored<bool> {
    let counter = damage_or(view.head(), 0)?;
    let last = after + limit::VERIFY_ROWS as u64;
    for position in after + 1..=last.min(counter.max(after + 1)) {
        match view.desk_row(position) {
            Ok(Some(row)) => take(view, walk, &row)?,
            Ok(None) => {}
            Err(StoreError::Damaged(why) | StoreError::Corrupt(why)) => walk.skip(position, why),
            Err(e) => return Err(e),
        }
    }
    if last < counter {
        walk.reach(last);
    }
    Ok(last >= counter)
}
