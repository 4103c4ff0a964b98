//! What many pages need and is dear to add up, made once per position of the log: the counts of every
//! region, what each camat visited, the lists of incidents and directives, the names of officers.

use std::collections::{BTreeMap, BTreeSet};

use pantau_protocol::{
    body::Body,
    note::Field,
    place::{Level, Place},
    projection::{DirectiveState, Fold, IncidentState, PlaceState, Rollup, visitors},
    role::Role,
};

use super::view::{Contacts, incident::urgency, region::CamatCount};
use crate::{
    Board,
    board::OfficerCard,
    import::{Contact, SYNTHETIC, Told},
    store::{Stored, View},
};

/// All that is added up.
#[derive(Debug, Clone, Default)]
pub struct Digest {
    rollups: BTreeMap<Place, Rollup>,
    children: BTreeMap<Place, Vec<Place>>,
    camats: BTreeMap<Place, Vec<CamatCount>>,
    /// Regions without a region above: the province.
    pub roots: Vec<Place>,
    /// Open incidents, gravest first.
    pub incidents: Vec<(Place, IncidentState)>,
    /// Directives, newest first.
    pub directives: Vec<(Place, DirectiveState)>,
    /// Names of officers.
    pub contacts: Contacts,
    /// The TPS are made up.
    pub synthetic: bool,
}

impl Digest {
    /// Adds everything up.
    ///
    /// # Errors
    /// Failures of the store, which is asked only for what was erased.
    pub fn make(board: &Board, view: &dyn View) -> Stored<Self> {
        let mut digest = Self {
            contacts: contacts(board, view)?,
            synthetic: view.setting(SYNTHETIC)?.is_some_and(|v| v == b"yes"),
            ..Self::default()
        };
        digest.place_all(board);
        let camats = camats(board.fold());
        for (place, _) in board.reference().all_tps() {
            let state = board.state(place);
            if let Some(village) = place.parent() {
                digest.rollups.entry(village).or_default().add(place, &state, board.reference());
            }
            digest.count_camats(board.fold(), place, &state, &camats);
        }
        digest.add_up();
        digest.list(board);
        Ok(digest)
    }

    /// The counts of a region.
    pub fn rollup(&self, place: &Place) -> Rollup {
        self.rollups.get(place).copied().unwrap_or_default()
    }

    /// Regions and TPS directly inside a region, by code.
    pub fn children(&self, place: &Place) -> &[Place] {
        self.children.get(place).map(Vec::as_slice).unwrap_or_default()
    }

    /// What the camats of a kecamatan visited.
    pub fn camats(&self, place: &Place) -> &[CamatCount] {
        self.camats.get(place).map(Vec::as_slice).unwrap_or_default()
    }

    fn place_all(&mut self, board: &Board) {
        let reference = board.reference();
        let regions = reference.regions().map(|(p, _)| p);
        for place in regions {
            self.rollups.insert(place.clone(), Rollup::default());
            match place.parent().filter(|up| reference.region(up).is_some()) {
                Some(up) => self.children.entry(up).or_default().push(place.clone()),
                None => self.roots.push(place.clone()),
            }
        }
        for (place, _) in reference.all_tps() {
            self.children
                .entry(place.clone().parent().unwrap_or_else(|| place.clone()))
                .or_default()
                .push(place.clone());
        }
    }

    /// Adds every region to the one above, from the lowest up: longer codes lie deeper.
    fn add_up(&mut self) {
        let mut all: Vec<Place> = self.rollups.keys().cloned().collect();
        all.sort_by_key(|p| std::cmp::Reverse(p.as_str().len()));
        for place in all {
            let rollup = self.rollup(&place);
            if let Some(up) = place.parent().and_then(|up| self.rollups.get_mut(&up)) {
                up.merge(&rollup);
            }
        }
    }

    fn count_camats(
        &mut self,
        fold: &Fold,
        tps: &Place,
        state: &PlaceState,
        camats: &BTreeMap<Place, BTreeSet<u32>>,
    ) {
        let district = tps.district();
        let Some(officers) = camats.get(&district) else { return };
        let counts = self.camats.entry(district).or_insert_with(|| {
            officers.iter().map(|officer| CamatCount { officer: *officer, visited: 0 }).collect()
        });
        if state.visits == 0 {
            return;
        }
        let visitors = visitors(tps, fold.facts_of(tps), fold.reference());
        for count in counts {
            count.visited += u32::from(visitors.contains(&count.officer));
        }
    }

    /// Incidents and directives of all places that anybody spoke of, TPS or not.
    fn list(&mut self, board: &Board) {
        let fold = board.fold();
        for place in fold.places() {
            let speaks = fold.facts_of(place).any(|f| {
                f.record.place == *place && matches!(f.statement, Body::Incident(_) | Body::Directive(_))
            });
            if !speaks {
                continue;
            }
            let state = board.state(place);
            let open = state.incidents.iter().filter(|i| i.is_open());
            self.incidents.extend(open.map(|i| (place.clone(), i.clone())));
            self.directives.extend(state.directives.iter().map(|d| (place.clone(), d.clone())));
        }
        self.incidents.sort_by_key(|(_, i)| urgency(i));
        self.directives.sort_by_key(|(_, d)| std::cmp::Reverse((d.mark.at, d.mark.record)));
    }
}

/// The camats of each kecamatan: officers with that role whose scope is the kecamatan.
fn camats(fold: &Fold) -> BTreeMap<Place, BTreeSet<u32>> {
    let mut all: BTreeMap<Place, BTreeSet<u32>> = BTreeMap::new();
    for (officer, role, place) in fold.reference().all_grants() {
        if role == Role::Camat && place.level() == Some(Level::District) {
            all.entry(place.clone()).or_default().insert(officer);
        }
    }
    all
}

/// Names and phone numbers of all officers, with the reason where there is none. The import compares with
/// them, and pages show them.
///
/// # Errors
/// Failures of the store.
pub fn contacts(board: &Board, view: &dyn View) -> Stored<Contacts> {
    let mut all = Contacts::new();
    for card in board.officers() {
        let contact = Contact {
            place: card.place.clone(),
            name: told(view, card, Field::Name, card.name.as_ref())?,
            phone: told(view, card, Field::Phone, card.phone.as_ref())?,
        };
        all.insert(card.officer, contact);
    }
    Ok(all)
}

fn told(view: &dyn View, card: &OfficerCard, field: Field, text: Option<&String>) -> Stored<Told> {
    Ok(match text {
        Some(text) => Told::Text(text.clone()),
        None if view.is_erased(&card.record, field)? => Told::Erased,
        None => Told::Absent,
    })
}
