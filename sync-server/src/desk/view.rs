//! What the pages show, as text ready to print: pure functions from the state of the log to plain structs.
//! Templates only place them.

pub mod by;
pub mod directive;
pub mod incident;
pub mod officer;
pub mod region;
pub mod summary;
pub mod tag;
pub mod timeline;
pub mod tps;

use std::collections::BTreeMap;

use pantau_protocol::{
    body::RegionLevel,
    journal::{DeviceId, RecordId},
    note::Field,
    place::{Level, Place},
    projection::Reference,
};

use super::{
    format::Reading,
    text::{Lang, Text, words},
};
use crate::import::{Contact, Told};

/// Notes of records, as the log holds them; `Absent` is a text that has not arrived.
pub type Notes = BTreeMap<RecordId, Vec<(Field, Told)>>;

/// Names of officers.
pub type Contacts = BTreeMap<u32, Contact>;

/// What every view looks things up in.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    /// Time and language.
    pub reading: &'a Reading,
    /// Places, checklists, devices.
    pub reference: &'a Reference,
    /// Names of officers.
    pub contacts: &'a Contacts,
    /// Notes of the records on this page.
    pub notes: &'a Notes,
}

/// A note as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteView {
    /// What it is.
    pub field: String,
    /// Its text, or why there is none.
    pub text: String,
    /// There is none.
    pub gone: bool,
}

impl Look<'_> {
    /// The language.
    pub fn lang(&self) -> Lang {
        self.reading.lang
    }

    /// The texts.
    pub fn t(&self) -> &'static Text {
        self.lang().text()
    }

    /// The name of a place, without its code.
    pub fn place(&self, place: &Place) -> String {
        if place.level() == Some(Level::Tps) {
            let number = place.as_str().rsplit('/').next().unwrap_or_default();
            let village = place.parent().map(|v| self.place(&v)).unwrap_or_default();
            return format!("TPS {number} {village}");
        }
        self.reference.region(place).map_or_else(|| place.to_string(), |r| r.name.clone())
    }

    /// The places above, nearest first: `Kecamatan Marikit · Kabupaten Katingan`. The province goes
    /// without saying.
    pub fn under(&self, place: &Place) -> String {
        let above = place.ancestors().filter(|p| p.level() != Some(Level::Province));
        let names: Vec<String> = above.map(|p| self.titled(&p)).collect();
        names.join(" · ")
    }

    /// The name of a region with the word for its level, where the name does not have it.
    pub fn titled(&self, place: &Place) -> String {
        let name = self.place(place);
        match self.reference.region(place).map(|r| r.level) {
            Some(RegionLevel::District) => format!("Kecamatan {name}"),
            Some(RegionLevel::Village) => format!("Desa {name}"),
            Some(RegionLevel::UrbanVillage) => format!("Kelurahan {name}"),
            _ => name,
        }
    }

    /// The officer's name, or the number where there is no name.
    pub fn officer(&self, number: u32) -> String {
        match self.contacts.get(&number).map(|c| &c.name) {
            Some(Told::Text(name)) => name.clone(),
            _ if number == crate::author::DESK_OFFICER => self.t().desk.to_owned(),
            Some(Told::Erased) => format!("{} {number} ({})", self.t().officer, self.t().erased),
            _ => format!("{} {number}", self.t().officer),
        }
    }

    /// Who writes with a device: the officer, the desk, or the device itself.
    pub fn author(&self, device: &DeviceId) -> String {
        match self.reference.officer(device) {
            Some(number) => self.officer(number),
            None => format!("{} {}", self.t().phone, short(device)),
        }
    }

    /// The notes of a record.
    pub fn notes(&self, record: &RecordId) -> Vec<NoteView> {
        let all = self.notes.get(record).map(Vec::as_slice).unwrap_or_default();
        all.iter().map(|(field, told)| self.note(*field, told)).collect()
    }

    fn note(&self, field: Field, told: &Told) -> NoteView {
        let (text, gone) = match told {
            Told::Text(text) => (text.clone(), false),
            Told::Absent => (self.t().not_here.to_owned(), true),
            Told::Erased => (self.t().erased.to_owned(), true),
        };
        NoteView { field: words::field(self.lang(), field), text, gone }
    }
}

/// The first characters of a device id, enough to tell phones apart.
pub fn short(device: &DeviceId) -> String {
    device.to_string().chars().take(8).collect()
}

/// The page of a place.
pub fn href(place: &Place) -> String {
    match place.level() {
        Some(Level::Tps) => format!("/tps/{place}"),
        _ => format!("/region/{place}"),
    }
}
