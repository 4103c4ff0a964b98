//! A store in memory: for tests, and the plainest reading of the contract.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, RwLock},
};

use pantau_protocol::{
    frame::Evidence,
    journal::{DeviceId, RecordId},
    note::{Field, Note},
    place::Scope,
    receipt::Epoch,
};

use super::{
    Branch, Depth, Enrolment, Entry, Flaw, Hole, MissingNote, Operator, PageQuery, Proof, Row, Scan, Session,
    Store, StoreError, Stored, Totals, Tx, Usage, View, is_visible,
};

/// A store in memory. A write works on a copy, so one that fails leaves nothing behind.
#[derive(Debug, Default)]
pub struct MemoryStore(RwLock<State>);

#[derive(Debug, Clone, Default)]
struct State {
    epochs: Vec<Epoch>,
    rows: Vec<Arc<Row>>,
    notes: BTreeMap<(u64, u32), Note>,
    missing: BTreeSet<(DeviceId, MissingNote)>,
    branches: BTreeMap<(DeviceId, u32), Branch>,
    holes: Vec<(DeviceId, Hole)>,
    evidence: Vec<(DeviceId, u32, (u64, u64), Evidence)>,
    erased: BTreeSet<(RecordId, u32)>,
    usages: BTreeMap<(DeviceId, bool), Usage>,
    settings: BTreeMap<String, Vec<u8>>,
    enrolments: BTreeMap<String, Enrolment>,
    operators: BTreeMap<String, Operator>,
    sessions: BTreeMap<[u8; 32], Session>,
}

impl MemoryStore {
    /// Another store with all that this one holds now: what a copied file is to a database.
    ///
    /// # Errors
    /// [`StoreError::Other`] after a writer panicked.
    pub fn copy(&self) -> Stored<Self> {
        Ok(Self(RwLock::new(self.0.read().map_err(poisoned)?.clone())))
    }
}

fn poisoned<T>(_: T) -> StoreError {
    StoreError::Other("a thread died while it wrote".into())
}

impl Store for MemoryStore {
    fn read(&self, work: &mut dyn FnMut(&dyn View) -> Stored<()>) -> Stored<()> {
        let snapshot = self.0.read().map_err(poisoned)?.clone();
        work(&snapshot)
    }

    fn write(&self, work: &mut dyn FnMut(&mut dyn Tx) -> Stored<()>) -> Stored<()> {
        let mut state = self.0.write().map_err(poisoned)?;
        let mut copy = state.clone();
        work(&mut copy)?;
        *state = copy;
        Ok(())
    }

    fn scrub(&self, _: &[Vec<u8>]) -> Stored<()> {
        Ok(())
    }

    fn copy_to(&self, _: &std::path::Path) -> Stored<()> {
        Err(StoreError::Other("a store in memory has no file to copy".into()))
    }

    /// A store in memory has neither a file nor indexes that could contradict it.
    fn check(&self, _: Depth) -> Stored<Vec<Flaw>> {
        Ok(Vec::new())
    }
}

impl State {
    fn with_notes(&self, row: &Row) -> Row {
        let mut row = row.clone();
        row.notes = match row.entry.note {
            Some((field, target)) => self.notes.get(&(target, field.number())).cloned().into_iter().collect(),
            None => {
                let here = (row.position, 0)..=(row.position, u32::MAX);
                self.notes.range(here).map(|(_, n)| n.clone()).collect()
            }
        };
        row
    }

    fn after(&self, position: u64) -> impl Iterator<Item = &Arc<Row>> {
        self.rows.iter().skip(usize::try_from(position).unwrap_or(usize::MAX))
    }

    fn records_of<'a>(&'a self, id: &'a RecordId) -> impl Iterator<Item = &'a Arc<Row>> {
        self.rows.iter().filter(|r| r.entry.id == *id && r.entry.note.is_none())
    }

    fn journal<'a>(&'a self, device: &'a DeviceId) -> impl Iterator<Item = &'a Arc<Row>> {
        self.rows.iter().filter(|r| r.entry.device == *device && r.entry.note.is_none())
    }
}

impl View for State {
    fn epoch(&self) -> Stored<Option<Epoch>> {
        Ok(self.epochs.iter().copied().max())
    }

    fn head(&self) -> Stored<u64> {
        Ok(self.rows.len() as u64)
    }

    fn setting(&self, name: &str) -> Stored<Option<Vec<u8>>> {
        Ok(self.settings.get(name).cloned())
    }

    fn page(&self, scope: &Scope, query: &PageQuery) -> Stored<Scan> {
        let mut scan = Scan { rows: Vec::new(), through: query.after.min(self.head()?), more: false };
        let mut bytes = 0;
        for row in self.after(query.after).take(query.scan) {
            if is_visible(row, scope, query) {
                let row = self.with_notes(row);
                bytes += row.page_bytes();
                if !scan.rows.is_empty() && (bytes > query.bytes || scan.rows.len() >= query.rows) {
                    break;
                }
                scan.rows.push(row);
            }
            scan.through = row.position;
        }
        scan.more = scan.through < self.head()?;
        Ok(scan)
    }

    fn reference_rows(&self, after: u64, limit: usize) -> Stored<Vec<Row>> {
        let decides = |r: &&Arc<Row>| r.is_folded() && r.entry.kind.decides_trust();
        Ok(self.after(after).filter(decides).take(limit).map(|r| Row::clone(r)).collect())
    }

    fn journal_branches(&self, device: &DeviceId) -> Stored<Vec<Branch>> {
        let all = (*device, 0)..=(*device, u32::MAX);
        Ok(self.branches.range(all).map(|(_, b)| b.clone()).collect())
    }

    fn journal_holes(&self, device: &DeviceId) -> Stored<Vec<Hole>> {
        Ok(self.holes.iter().filter(|(d, _)| d == device).map(|(_, h)| h.clone()).collect())
    }

    fn journal_at(&self, device: &DeviceId, seq: u64) -> Stored<Vec<Row>> {
        Ok(self.journal(device).filter(|r| r.entry.seq == seq).map(|r| Row::clone(r)).collect())
    }

    fn journal_span(&self, device: &DeviceId, branch: u32, first: u64, last: u64) -> Stored<Vec<Row>> {
        let mut rows: Vec<Row> = self
            .journal(device)
            .filter(|r| r.entry.branch == branch && (first..=last).contains(&r.entry.seq))
            .map(|r| Row::clone(r))
            .collect();
        rows.sort_by_key(|r| r.entry.seq);
        Ok(rows)
    }

    fn journal_missing_notes(&self, device: &DeviceId, limit: usize) -> Stored<Vec<MissingNote>> {
        let mine = self.missing.iter().filter(|(d, _)| d == device);
        Ok(mine.take(limit).map(|(_, m)| m.clone()).collect())
    }

    fn journal_usage(&self, device: &DeviceId, revoked: bool) -> Stored<Option<Usage>> {
        Ok(self.usages.get(&(*device, revoked)).copied())
    }

    fn is_missing(&self, device: &DeviceId, missing: &MissingNote) -> Stored<bool> {
        Ok(self.missing.contains(&(*device, missing.clone())))
    }

    fn is_erased(&self, id: &RecordId, field: Field) -> Stored<bool> {
        Ok(self.erased.contains(&(*id, field.number())))
    }

    fn desk_rows(&self, after: u64, limit: usize) -> Stored<Vec<Row>> {
        Ok(self.after(after).take(limit).map(|r| self.with_notes(r)).collect())
    }

    fn desk_row(&self, position: u64) -> Stored<Option<Row>> {
        let Some(before) = position.checked_sub(1) else { return Ok(None) };
        Ok(self.after(before).next().map(|r| self.with_notes(r)))
    }

    fn desk_record(&self, id: &RecordId) -> Stored<Vec<Row>> {
        Ok(self.records_of(id).map(|r| self.with_notes(r)).collect())
    }

    fn desk_notes(&self, id: &RecordId) -> Stored<Vec<Note>> {
        Ok(self.records_of(id).next().map(|r| self.with_notes(r).notes).unwrap_or_default())
    }

    fn desk_proof(&self, device: &DeviceId, branch: u32, seq: u64) -> Stored<Option<Proof>> {
        let covers = |(d, b, (first, last), _): &&(DeviceId, u32, (u64, u64), Evidence)| {
            d == device && *b == branch && (*first..=*last).contains(&seq)
        };
        let proof = |(_, _, (first, last), e): &(DeviceId, u32, (u64, u64), Evidence)| Proof {
            first: *first,
            last: *last,
            evidence: e.clone(),
        };
        Ok(self.evidence.iter().find(covers).map(proof))
    }

    fn desk_branches(&self) -> Stored<Vec<(DeviceId, Branch)>> {
        Ok(self.branches.iter().map(|((device, _), b)| (*device, b.clone())).collect())
    }

    fn desk_holes(&self) -> Stored<Vec<(DeviceId, Hole)>> {
        Ok(self.holes.clone())
    }

    fn desk_forks(&self) -> Stored<Vec<(DeviceId, Branch)>> {
        let forks = self.branches.iter().filter(|((_, number), _)| *number > 0);
        Ok(forks.map(|((d, _), b)| (*d, b.clone())).collect())
    }

    fn desk_over_quota(&self) -> Stored<Vec<Usage>> {
        let mut over: Vec<Usage> = self.usages.values().filter(|u| u.over_since.is_some()).copied().collect();
        over.sort_by_key(|u| (u.over_since, u.device));
        Ok(over)
    }

    fn desk_totals(&self) -> Stored<Totals> {
        let records = || self.rows.iter().filter(|r| r.entry.note.is_none());
        Ok(Totals {
            head: self.head()?,
            records: records().count() as u64,
            quarantined: records().filter(|r| r.entry.held.is_some()).count() as u64,
            devices: records().map(|r| r.entry.device).collect::<BTreeSet<_>>().len() as u64,
            notes: self.notes.len() as u64,
            missing_notes: self.missing.len() as u64,
            erased_notes: self.erased.len() as u64,
            forks: self.desk_forks()?.len() as u64,
            holes: self.holes.len() as u64,
        })
    }

    fn enrolment(&self, handle: &str) -> Stored<Option<Enrolment>> {
        Ok(self.enrolments.get(handle).cloned())
    }

    fn desk_enrolments(&self) -> Stored<Vec<Enrolment>> {
        let mut all: Vec<Enrolment> = self.enrolments.values().cloned().collect();
        all.sort_by_key(|e| (std::cmp::Reverse(e.created_at), e.handle.clone()));
        Ok(all)
    }

    fn operator(&self, username: &str) -> Stored<Option<Operator>> {
        Ok(self.operators.get(username).cloned())
    }

    fn desk_operators(&self) -> Stored<Vec<Operator>> {
        Ok(self.operators.values().cloned().collect())
    }

    fn session(&self, id_hash: &[u8; 32]) -> Stored<Option<Session>> {
        Ok(self.sessions.get(id_hash).cloned())
    }
}

impl Tx for State {
    fn append(&mut self, entry: &Entry) -> Stored<u64> {
        let is_taken = entry.note.is_none()
            && !self.journal_span(&entry.device, entry.branch, entry.seq, entry.seq)?.is_empty();
        if is_taken {
            return Err(StoreError::Other("this place of the journal is taken".into()));
        }
        let epoch = self.epoch()?.ok_or_else(|| StoreError::Other("no epoch was started".into()))?;
        let position = self.head()? + 1;
        self.rows.push(Arc::new(Row { position, epoch, entry: entry.clone(), notes: Vec::new() }));
        Ok(position)
    }

    fn put_note(&mut self, position: u64, note: &Note) -> Stored<bool> {
        let key = (position, note.field.number());
        let is_new = !self.notes.contains_key(&key);
        if is_new {
            self.notes.insert(key, note.clone());
        }
        Ok(is_new)
    }

    fn put_missing(&mut self, device: &DeviceId, missing: &MissingNote) -> Stored<()> {
        self.missing.insert((*device, missing.clone()));
        Ok(())
    }

    fn take_missing(&mut self, device: &DeviceId, missing: &MissingNote) -> Stored<bool> {
        Ok(self.missing.remove(&(*device, missing.clone())))
    }

    fn put_branch(&mut self, device: &DeviceId, branch: &Branch) -> Stored<()> {
        self.branches.insert((*device, branch.number), branch.clone());
        Ok(())
    }

    fn put_hole(&mut self, device: &DeviceId, hole: &Hole) -> Stored<()> {
        self.holes.push((*device, hole.clone()));
        Ok(())
    }

    fn put_evidence(
        &mut self,
        device: &DeviceId,
        branch: u32,
        span: (u64, u64),
        evidence: &Evidence,
    ) -> Stored<()> {
        self.evidence.push((*device, branch, span, evidence.clone()));
        Ok(())
    }

    fn put_usage(&mut self, usage: &Usage) -> Stored<()> {
        self.usages.insert((usage.device, usage.revoked), *usage);
        Ok(())
    }

    fn erase(&mut self, id: &RecordId, field: Field) -> Stored<Vec<Note>> {
        self.erased.insert((*id, field.number()));
        let records: Vec<Arc<Row>> = self.records_of(id).cloned().collect();
        let mut gone = Vec::new();
        for row in records {
            gone.extend(self.notes.remove(&(row.position, field.number())));
            let missing = MissingNote { branch: row.entry.branch, seq: row.entry.seq, field };
            self.missing.remove(&(row.entry.device, missing));
        }
        Ok(gone)
    }

    fn start_epoch(&mut self, epoch: Epoch) -> Stored<()> {
        self.epochs.push(epoch);
        Ok(())
    }

    fn set_setting(&mut self, name: &str, value: &[u8]) -> Stored<()> {
        self.settings.insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    fn put_enrolment(&mut self, enrolment: &Enrolment) -> Stored<()> {
        self.enrolments.insert(enrolment.handle.clone(), enrolment.clone());
        Ok(())
    }

    fn void_enrolments(&mut self) -> Stored<u64> {
        let open = self.enrolments.values_mut().filter(|e| e.device.is_none() && !e.voided);
        Ok(open.map(|e| e.voided = true).count() as u64)
    }

    fn put_operator(&mut self, operator: &Operator) -> Stored<()> {
        self.operators.insert(operator.username.clone(), operator.clone());
        Ok(())
    }

    fn put_session(&mut self, session: &Session) -> Stored<()> {
        self.sessions.insert(session.id_hash, session.clone());
        Ok(())
    }

    fn delete_session(&mut self, id_hash: &[u8; 32]) -> Stored<()> {
        self.sessions.remove(id_hash);
        Ok(())
    }

    fn delete_sessions(&mut self, username: Option<&str>, before: Option<i64>) -> Stored<()> {
        self.sessions.retain(|_, s| {
            username.is_some_and(|name| s.username != name) || before.is_some_and(|b| s.expires_at > b)
        });
        Ok(())
    }
}
