//! What is kept in memory of the log: places, profile, checklists, people and whom to trust. It is bounded by the
//! province, and read by an index on the kind of a record, never by a scan of the log.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use pantau_protocol::{
    body::{Body, Kind},
    journal::{DeviceId, RecordId},
    note::Field,
    place::Place,
    profile::Profile,
    projection::{Fact, Reference},
};

use super::{Contact, Told};
use crate::store::{Row, Stored, View};

/// Rows read at a time.
const STRIDE: usize = 1_000;

/// The places directly inside each place, by code.
type Tree = HashMap<Place, BTreeSet<Place>>;

/// Rank of an `Officer` record among those of one officer: the latest counts.
type Rank = (i64, DeviceId, u64, RecordId);

/// The names of each officer, each from when it was received, unix seconds, in that order.
pub type Names = BTreeMap<u32, Vec<(i64, Told)>>;

/// Reference data up to a position of the log.
#[derive(Debug, Clone, Default)]
pub struct Known {
    position: u64,
    reference: Arc<Reference>,
    tree: Arc<Tree>,
    has_synthetic: bool,
    /// The record of each officer that counts.
    officers: BTreeMap<u32, (Rank, Place)>,
    /// All of them, older ones too, with when each was received.
    officer_records: BTreeMap<u32, Vec<(Rank, i64)>>,
    names: Arc<Names>,
    contacts: Arc<BTreeMap<u32, Contact>>,
    enrolled: HashMap<DeviceId, i64>,
    profiles: BTreeMap<RecordId, Profile>,
}

impl Known {
    /// All of it up to a position.
    ///
    /// # Errors
    /// Failures of the store.
    fn load(view: &dyn View, through: u64) -> Stored<Self> {
        let mut known = Self::default();
        known.follow(view, through, true)?;
        Ok(known)
    }

    /// What `known` becomes at a position: only what was added since is read, and the names and phone numbers.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn at(known: Arc<Self>, view: &dyn View, through: u64) -> Stored<Arc<Self>> {
        if known.position == through {
            return Ok(known);
        }
        if known.position > through {
            // It followed a log that is gone.
            return Ok(Arc::new(Self::load(view, through)?));
        }
        let mut known = Arc::unwrap_or_clone(known);
        known.follow(view, through, true)?;
        Ok(Arc::new(known))
    }

    /// Takes in what was added up to a position. `texts` says that notes of officers came or went.
    pub(super) fn follow(&mut self, view: &dyn View, through: u64, texts: bool) -> Stored<()> {
        let (mut has_new_people, mut moves_places) = (false, self.position == 0);
        for kind in Kind::ALL.iter().copied().filter(|k| k.is_reference()) {
            let mut after = self.position;
            while after < through {
                let rows = view.kind_rows(kind, after, STRIDE)?;
                let is_last = rows.len() < STRIDE;
                for row in rows.iter().take_while(|r| r.position <= through) {
                    self.take(row);
                    has_new_people |= kind == Kind::Officer;
                    moves_places |= !matches!(
                        kind,
                        Kind::Officer | Kind::Grant | Kind::ServerKeys | Kind::Erase | Kind::Packing
                    );
                }
                after = rows.last().filter(|_| !is_last).map_or(through, |r| r.position);
            }
        }
        self.position = through;
        if moves_places {
            self.tree = Arc::new(tree(&self.reference));
            self.has_synthetic = self.reference.all_tps().any(|(_, t)| t.synthetic && t.ended.is_none());
        }
        if texts || has_new_people {
            self.contacts = Arc::new(self.read_contacts(view)?);
            self.names = Arc::new(self.read_names(view)?);
        }
        Ok(())
    }

    fn take(&mut self, row: &Row) {
        let Some(fact) = super::fact(row) else { return };
        match &fact.body {
            Body::Officer(officer) => {
                let rank = (fact.effective_at(), fact.device, fact.seq, fact.id);
                let received_at = row.entry.envelope.received_at;
                self.officer_records.entry(officer.officer).or_default().push((rank, received_at));
                if self.officers.get(&officer.officer).is_none_or(|(old, _)| *old < rank) {
                    self.officers.insert(officer.officer, (rank, fact.record.place.clone()));
                }
                return;
            }
            Body::Device(device) => {
                let at = fact.effective_at();
                self.enrolled.entry(device.device).and_modify(|first| *first = at.min(*first)).or_insert(at);
            }
            Body::Profile(profile) => _ = self.profiles.insert(fact.id, (**profile).clone()),
            _ => {}
        }
        Arc::make_mut(&mut self.reference).insert(&fact);
    }

    fn read_contacts(&self, view: &dyn View) -> Stored<BTreeMap<u32, Contact>> {
        let mut all = BTreeMap::new();
        for (officer, ((.., record), place)) in &self.officers {
            let (name, phone) = (told(view, record, Field::Name)?, told(view, record, Field::Phone)?);
            all.insert(*officer, Contact { place: place.clone(), name, phone });
        }
        Ok(all)
    }

    /// Of several records the one that would count if those received later were not there.
    fn read_names(&self, view: &dyn View) -> Stored<Names> {
        let mut all = Names::new();
        for (officer, records) in &self.officer_records {
            let mut records = records.clone();
            records.sort_by_key(|(rank, received_at)| (*received_at, *rank));
            let mut names: Vec<(i64, Told)> = Vec::new();
            let mut newest: Option<Rank> = None;
            for (rank, received_at) in records {
                if newest.is_some_and(|newest| rank < newest) {
                    continue;
                }
                newest = Some(rank);
                names.push((received_at, told(view, &rank.3, Field::Name)?));
            }
            all.insert(*officer, names);
        }
        Ok(all)
    }

    /// Position up to which it speaks.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Places, profile, checklists, devices, grants and revocations.
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// Names and phone numbers of all officers, with the reason where there is none.
    pub fn contacts(&self) -> &BTreeMap<u32, Contact> {
        &self.contacts
    }

    /// The names each officer had, and from when on: a number may go to another person.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The `Officer` record of an officer that counts: name and phone are its notes.
    pub fn officer_record(&self, officer: u32) -> Option<RecordId> {
        self.officers.get(&officer).map(|((.., record), _)| *record)
    }

    /// All `Officer` records of an officer: older ones hold older names.
    pub fn officer_records(&self, officer: u32) -> Vec<RecordId> {
        self.officer_records.get(&officer).into_iter().flatten().map(|((.., record), _)| *record).collect()
    }

    /// When a device was first registered, unix seconds.
    pub fn enrolled(&self, device: &DeviceId) -> Option<i64> {
        self.enrolled.get(device).copied()
    }

    /// Every profile of the log; the reference data shows only the one in force.
    pub fn profiles(&self) -> impl Iterator<Item = &Profile> {
        self.profiles.values()
    }

    /// Whether some TPS in use is made up.
    pub fn has_synthetic(&self) -> bool {
        self.has_synthetic
    }

    /// Regions and TPS directly inside a region, by code.
    pub fn children(&self, place: &Place) -> impl Iterator<Item = &Place> {
        self.tree.get(place).into_iter().flatten()
    }

    /// Places with others inside.
    pub(super) fn inner(&self) -> impl Iterator<Item = &Place> {
        self.tree.keys()
    }

    /// Regions without a region above: the province.
    pub fn roots(&self) -> Vec<Place> {
        let regions = self.reference.regions().map(|(p, _)| p);
        let is_root = |p: &&Place| p.parent().is_none_or(|up| self.reference.region(&up).is_none());
        regions.filter(is_root).cloned().collect()
    }

    /// About how many places are folded when all are.
    pub(crate) fn places(&self) -> u64 {
        (self.reference.regions().count() + self.reference.all_tps().count()) as u64
    }
}

/// A note of an officer's record as it is held.
fn told(view: &dyn View, record: &RecordId, field: Field) -> Stored<Told> {
    let notes = view.desk_notes(record)?;
    Ok(match notes.into_iter().find(|n| n.field == field) {
        Some(note) => Told::Text(note.text),
        None if view.is_erased(record, field)? => Told::Erased,
        None => Told::Absent,
    })
}

/// Every known region and TPS under the code above it, whether that one is known or not.
fn tree(reference: &Reference) -> Tree {
    let mut made = Tree::new();
    let regions = reference.regions().map(|(p, _)| p);
    for place in regions.chain(reference.all_tps().map(|(p, _)| p)) {
        let mut here = place.clone();
        while let Some(parent) = here.parent() {
            if !made.entry(parent.clone()).or_default().insert(here) {
                break;
            }
            here = parent;
        }
    }
    made
}

/// The name an officer had when the server received something of him, unix seconds: a number may go to another
/// person, who has not said what stands there. `None` for an officer of whom there is no record.
pub fn name_then(names: &Names, officer: u32, received_at: i64) -> Option<&Told> {
    let all = names.get(&officer).map(Vec::as_slice).unwrap_or_default();
    let before = all.iter().take_while(|(from, _)| *from <= received_at).last();
    before.or_else(|| all.first()).map(|(_, name)| name)
}

/// The name an officer has now; `None` where it was erased or nobody gave one.
pub fn name_now(contacts: &BTreeMap<u32, Contact>, officer: u32) -> Option<&str> {
    match &contacts.get(&officer)?.name {
        Told::Text(name) => Some(name),
        Told::Absent | Told::Erased => None,
    }
}

/// What a fact of reference data changes in states.
pub(super) enum Touches {
    /// These places.
    Places(Vec<Place>),
    /// Any place.
    Everything,
}

/// What a fact of reference data changes. Whoever has not written yet is in no state, and names of officers and
/// keys of the server are in none.
pub(super) fn touches(view: &dyn View, known: &Known, fact: &Fact, position: u64) -> Stored<Touches> {
    let nothing = || Touches::Places(Vec::new());
    Ok(match &fact.body {
        Body::Officer(_) | Body::ServerKeys(_) | Body::Erase(_) => nothing(),
        Body::Region(_) | Body::Packing(_) => Touches::Places(vec![fact.record.place.clone()]),
        // What a warehouse must have for its TPS follows from their lists.
        Body::Tps(_) => {
            let place = &fact.record.place;
            Touches::Places(std::iter::once(place.clone()).chain(place.ancestors()).collect())
        }
        // What became of a finding is seen at its places.
        Body::Ruling(b) if b.closing.is_some() => Touches::Places(b.target_places.clone()),
        Body::Device(b) if b.predecessor.is_none() && !view.wrote(&b.device, position)? => nothing(),
        Body::Grant(b) => {
            let mine = known.reference().devices().filter(|d| d.officer == b.officer);
            let wrote = mine.map(|d| view.wrote(&d.device, position)).collect::<Stored<Vec<bool>>>()?;
            if wrote.contains(&true) { Touches::Everything } else { nothing() }
        }
        _ => Touches::Everything,
    })
}
