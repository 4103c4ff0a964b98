//! One step of a projector: planned on a snapshot, then written in one short transaction, unless another process
//! was faster.

use std::collections::BTreeSet;

use pantau_protocol::{body::Kind, exchange::RowKind, place::Place, receipt::Epoch};

use super::{
    VERSION,
    fold::{self, History},
    known::{self, Known, Touches},
    sums::{Adding, Changes},
};
use crate::{
    limit,
    store::{FoldedPlace, List, Listed, Projection, Row, Status, Stored, Tx, View},
};

/// What one step writes.
#[derive(Debug, Default)]
pub(super) struct Step {
    /// The generations as they were when it was planned: if they are others by now, nothing is written.
    expected: Vec<Projection>,
    moved: Vec<Projection>,
    generation: u64,
    places: Vec<FoldedPlace>,
    rollups: Vec<(Place, Option<Vec<u8>>)>,
    dropped: Option<u64>,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// It is in the store.
    Done,
    /// Another process moved the projection meanwhile; nothing was written.
    Overtaken,
}

/// What the log is, at one snapshot.
struct Log {
    head: u64,
    epoch: Epoch,
    /// The moment, unix seconds: some things are found by time alone.
    now: i64,
}

impl Log {
    /// Whether a generation was made from this log by this version.
    fn fits(&self, p: &Projection) -> bool {
        p.version == VERSION && p.epoch == self.epoch && p.position <= self.head
    }
}

/// Plans the next step; `None` if there is nothing to do. `known` moves to the position that the step reaches.
/// `fresh` asks for a new generation although there is one that fits.
pub(super) fn plan(view: &dyn View, known: &mut Known, fresh: bool, now: i64) -> Stored<Option<Step>> {
    let Some(epoch) = view.epoch()? else { return Ok(None) };
    let log = Log { head: view.head()?, epoch, now };
    let expected = view.projections()?;
    let mut step = Step { expected: expected.clone(), ..Step::default() };
    let with = |status| expected.iter().rfind(|p| p.status == status);
    let (building, serving) = (with(Status::Building), with(Status::Serving));
    // Pages must not speak of a log that is gone.
    let lost = serving.filter(|p| p.position > log.head);
    let unfit = building.filter(|p| !log.fits(p));
    step.moved
        .extend(lost.into_iter().chain(unfit).map(|p| Projection { status: Status::Dropped, ..p.clone() }));
    let serving = serving.filter(|p| p.position <= log.head);
    let current = building.or(serving.filter(|_| !fresh)).filter(|p| log.fits(p));
    match current {
        Some(current) => advance(view, known, &log, current, serving, &mut step)?,
        None => {
            let generation = expected.last().map_or(1, |p| p.generation + 1);
            let received_at = view.desk_row(log.head)?.map_or(0, |r| r.entry.envelope.received_at);
            step.moved.push(Projection {
                generation,
                version: VERSION,
                status: Status::Building,
                position: log.head,
                received_at,
                epoch,
                after: Some(String::new()),
                folded: 0,
                looked_at: 0,
            });
        }
    }
    // A little at each step: a log that grows all day must not keep what was replaced.
    step.dropped = with(Status::Dropped).map(|p| p.generation);
    Ok((!step.moved.is_empty() || step.dropped.is_some()).then_some(step))
}

/// The newest rows, and what they touch.
struct Batch {
    position: u64,
    received_at: i64,
    /// Places of which something was said.
    touched: BTreeSet<Place>,
    /// Of these and others, those that mean something else by now, whatever was said of them.
    renewed: BTreeSet<Place>,
    /// Reference data that may change any state.
    everything: bool,
}

fn advance(
    view: &dyn View,
    known: &mut Known,
    log: &Log,
    current: &Projection,
    serving: Option<&Projection>,
    step: &mut Step,
) -> Stored<()> {
    if known.position() > current.position {
        // It followed another generation, or a log that is gone.
        *known = Known::default();
    }
    if known.position() < current.position {
        known.follow(view, current.position, true)?;
    }
    let due = due(view, current, log.now)?;
    // How a place is heard was judged by an hour that is not here yet.
    let is_set_back = log.now.saturating_add(limit::PROJECT_SET_BACK_S) < current.looked_at;
    let is_up_to_date = current.position == log.head && current.after.is_none() && !is_set_back;
    if is_up_to_date && current.status == Status::Serving && due.is_empty() {
        return Ok(());
    }
    let mut batch = read(view, known, current)?;
    let has_due = !due.is_empty();
    batch.touched.extend(due);
    let looked_at = if is_set_back { log.now } else { log.now.max(current.looked_at) };
    let mut next =
        Projection { position: batch.position, received_at: batch.received_at, looked_at, ..current.clone() };
    if batch.everything || is_set_back {
        (next.after, next.folded) = (Some(String::new()), 0);
    }
    let mut again = Vec::new();
    let mut is_whole = false;
    if let Some(after) = next.after.take() {
        let most = limit::PROJECT_PLACES.saturating_sub(batch.touched.len()).max(limit::PROJECT_AGAIN);
        again = view.places_after(&after, most)?;
        next.folded += again.len() as u64;
        is_whole = again.len() < most;
        next.after = again.last().filter(|_| !is_whole).map(|p| p.as_str().to_owned());
    } else if has_due {
        // What readers keep of this position does not hold any more.
        next.folded += 1;
    }
    batch.renewed.extend(again);
    let mut changes = Changes::new();
    let places = || batch.touched.union(&batch.renewed);
    let gathered = places().map(|place| {
        let history = match current.status {
            Status::Building => History::Later,
            _ if batch.renewed.contains(place) => History::Whole,
            _ => History::Since(current.generation),
        };
        fold::gather(view, place, batch.position, history)
    });
    let folded = match current.status {
        Status::Building => fold::fold_beside(gathered, known.reference(), log.now)?,
        // Who follows a running server leaves the other processors to intake and pages.
        _ => gathered.map(|g| Ok(fold::fold(&g?, known.reference(), log.now))).collect::<Stored<_>>()?,
    };
    for (place, folded) in places().zip(folded) {
        let is_inner = known.children(place).next().is_some();
        if folded.rollup.is_some() || !is_inner {
            changes.insert(place.clone(), folded.rollup);
        }
        step.places.push(folded.kept);
    }
    let adding = Adding { view, generation: current.generation, known };
    if is_whole {
        adding.all(&mut changes)?;
    } else if current.status == Status::Serving {
        adding.above(batch.touched.iter(), &mut changes)?;
    }
    step.rollups = adding.differing(changes)?;
    step.generation = current.generation;
    if current.status == Status::Building && is_whole {
        // Pages need what is open first; what was cured is found behind the cursor.
        (next.status, next.after, next.folded) = (Status::Serving, Some(String::new()), 0);
        step.moved.extend(serving.map(|p| Projection { status: Status::Dropped, ..p.clone() }));
    }
    step.moved.push(next);
    Ok(())
}

/// Places where time alone changes what is found, as many as one step takes.
fn due(view: &dyn View, current: &Projection, now: i64) -> Stored<Vec<Place>> {
    if current.status != Status::Serving {
        return Ok(Vec::new());
    }
    let all = view.listed(current.generation, List::Due, None, limit::PROJECT_PLACES)?;
    let is_due = |listed: &Listed| fold::moment_in(&listed.key).is_none_or(|at| at <= now);
    Ok(all.into_iter().filter(|(_, listed)| is_due(listed)).map(|(place, _)| place).collect())
}

/// Reads rows from where the projection stands, no more than one transaction takes, and lets `known` follow.
fn read(view: &dyn View, known: &mut Known, current: &Projection) -> Stored<Batch> {
    let rows = view.rows_after(current.position, limit::PROJECT_ROWS)?;
    let mut batch = Batch {
        position: current.position,
        received_at: current.received_at,
        touched: BTreeSet::new(),
        renewed: BTreeSet::new(),
        everything: false,
    };
    let (mut taken, mut texts) = (0, false);
    for row in &rows {
        let is_fact = row.is_folded();
        let keys = || row.entry.keys.iter().filter(|_| is_fact && !row.entry.kind.is_reference());
        let new = keys().filter(|p| !batch.touched.contains(*p)).count();
        if taken > 0 && batch.touched.len() + new > limit::PROJECT_PLACES {
            break;
        }
        batch.touched.extend(keys().cloned());
        (batch.position, batch.received_at) = (row.position, row.entry.envelope.received_at);
        texts |= says_names(row);
        taken += 1;
    }
    known.follow(view, batch.position, texts)?;
    for row in rows.iter().take(taken).filter(|r| r.is_folded() && r.entry.kind.is_reference()) {
        let Some(fact) = fold::fact(row) else { continue };
        match known::touches(view, known, &fact, row.position)? {
            Touches::Places(places) => batch.renewed.extend(places),
            Touches::Everything => batch.everything = true,
        }
    }
    batch.touched.extend(batch.renewed.iter().cloned());
    Ok(batch)
}

/// Whether a row brings or takes away a text of an officer.
fn says_names(row: &Row) -> bool {
    match row.entry.row {
        RowKind::Note => row.entry.kind == Kind::Officer,
        _ => row.entry.kind == Kind::Erase,
    }
}

impl Step {
    /// Writes it, or nothing if another process was faster.
    pub(super) fn write(&self, tx: &mut dyn Tx) -> Stored<Written> {
        if tx.projections()? != self.expected {
            return Ok(Written::Overtaken);
        }
        for place in &self.places {
            tx.put_place(self.generation, place)?;
        }
        for (place, sums) in &self.rollups {
            tx.put_rollup(self.generation, place, sums.as_deref())?;
        }
        for projection in &self.moved {
            tx.put_projection(projection)?;
        }
        if let Some(generation) = self.dropped {
            tx.drop_projection(generation, limit::PROJECT_DROP)?;
        }
        Ok(Written::Done)
    }
}
