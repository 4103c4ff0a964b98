//! The people whom one officer number belonged to, one after the other (docs/PROTOCOL.md#projection).

use super::{
    Fact,
    reference::{Entry, OfficerGrant, Rank, Reference},
};
use crate::{
    body::{Device, Grant},
    journal::DeviceId,
};

impl Reference {
    pub(super) fn take_person(&mut self, fact: &Fact, grant: &Grant) {
        if grant.new_person {
            let tables = std::sync::Arc::make_mut(&mut self.tables);
            super::reference::put(&mut tables.people, grant.officer, fact, ());
        }
    }

    /// The grants with which a number went to another person, by rank.
    fn people(&self, officer: u32) -> impl DoubleEndedIterator<Item = Rank> {
        let all = self.tables.people.get(&officer).into_iter().flatten();
        all.filter(|e| self.trusts(&e.rank.3, e.author())).map(|e| e.rank)
    }

    /// When a number went to its present owner, unix seconds; `None` while it is its first one.
    pub fn person_since(&self, officer: u32) -> Option<i64> {
        self.people(officer).next_back().map(|(at, ..)| at)
    }

    /// Whether a device is the present owner's of its officer's number, and not a former one's.
    pub fn is_present(&self, device: &DeviceId) -> bool {
        let Some(officer) = self.officer(device) else { return false };
        let registered = self.registration(device);
        self.people(officer).next_back().is_none_or(|new| registered.is_some_and(|r| is_of(&new, r)))
    }

    /// All grants that the owner of a device ever held, ended ones too, and none of who had his number before or
    /// after him: a record made under an earlier grant stays valid after a reassignment.
    pub fn grants_of(&self, device: &DeviceId) -> Vec<OfficerGrant> {
        let (Some(officer), Some(registered)) = (self.officer(device), self.registration(device)) else {
            return Vec::new();
        };
        let since = self.people(officer).rev().find(|new| is_of(new, registered));
        let until = self.people(officer).find(|new| !is_of(new, registered));
        let is_his =
            |at: &Rank| since.is_none_or(|s| !is_before(at, &s)) && until.is_none_or(|u| is_before(at, &u));
        self.granted(officer, is_his)
    }
}

/// Whether one record was said before another. In one journal its order tells, also where the clock was set back.
fn is_before(one: &Rank, other: &Rank) -> bool {
    if one.1 == other.1 { one.2 < other.2 } else { one < other }
}

/// Whether a device was registered after its number went to somebody by the grant `new`. One that came back with its
/// certificate says when that was issued, earlier than it was received; it is of that time.
fn is_of(new: &Rank, registered: &Entry<Device>) -> bool {
    let came_back = registered.envelope.is_some_and(|e| e.received_at > registered.rank.0);
    if came_back { *new < registered.rank } else { is_before(new, &registered.rank) }
}
