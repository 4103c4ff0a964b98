//! The people of the world: who has which duty, which phone, which clock, and when it has signal.

use fastrand::Rng;
use pantau_protocol::{place::Place, role::Role};

use super::days::{Days, FIRST};
use crate::say;

/// How fast the clocks of some phones are: nobody is to be told of it.
pub const FAST_S: i64 = 240;

/// What an officer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Duty {
    /// Receives in bulk at the warehouse of a kabupaten or kota, and sends kits out.
    Warehouse,
    /// Receives and sends at the PPK.
    Ppk,
    /// Receives and sends for all PPS of a kecamatan.
    Pps,
    /// Receives at the TPS and tells the turnout.
    Field,
    /// Visits TPS.
    Camat,
}

impl Duty {
    /// The duties of a kecamatan, in the order of its officers.
    pub const OF_DISTRICT: [Self; 4] = [Self::Ppk, Self::Pps, Self::Field, Self::Camat];

    /// The role that this duty has with the desk.
    pub fn role(self) -> Role {
        match self {
            Self::Warehouse | Self::Ppk | Self::Pps => Role::LogisticsStaff,
            Self::Field => Role::FieldOfficer,
            Self::Camat => Role::Camat,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Warehouse => "gudang",
            Self::Ppk => "PPK",
            Self::Pps => "PPS",
            Self::Field => "petugas lapangan",
            Self::Camat => "camat",
        }
    }
}

/// A clock that is wrong for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadClock {
    /// Since when, unix seconds.
    pub from: i64,
    /// Until its owner sets it.
    pub until: i64,
    /// What it is off by, in seconds.
    pub off_s: i64,
}

/// An officer and his phone.
#[derive(Debug, Clone)]
pub struct Officer {
    /// Number, from 1.
    pub number: u32,
    /// An invented name.
    pub name: String,
    /// What he does.
    pub duty: Duty,
    /// Where.
    pub place: Place,
    /// Seconds his clock is always fast.
    pub fast_s: i64,
    /// When the battery of the clock was dead.
    pub bad_clock: Option<BadClock>,
    /// When the phone was copied: restored from a backup onto another one, and both are used.
    pub copied_at: Option<i64>,
    /// When the phone lost the records that it had not sent.
    pub loses_at: Option<i64>,
    /// When it has signal, in order.
    pub contacts: Vec<i64>,
}

impl Officer {
    /// An officer with an invented name.
    pub fn new(number: usize, duty: Duty, place: Place, rng: &mut Rng) -> Self {
        let fast_s = if rng.f64() < 0.1 { FAST_S } else { 0 };
        Self {
            number: u32::try_from(number).unwrap_or(u32::MAX),
            name: format!("{} ({} {place})", say::name(rng), duty.title()),
            duty,
            place,
            fast_s,
            bad_clock: None,
            copied_at: None,
            loses_at: None,
            contacts: Vec::new(),
        }
    }

    /// What his clock shows at a moment.
    pub fn claims(&self, at: i64) -> i64 {
        at + self.off_s(at)
    }

    /// Seconds his clock is off at a moment.
    pub fn off_s(&self, at: i64) -> i64 {
        let bad = self.bad_clock.filter(|bad| (bad.from..bad.until).contains(&at));
        bad.map_or(self.fast_s, |bad| bad.off_s)
    }

    /// When what is written at a moment reaches the server, if the line holds.
    pub fn reaches(&self, at: i64) -> Option<i64> {
        self.contacts.iter().copied().find(|contact| *contact >= at)
    }

    /// When the phone had last been in touch with the server before a moment.
    pub fn last_contact(&self, at: i64) -> Option<i64> {
        self.contacts.iter().copied().rev().find(|contact| *contact < at)
    }

    /// Takes all signal away in a span of time.
    pub fn cut_off(&mut self, from: i64, until: i64) {
        self.contacts.retain(|contact| !(from..until).contains(contact));
    }

    /// Puts a moment with signal in.
    pub fn touch(&mut self, at: i64) {
        let place = self.contacts.partition_point(|contact| *contact < at);
        self.contacts.insert(place, at);
    }
}

/// When phones of this duty have signal. In a kecamatan without signal people climb the hill in the evening.
pub fn contacts(duty: Duty, dark: bool, days: Days, rng: &mut Rng) -> Vec<i64> {
    let mut all = Vec::new();
    let usual: &[(i64, i64)] =
        if dark { &[(20, 0), (22, 30)] } else { &[(6, 30), (12, 30), (17, 0), (20, 0), (22, 30)] };
    for day in FIRST..0 {
        all.extend(usual.iter().map(|(hour, minute)| days.at(day, *hour, *minute) + rng.i64(0..900)));
    }
    if matches!(duty, Duty::Ppk | Duty::Pps | Duty::Field) {
        all.push(days.at(0, 0, 30) + rng.i64(0..300));
    }
    if duty == Duty::Field {
        all.push(days.at(0, 6, 40) + rng.i64(0..300));
        all.extend((8..=13).map(|hour| days.at(0, hour, 20) + rng.i64(0..120)));
    } else if duty != Duty::Camat {
        all.push(days.at(0, 6, 30) + rng.i64(0..600));
        all.push(days.at(0, 12, 40) + rng.i64(0..300));
    }
    all.extend([17, 20, 22].map(|hour| days.at(0, hour, 5) + rng.i64(0..900)));
    all
}
