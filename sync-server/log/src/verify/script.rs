//! What the walk looks up beside the rows of an exported file: collected in a first reading, or kept for as
//! long as a later row needs it.

use std::collections::{HashMap, HashSet};

use pantau_protocol::{
    journal::{DeviceId, Link, RecordId},
    note::Field,
};

use super::{
    content,
    line::Extra,
    source::{Absence, Source},
    walk::Walk,
};
use crate::store::{Branch, Hole, Proof, Row, Stored};

/// See the module.
#[derive(Default)]
pub(super) struct Script {
    branches: HashMap<DeviceId, Vec<Branch>>,
    holes: HashMap<DeviceId, Vec<Hole>>,
    /// Records that branches stand on, with their links once they were met.
    bases: HashMap<(DeviceId, u32, u64), Option<Link>>,
    /// Positions of records whose notes came late.
    named: HashSet<u64>,
    /// Those records, without their payloads, from where they stand to their notes.
    records: HashMap<u64, Row>,
    /// What stands beside the row in hand.
    extra: Extra,
}

impl Script {
    /// The first reading of a row.
    pub(super) fn survey(&mut self, row: &Row, walk: &mut Walk) {
        if let Some((_, target)) = row.entry.note {
            self.named.insert(target);
        } else if let Some(device) = content::read(row, None).registers {
            walk.learn(device.public_key);
        }
    }

    /// A branch.
    pub(super) fn branch(&mut self, device: DeviceId, branch: Branch) {
        if let (Some(parent), Some(seq)) = (branch.parent, branch.starts.checked_sub(1)) {
            self.bases.insert((device, parent, seq), None);
        }
        self.branches.entry(device).or_default().push(branch);
    }

    /// A hole.
    pub(super) fn hole(&mut self, device: DeviceId, hole: Hole) {
        self.holes.entry(device).or_default().push(hole);
    }

    /// All branches.
    pub(super) fn all_branches(&self) -> Vec<(DeviceId, Branch)> {
        self.branches.iter().flat_map(|(device, all)| all.iter().map(|b| (*device, b.clone()))).collect()
    }

    /// The row in hand, in the second reading.
    pub(super) fn at(&mut self, row: &Row, extra: Extra) {
        self.extra = extra;
        let e = &row.entry;
        if e.note.is_none()
            && let Some(link) = self.bases.get_mut(&(e.device, e.branch, e.seq))
        {
            *link = Some(e.link);
        }
    }

    /// The row in hand was taken.
    pub(super) fn passed(&mut self, row: &Row) {
        if self.named.contains(&row.position) {
            let mut kept = row.clone();
            kept.entry.payload = Vec::new();
            kept.notes = Vec::new();
            self.records.insert(row.position, kept);
        }
    }
}

impl Source for Script {
    fn branches(&self, device: &DeviceId) -> Stored<Vec<Branch>> {
        Ok(self.branches.get(device).cloned().unwrap_or_default())
    }

    fn holes(&self, device: &DeviceId) -> Stored<Vec<Hole>> {
        Ok(self.holes.get(device).cloned().unwrap_or_default())
    }

    fn link_of(&self, device: &DeviceId, branch: u32, seq: u64) -> Stored<Option<Link>> {
        Ok(self.bases.get(&(*device, branch, seq)).copied().flatten())
    }

    fn proof(&self, _: &Row) -> Stored<Option<Proof>> {
        Ok(self.extra.proof.clone())
    }

    fn absence(&self, _: &Row, _: Option<RecordId>, field: Field) -> Stored<Absence> {
        let why = self.extra.absent.iter().find(|(f, _)| *f == field);
        Ok(why.map_or(Absence::Unexplained, |(_, why)| *why))
    }

    fn record_at(&self, position: u64) -> Stored<Option<Row>> {
        Ok(self.records.get(&position).cloned())
    }
}
