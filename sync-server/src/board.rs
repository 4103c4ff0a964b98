//! The board: the state of every place, kept in memory, following the log by position. Pages of the desk
//! are made from it without touching the database.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::{Arc, Mutex},
};

use pantau_protocol::{
    body::{Body, Kind},
    exchange::RowKind,
    journal::{DeviceId, RecordId},
    note::Field,
    place::{Level, Place},
    projection::{Changed, Distrust, Fact, Fold, PlaceState, Reference, Rollup},
};

use crate::store::Row;

/// Quarantined records listed; older ones are found in the log.
const QUARANTINED: usize = 1_000;

/// An officer with what the desk needs to call him.
#[derive(Clone, PartialEq, Eq)]
pub struct OfficerCard {
    /// Number.
    pub officer: u32,
    /// The `Officer` record that counts: name and phone are its notes.
    pub record: RecordId,
    /// Its place.
    pub place: Place,
    /// Name, unless erased or not there yet.
    pub name: Option<String>,
    /// Phone number, likewise.
    pub phone: Option<String>,
}

impl std::fmt::Debug for OfficerCard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OfficerCard({})", self.officer)
    }
}

/// When a device was last heard of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Heard {
    /// Records of it in the log.
    pub records: u64,
    /// Server time of the newest, unix seconds.
    pub last_received_at: i64,
}

/// The projection of the whole log. [`crate::Server::board`] gives one that is up to date.
#[derive(Debug, Default)]
pub struct Board {
    fold: Fold,
    position: u64,
    officers: BTreeMap<u32, (Rank, OfficerCard)>,
    heard: HashMap<DeviceId, Heard>,
    authors: HashSet<DeviceId>,
    quarantined: Vec<Row>,
    quarantined_count: u64,
    positions: HashMap<RecordId, u64>,
    states: Mutex<HashMap<Place, Arc<PlaceState>>>,
    rollups: Mutex<HashMap<Place, Rollup>>,
    tree: Mutex<Option<Arc<Tree>>>,
}

/// The places directly inside each place, by code.
type Tree = HashMap<Place, BTreeSet<Place>>;

/// Rank of an `Officer` record among those of one officer: the latest counts.
type Rank = (i64, DeviceId, u64, RecordId);

impl Board {
    /// Position of the last row that is in.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Takes rows in, in position order.
    pub(crate) fn take(&mut self, rows: Vec<Row>) {
        for row in rows {
            self.position = row.position;
            match row.entry.row {
                RowKind::Record | RowKind::Released => self.take_record(row),
                RowKind::Note => self.take_note(&row),
                RowKind::Quarantined => {
                    self.hear(&row);
                    self.quarantined_count += 1;
                    self.quarantined.push(row);
                    if self.quarantined.len() > QUARANTINED {
                        self.quarantined.remove(0);
                    }
                }
                RowKind::Other(_) => {}
            }
        }
    }

    fn hear(&mut self, row: &Row) {
        let heard = self.heard.entry(row.entry.device).or_default();
        heard.records += 1;
        heard.last_received_at = heard.last_received_at.max(row.entry.envelope.received_at);
    }

    fn take_record(&mut self, row: Row) {
        self.hear(&row);
        let e = &row.entry;
        let fact = Fact::new(e.id, (e.device, e.branch, e.seq), Some(e.envelope), &e.payload);
        let Ok(fact) = fact else { return };
        match &fact.body {
            Body::Officer(officer) => self.take_officer(officer.officer, &fact, &row),
            Body::Erase(erase) => self.forget_note(erase.target, erase.field),
            _ => {}
        }
        self.positions.entry(fact.id).or_insert(row.position);
        let touches = self.touches(&fact);
        if matches!(fact.body, Body::Region(_) | Body::Tps(_) | Body::Revoke(_) | Body::Ruling(_))
            && let Ok(tree) = self.tree.get_mut()
        {
            *tree = None;
        }
        if !fact.record.kind.is_reference() {
            self.authors.insert(fact.device);
        }
        match (self.fold.insert(fact), touches) {
            (Changed::Nothing, _) => {}
            (Changed::Places(places), _) | (Changed::Reference, Touches::Places(places)) => {
                self.drop_cached(&places);
            }
            (Changed::Reference, Touches::Everything) => self.drop_all_cached(),
        }
    }

    /// What a reference record changes. Whoever has not written yet is in no state, and names of regions
    /// are in none.
    fn touches(&self, fact: &Fact) -> Touches {
        let wrote =
            |officer: u32| self.authors.iter().any(|d| self.fold.reference().officer(d) == Some(officer));
        match &fact.body {
            Body::Device(b) if !self.authors.contains(&b.device) && b.predecessor.is_none() => {
                Touches::Places(Vec::new())
            }
            Body::Grant(b) if !wrote(b.officer) => Touches::Places(Vec::new()),
            Body::Officer(_) | Body::ServerKeys(_) | Body::Erase(_) => Touches::Places(Vec::new()),
            Body::Region(_) | Body::Tps(_) => Touches::Places(vec![fact.record.place.clone()]),
            _ => Touches::Everything,
        }
    }

    fn take_officer(&mut self, officer: u32, fact: &Fact, row: &Row) {
        let rank = (fact.effective_at(), fact.device, fact.seq, fact.id);
        let text = |field| row.notes.iter().find(|n| n.field == field).map(|n| n.text.clone());
        let card = OfficerCard {
            officer,
            record: fact.id,
            place: fact.record.place.clone(),
            name: text(Field::Name),
            phone: text(Field::Phone),
        };
        let newer = self.officers.get(&officer).is_none_or(|(old, _)| *old < rank);
        if newer {
            self.officers.insert(officer, (rank, card));
        }
    }

    fn take_note(&mut self, row: &Row) {
        if row.entry.kind != Kind::Officer {
            return;
        }
        let cards = self.officers.values_mut().filter(|(_, c)| c.record == row.entry.id);
        for (_, card) in cards {
            for note in &row.notes {
                match note.field {
                    Field::Name => card.name = Some(note.text.clone()),
                    Field::Phone => card.phone = Some(note.text.clone()),
                    _ => {}
                }
            }
        }
    }

    fn forget_note(&mut self, target: RecordId, field: Field) {
        for (_, card) in self.officers.values_mut().filter(|(_, c)| c.record == target) {
            match field {
                Field::Name => card.name = None,
                Field::Phone => card.phone = None,
                _ => {}
            }
        }
        for row in self.quarantined.iter_mut().filter(|r| r.entry.id == target) {
            row.notes.retain(|n| n.field != field);
        }
    }

    fn drop_cached(&mut self, places: &[Place]) {
        if let (Ok(states), Ok(rollups)) = (self.states.get_mut(), self.rollups.get_mut()) {
            for place in places {
                states.remove(place);
                rollups.remove(place);
                place.ancestors().for_each(|p| {
                    rollups.remove(&p);
                });
            }
        }
    }

    fn drop_all_cached(&mut self) {
        if let (Ok(states), Ok(rollups)) = (self.states.get_mut(), self.rollups.get_mut()) {
            states.clear();
            rollups.clear();
        }
    }

    /// All facts.
    pub fn fold(&self) -> &Fold {
        &self.fold
    }

    /// Places, profile, checklists, devices, grants and revocations.
    pub fn reference(&self) -> &Reference {
        self.fold.reference()
    }

    /// The state of a place.
    pub fn state(&self, place: &Place) -> Arc<PlaceState> {
        let cached = self.states.lock().ok().and_then(|s| s.get(place).cloned());
        cached.unwrap_or_else(|| {
            let state = Arc::new(self.fold.state(place));
            if let Ok(mut states) = self.states.lock() {
                states.insert(place.clone(), Arc::clone(&state));
            }
            state
        })
    }

    /// Numbers of all TPS in a region (or of one TPS), from the places directly inside it.
    pub fn rollup(&self, place: &Place) -> Rollup {
        if let Some(known) = self.rollups.lock().ok().and_then(|r| r.get(place).copied()) {
            return known;
        }
        let mut sum = Rollup::default();
        if place.level() == Some(Level::Tps) || self.reference().tps(place).is_some() {
            sum.add(place, &self.state(place), self.reference());
        } else {
            for child in self.children(place) {
                sum.merge(&self.rollup(&child));
            }
        }
        if let Ok(mut rollups) = self.rollups.lock() {
            rollups.insert(place.clone(), sum);
        }
        sum
    }

    /// Regions and TPS directly inside a region, by code.
    pub fn children(&self, place: &Place) -> Vec<Place> {
        self.tree().get(place).map(|c| c.iter().cloned().collect()).unwrap_or_default()
    }

    /// Made when it is first asked for after places changed.
    fn tree(&self) -> Arc<Tree> {
        let Ok(mut tree) = self.tree.lock() else { return Arc::default() };
        let made = tree.get_or_insert_with(|| {
            let mut made = Tree::new();
            let regions = self.reference().regions().map(|(p, _)| p);
            let mut add = |place: &Place| {
                let mut here = place.clone();
                while let Some(parent) = here.parent() {
                    let is_new = made.entry(parent.clone()).or_default().insert(here);
                    if !is_new {
                        break;
                    }
                    here = parent;
                }
            };
            regions.for_each(&mut add);
            self.reference().all_tps().for_each(|(p, _)| add(p));
            Arc::new(made)
        });
        Arc::clone(made)
    }

    /// An officer.
    pub fn officer(&self, officer: u32) -> Option<&OfficerCard> {
        self.officers.get(&officer).map(|(_, card)| card)
    }

    /// All officers, by number.
    pub fn officers(&self) -> impl Iterator<Item = &OfficerCard> {
        self.officers.values().map(|(_, card)| card)
    }

    /// Records that are held and do not count for want of trust, with why.
    pub fn uncounted(&self) -> impl Iterator<Item = (&Fact, Distrust)> {
        let reference = self.reference();
        let facts = (!reference.trusts_all()).then(|| self.fold.facts());
        facts.into_iter().flatten().filter_map(|f| Some((f, reference.distrust(&f.id, f.author())?)))
    }

    /// When a device was last heard of.
    pub fn heard(&self, device: &DeviceId) -> Heard {
        self.heard.get(device).copied().unwrap_or_default()
    }

    /// Position of a record that is not quarantined.
    pub fn position_of(&self, record: &RecordId) -> Option<u64> {
        self.positions.get(record).copied()
    }

    /// The newest quarantined records with their notes, oldest first.
    pub fn quarantined(&self) -> &[Row] {
        &self.quarantined
    }

    /// Number of quarantined records in the log.
    pub fn quarantined_count(&self) -> u64 {
        self.quarantined_count
    }
}

/// What a reference record changes.
enum Touches {
    Places(Vec<Place>),
    Everything,
}

#[cfg(test)]
mod tests {
    use pantau_protocol::{
        body::{Body, Erase, Grant, Officer},
        note::CarriedNote,
        projection::Rollup,
        role::Role,
    };

    use super::*;
    use crate::{
        author::{self, NewDeskRecord},
        rig::{NOW, Rig, incident, place, standby},
    };

    fn tps(voters: u32) -> Body {
        use pantau_protocol::body::{Access, Signal, Tps};
        Body::Tps(Tps {
            voters,
            male: None,
            lat: None,
            lon: None,
            access: Access::Regular,
            signal: Signal::Weak,
        })
    }

    /// What is cached equals what is made anew.
    fn agrees(rig: &Rig) -> Rollup {
        let board = rig.server.board().unwrap();
        let mut fresh = Board::default();
        fresh.take(rig.rows());
        for place in ["62", "62.06", "62.06.13", "62.06.13.2001", "62.06.13.2001/001"].map(place) {
            assert_eq!(board.rollup(&place), fresh.rollup(&place), "{place}");
            assert_eq!(board.state(&place), fresh.state(&place), "{place}");
            assert_eq!(board.children(&place), fresh.children(&place));
        }
        board.rollup(&place("62"))
    }

    #[test]
    fn the_board_follows_whatever_changes() {
        let rig = Rig::memory();
        rig.say(tps(300), "62.06.13.2001/001");
        assert_eq!(agrees(&rig).voters, 300);
        rig.say(tps(200), "62.06.13.2001/002");
        assert_eq!((agrees(&rig).tps, agrees(&rig).silent), (2, 2));
        let mut phone = rig.phone(7, Role::Camat, "62.06.13");
        phone.write(&incident(), "62.06.13.2001/001");
        phone.sync(&rig.server);
        assert_eq!((agrees(&rig).open_incidents, agrees(&rig).silent), (1, 1));
        crate::ops::revoke(&rig.server, crate::ops::Revoked::Officer(7), Some(0)).unwrap();
        assert_eq!(agrees(&rig).open_incidents, 0);
        rig.clock.pass(1);
        rig.say(tps(250), "62.06.13.2001/002");
        assert_eq!(agrees(&rig).voters, 550);
    }

    #[test]
    fn an_officer_has_the_newest_name_until_it_is_erased() {
        let rig = Rig::memory();
        let officer = |name: &str, at| {
            let body = Body::Officer(Officer { officer: 7 });
            let new = NewDeskRecord::new(at, place("62.06.13"), body).with_note(Field::Name, name);
            author::append(&rig.server, vec![new.with_note(Field::Phone, "+62 812")]).unwrap()[0]
        };
        officer("Lama", NOW);
        rig.clock.pass(5);
        let id = officer("Baru", NOW + 5);
        officer("Terlambat", NOW + 1);
        let name = || rig.server.board().unwrap().officer(7).unwrap().name.clone();
        assert_eq!(name().as_deref(), Some("Baru"));
        let erase = Erase { target: id, field: Field::Name, target_places: vec![place("62.06.13")] };
        rig.say(Body::Erase(erase), "62.06.13");
        assert_eq!(name(), None);
        let board = rig.server.board().unwrap();
        assert_eq!(board.officer(7).unwrap().phone.as_deref(), Some("+62 812"));
        assert_eq!(board.officers().count(), 2, "the desk is one");
    }

    #[test]
    fn the_desk_sees_what_was_set_aside_and_who_was_heard() {
        let rig = Rig::memory();
        let mut phone = rig.phone(7, Role::Camat, "62.06.13");
        phone.write(&standby(1), "62.06.13");
        let note = phone.note("di luar wilayah");
        phone.write_with(&standby(2), "62.07.01", CarriedNote::Whole(note.clone()));
        rig.clock.pass(9);
        phone.sync(&rig.server);
        let board = rig.server.board().unwrap();
        assert_eq!(board.heard(&phone.device()), Heard { records: 2, last_received_at: NOW + 9 });
        assert_eq!(board.quarantined_count(), 1);
        assert_eq!(board.quarantined()[0].notes, [note]);
        assert!(board.state(&place("62.07.01")).is_silent());
        let grant = Body::Grant(Grant { officer: 7, role: Role::Camat, ended: true });
        drop(board);
        rig.say(grant, "62.06.13");
        assert!(!rig.server.board().unwrap().state(&place("62.06.13")).is_silent());
    }
}
