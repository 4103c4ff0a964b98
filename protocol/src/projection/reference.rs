//! Reference data as the fold knows it: for each key the record that counts latest. Inserting is taking
//! a maximum, so order and repetition do not matter.

use std::collections::BTreeMap;

use super::Fact;
use crate::{
    body::{Body, Device, Region, Revoke, Tps},
    checklist::{Checklist, Venue},
    journal::{DeviceId, RecordId},
    limit,
    place::{Place, Scope},
    profile::Profile,
    role::Role,
};

/// Rank of a record among those with the same key.
type Rank = (i64, DeviceId, u64, RecordId);

/// A grant in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficerGrant {
    /// The role.
    pub role: Role,
    /// Its scope.
    pub place: Place,
}

/// Places, profile, checklists, devices, grants and revocations.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reference {
    regions: BTreeMap<Place, (Rank, Region)>,
    tps: BTreeMap<Place, (Rank, Tps)>,
    profiles: BTreeMap<(String, u32), (Rank, Profile)>,
    checklists: BTreeMap<(u32, u32), (Rank, Checklist)>,
    devices: BTreeMap<DeviceId, (Rank, Device)>,
    grants: BTreeMap<(u32, Role, Place), (Rank, bool)>,
    revoked: BTreeMap<DeviceId, BTreeMap<RecordId, Revoke>>,
}

fn put<K: Ord, V>(map: &mut BTreeMap<K, (Rank, V)>, key: K, rank: Rank, value: V) {
    let newer = map.get(&key).is_none_or(|(old, _)| *old < rank);
    if newer {
        map.insert(key, (rank, value));
    }
}

impl Reference {
    /// Takes a fact in if it is reference data; says whether it was.
    pub fn insert(&mut self, fact: &Fact) -> bool {
        let rank = (fact.effective_at(), fact.device, fact.seq, fact.id);
        let place = fact.record.place.clone();
        match &fact.body {
            Body::Region(b) => put(&mut self.regions, place, rank, b.clone()),
            Body::Tps(b) => put(&mut self.tps, place, rank, b.clone()),
            Body::Profile(b) => put(&mut self.profiles, (b.code.clone(), b.version), rank, (**b).clone()),
            Body::Checklist(b) => put(&mut self.checklists, (b.number, b.version), rank, b.clone()),
            Body::Device(b) => put(&mut self.devices, b.device, rank, b.clone()),
            Body::Grant(b) => put(&mut self.grants, (b.officer, b.role, place), rank, b.ended),
            Body::Revoke(b) => {
                self.revoked.entry(b.device).or_default().insert(fact.id, b.clone());
            }
            // Names of officers are notes and keys of the server are no part of any state.
            Body::Officer(_) | Body::ServerKeys(_) | Body::Erase(_) => {}
            _ => return false,
        }
        true
    }

    /// The region with this code.
    pub fn region(&self, place: &Place) -> Option<&Region> {
        self.regions.get(place).map(|(_, r)| r)
    }

    /// All regions, by code.
    pub fn regions(&self) -> impl Iterator<Item = (&Place, &Region)> {
        self.regions.iter().map(|(p, (_, r))| (p, r))
    }

    /// The TPS with this code.
    pub fn tps(&self, place: &Place) -> Option<&Tps> {
        self.tps.get(place).map(|(_, t)| t)
    }

    /// All TPS, by code.
    pub fn all_tps(&self) -> impl Iterator<Item = (&Place, &Tps)> {
        self.tps.iter().map(|(p, (_, t))| (p, t))
    }

    /// The profile in force: the newest election's, at its highest version.
    pub fn profile(&self) -> Option<&Profile> {
        self.profiles.values().map(|(_, p)| p).max_by_key(|p| (p.opens_at, p.version, &p.code))
    }

    /// The checklist with this number and version.
    pub fn checklist(&self, number: u32, version: u32) -> Option<&Checklist> {
        self.checklists.get(&(number, version)).map(|(_, c)| c)
    }

    /// The newest checklist for a kind of place.
    pub fn checklist_for(&self, venue: Venue) -> Option<&Checklist> {
        self.checklists
            .values()
            .map(|(_, c)| c)
            .filter(|c| c.venue == venue)
            .max_by_key(|c| (c.version, c.number))
    }

    /// The record of a device.
    pub fn device(&self, device: &DeviceId) -> Option<&Device> {
        self.devices.get(device).map(|(_, d)| d)
    }

    /// All devices.
    pub fn devices(&self) -> impl Iterator<Item = &Device> {
        self.devices.values().map(|(_, d)| d)
    }

    /// The officer who writes with this device.
    pub fn officer(&self, device: &DeviceId) -> Option<u32> {
        self.device(device).map(|d| d.officer)
    }

    /// Grants of an officer that are in force.
    pub fn grants(&self, officer: u32) -> Vec<OfficerGrant> {
        self.grants
            .iter()
            .filter(|((o, ..), (_, ended))| *o == officer && !ended)
            .map(|((_, role, place), _)| OfficerGrant { role: *role, place: place.clone() })
            .collect()
    }

    /// Numbers of all officers with a grant in force, and these grants.
    pub fn all_grants(&self) -> impl Iterator<Item = (u32, Role, &Place)> {
        self.grants.iter().filter(|(_, (_, ended))| !ended).map(|((o, r, p), _)| (*o, *r, p))
    }

    /// What an officer may see.
    pub fn scope(&self, officer: u32) -> Scope {
        Scope::new(self.grants(officer).into_iter().map(|g| g.place))
    }

    /// Whether this device writes for the desk.
    pub fn is_desk(&self, device: &DeviceId) -> bool {
        self.officer(device).is_some_and(|o| self.grants(o).iter().any(|g| g.role.is_desk()))
    }

    /// Whether a device was revoked, itself or by a predecessor.
    pub fn is_revoked(&self, device: &DeviceId) -> bool {
        self.lineage(device).any(|d| self.revoked.contains_key(&d))
    }

    /// Whether a record still counts after revocations: on the named chain of its own device, and of no
    /// successor of a revoked one.
    pub fn trusts(&self, device: &DeviceId, branch: u32, seq: u64) -> bool {
        let own = self.revoked.get(device).is_none_or(|all| {
            all.values().all(|r| r.trusted.iter().any(|t| t.branch == branch && seq <= t.through))
        });
        own && !self.lineage(device).skip(1).any(|d| self.revoked.contains_key(&d))
    }

    /// The device and those it follows, newest first.
    fn lineage(&self, device: &DeviceId) -> impl Iterator<Item = DeviceId> {
        std::iter::successors(Some(*device), |d| self.device(d)?.predecessor).take(limit::PREDECESSORS)
    }
}
