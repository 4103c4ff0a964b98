//! Who and where: the election, the TPS with their packing lists, the officers and their phones.

mod read;

use std::collections::BTreeMap;

use pantau_protocol::{
    body::{Body, CustodyKind, Device, Grant, Packing, Point, Region, Tps, checklist::Checklist},
    journal::DeviceId,
    keys::SecretKey,
    limit,
    place::Place,
    profile::Profile,
    role::Role,
};

use crate::{block::Read, words};

/// The officer and the phone that are there without being named: the administrator of the desk.
pub const DESK: &str = "Desk";

/// Days before the election on which the desk sets all of this down, and each phone is enrolled, at 08.00.
const SET_DOWN: &str = "H-7 08.00";

const KINDS: &[(&str, CustodyKind)] = &[
    ("warehouse", CustodyKind::Warehouse),
    ("PPK", CustodyKind::Ppk),
    ("PPS", CustodyKind::Pps),
    ("TPS", CustodyKind::Tps),
    ("transit", CustodyKind::Transit),
];

/// An officer.
#[derive(Debug, Clone)]
pub struct Officer {
    /// Number, from 1 in the order of the file; the desk's is 100.
    pub number: u32,
    role: Role,
    scopes: Vec<Place>,
}

/// A journal that somebody writes: a phone, or a copy of one.
#[derive(Debug, Clone)]
pub struct Phone {
    /// The device; a copy has that of its original.
    pub device: DeviceId,
    /// Branch of the journal: 0, or 1 and up for copies.
    pub branch: u32,
    /// The officer's name.
    pub officer: String,
    key: [u8; 32],
    predecessor: Option<DeviceId>,
    /// Phone it was copied from.
    pub clone_of: Option<String>,
}

/// Everybody and everything that records speak of.
#[derive(Debug)]
pub struct Cast {
    /// The election.
    pub profile: Profile,
    /// Midnight that election day begins with, unix seconds.
    pub midnight: i64,
    province: Place,
    /// The TPS, by their name in the file.
    pub stations: BTreeMap<String, (Place, Tps)>,
    regions: Vec<(Place, Region)>,
    packings: Vec<(Place, Packing)>,
    /// Officers by name.
    pub officers: BTreeMap<String, Officer>,
    /// Phones by name.
    pub phones: BTreeMap<String, Phone>,
}

impl Cast {
    /// Nobody but the desk, at the election with this code.
    ///
    /// # Errors
    /// A code that no shipped profile has.
    pub fn new(code: &str) -> Read<Self> {
        let shipped = Profile::shipped();
        let codes: Vec<String> = shipped.iter().map(|p| format!("`{}`", p.code)).collect();
        let profile = shipped.into_iter().find(|p| p.code == code);
        let profile =
            profile.ok_or_else(|| format!("expected one of {}, found `{code}`", codes.join(", ")))?;
        let offset = i64::from(profile.utc_offset_s);
        let midnight = (profile.opens_at + offset).div_euclid(86_400) * 86_400 - offset;
        let (stations, officers, phones) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let (regions, packings) = (Vec::new(), Vec::new());
        let province = region_or_tps("62")?;
        let desk = Officer { number: 100, role: Role::DeskAdmin, scopes: vec![province.clone()] };
        let mut cast = Self { profile, midnight, province, stations, regions, packings, officers, phones };
        cast.enlist(DESK, desk);
        Ok(cast)
    }

    fn enlist(&mut self, name: &str, officer: Officer) {
        self.officers.insert(name.to_owned(), officer);
        self.add_phone(name, name.to_owned(), None);
    }

    fn add_phone(&mut self, name: &str, officer: String, predecessor: Option<DeviceId>) {
        let seed = pantau_protocol::hash::tagged("pantau/1/scenario", &[name.as_bytes()]);
        let key = SecretKey::from_seed(&seed).public();
        let device = key.device_id();
        let phone = Phone { device, branch: 0, officer, key: key.0, predecessor, clone_of: None };
        self.phones.insert(name.to_owned(), phone);
    }

    /// Reads a moment of this election.
    ///
    /// # Errors
    /// What is none.
    pub fn moment(&self, text: &str) -> Read<i64> {
        words::moment(text, self.midnight)
    }

    /// When everything here was set down, unix seconds.
    pub fn set_down_at(&self) -> i64 {
        self.moment(SET_DOWN).unwrap_or(self.midnight)
    }

    /// The phone of this name.
    ///
    /// # Errors
    /// A name that nobody has.
    pub fn phone(&self, name: &str) -> Read<&Phone> {
        self.phones
            .get(name)
            .ok_or_else(|| format!("expected the name of an officer or phone, found `{name}`"))
    }

    /// The TPS of this name.
    ///
    /// # Errors
    /// A name that no TPS has.
    pub fn tps(&self, name: &str) -> Read<Place> {
        let known = self.stations.get(name).map(|(place, _)| place.clone());
        known.ok_or_else(|| format!("expected the name of a TPS of this file, found `{name}`"))
    }

    /// A TPS by its name, or any place by its code.
    ///
    /// # Errors
    /// What is neither.
    pub fn place(&self, text: &str) -> Read<Place> {
        self.tps(text).or_else(|_| region_or_tps(text))
    }

    /// How the file calls a place.
    pub fn called(&self, place: &Place) -> String {
        let named = self.stations.iter().find(|(_, (p, _))| p == place);
        named.map_or_else(|| place.to_string(), |(name, _)| name.clone())
    }

    /// How the file calls an officer.
    pub fn officer_called(&self, number: u32) -> String {
        let named = self.officers.iter().find(|(_, o)| o.number == number);
        named.map_or_else(|| format!("officer {number}"), |(name, _)| name.clone())
    }

    /// Grants of an officer, as [`pantau_protocol::permit`] takes them.
    pub fn grants(&self, officer: &str) -> Vec<(Role, &Place)> {
        let officer = self.officers.get(officer);
        officer.iter().flat_map(|o| o.scopes.iter().map(|scope| (o.role, scope))).collect()
    }

    /// A point on the way of goods: `warehouse 62.06`, `PPK 62.06.13`, `TPS T1`, `transit 62.06.13 "Dermaga"`.
    ///
    /// # Errors
    /// What is none.
    pub fn point(&self, text: &str) -> Read<Point> {
        let (plain, label) = match text.split_once('"') {
            Some((plain, label)) => (plain.trim(), label.strip_suffix('"')),
            None => (text, None),
        };
        let told = || {
            format!(
                "expected a point such as `PPK 62.06.13`, `TPS T1` or `transit 62.06.13 \"Dermaga\"`, found `{text}`"
            )
        };
        let (kind, place) = plain.split_once(' ').ok_or_else(told)?;
        let kind = words::one_of(kind, KINDS).map_err(|_| told())?;
        let place = if kind == CustodyKind::Tps { self.tps(place)? } else { self.place(place)? };
        Ok(Point { kind, place, label: label.map(str::to_owned) })
    }

    /// A point as a file writes it.
    pub fn shown(&self, point: &Point) -> String {
        let kind = KINDS.iter().find(|(_, kind)| *kind == point.kind).map_or("point", |(name, _)| name);
        let label = point.label.as_ref().map(|label| format!(" \"{label}\"")).unwrap_or_default();
        format!("{kind} {}{label}", self.called(&point.place))
    }

    /// Number of a kit item: by number, or by how its Indonesian or English name begins.
    ///
    /// # Errors
    /// What no item of the kit, or more than one, is called.
    pub fn item(&self, text: &str) -> Read<u32> {
        let begins = |name: &str| name.to_lowercase().starts_with(&text.to_lowercase());
        let number = text.parse().ok();
        let fits = |item: &&pantau_protocol::profile::KitItem| {
            number.map_or(begins(&item.id) || begins(&item.en), |n: u32| item.number == n)
        };
        let mut found = self.profile.kit.iter().filter(fits).map(|item| item.number);
        match (found.next(), found.next(), number) {
            (Some(item), None, _) => Ok(item),
            // An item beyond the kit has only a number.
            (None, _, Some(number)) => Ok(number),
            _ => Err(format!("expected how one item of the kit begins, such as `Tinta`, found `{text}`")),
        }
    }

    /// How the profile calls an item.
    pub fn item_called(&self, number: u32) -> String {
        self.profile.item(number).map_or_else(|| number.to_string(), |item| item.id.clone())
    }

    /// What the desk set down before anybody spoke, in order: place and body.
    pub fn set_down(&self) -> Vec<(Place, Body)> {
        let province = self.province.clone();
        let mut all: Vec<(Place, Body)> = Vec::new();
        for phone in self.phones.values().filter(|p| p.clone_of.is_none()) {
            let Some(officer) = self.officers.get(&phone.officer) else { continue };
            let device = Device {
                device: phone.device,
                public_key: phone.key,
                officer: officer.number,
                predecessor: phone.predecessor,
                regions: officer.scopes.iter().take(limit::GRANTS).cloned().collect(),
            };
            all.push((province.clone(), Body::Device(device)));
        }
        for officer in self.officers.values() {
            let grant = |scope: &Place| {
                let grant =
                    Grant { officer: officer.number, role: officer.role, ended: false, new_person: false };
                (scope.clone(), Body::Grant(grant))
            };
            all.extend(officer.scopes.iter().map(grant));
        }
        all.push((province.clone(), Body::Profile(Box::new(self.profile.clone()))));
        let lists = Checklist::shipped().into_iter();
        all.extend(lists.map(|list| (province.clone(), Body::Checklist(list))));
        all.extend(self.regions.iter().map(|(place, region)| (place.clone(), Body::Region(region.clone()))));
        all.extend(self.stations.values().map(|(place, tps)| (place.clone(), Body::Tps(tps.clone()))));
        all.extend(self.packings.iter().map(|(place, list)| (place.clone(), Body::Packing(list.clone()))));
        all
    }
}

/// A place by its code, dotted or not.
fn region_or_tps(text: &str) -> Read<Place> {
    let place = Place::typed(text).ok().filter(|place| place.level().is_some());
    place.ok_or_else(|| format!("expected a code such as `62.06.13`, found `{text}`"))
}
