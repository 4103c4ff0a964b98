//! The walk along the log, row by row in the order of positions. It remembers one [`Journal`] for each branch
//! and one key for each device, never the rows: a log of any length needs little memory.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, hash_map::Entry as Slot};

use pantau_protocol::{
    exchange::{Reason, RowKind},
    journal::{self, DeviceId, RecordId},
    keys::PublicKey,
    note::Field,
    receipt::Epoch,
};

use super::{
    content::{self, Content},
    finding::{Break, Report, Spot},
    journal::Journal,
    source::{Absence, Source},
};
use crate::store::{Branch, Row, Stored};

/// See the module.
pub(super) struct Walk {
    /// What was found so far.
    pub(super) report: Report,
    keys: HashMap<DeviceId, PublicKey>,
    anchor_key: Option<[u8; 32]>,
    journals: HashMap<(DeviceId, u32), Journal>,
    unregistered: HashSet<DeviceId>,
    position: u64,
    epoch: Option<Epoch>,
    /// The walk did not begin with the first row.
    is_tail: bool,
    /// Notes that count as erased and that no record seen so far erases: where each was met.
    erased: BTreeMap<(RecordId, u32), Spot>,
    /// What records erase.
    erasing: BTreeSet<(RecordId, u32)>,
}

impl Walk {
    /// A walk that begins behind a position: 0 for the whole log.
    pub(super) fn behind(position: u64, anchor_key: Option<[u8; 32]>) -> Self {
        Self {
            report: Report::default(),
            keys: HashMap::new(),
            anchor_key,
            journals: HashMap::new(),
            unregistered: HashSet::new(),
            position,
            epoch: None,
            is_tail: position > 0,
            erased: BTreeMap::new(),
            erasing: BTreeSet::new(),
        }
    }

    /// Position of the last row it saw.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// A device is registered with this key. A key names its device by itself: no other fits.
    pub(super) fn learn(&mut self, public_key: [u8; 32]) {
        let key = PublicKey(public_key);
        self.keys.insert(key.device_id(), key);
    }

    /// A row that cannot be read.
    pub(super) fn skip(&mut self, position: u64, why: String) {
        self.report.add(Break::Unreadable { position, why });
        self.position = self.position.max(position);
    }

    /// There is no row up to this position.
    pub(super) fn reach(&mut self, position: u64) {
        if self.position < position {
            self.report.add(Break::NoRow { first: self.position + 1, last: position });
            self.position = position;
        }
    }

    /// Takes the next row.
    pub(super) fn take(&mut self, row: &Row, source: &dyn Source) -> Stored<()> {
        let spot = Spot::of(row);
        self.report.rows += 1;
        if row.position <= self.position {
            self.report.add(Break::Order(spot));
        }
        self.reach(row.position.saturating_sub(1));
        self.position = self.position.max(row.position);
        if self.epoch.is_some_and(|before| row.epoch < before) {
            self.report.add(Break::Epoch(spot));
        }
        self.epoch = self.epoch.max(Some(row.epoch));
        let mut found = Vec::new();
        let taken = match row.entry.note {
            Some((field, target)) => self.note_row(row, field, target, source, &mut found),
            None => self.record(row, source, &mut found),
        };
        found.into_iter().for_each(|b| self.report.add(b));
        taken
    }

    fn record(&mut self, row: &Row, source: &dyn Source, found: &mut Vec<Break>) -> Stored<()> {
        let (e, spot) = (&row.entry, Spot::of(row));
        self.report.records += 1;
        let mut content = content::read(row, self.anchor_key.as_ref());
        content.wrong.dedup();
        found.extend(content.wrong.iter().map(|&column| Break::Column { spot, column }));
        if let Some(device) = &content.registers {
            self.learn(device.public_key);
        }
        if let Some(erase) = &content.erases {
            let note = (erase.target, erase.field.number());
            self.erased.remove(&note);
            self.erasing.insert(note);
        }
        let key = self.keys.get(&e.device).copied();
        if key.is_none() && self.unregistered.insert(e.device) {
            found.push(Break::Unregistered(spot));
        }
        let journal = match self.journals.entry((e.device, e.branch)) {
            Slot::Occupied(known) => known.into_mut(),
            Slot::Vacant(new) => {
                let branches = source.branches(&e.device)?;
                let branch = branches.iter().find(|b| b.number == e.branch);
                new.insert(Journal::before(row, branch, key.as_ref(), self.is_tail, source, found)?)
            }
        };
        if self.anchor_key.is_none() {
            journal.forget_anchor();
        }
        let digest = journal::digest(&e.device, e.seq, &e.payload, &e.commitments);
        let is_own_id = RecordId::of_digest(&digest) == e.id;
        journal.take(row, &digest, is_own_id, content.anchor, source, found)?;
        if let Some(key) = key {
            if !journal.is_signed(e.seq) && journal.prove(row, &key, self.is_tail, source, found)? {
                self.report.signatures += 1;
            }
            journal.compare_signed(row, found);
        }
        self.notes(row, &content, source, found)
    }

    /// Every note that is held is what the record commits to, and every one that is not held has a reason.
    fn notes(
        &mut self,
        row: &Row,
        content: &Content,
        source: &dyn Source,
        found: &mut Vec<Break>,
    ) -> Stored<()> {
        let (e, spot) = (&row.entry, Spot::of(row));
        for note in &row.notes {
            self.report.notes += 1;
            if !e.commitments.contains(&(note.field, note.commitment())) {
                found.push(Break::Note { spot, field: note.field });
            }
        }
        // Of a record whose form is wrong, notes that are too long or too many are not kept.
        let is_sound = |reason| !matches!(reason, Reason::Malformed | Reason::OverLimit | Reason::Other(_));
        if !e.quarantine.as_ref().is_none_or(|(reason, _)| is_sound(*reason)) {
            return Ok(());
        }
        for (field, _) in &e.commitments {
            if row.notes.iter().any(|n| n.field == *field) {
                continue;
            }
            let absence = match source.absence(row, content.copy_of, *field)? {
                // An exported file names the record; a store looked only for these two.
                Absence::Erased(id) if id != e.id && Some(id) != content.copy_of => Absence::Unexplained,
                absence => absence,
            };
            match absence {
                Absence::ToCome => self.report.notes_to_come += 1,
                Absence::Erased(id) => {
                    let note = (id, field.number());
                    if !self.erasing.contains(&note) {
                        self.erased.entry(note).or_insert(spot);
                    }
                }
                Absence::Unexplained => found.push(Break::NoteGone { spot, field: *field }),
            }
        }
        Ok(())
    }

    /// The row of a note that came late repeats what identifies its record.
    fn note_row(
        &mut self,
        row: &Row,
        field: Field,
        target: u64,
        source: &dyn Source,
        found: &mut Vec<Break>,
    ) -> Stored<()> {
        let e = &row.entry;
        let record = source.record_at(target)?.filter(|_| target < row.position);
        let is_its = record.is_some_and(|r| {
            let t = &r.entry;
            (t.device, t.branch, t.seq, t.link, t.id) == (e.device, e.branch, e.seq, e.link, e.id)
                && (t.kind, t.at, &t.keys) == (e.kind, e.at, &e.keys)
                && t.note.is_none()
                && e.commitments.iter().all(|c| t.commitments.contains(c))
        });
        let is_one = e.commitments.len() == 1 && e.commitments.iter().all(|(f, _)| *f == field);
        let is_note = is_one && e.payload.is_empty() && e.row == RowKind::Note;
        if !is_its || !is_note {
            found.push(Break::NoteRow(Spot::of(row)));
        }
        Ok(())
    }

    /// When all rows have been seen: the table of branches, the counter of positions, and erasures. All of it
    /// from the snapshot that held the last row.
    pub(super) fn finish(
        &mut self,
        branches: &[(DeviceId, Branch)],
        counter: u64,
        source: &dyn Source,
    ) -> Stored<()> {
        let mut found = Vec::new();
        for (device, branch) in branches {
            let mut journal = match self.journals.remove(&(*device, branch.number)) {
                Some(journal) => journal,
                None if self.is_tail => continue,
                None => Journal::empty(branch),
            };
            journal.pass_holes(device, branch.number, u64::MAX, source)?;
            journal.finish(device, branch, &mut found);
        }
        let left = std::mem::take(&mut self.journals);
        let without =
            left.into_keys().map(|(device, number)| Break::Branch { device, number, what: "its entry" });
        found.extend(without);
        if counter != self.position {
            found.push(Break::Counter { counter, last: self.position });
        }
        if !self.is_tail {
            let unproved = std::mem::take(&mut self.erased).into_iter();
            found.extend(
                unproved
                    .map(|((_, field), spot)| Break::NotErased { spot, field: Field::from_number(field) }),
            );
        }
        found.into_iter().for_each(|b| self.report.add(b));
        Ok(())
    }
}
