//! One place from its facts.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::mpsc,
    thread,
};

use pantau_protocol::{
    body::Severity,
    cbor,
    journal::RecordId,
    place::Place,
    projection::{
        Fact, Heard, IncidentState, PlaceState, Reference, Rollup, Underway,
        findings::{self, Seen},
    },
};

use crate::{
    limit,
    store::{FoldedPlace, List, Listed, Row, StoreError, Stored, View},
};

/// The fact of a row; `None` for one that takes no part in the fold.
pub fn fact(row: &Row) -> Option<Fact> {
    let e = &row.entry;
    if !row.is_folded() {
        return None;
    }
    Fact::new(e.id, (e.device, e.branch, e.seq), Some(e.envelope), &e.payload).ok()
}

/// The facts of rows that carry one place key, each with its first position. Of a record that stands on several
/// branches the one with the least envelope and branch counts, as in every fold.
pub fn facts_of(rows: &[Row]) -> BTreeMap<RecordId, (Fact, u64)> {
    let mut all: BTreeMap<RecordId, (Fact, u64)> = BTreeMap::new();
    for row in rows {
        let Some(fact) = fact(row) else { continue };
        match all.get_mut(&fact.id) {
            None => _ = all.insert(fact.id, (fact, row.position)),
            Some((known, _)) if fact.replaces(known) => *known = fact,
            Some(_) => {}
        }
    }
    all
}

/// A place with what follows from its facts; its sums, if it is a TPS.
pub(super) struct Folded {
    pub(super) kept: FoldedPlace,
    pub(super) rollup: Option<Rollup>,
}

/// How much of what was found at a place earlier is looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum History {
    /// Nothing yet: all places are folded again in a while.
    Later,
    /// All: what the desk knows of the place has changed.
    Whole,
    /// What came since this generation of the projection folded the place.
    Since(u64),
}

/// What the store has of a place.
pub(super) struct Gathered {
    place: Place,
    history: History,
    rows: Vec<Row>,
    /// What an earlier look remembered.
    memory: Option<Vec<u8>>,
}

/// Reads what was said of one place up to a position.
pub(super) fn gather(view: &dyn View, place: &Place, through: u64, history: History) -> Stored<Gathered> {
    let memory = match history {
        History::Since(generation) => view.memory(generation, place)?,
        History::Later | History::Whole => None,
    };
    Ok(Gathered { place: place.clone(), history, rows: view.place_rows(place, through)?, memory })
}

/// Folds places while the next ones are read: half of the time from scratch is reading.
pub(super) fn fold_beside(
    gathered: impl Iterator<Item = Stored<Gathered>>,
    reference: &Reference,
    now: i64,
) -> Stored<Vec<Folded>> {
    thread::scope(|scope| {
        let (send, receive) = mpsc::sync_channel(limit::PROJECT_AHEAD);
        let folding =
            scope.spawn(|| receive.into_iter().map(|g| fold(&g, reference, now)).collect::<Vec<_>>());
        for gathered in gathered {
            // Nobody receives if folding panicked, which the join tells.
            if send.send(gathered?).is_err() {
                break;
            }
        }
        drop(send);
        folding.join().map_err(|_| StoreError::Other("a place could not be folded".into()))
    })
}

/// Folds one place, as it looks at a moment, unix seconds.
pub(super) fn fold(gathered: &Gathered, reference: &Reference, now: i64) -> Folded {
    let place = &gathered.place;
    let facts = facts_of(&gathered.rows);
    let heard = Heard::new(place, facts.values().map(|(f, _)| f), reference);
    let state = heard.state();
    let rollup = reference.tps(place).map(|_| {
        let mut rollup = Rollup::default();
        rollup.add(place, state, reference);
        rollup
    });
    let visitors = if rollup.is_some_and(|r| r.tps > 0) && state.visits > 0 {
        heard.visitors()
    } else {
        BTreeSet::new()
    };
    let uncounted =
        facts.values().filter(|(f, _)| f.record.place == *place && !reference.trusts(&f.id, f.author())).map(
            |(_, position)| Listed { list: List::Uncounted, key: newest_first(*position), item: Vec::new() },
        );
    let (seen, memory) = match gathered.history {
        History::Later => (findings::look_now(&heard, now), None),
        History::Whole | History::Since(_) => {
            // A memory that cannot be read is none: what it says follows from the records.
            let memory = gathered.memory.as_deref().and_then(|bytes| cbor::from_slice(bytes).ok());
            findings::look_on(&heard, now, memory)
        }
    };
    let flow = heard.flow();
    let rollup = rollup.map(|mut rollup| {
        rollup.add_silence(seen.silence);
        rollup.add_flow(&flow);
        rollup
    });
    let kept = FoldedPlace {
        place: place.clone(),
        listed: listed(state)
            .chain(uncounted)
            .chain(found(&seen))
            .chain(flow.underway.iter().map(underway))
            .collect(),
        state: (*state != PlaceState::default()).then(|| cbor::to_vec(state)),
        visitors: visitors.into_iter().collect(),
        memory: memory.map(|memory| cbor::to_vec(&memory)),
    };
    Folded { kept, rollup }
}

fn listed(state: &PlaceState) -> impl Iterator<Item = Listed> {
    let open = state.incidents.iter().filter(|i| i.is_open());
    let incidents = open.map(|i| {
        let (std::cmp::Reverse(severity), is_answered, at) = urgency(i);
        let mut key = gravest_first(severity).to_vec();
        key.push(u8::from(is_answered));
        key.extend(ascending(at).to_be_bytes());
        key.extend(i.mark.record.as_bytes());
        Listed { list: List::Incidents, key, item: cbor::to_vec(i) }
    });
    let directives = state.directives.iter().map(|d| {
        let mut key = (!ascending(d.mark.at)).to_be_bytes().to_vec();
        key.extend(d.mark.record.as_bytes().iter().map(|byte| !byte));
        Listed { list: List::Directives, key, item: cbor::to_vec(d) }
    });
    incidents.chain(directives)
}

/// Signs of findings, open ones first, the gravest first; and when to look again.
fn found(seen: &Seen) -> impl Iterator<Item = Listed> {
    let signs = seen.signs.iter().map(|sign| {
        let mut key = vec![u8::from(!sign.is_open())];
        key.extend((sign.severity as u8).wrapping_neg().to_be_bytes());
        key.extend(sign.rule.number().to_be_bytes());
        key.extend(sign.finding().0);
        Listed { list: List::Signs, key, item: cbor::to_vec(sign) }
    });
    let due = seen.until.map(|at| Listed {
        list: List::Due,
        key: ascending(at).to_be_bytes().to_vec(),
        item: Vec::new(),
    });
    signs.chain(due)
}

/// Goods on their way: those past due first, those without a due time last; then the oldest.
fn underway(share: &Underway) -> Listed {
    let due = ascending(share.past_due_at().unwrap_or(i64::MAX));
    let mut key = due.to_be_bytes().to_vec();
    key.extend(ascending(share.given.at).to_be_bytes());
    key.extend(share.consignment.as_bytes());
    key.push(u8::from(share.kit.is_some()));
    Listed { list: List::Underway, key, item: cbor::to_vec(share) }
}

/// Keys of goods on their way below this one are past due at a moment, unix seconds.
pub(super) fn behind_due(now: i64) -> [u8; 8] {
    ascending(now).to_be_bytes()
}

/// Keys of signs below this one are of those that are open.
pub(super) const BEHIND_OPEN: [u8; 1] = [1];

/// Where the id of the finding stands in the key of a sign.
pub(super) const FINDING_IN_KEY: std::ops::Range<usize> = 6..22;

/// The moment in the key of a place to look at again, unix seconds.
pub(super) fn moment_in(key: &[u8]) -> Option<i64> {
    Some((u64::from_be_bytes(key.try_into().ok()?) ^ (1 << 63)).cast_signed())
}

/// Beginning of the key of an open incident.
fn gravest_first(severity: u32) -> [u8; 4] {
    (u32::MAX - severity).to_be_bytes()
}

/// Keys below this one are of open incidents that endanger the vote.
pub(super) fn behind_grave() -> [u8; 4] {
    gravest_first(Severity::High.number() - 1)
}

/// Order of a list of open incidents: gravest first, then those that nobody has answered, then the oldest.
pub fn urgency(state: &IncidentState) -> (std::cmp::Reverse<u32>, bool, i64) {
    (std::cmp::Reverse(state.severity.number().min(4)), state.progress.is_some(), state.mark.at)
}

/// A number whose big-endian bytes are in the order of the signed ones.
fn ascending(n: i64) -> u64 {
    n.cast_unsigned() ^ (1 << 63)
}

fn newest_first(position: u64) -> Vec<u8> {
    (!position).to_be_bytes().to_vec()
}

/// The position in the key of an uncounted record.
pub(super) fn position_in(key: &[u8]) -> Option<u64> {
    Some(!u64::from_be_bytes(key.try_into().ok()?))
}
