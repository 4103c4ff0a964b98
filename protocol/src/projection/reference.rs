//! Reference data as the fold knows it: for each key all records that speak of it, of which the latest
//! trusted one counts. Inserting is joining a set, so order and repetition do not matter.

use std::{collections::BTreeMap, sync::Arc};

use super::{Fact, closings::Decided, horizon::Horizon, replaces, trust::Trust};
use crate::{
    body::{Body, Device, Ended, FindingId, Packing, Region, Tps},
    checklist::{Checklist, Venue},
    election::Election,
    journal::{DeviceId, RecordId},
    place::{Place, Scope},
    profile::Profile,
    record::Record,
    role::Role,
    time::Envelope,
};

/// Rank of a record among those with the same key: when it counts, its device and number, its id.
pub(super) type Rank = (i64, DeviceId, u64, RecordId);

/// Who wrote a record, and where in his journal it stands: device, branch, sequence number.
pub type Author = (DeviceId, u32, u64);

/// A grant in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficerGrant {
    /// The role.
    pub role: Role,
    /// Its scope.
    pub place: Place,
}

/// One record about a key.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry<V> {
    pub(super) rank: Rank,
    pub(super) envelope: Option<Envelope>,
    branch: u32,
    pub(super) value: V,
}

impl<V> Entry<V> {
    pub(super) fn author(&self) -> Author {
        (self.rank.1, self.branch, self.rank.2)
    }
}

/// All records about each key, by rank.
pub(super) type Table<K, V> = BTreeMap<K, Vec<Entry<V>>>;

/// What was said of places, profiles, checklists, devices and grants.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Tables {
    regions: Table<Place, Region>,
    pub(super) tps: Table<Place, Tps>,
    pub(super) profiles: Table<(String, u32), Profile>,
    checklists: Table<(u32, u32), Checklist>,
    pub(super) packings: Table<Place, Packing>,
    pub(super) devices: Table<DeviceId, Device>,
    grants: Table<(u32, Role, Place), bool>,
    /// Grants with which a number went to another person.
    pub(super) people: Table<u32, ()>,
    /// Findings that were closed or opened again, by what they are and where.
    pub(super) closings: Table<(FindingId, Option<Place>), Decided>,
}

/// Places, profile, checklists, devices, grants and revocations.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reference {
    /// Shared with what was known at earlier moments: see [`Reference::as_of`].
    pub(super) tables: Arc<Tables>,
    pub(super) trust: Trust,
    /// Only what lies within it counts; absent where everything does.
    pub(super) horizon: Option<Horizon>,
}

pub(super) fn put<K: Ord, V>(table: &mut Table<K, V>, key: K, fact: &Fact, value: V) {
    let entries = table.entry(key).or_default();
    let known = entries.iter().position(|e| e.rank.3 == fact.id);
    if let Some(known) = known {
        // A record that gains its envelope changes its rank: the old entry must go.
        let old = entries.get(known).map(|e| (e.envelope, e.branch));
        if old.is_some_and(|old| !replaces(old, (fact.envelope, fact.branch))) {
            return;
        }
        entries.remove(known);
    }
    let rank = (fact.effective_at(), fact.device, fact.seq, fact.id);
    let at = entries.partition_point(|e| e.rank < rank);
    entries.insert(at, Entry { rank, envelope: fact.envelope, branch: fact.branch, value });
}

/// Of several profiles the greatest by this is in force: the newest election's, at its highest version.
fn in_force(profile: &Profile) -> (i64, u32, &str) {
    (profile.opens_at, profile.version, &profile.code)
}

impl Reference {
    /// Takes a fact in if it is reference data; says whether it was.
    pub fn insert(&mut self, fact: &Fact) -> bool {
        let place = fact.record.place.clone();
        let tables = Arc::make_mut(&mut self.tables);
        match &fact.body {
            Body::Region(b) => put(&mut tables.regions, place, fact, b.clone()),
            Body::Tps(b) => put(&mut tables.tps, place, fact, b.clone()),
            Body::Profile(b) => put(&mut tables.profiles, (b.code.clone(), b.version), fact, (**b).clone()),
            Body::Checklist(b) => put(&mut tables.checklists, (b.number, b.version), fact, b.clone()),
            Body::Packing(b) => put(&mut tables.packings, place, fact, b.clone()),
            Body::Device(b) => {
                put(&mut tables.devices, b.device, fact, b.clone());
                self.take_device(b);
            }
            Body::Grant(b) => {
                put(&mut tables.grants, (b.officer, b.role, place), fact, b.ended);
                self.take_person(fact, b);
            }
            Body::Revoke(b) => self.take_revoke(fact, b),
            Body::Ruling(b) => {
                self.take_ruling(fact, b);
                self.take_closing(fact, b);
            }
            // Names of officers are notes and keys of the server are no part of any state.
            Body::Officer(_) | Body::ServerKeys(_) | Body::Erase(_) => {}
            _ => return false,
        }
        true
    }

    /// The latest entry that counts.
    fn pick<'a, V>(&self, entries: &'a [Entry<V>]) -> Option<&'a V> {
        self.counting(entries).next_back().map(|e| &e.value)
    }

    /// The entries that count, oldest first.
    pub(super) fn counting<'a, V>(
        &self,
        entries: &'a [Entry<V>],
    ) -> impl DoubleEndedIterator<Item = &'a Entry<V>> {
        entries.iter().filter(|e| self.knows(e) && self.trusts(&e.rank.3, e.author()))
    }

    fn look<'a, K: Ord, V>(&self, table: &'a Table<K, V>, key: &K) -> Option<&'a V> {
        self.pick(table.get(key)?)
    }

    fn all<'a, K, V>(&'a self, table: &'a Table<K, V>) -> impl Iterator<Item = (&'a K, &'a V)> {
        table.iter().filter_map(|(key, entries)| Some((key, self.pick(entries)?)))
    }

    /// The latest entry that counted at some time; before the first that counts, that one.
    fn then<'a, V>(&self, entries: &'a [Entry<V>], at: i64) -> Option<&'a V> {
        let trusted = || self.counting(entries);
        let then = trusted().take_while(|e| e.rank.0 <= at).last().or_else(|| trusted().next());
        then.map(|e| &e.value)
    }

    /// The region with this code.
    pub fn region(&self, place: &Place) -> Option<&Region> {
        self.look(&self.tables.regions, place)
    }

    /// All regions, by code, those that have ended included.
    pub fn regions(&self) -> impl Iterator<Item = (&Place, &Region)> {
        self.all(&self.tables.regions)
    }

    /// The TPS with this code.
    pub fn tps(&self, place: &Place) -> Option<&Tps> {
        self.look(&self.tables.tps, place)
    }

    /// Whether a region or TPS is no more; a place that nobody set down has not ended.
    pub fn is_ended(&self, place: &Place) -> bool {
        self.ended(place).is_some()
    }

    /// How a region or TPS ended: its own record says so, whatever became of those around it.
    pub fn ended(&self, place: &Place) -> Option<&Ended> {
        match self.tps(place) {
            Some(tps) => tps.ended.as_ref(),
            None => self.region(place)?.ended.as_ref(),
        }
    }

    /// All TPS, by code, those that have ended included.
    pub fn all_tps(&self) -> impl Iterator<Item = (&Place, &Tps)> {
        self.all(&self.tables.tps)
    }

    /// TPS of a region, by code.
    pub(super) fn tps_within(&self, region: &Place) -> impl Iterator<Item = (&Place, &Tps)> {
        // Codes of what lies within follow that of the region, which they begin with.
        let codes = self.tables.tps.range(region.clone()..);
        let within = codes.take_while(|(code, _)| code.as_str().starts_with(region.as_str()));
        within
            .filter(|(code, _)| code.is_within(region))
            .filter_map(|(code, all)| Some((code, self.pick(all)?)))
    }

    /// A question of a checklist, by its code: of several the newest.
    pub(super) fn question(&self, code: &str) -> Option<&crate::checklist::Item> {
        let lists = self.all(&self.tables.checklists).map(|(_, list)| list);
        let found =
            lists.filter_map(|list| Some((list.version, list.items.iter().find(|i| i.code == code)?)));
        found.max_by_key(|(version, _)| *version).map(|(_, item)| item)
    }

    /// The profile in force: the newest election's, at its highest version.
    pub fn profile(&self) -> Option<&Profile> {
        self.all(&self.tables.profiles).map(|(_, p)| p).max_by_key(|p| in_force(p))
    }

    /// The election in force; without a profile none is, and whatever is said counts.
    pub fn election(&self) -> Option<Election> {
        self.profile().map(|p| p.election)
    }

    /// A version of an election's profile.
    pub(super) fn profile_of(&self, election: Election, version: u32) -> Option<&Profile> {
        let of = self.all(&self.tables.profiles).map(|(_, p)| p);
        of.filter(|p| (p.election, p.version) == (election, version)).max_by_key(|p| (p.opens_at, &p.code))
    }

    /// Every profile as it stood at some time, with the time of its first record.
    fn profiles_at(&self, at: i64) -> impl Iterator<Item = (i64, &Profile)> {
        self.tables.profiles.values().filter_map(move |entries| {
            let first = self.counting(entries).next()?;
            Some((first.rank.0, self.then(entries, at)?))
        })
    }

    /// The election a record is about: the one it names, or the one that was in force at its effective time, `at`.
    pub fn election_of(&self, record: &Record, at: i64) -> Option<Election> {
        record.election.or_else(|| {
            let all: Vec<(i64, &Profile)> = self.profiles_at(at).collect();
            let by_then = all.iter().filter(|(since, _)| *since <= at).map(|(_, p)| *p);
            let first = || all.iter().min_by_key(|(since, p)| (*since, in_force(p))).map(|(_, p)| *p);
            by_then.max_by_key(|p| in_force(p)).or_else(first).map(|p| p.election)
        })
    }

    /// An election's profile as it stood at some time: its highest version by then.
    pub(super) fn profile_at(&self, election: Election, at: i64) -> Option<&Profile> {
        let all: Vec<(i64, &Profile)> =
            self.profiles_at(at).filter(|(_, p)| p.election == election).collect();
        let by_then = all.iter().filter(|(since, _)| *since <= at).map(|(_, p)| *p);
        let rank = |p: &Profile| (p.version, p.opens_at);
        let first = || all.iter().min_by_key(|(since, p)| (*since, rank(p))).map(|(_, p)| *p);
        by_then.max_by_key(|p| rank(p)).or_else(first)
    }

    /// The packing list of a TPS as it stood at some time: it left as it was packed then.
    pub(super) fn packing_at(&self, tps: &Place, at: i64) -> Option<&Packing> {
        self.then(self.tables.packings.get(tps)?, at)
    }

    /// Registered voters of a TPS as its list stood at some time.
    pub(super) fn voters_at(&self, place: &Place, at: i64) -> Option<u32> {
        Some(self.then(self.tables.tps.get(place)?, at)?.voters)
    }

    /// The checklist with this number and version.
    pub fn checklist(&self, number: u32, version: u32) -> Option<&Checklist> {
        self.look(&self.tables.checklists, &(number, version))
    }

    /// The newest checklist for a kind of place.
    pub fn checklist_for(&self, venue: Venue) -> Option<&Checklist> {
        self.all(&self.tables.checklists)
            .map(|(_, c)| c)
            .filter(|c| c.venue == venue)
            .max_by_key(|c| (c.version, c.number))
    }

    /// The packing list of the kit of a TPS.
    pub fn packing(&self, tps: &Place) -> Option<&Packing> {
        self.look(&self.tables.packings, tps)
    }

    /// The record of a device.
    pub fn device(&self, device: &DeviceId) -> Option<&Device> {
        self.look(&self.tables.devices, device)
    }

    /// All devices.
    pub fn devices(&self) -> impl Iterator<Item = &Device> {
        self.all(&self.tables.devices).map(|(_, d)| d)
    }

    /// The officer who writes with this device.
    pub fn officer(&self, device: &DeviceId) -> Option<u32> {
        self.device(device).map(|d| d.officer)
    }

    /// Grants of an officer that are in force.
    pub fn grants(&self, officer: u32) -> Vec<OfficerGrant> {
        self.all_grants()
            .filter(|(o, ..)| *o == officer)
            .map(|(_, role, place)| OfficerGrant { role, place: place.clone() })
            .collect()
    }

    /// All grants an officer ever held, ended ones too: a record made under an earlier grant stays valid
    /// after a reassignment.
    pub fn grants_ever(&self, officer: u32) -> Vec<OfficerGrant> {
        self.granted(officer, |_| true)
    }

    /// Grants of an officer with a record that counts and that `is_meant`, by its rank, ended ones too.
    pub(super) fn granted(&self, officer: u32, is_meant: impl Fn(&Rank) -> bool) -> Vec<OfficerGrant> {
        let is_one = |e: &Entry<bool>| is_meant(&e.rank);
        self.tables
            .grants
            .iter()
            .filter(|((o, ..), entries)| *o == officer && self.counting(entries).any(is_one))
            .map(|((_, role, place), _)| OfficerGrant { role: *role, place: place.clone() })
            .collect()
    }

    /// Numbers of all officers with a grant in force, and these grants.
    pub fn all_grants(&self) -> impl Iterator<Item = (u32, Role, &Place)> {
        self.all(&self.tables.grants).filter(|(_, ended)| !**ended).map(|((o, r, p), _)| (*o, *r, p))
    }

    /// What an officer may see.
    pub fn scope(&self, officer: u32) -> Scope {
        Scope::new(self.grants(officer).into_iter().map(|g| g.place))
    }

    /// Whether this device writes for the desk.
    pub fn is_desk(&self, device: &DeviceId) -> bool {
        self.officer(device).is_some_and(|o| self.grants(o).iter().any(|g| g.role.is_desk()))
    }

    /// Whether this device wrote for the desk at that time: what was written under a grant stays valid
    /// after the grant ends. A claim older than the first grant is judged by that grant, since a slow
    /// clock takes nobody's right away.
    pub(super) fn was_desk(&self, device: &DeviceId, at: i64) -> bool {
        let Some(officer) = self.officer(device) else { return false };
        let mut grants =
            self.tables.grants.iter().filter(|((o, role, _), _)| *o == officer && role.is_desk());
        grants.any(|(_, entries)| self.then(entries, at).is_some_and(|ended| !ended))
    }
}
