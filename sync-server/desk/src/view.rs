//! What the pages show, as text ready to print: pure functions from the state of the log to plain structs.
//! Templates only place them.

pub(crate) mod by;
pub(crate) mod curve;
pub(crate) mod custody;
pub(crate) mod daily;
pub(crate) mod directive;
pub(crate) mod finding;
mod goods;
pub(crate) mod incident;
pub(crate) mod logistics;
pub(crate) mod matter;
pub(crate) mod officer;
pub(crate) mod overview;
pub(crate) mod paged;
pub(crate) mod region;
pub(crate) mod sides;
pub(crate) mod silence;
pub(crate) mod summary;
pub(crate) mod tag;
pub(crate) mod task;
pub(crate) mod tiles;
pub(crate) mod timeline;
pub(crate) mod tps;
pub(crate) mod tps_list;
pub(crate) mod turnout;
pub(crate) mod verdict;

use std::collections::{BTreeMap, BTreeSet};

use pantau_protocol::{
    body::RegionLevel,
    journal::{DeviceId, RecordId},
    note::Field,
    place::{Level, Place},
    projection::Reference,
};

use crate::{
    format::Reading,
    text::{Lang, Text, words},
};
use pantau_log::{
    import::{Contact, Told},
    projector::{Names, name_then},
};

/// Notes of records, as the log holds them; `Absent` is a text that has not arrived.
pub(crate) type Notes = BTreeMap<RecordId, Vec<(Field, Told)>>;

/// Names of officers.
pub(crate) type Contacts = BTreeMap<u32, Contact>;

/// What every view looks things up in.
#[derive(Clone, Copy)]
pub(crate) struct Look<'a> {
    /// Time and language.
    pub(crate) reading: &'a Reading,
    /// Places, checklists, devices.
    pub(crate) reference: &'a Reference,
    /// Names of officers.
    pub(crate) contacts: &'a Contacts,
    /// The names they had before, too.
    pub(crate) names: &'a Names,
    /// Notes of the records on this page.
    pub(crate) notes: &'a Notes,
}

/// A note as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoteView {
    /// What it is.
    pub(crate) field: String,
    /// Its text, or why there is none.
    pub(crate) text: String,
    /// There is none.
    pub(crate) gone: bool,
}

impl Look<'_> {
    /// The language.
    pub(crate) fn lang(&self) -> Lang {
        self.reading.lang
    }

    /// The texts.
    pub(crate) fn t(&self) -> &'static Text {
        self.lang().text()
    }

    /// The name of a place, without its code, and that it is no more.
    pub(crate) fn place(&self, place: &Place) -> String {
        let name = self.name(place);
        if self.reference.is_ended(place) { format!("{name} ({})", self.t().ended) } else { name }
    }

    fn name(&self, place: &Place) -> String {
        if place.level() == Some(Level::Tps) {
            let number = place.as_str().rsplit('/').next().unwrap_or_default();
            let village = place.parent().map(|v| self.name(&v)).unwrap_or_default();
            return format!("TPS {number} {village}");
        }
        self.reference.region(place).map_or_else(|| place.to_string(), |r| r.name.clone())
    }

    /// The places above, nearest first: `Kecamatan Marikit · Kabupaten Katingan`. The province goes
    /// without saying.
    pub(crate) fn under(&self, place: &Place) -> String {
        let above = place.ancestors().filter(|p| p.level() != Some(Level::Province));
        let names: Vec<String> = above.map(|p| self.titled(&p)).collect();
        names.join(" · ")
    }

    /// The name of a region with the word for its level, where the name does not have it.
    pub(crate) fn titled(&self, place: &Place) -> String {
        let name = self.place(place);
        match self.reference.region(place).map(|r| r.level) {
            Some(RegionLevel::District) => format!("Kecamatan {name}"),
            Some(RegionLevel::Village) => format!("Desa {name}"),
            Some(RegionLevel::UrbanVillage) => format!("Kelurahan {name}"),
            _ => name,
        }
    }

    /// What took the part of a place that is no more; empty for one in use.
    pub(crate) fn successor(&self, place: &Place) -> String {
        let Some(ended) = self.reference.ended(place) else { return String::new() };
        match &ended.successor {
            Some(successor) => format!("{}: {} ({successor})", self.t().successor, self.titled(successor)),
            None => format!("{}: –", self.t().successor),
        }
    }

    /// The officer's name, or the number where there is no name.
    pub(crate) fn officer(&self, number: u32) -> String {
        self.called(number, self.contacts.get(&number).map(|c| &c.name))
    }

    /// The name an officer had when the server received something of him, unix seconds, and the present one where
    /// it differs.
    pub(crate) fn officer_then(&self, number: u32, received_at: Option<i64>) -> String {
        let now = self.officer(number);
        let Some(received_at) = received_at else { return now };
        let Some(then) = name_then(self.names, number, received_at) else { return now };
        let then = self.called(number, Some(then));
        if then == now { now } else { format!("{then} (no. {number} {} {now})", self.t().now_called) }
    }

    fn called(&self, number: u32, name: Option<&Told>) -> String {
        match name {
            Some(Told::Text(name)) => name.clone(),
            _ if number == pantau_log::author::DESK_OFFICER => self.t().desk.to_owned(),
            Some(Told::Erased) => format!("{} {number} ({})", self.t().officer, self.t().erased),
            _ => format!("{} {number}", self.t().officer),
        }
    }

    /// Who wrote with a device what was received then: the officer, the desk, or the device itself.
    pub(crate) fn author(&self, device: &DeviceId, received_at: Option<i64>) -> String {
        match self.reference.officer(device) {
            Some(number) => self.officer_then(number, received_at),
            None => format!("{} {}", self.t().phone, short(device)),
        }
    }

    /// The notes of a record.
    pub(crate) fn notes(&self, record: &RecordId) -> Vec<NoteView> {
        let all = self.notes.get(record).map(Vec::as_slice).unwrap_or_default();
        all.iter().map(|(field, told)| self.note(*field, told)).collect()
    }

    /// A note: its text, or why there is none.
    pub(crate) fn note(&self, field: Field, told: &Told) -> NoteView {
        let (text, gone) = match told {
            Told::Text(text) => (text.clone(), false),
            Told::Absent => (self.t().not_here.to_owned(), true),
            Told::Erased => (self.t().erased.to_owned(), true),
        };
        NoteView { field: words::field(self.lang(), field), text, gone }
    }
}

/// Which of these places a place is, or lies in.
pub(crate) fn region_among(place: &Place, places: &BTreeSet<&Place>) -> Option<Place> {
    std::iter::once(place.clone()).chain(place.ancestors()).find(|region| places.contains(region))
}

/// The first characters of a device id, enough to tell phones apart.
pub(crate) fn short(device: &DeviceId) -> String {
    device.to_string().chars().take(8).collect()
}

/// The page of a place.
pub(crate) fn href(place: &Place) -> String {
    match place.level() {
        Some(Level::Tps) => format!("/tps/{place}"),
        _ => format!("/region/{place}"),
    }
}
