//! The words of findings: who, when, where, what, in Indonesian or in English.

use super::{About, Finding, Number, rules::Both};
use crate::{
    body::{CustodyKind, Point},
    place::{Level, Place},
    projection::{Mark, Reference},
};

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// Indonesian.
    #[default]
    Id,
    /// English.
    En,
}

/// Name of an officer by his number, where it is known here. Names are notes, which the fold does not see.
pub type Names<'a> = dyn Fn(u32) -> Option<String> + 'a;

/// What sentences are made with.
pub struct Say<'a> {
    /// The language.
    pub lang: Lang,
    /// Names of regions and items, and the calendar of the election.
    pub reference: &'a Reference,
    /// Names of officers.
    pub names: &'a Names<'a>,
}

/// Days before and after polling day that are called by their distance from it.
const NEAR_DAYS: i64 = 60;
/// Seconds of a day.
const DAY_S: i64 = 86_400;
/// Of more places than these only the number is told.
const NAMED: usize = 1;

impl Say<'_> {
    pub(super) fn one(&self, (id, en): Both) -> &'static str {
        match self.lang {
            Lang::Id => id,
            Lang::En => en,
        }
    }

    pub(super) fn both(&self, id: impl Fn() -> String, en: impl Fn() -> String) -> String {
        match self.lang {
            Lang::Id => id(),
            Lang::En => en(),
        }
    }

    /// The places of a finding: one by its name, of several their number.
    pub(super) fn places(&self, finding: &Finding) -> String {
        match finding.places.iter().next() {
            Some(place) if finding.places.len() <= NAMED => self.place(place),
            _ => format!("{} TPS", finding.places.len()),
        }
    }

    pub(super) fn place(&self, place: &Place) -> String {
        let code = place.as_str();
        if place.level() == Some(Level::Tps) {
            let village = place.parent().and_then(|v| Some(self.reference.region(&v)?.name.clone()));
            return village.map_or_else(|| format!("TPS {code}"), |name| format!("TPS {code} {name}"));
        }
        match self.reference.region(place) {
            Some(region) => format!("{} ({code})", region.name),
            None => code.to_owned(),
        }
    }

    /// The region that the places of a finding share.
    pub(super) fn region_of(&self, finding: &Finding) -> String {
        if let About::Place(place) = &finding.about { self.place(place) } else { String::new() }
    }

    /// A custody point: its kind, label and place.
    pub fn point(&self, point: &Point) -> String {
        let kind = match point.kind {
            CustodyKind::Warehouse => self.one(("gudang KPU", "KPU warehouse")),
            CustodyKind::Ppk => "PPK",
            CustodyKind::Pps => "PPS",
            CustodyKind::Tps => "",
            CustodyKind::Transit => self.one(("tempat transit", "transit point")),
            CustodyKind::Other(_) => "?",
        };
        let label = point.label.as_deref().map_or(String::new(), |label| format!("{label}, "));
        format!("{kind} {label}{}", self.place(&point.place)).trim_start().to_owned()
    }

    fn maybe_point(&self, point: Option<&Point>) -> String {
        point.map_or_else(|| "?".to_owned(), |point| self.point(point))
    }

    pub(super) fn to(&self, finding: &Finding) -> String {
        self.maybe_point(finding.detail().to.as_ref())
    }

    pub(super) fn arrived(&self, finding: &Finding) -> String {
        self.maybe_point(finding.detail().arrived.as_ref())
    }

    /// "antara PPK Bukit Raya dan PPS Tumbang Kaburai".
    pub(super) fn between(&self, finding: &Finding) -> String {
        let (from, to) = (self.maybe_point(finding.detail().from.as_ref()), self.to(finding));
        self.both(|| format!("antara {from} dan {to}"), || format!("between {from} and {to}"))
    }

    /// Seconds since 1970-01-01 00:00 of the election's own clock.
    fn local(&self, at: i64) -> i64 {
        at.saturating_add(self.reference.profile().map_or(0, |p| i64::from(p.utc_offset_s)))
    }

    /// The day, counted from polling day: `H-2`, `H`; a date where that is far.
    fn day(&self, at: i64) -> String {
        let day = self.local(at).div_euclid(DAY_S);
        let polling = self.reference.profile().map(|p| self.local(p.opens_at).div_euclid(DAY_S));
        match polling.map(|polling| day.saturating_sub(polling)) {
            Some(0) => "H".to_owned(),
            Some(days) if days.saturating_abs() <= NEAR_DAYS => format!("H{days:+}"),
            _ => date(day),
        }
    }

    fn clock(&self, at: i64) -> String {
        let minute = self.local(at).rem_euclid(DAY_S) / 60;
        format!("{:02}.{:02}", minute / 60, minute % 60)
    }

    /// `H-1 15.00`.
    ///
    /// `at` in unix seconds, told in the local time of the profile.
    pub fn when(&self, at: i64) -> String {
        format!("{} {}", self.day(at), self.clock(at))
    }

    pub(super) fn officer(&self, mark: &Mark) -> String {
        self.officer_numbered(mark.officer)
    }

    fn officer_numbered(&self, officer: Option<u32>) -> String {
        let Some(number) = officer else {
            return self.one(("petugas tidak dikenal", "an unknown officer")).to_owned();
        };
        let unnamed = || self.both(|| format!("petugas {number}"), || format!("officer {number}"));
        (self.names)(number).unwrap_or_else(unnamed)
    }

    /// "Ani pukul 10.02 (H-2)".
    pub(super) fn who(&self, mark: &Mark) -> String {
        let (who, clock, day) = (self.officer(mark), self.clock(mark.at), self.day(mark.at));
        self.both(|| format!("{who} pukul {clock} ({day})"), || format!("{who} at {clock} ({day})"))
    }

    fn maybe_who(&self, mark: Option<&Mark>) -> String {
        mark.map_or_else(|| "?".to_owned(), |mark| self.who(mark))
    }

    pub(super) fn given(&self, finding: &Finding) -> String {
        self.maybe_who(finding.detail().given.as_ref())
    }

    pub(super) fn taken(&self, finding: &Finding) -> String {
        self.maybe_who(finding.detail().taken.as_ref())
    }

    /// The officer of a phone that a finding is about.
    pub(super) fn owner(&self, finding: &Finding) -> String {
        let officer = finding.devices.iter().next().and_then(|device| self.reference.officer(device));
        self.officer_numbered(officer)
    }

    /// "5 dikirim oleh Ani pukul 10.02 (H-2), 4 diterima oleh Budi pukul 17.40 (H-2)".
    pub(super) fn sent_and_received(&self, finding: &Finding) -> String {
        let (sent, received) = (finding.number(Number::Sent), finding.number(Number::Received));
        let (giver, taker) = (self.given(finding), self.taken(finding));
        self.both(
            || format!("{sent} dikirim oleh {giver}, {received} diterima oleh {taker}"),
            || format!("{sent} sent by {giver}, {received} received by {taker}"),
        )
    }

    /// "dikirim oleh Budi pukul 07.30 (H-2), diterima oleh Citra pukul 14.10 (H-2)".
    pub(super) fn handed_over(&self, finding: &Finding) -> String {
        let (giver, taker) = (self.given(finding), self.taken(finding));
        self.both(
            || format!("dikirim oleh {giver}, diterima oleh {taker}"),
            || format!("sent by {giver}, received by {taker}"),
        )
    }

    /// The items a finding is about, by name.
    pub(super) fn items(&self, finding: &Finding) -> String {
        let profile = self.reference.profile();
        let name = |number: &u32| {
            let item = profile.and_then(|p| p.item(*number));
            item.map_or_else(|| format!("#{number}"), |i| self.both(|| i.id.clone(), || i.en.clone()))
        };
        finding.detail().items.iter().map(name).collect::<Vec<_>>().join(", ")
    }

    /// The items a finding is about, or boxes.
    pub(super) fn goods(&self, finding: &Finding) -> String {
        match finding.detail().items.is_empty() {
            true => self.one(("kotak", "boxes")).to_owned(),
            false => self.items(finding),
        }
    }

    pub(super) fn seals(&self, finding: &Finding) -> String {
        self.numbers(finding.signs.iter().flat_map(|s| &s.detail.seals))
    }

    pub(super) fn others(&self, finding: &Finding) -> String {
        self.numbers(finding.signs.iter().flat_map(|s| &s.detail.others))
    }

    /// Printed numbers, the first of many.
    fn numbers<'s>(&self, all: impl Iterator<Item = &'s String>) -> String {
        let all: Vec<&str> = all.map(String::as_str).collect();
        let some = all.iter().take(crate::limit::SEALS_NAMED).copied().collect::<Vec<_>>().join(", ");
        match all.len().saturating_sub(crate::limit::SEALS_NAMED) {
            0 => some,
            more => self.both(|| format!("{some} dan {more} lagi"), || format!("{some} and {more} more")),
        }
    }

    /// The wording of a question of a checklist.
    pub(super) fn question(&self, code: &str) -> String {
        let item = self.reference.question(code);
        item.map_or_else(|| code.to_owned(), |i| self.both(|| i.id.clone(), || i.en.clone()))
    }

    /// Kilometres with one decimal, as the language writes them.
    pub(super) fn kilometres(&self, metres: i64) -> String {
        let (whole, tenth) = (metres / 1000, (metres % 1000) / 100);
        self.both(|| format!("{whole},{tenth}"), || format!("{whole}.{tenth}"))
    }
}

/// `2024-02-14`: the date of a day since 1970-01-01, by the Gregorian calendar of any time. This crate has no clock and
/// so no library of calendars.
fn date(day: i64) -> String {
    // Years are counted from 1 March, so that the day of a leap year is the last of its year, in cycles of 400 years.
    let since = day.saturating_add(719_468);
    let (cycle, of_cycle) = (since.div_euclid(146_097), since.rem_euclid(146_097));
    let year = (of_cycle - of_cycle / 1_460 + of_cycle / 36_524 - of_cycle / 146_096) / 365;
    let of_year = of_cycle - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year + cycle * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let known = [
            (0, "1970-01-01"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (19_767, "2024-02-14"),
            (19_781, "2024-02-28"),
            (19_782, "2024-02-29"),
            (20_088, "2024-12-31"),
            (-1, "1969-12-31"),
            (47_540, "2100-02-28"),
            (47_541, "2100-03-01"),
        ];
        for (day, is) in known {
            assert_eq!(date(day), is);
        }
        // What no clock can show is shown somehow.
        assert!(!date(i64::MAX / 86_400).is_empty() && !date(i64::MIN / 86_400).is_empty());
    }
}
