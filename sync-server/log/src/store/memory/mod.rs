//! A store in memory: for tests, and the plainest reading of the contract.

mod accounts;
mod deeds;
mod log;
mod places;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, RwLock},
};

use pantau_protocol::{
    frame::Evidence,
    journal::{DeviceId, RecordId},
    note::Note,
    receipt::Epoch,
};

use super::{
    Audit, Branch, Deed, Depth, Enrolment, Flaw, Hole, MissingNote, Operator, ReadToken, Row, Session, Store,
    StoreError, Stored, Tx, Usage, View,
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
    audits: Vec<Audit>,
    sessions: BTreeMap<[u8; 32], Session>,
    read_tokens: BTreeMap<String, ReadToken>,
    deeds: Vec<Deed>,
    projected: places::Projected,
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
