//! Whom the fold believes: which revocations count, which were undone, which records of devices that are not
//! trusted were admitted all the same.
//!
//! Every walk here has a limit and fails closed: beyond it nothing is trusted.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Fact,
    reference::{Author, Entry, Rank, Reference, Table},
};
use crate::{
    body::{Device, Revoke, Ruling, Verdict},
    journal::{DeviceId, RecordId},
    limit,
    time::Envelope,
};

/// Why a record does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distrust {
    /// Its device was revoked by this record, and it does not lie on the chain that stays trusted.
    Revoked(RecordId),
    /// Its device follows this one, which was revoked.
    Follows(DeviceId),
    /// Its device follows more than [`limit::PREDECESSORS`] others, or itself.
    TooFar,
}

/// A revocation that counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Revocation {
    /// The `Revoke` record.
    pub record: RecordId,
    /// What it says.
    pub revoke: Revoke,
}

/// The revocations that count, by device.
type Revoked = BTreeMap<DeviceId, Vec<Revocation>>;

/// What was said about trust, and what follows from it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Trust {
    revokes: Table<DeviceId, Revoke>,
    /// Whether a record is admitted.
    admissions: Table<RecordId, bool>,
    /// Revocations that rulings undo.
    reinstatements: Table<RecordId, ()>,
    /// Follows from `revokes`, `reinstatements` and the devices.
    revoked: Revoked,
    /// Some device follows another.
    has_successors: bool,
}

/// Something said about revocations.
enum Act<'a> {
    Revoke(&'a Revoke, RecordId),
    Reinstate(RecordId),
}

impl Reference {
    pub(super) fn take_device(&mut self, device: &Device) {
        self.trust.has_successors |= device.predecessor.is_some();
        self.settle();
    }

    pub(super) fn take_revoke(&mut self, fact: &Fact, revoke: &Revoke) {
        super::reference::put(&mut self.trust.revokes, revoke.device, fact, revoke.clone());
        self.settle();
    }

    pub(super) fn take_ruling(&mut self, fact: &Fact, ruling: &Ruling) {
        for record in ruling.records.iter().take(limit::RULING_RECORDS) {
            match ruling.verdict {
                Verdict::Admit | Verdict::Dismiss => {
                    let admits = ruling.verdict == Verdict::Admit;
                    super::reference::put(&mut self.trust.admissions, *record, fact, admits);
                }
                Verdict::Reinstate => {
                    super::reference::put(&mut self.trust.reinstatements, *record, fact, ());
                }
                Verdict::Close | Verdict::Reopen | Verdict::Other(_) => {}
            }
        }
        if ruling.verdict == Verdict::Reinstate {
            self.settle();
        }
    }

    /// Works out which revocations count. One that was itself written by an untrusted device does not;
    /// where two devices revoke each other, the one nearer to the desk that enrolled them is heard first,
    /// then the earlier one: a stolen phone cannot lock out the desk that revokes it. A ruling that was heard
    /// undoes its revocation for good, and the rest is heard again without it; as what is undone only grows,
    /// this comes to an end.
    pub(super) fn settle(&mut self) {
        let mut undone = BTreeSet::new();
        loop {
            let (revoked, heard) = self.hear(&undone);
            if heard.is_subset(&undone) {
                self.trust.revoked = revoked;
                return;
            }
            undone.extend(heard);
        }
    }

    /// One hearing: the revocations that count, and those that rulings undo.
    fn hear(&self, undone: &BTreeSet<RecordId>) -> (Revoked, BTreeSet<RecordId>) {
        let (mut revoked, mut heard) = (Revoked::new(), BTreeSet::new());
        if self.trust.revokes.is_empty() {
            return (revoked, heard);
        }
        let revokes = self.trust.revokes.values().flatten().filter(|e| self.knows(e));
        let revokes = revokes.map(|e| (e.rank, e.author(), Act::Revoke(&e.value, e.rank.3)));
        let rulings = self.trust.reinstatements.iter();
        let rulings = rulings.flat_map(|(record, all)| {
            let known = all.iter().filter(|e| self.knows(e));
            known.map(|e| (e.rank, e.author(), Act::Reinstate(*record)))
        });
        let mut acts: Vec<(usize, Rank, Author, Act<'_>)> = revokes
            .chain(rulings)
            .filter_map(|(rank, author, act)| Some((self.distance(&author.0)?, rank, author, act)))
            .collect();
        acts.sort_by_key(|(distance, rank, ..)| (*distance, *rank));
        for (_, _, author, act) in acts {
            if self.distrust_under(&revoked, author).is_some() {
                continue;
            }
            match act {
                Act::Revoke(_, record) if undone.contains(&record) => {}
                Act::Revoke(revoke, record) => {
                    let revocation = Revocation { record, revoke: revoke.clone() };
                    revoked.entry(revoke.device).or_default().push(revocation);
                }
                Act::Reinstate(record) => {
                    heard.insert(record);
                }
            }
        }
        (revoked, heard)
    }

    /// The record that registered a device: the first one received, so that nobody rewrites the past.
    pub(super) fn registration(&self, device: &DeviceId) -> Option<&Entry<Device>> {
        let entries = self.tables.devices.get(device)?;
        entries.iter().min_by_key(|e| (e.envelope.map_or(i64::MAX, |n| n.received_at), e.rank))
    }

    /// How many registrations lie between a device and one that registered itself; `None` beyond
    /// [`limit::REGISTRARS`].
    fn distance(&self, device: &DeviceId) -> Option<usize> {
        let maker = |d: &DeviceId| Some(self.registration(d)?.rank.1).filter(|m| m != d);
        let makers = std::iter::successors(maker(device), maker).take(limit::REGISTRARS + 1).count();
        (makers <= limit::REGISTRARS).then_some(makers)
    }

    fn distrust_under(&self, revoked: &Revoked, (device, branch, seq): Author) -> Option<Distrust> {
        let is_on = |r: &&Revocation| r.revoke.trusted.iter().any(|t| t.branch == branch && seq <= t.through);
        if let Some(off) = revoked.get(&device).into_iter().flatten().find(|r| !is_on(r)) {
            return Some(Distrust::Revoked(off.record));
        }
        let mut here = device;
        if !self.trust.has_successors {
            return None;
        }
        for _ in 0..limit::PREDECESSORS {
            // A device that follows none ends the chain, and all of it is trusted.
            let before = self.followed(&here)?;
            if revoked.contains_key(&before) {
                return Some(Distrust::Follows(before));
            }
            here = before;
        }
        self.followed(&here).map(|_| Distrust::TooFar)
    }

    /// The device that this one follows.
    fn followed(&self, device: &DeviceId) -> Option<DeviceId> {
        self.registration(device)?.value.predecessor
    }

    /// Why a record by this author does not count, whatever was admitted.
    pub(super) fn distrusts_author(&self, author: Author) -> Option<Distrust> {
        self.distrust_under(&self.trust.revoked, author)
    }

    /// Why a record does not count; `None` if it does, as far as trust goes: it lies on the chain that a
    /// revocation of its device left trusted, or a ruling admitted it.
    pub fn distrust(&self, record: &RecordId, author: Author) -> Option<Distrust> {
        self.distrusts_author(author).filter(|_| !self.is_admitted(record))
    }

    /// Whether a record counts, as far as trust goes: see [`Reference::distrust`].
    pub fn trusts(&self, record: &RecordId, author: Author) -> bool {
        self.distrust(record, author).is_none()
    }

    /// Whether the latest ruling of a trusted author admits a record. A ruling is itself never admitted by
    /// another one: that would make trust out of nothing.
    fn is_admitted(&self, record: &RecordId) -> bool {
        let all = self.trust.admissions.get(record);
        let known = all.into_iter().flatten().rev().filter(|e| self.knows(e));
        let latest = known.into_iter().find(|e| self.distrusts_author(e.author()).is_none());
        latest.is_some_and(|e| e.value)
    }

    /// Every record about the trust in these devices and in these records, with its envelope.
    pub(super) fn trust_changes(
        &self,
        devices: &BTreeSet<DeviceId>,
        records: impl Iterator<Item = RecordId>,
        take: &mut dyn FnMut((Option<Envelope>, RecordId)),
    ) {
        let trust = &self.trust;
        let is_about = |device: &DeviceId| trust.has_successors || devices.contains(device);
        for (_, entries) in trust.revokes.iter().filter(|(device, _)| is_about(device)) {
            for entry in entries {
                take((entry.envelope, entry.rank.3));
                let undone = trust.reinstatements.get(&entry.rank.3);
                undone.into_iter().flatten().for_each(|e| take((e.envelope, e.rank.3)));
            }
        }
        if trust.admissions.is_empty() {
            return;
        }
        let admitted = records.filter_map(|record| trust.admissions.get(&record));
        admitted.flatten().for_each(|e| take((e.envelope, e.rank.3)));
    }

    /// Records that a ruling in force admits.
    pub fn admitted(&self) -> impl Iterator<Item = &RecordId> {
        self.trust.admissions.keys().filter(|record| self.is_admitted(record))
    }

    /// Why nothing of a device is trusted any more but what stands on the chain of its revocation. `None` for
    /// a device in good standing.
    pub fn standing(&self, device: &DeviceId) -> Option<Distrust> {
        let own = self.revocations(device).first().map(|r| Distrust::Revoked(r.record));
        own.or_else(|| self.distrusts_author((*device, 0, 0)))
    }

    /// Whether a device was revoked, itself or by a predecessor, or follows too many others.
    pub fn is_revoked(&self, device: &DeviceId) -> bool {
        self.standing(device).is_some()
    }

    /// Whether there is nothing that could make a record not count: no revocation, and no device that follows
    /// another.
    pub fn trusts_all(&self) -> bool {
        self.trust.revoked.is_empty() && !self.trust.has_successors
    }

    /// The revocations of a device that count.
    pub fn revocations(&self, device: &DeviceId) -> &[Revocation] {
        self.trust.revoked.get(device).map(Vec::as_slice).unwrap_or_default()
    }

    /// Last number in a branch that the revocations of a device leave trusted; `None` if none is left.
    pub fn trusted_through(&self, device: &DeviceId, branch: u32) -> Option<u64> {
        if self.distrusts_author((*device, branch, 0)).is_some() {
            return None;
        }
        let of =
            |r: &Revocation| r.revoke.trusted.iter().filter(|t| t.branch == branch).map(|t| t.through).max();
        self.revocations(device).iter().map(of).min().unwrap_or(Some(u64::MAX))
    }

    /// The devices that come by succession from the same enrolled device as this one, itself included.
    /// `None` for a device that follows too many others.
    pub fn family(&self, device: &DeviceId) -> Option<Vec<DeviceId>> {
        let root = self.root(device)?;
        let all = self.tables.devices.keys().copied();
        Some(all.filter(|d| self.root(d) == Some(root)).collect())
    }

    /// The device that was enrolled and that this one follows in the end.
    fn root(&self, device: &DeviceId) -> Option<DeviceId> {
        let mut here = *device;
        for _ in 0..=limit::PREDECESSORS {
            match self.followed(&here) {
                Some(before) => here = before,
                None => return Some(here),
            }
        }
        None
    }
}
