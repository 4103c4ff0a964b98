//! What must hold: after every step, and when all is calm.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
};

use pantau_core::{Delivery, JournalRow, SyncEnd};
use pantau_log::{
    Server,
    store::{self, Branch, List, Listed, Row, Status},
    verify::{self, Extent},
};
use pantau_protocol::{
    cbor,
    exchange::RowKind,
    journal::{self, DeviceId, Link, RecordId},
    keys::PublicKey,
    note::Field,
    place::{Level, Place, Scope},
    projection::{Fact, Fold, Heard, PlaceState, Rollup, custody, findings, judge},
    receipt::Epoch,
};

use crate::{game::Game, phone::Handset};

/// What the log was ever seen to hold.
#[derive(Default)]
pub(crate) struct Seen {
    /// Rows of the present log.
    rows: Vec<Row>,
    /// How often each record stands in the present log.
    now: BTreeMap<RecordId, usize>,
    /// Records of this log and of those that were lost to a return of an old one.
    ever: BTreeSet<RecordId>,
    epoch: Option<Epoch>,
    returns: usize,
    /// Earliest time of first receipt that a phone showed.
    shown: BTreeMap<RecordId, i64>,
}

fn is_record(row: &Row) -> bool {
    row.entry.note.is_none()
}

impl Seen {
    /// Reads what was added to the log; what was read before must stand there unchanged.
    pub(crate) fn follow(&mut self, server: &Server, returns: usize) {
        if self.returns != returns {
            self.returns = returns;
            self.rows.clear();
            self.now.clear();
        }
        self.epoch = Some(server.epoch().unwrap());
        // In the batches of the game; where the disk is full now, later.
        let _ = server.follow();
        let known = self.rows.len() as u64;
        let fresh = store::read(server.store(), |view| view.desk_rows(known, 1_000_000)).unwrap();
        for row in fresh {
            assert_eq!(row.position, self.rows.len() as u64 + 1, "positions have no gap");
            if is_record(&row) {
                *self.now.entry(row.entry.id).or_default() += 1;
                self.ever.insert(row.entry.id);
            }
            self.rows.push(row);
        }
    }

    /// Nothing is called held that is not in the log: the present one, where the phone and the server are
    /// of one epoch; else one that was.
    pub(crate) fn check_held(&mut self, phone: &Handset) {
        let epoch = phone.phone().status().unwrap().epoch;
        let is_present = epoch.is_some() && epoch == self.epoch;
        for row in phone.journal() {
            let Some(at) = held_at(&row) else { continue };
            let (id, seq) = (row.id, row.seq);
            assert!(self.ever.contains(&id), "record {seq} {id} is called held and never was");
            if is_present {
                assert!(self.now.contains_key(&id), "record {seq} {id} is called held and is gone");
            }
            if let Some(at) = at {
                let first = self.shown.entry(id).or_insert(at);
                *first = at.min(*first);
            }
        }
    }
}

/// Whether a record counts as held, and since when, where that is told.
fn held_at(row: &JournalRow) -> Option<Option<i64>> {
    match &row.delivery {
        Delivery::Held { received_at } | Delivery::Revoked { received_at } => Some(Some(*received_at)),
        Delivery::Quarantined { .. } => Some(None),
        Delivery::Saved | Delivery::Sent { .. } => None,
    }
}

/// All that must hold when everybody has synced and nothing is under way.
pub(crate) fn calm(game: &Game, ends: &[SyncEnd]) {
    let (server, seen) = (game.host.server(), &game.seen);
    let all = store::read(server.store(), |view| view.desk_rows(0, 1_000_000)).unwrap();
    assert!(same_rows(&all, &seen.rows), "what stood in the log was changed");
    everything_once(game);
    nothing_invented(game, server);
    chains(server, &seen.rows);
    verified(server);
    let scratch = fold(all.iter());
    projected(server, &scratch);
    for (phone, end) in game.phones.iter().zip(ends) {
        times(phone, seen, game.is_blurred);
        erasures(phone, server, *end != SyncEnd::Revoked);
        let unsent = phone.phone().unsent().unwrap();
        assert_eq!((unsent.records, unsent.notes), (0, 0), "unsent of officer {}", phone.officer);
        if *end != SyncEnd::Revoked {
            states(phone, server, &all, &scratch);
        }
    }
}

/// What the projector keeps is the log folded, to the byte; and so is one that was made anew.
fn projected(server: &Server, scratch: &Fold) {
    let folded = scratch.places().map(|p| (p.clone(), scratch.state(p)));
    let folded: Vec<(Place, Vec<u8>)> =
        folded.filter(|(_, s)| *s != PlaceState::default()).map(|(p, s)| (p, cbor::to_vec(&s))).collect();
    server.follow().unwrap();
    let grown = kept(server);
    assert!(grown.states == folded, "the states kept are not the log folded");
    let reference = scratch.reference();
    for (place, _) in reference.regions() {
        let mut sum = Rollup::default();
        for (tps, _) in reference.all_tps().filter(|(tps, _)| tps.is_within(place)) {
            let heard = Heard::new(tps, scratch.facts_of(tps), reference);
            sum.add(tps, heard.state(), reference);
            // How a TPS is heard follows from the records and from the hour alone.
            sum.add_silence(findings::silence_at(&heard, server.shown_now()));
            sum.add_flow(&heard.flow());
        }
        assert_eq!(server.places().unwrap().rollup(place).unwrap(), sum, "{place} is the sum of its TPS");
    }
    server.rebuild(&mut |_| ()).unwrap();
    assert!(kept(server) == grown, "a projection made anew is another one");
}

/// All that the generation that pages read holds.
#[derive(PartialEq)]
struct Kept {
    states: Vec<(Place, Vec<u8>)>,
    sums: Vec<(Place, Vec<u8>)>,
    lists: [Vec<(Place, Listed)>; 4],
}

fn kept(server: &Server) -> Kept {
    store::read(server.store(), |view| {
        let all = view.projections()?;
        let serving = all.iter().find(|p| p.status == Status::Serving).expect("a projection");
        assert!(serving.position == view.head()? && serving.after.is_none(), "the projector lags");
        let list = |list| view.listed(serving.generation, list, None, usize::MAX);
        Ok(Kept {
            states: view.states_after(serving.generation, "", usize::MAX)?,
            sums: view.rollups(serving.generation)?,
            lists: [
                list(List::Incidents)?,
                list(List::Directives)?,
                list(List::Uncounted)?,
                list(List::Underway)?,
            ],
        })
    })
    .unwrap()
}

/// Erased notes may go; nothing else may change.
fn same_rows(now: &[Row], before: &[Row]) -> bool {
    let plain = |row: &Row| Row { notes: Vec::new(), ..row.clone() };
    now.len() == before.len() && now.iter().zip(before).all(|(a, b)| plain(a) == plain(b))
}

fn everything_once(game: &Game) {
    let newer = game.newer.iter().flat_map(|n| &n.said);
    for id in game.phones.iter().flat_map(|p| &p.said).chain(newer) {
        let times = game.seen.now.get(id).copied().unwrap_or(0);
        assert_eq!(times, 1, "record {id} was saved and is in the log {times} times");
    }
}

/// Every record was said by a phone of this game or by the desk, and its signature proves it.
fn nothing_invented(game: &Game, server: &Server) {
    let desks: BTreeSet<DeviceId> =
        server.identity().desk_keys().iter().map(|k| k.public().device_id()).collect();
    let access = server.access().unwrap();
    let mut proven = BTreeSet::new();
    for entry in game.seen.rows.iter().filter(|r| is_record(r)).map(|r| &r.entry) {
        if desks.contains(&entry.device) {
            continue;
        }
        assert!(game.all_said.contains(&entry.id), "nobody said record {}", entry.id);
        let device = access.reference().device(&entry.device).expect("a registered device");
        let key = PublicKey(device.public_key);
        assert_eq!(key.device_id(), entry.device);
        let evidence =
            store::read(server.store(), |view| view.desk_evidence(&entry.device, entry.branch, entry.seq));
        let evidence = evidence.unwrap().expect("evidence of every record");
        if proven.insert(evidence.signature.0) {
            assert!(key.verify(&evidence.signed_hash(), &evidence.signature), "record {}", entry.id);
        }
    }
}

/// Every link follows from the record and the link before it, along the branches.
fn chains(server: &Server, rows: &[Row]) {
    let mut journals: BTreeMap<DeviceId, BTreeMap<(u32, u64), &Row>> = BTreeMap::new();
    for row in rows.iter().filter(|r| is_record(r)) {
        let place = (row.entry.branch, row.entry.seq);
        let doubled = journals.entry(row.entry.device).or_default().insert(place, row);
        assert!(doubled.is_none(), "two records at {place:?} of {}", row.entry.device);
    }
    for (device, journal) in journals {
        let branches = store::read(server.store(), |view| view.journal_branches(&device)).unwrap();
        for ((number, seq), row) in &journal {
            let branch = branches.iter().find(|b| b.number == *number).expect("a branch of its own");
            assert!((branch.starts..=branch.last).contains(seq), "record {seq} beyond its branch");
            let before = link_before(server, &device, &journal, branch, *seq);
            let entry = &row.entry;
            let digest = journal::digest(&device, *seq, &entry.payload, &entry.commitments);
            assert_eq!(entry.id, RecordId::of_digest(&digest));
            assert_eq!(entry.link, journal::next_link(&before, &digest), "link {seq} of {device}");
        }
    }
}

/// The server's own verification finds nothing in an honest log.
fn verified(server: &Server) {
    let anchor_key = Some(server.identity().anchor_key());
    let report = verify::log(server.store(), anchor_key, Extent::Full, &mut |_| ControlFlow::Continue(()));
    let report = report.unwrap();
    assert!(report.is_clean(), "a false alarm: {}", report.summary());
}

fn link_before(
    server: &Server,
    device: &DeviceId,
    journal: &BTreeMap<(u32, u64), &Row>,
    branch: &Branch,
    seq: u64,
) -> Link {
    if seq == 1 {
        let desk = server.identity().desk_keys().into_iter().map(|k| k.public());
        let desk = desk.into_iter().find(|k| k.device_id() == *device).map(|k| k.0);
        let known = || server.access().unwrap().reference().device(device).unwrap().public_key;
        return journal::first_link(&desk.unwrap_or_else(known));
    }
    let number = if seq > branch.starts { Some(branch.number) } else { branch.parent };
    let number = number.expect("no journal has a hole here");
    journal.get(&(number, seq - 1)).expect("the record before").entry.link
}

/// Times of first receipt: as the log has them, and never later than any phone was once told.
fn times(phone: &Handset, seen: &Seen, is_blurred: bool) {
    let log: BTreeMap<RecordId, i64> = seen
        .rows
        .iter()
        .filter(|r| is_record(r))
        .map(|r| (r.entry.id, r.entry.envelope.received_at))
        .collect();
    for row in phone.journal() {
        let told = held_at(&row).unwrap_or_else(|| panic!("record {} is not held", row.id));
        let Some(told) = told else { continue };
        assert_eq!(log.get(&row.id), Some(&told), "first receipt of record {} {}", row.seq, row.id);
        if !phone.is_copied && !is_blurred {
            let first = seen.shown[&row.id];
            assert!(told <= first, "record {} was received at {first}, now it says {told}", row.id);
        }
    }
}

/// What was erased is not in the log, nor on a phone that may read of it: whoever was revoked or moved
/// elsewhere is not told.
fn erasures(phone: &Handset, server: &Server, is_told: bool) {
    let scope = server.access().unwrap().reference().scope(phone.officer);
    store::read(server.store(), |view| {
        for row in phone.journal() {
            for field in Field::ALL.iter().copied() {
                if view.is_erased(&row.id, field)? {
                    assert!(view.desk_notes(&row.id)?.iter().all(|n| n.field != field));
                    let is_here = row.notes.iter().any(|(f, _)| *f == field);
                    assert!(!is_here || !is_told || !scope.covers(&row.place), "erased note of {}", row.id);
                }
            }
        }
        Ok(())
    })
    .unwrap();
}

/// Phone and server fold the same rows to the same bytes, step by step and from scratch.
fn states(phone: &Handset, server: &Server, rows: &[Row], scratch: &Fold) {
    let asked = crate::phone::finish(phone.phone().compare(), |_| true).unwrap();
    let both = asked.unwrap();
    if both.own != both.server {
        let states =
            scratch.places().map(|p| (p, phone.phone().tps_card(p).unwrap().state, scratch.state(p)));
        let differing = states.filter(|(_, own, log)| own != log);
        let told: String =
            differing.map(|(p, own, log)| format!("\n{p}\n phone {own:?}\n log   {log:?}")).collect();
        panic!("officer {}: the phone's digest is not the server's{told}", phone.officer);
    }
    let scope = server.access().unwrap().reference().scope(phone.officer);
    let has = |r: &&Row| scope.sees(&r.entry.keys, r.is_from_above()) || phone.said.contains(&r.entry.id);
    let visible = fold(rows.iter().filter(has));
    for place in visible.places().filter(|p| scope.covers(p)) {
        let card = phone.phone().tps_card(place).unwrap();
        assert_eq!(card.state, visible.state(place), "officer {} about {place}", phone.officer);
        let line = custody(place, visible.facts_of(place), visible.reference());
        let line = line.filter(|_| place.level() == Some(Level::Tps));
        assert_eq!(card.custody, line, "officer {} about the kit of {place}", phone.officer);
        // What the phone calls superseded is what the desk would, from the same rows.
        let judgement = judge(visible.facts_of(place), visible.reference());
        for row in card.timeline {
            let is_replaced = judgement.is_replaced(&row.id);
            assert_eq!(row.superseded, is_replaced, "record {} about {place}", row.id);
        }
    }
    for row in phone.journal().iter().filter(|row| scope.covers(&row.place)) {
        let judgement = judge(visible.facts_of(&row.place), visible.reference());
        assert_eq!(row.superseded, judgement.is_replaced(&row.id), "own record {}", row.id);
    }
    beyond_scope(phone, scratch, &scope);
}

/// Nothing is left of what the phone's officer may no longer see, but what he said himself.
fn beyond_scope(phone: &Handset, scratch: &Fold, scope: &Scope) {
    for place in scratch.places() {
        for row in phone.phone().tps_card(place).unwrap().timeline {
            if phone.said.contains(&row.id) {
                continue;
            }
            let fact = scratch.fact(&row.id).expect("a record of the log");
            let sees = scope.sees(&fact.place_keys(), fact.record.is_from_above());
            assert!(sees, "record {} is out of scope", row.id);
        }
    }
}

/// The log folded from nothing.
fn fold<'a>(rows: impl Iterator<Item = &'a Row>) -> Fold {
    let mut fold = Fold::new();
    for row in rows.filter(|r| matches!(r.entry.row, RowKind::Record | RowKind::Released)) {
        let e = &row.entry;
        if let Ok(fact) = Fact::new(e.id, (e.device, e.branch, e.seq), Some(e.envelope), &e.payload) {
            fold.insert(fact);
        }
    }
    fold
}
