//! The log in memory.

use std::{collections::BTreeSet, sync::Arc};

use pantau_protocol::{
    body::Kind,
    frame::Evidence,
    journal::{DeviceId, RecordId},
    note::{Field, Note},
    place::{Place, Scope},
    receipt::Epoch,
};

use super::State;
use crate::store::{
    Branch, Entry, Heard, Hole, LogTx, LogView, MissingNote, PageQuery, Proof, Row, Scan, StoreError, Stored,
    Totals, is_visible,
};

impl LogView for State {
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

    fn rows_after(&self, after: u64, limit: usize) -> Stored<Vec<Row>> {
        Ok(self.after(after).take(limit).map(|r| Row::clone(r)).collect())
    }

    fn kind_rows(&self, kind: Kind, after: u64, limit: usize) -> Stored<Vec<Row>> {
        let is_kind = |r: &&Arc<Row>| r.is_folded() && r.entry.kind == kind && kind.is_from_above();
        Ok(self.after(after).filter(is_kind).take(limit).map(|r| Row::clone(r)).collect())
    }

    fn place_rows(&self, place: &Place, through: u64) -> Stored<Vec<Row>> {
        let here =
            |r: &&Arc<Row>| r.position <= through && r.entry.note.is_none() && r.entry.keys.contains(place);
        Ok(self.rows.iter().filter(here).map(|r| Row::clone(r)).collect())
    }

    fn places_after(&self, after: &str, limit: usize) -> Stored<Vec<Place>> {
        let keys = self.rows.iter().filter(|r| r.entry.note.is_none()).flat_map(|r| &r.entry.keys);
        let all: BTreeSet<&Place> = keys.filter(|p| p.as_str() > after).collect();
        Ok(all.into_iter().take(limit).cloned().collect())
    }

    fn wrote(&self, device: &DeviceId, through: u64) -> Stored<bool> {
        Ok(self.journal(device).any(|r| r.position <= through && !r.entry.kind.is_reference()))
    }

    fn heard(&self, device: &DeviceId) -> Stored<Heard> {
        let records = self.journal(device).count() as u64;
        let last = self.journal(device).map(|r| r.entry.envelope.received_at).max();
        Ok(Heard { records, last_received_at: last.unwrap_or(0) })
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

    fn desk_quarantined(&self, limit: usize) -> Stored<Vec<Row>> {
        let held = self.rows.iter().rev().filter(|r| r.entry.quarantine.is_some());
        Ok(held.take(limit).map(|r| self.with_notes(r)).collect())
    }

    fn desk_quarantined_keys(&self) -> Stored<Vec<(u64, Vec<Place>)>> {
        let held = self.rows.iter().rev().filter(|r| r.entry.quarantine.is_some());
        Ok(held.map(|r| (r.position, r.entry.keys.clone())).collect())
    }

    fn desk_quarantined_count(&self) -> Stored<u64> {
        Ok(self.rows.iter().filter(|r| r.entry.quarantine.is_some()).count() as u64)
    }

    fn desk_totals(&self) -> Stored<Totals> {
        let records = || self.rows.iter().filter(|r| r.entry.note.is_none());
        let forks = self.desk_forks()?;
        Ok(Totals {
            head: self.head()?,
            records: records().count() as u64,
            quarantined: records().filter(|r| r.entry.quarantine.is_some()).count() as u64,
            devices: records().map(|r| r.entry.device).collect::<BTreeSet<_>>().len() as u64,
            notes: self.notes.len() as u64,
            missing_notes: self.missing.len() as u64,
            erased_notes: self.erased.len() as u64,
            forks: forks.len() as u64,
            forked_journals: forks.iter().map(|(device, _)| device).collect::<BTreeSet<_>>().len() as u64,
            holes: self.holes.len() as u64,
        })
    }
}

impl LogTx for State {
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
}
