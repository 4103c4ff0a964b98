//! The election profile: all that differs from one election to the next is data.

use serde::{Deserialize, Serialize};

use super::Content;
use crate::{
    election::Election,
    limit,
    problem::{FieldError, Problem, fail},
};

/// How many of an item a TPS must have: `base + ceil(voters × per_mille / 1000)`, and no more than 2³² − 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
#[serde(deny_unknown_fields)]
pub struct Quantity {
    /// Pieces whatever the number of voters.
    #[n(0)]
    #[serde(default)]
    pub base: u32,
    /// Pieces per thousand voters, rounded up: 1020 is "voters + 2 %".
    #[n(1)]
    #[serde(default)]
    pub per_mille: u32,
}

impl Quantity {
    /// Pieces for this many voters.
    pub fn of(self, voters: u32) -> u32 {
        let scaled = (u64::from(voters) * u64::from(self.per_mille)).div_ceil(1000);
        self.base.saturating_add(u32::try_from(scaled).unwrap_or(u32::MAX))
    }
}

/// One item of the kit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
#[serde(deny_unknown_fields)]
pub struct KitItem {
    /// Number used in records; never reused within a profile.
    #[n(0)]
    pub number: u32,
    /// Indonesian name.
    #[n(1)]
    pub id: String,
    /// English name.
    #[n(2)]
    pub en: String,
    /// How many a TPS must have.
    #[n(3)]
    pub quantity: Quantity,
    /// Where the quantity comes from: `S` published source, `D` derived, `K` to be confirmed.
    #[n(4)]
    pub source: String,
}

/// From when on something is worth a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
#[serde(deny_unknown_fields, default)]
pub struct Thresholds {
    /// Metres from its TPS, beyond its own accuracy, at which a report counts as far from it. Positions in the lists
    /// and of cheap phones under trees are off by some hundred metres.
    #[n(0)]
    pub far_m: u32,
    /// Seconds by which a clock may be off before anybody is told.
    #[n(1)]
    pub clock_s: u32,
    /// Seconds between two officers' words that are still about the same moment.
    #[n(2)]
    pub same_s: u32,
    /// Reporting hours without a word after which a TPS with signal counts as silent.
    #[n(3)]
    pub silent_hours: u32,
    /// Seconds after the hour until a report of that hour is missed.
    #[n(4)]
    pub grace_s: u32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { far_m: 2_000, clock_s: 900, same_s: 3_600, silent_hours: 3, grace_s: 900 }
    }
}

impl Thresholds {
    /// Whether these are the usual ones, which are not written down.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// An election profile. Times are unix seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Short name, such as `pemilu-2024`.
    #[n(0)]
    pub code: String,
    /// Version; a higher one replaces a lower one of the same code.
    #[n(1)]
    pub version: u32,
    /// Indonesian title.
    #[n(2)]
    pub id: String,
    /// English title.
    #[n(3)]
    pub en: String,
    /// Offset of local time from UTC in seconds: WIB is 25,200.
    #[n(4)]
    pub utc_offset_s: i32,
    /// Name of that zone.
    #[n(5)]
    pub zone: String,
    /// Polling opens.
    #[n(6)]
    pub opens_at: i64,
    /// Polling closes.
    #[n(7)]
    pub closes_at: i64,
    /// Logistics must be at the TPS by then (end of T-1).
    #[n(8)]
    pub logistics_due: i64,
    /// Most voters one TPS may have.
    #[n(9)]
    pub max_voters: u32,
    /// The kit of one TPS.
    #[n(10)]
    pub kit: Vec<KitItem>,
    /// Number of the election it describes: profiles of one election share it, different elections never. Absent for
    /// the first.
    #[n(11)]
    #[cbor(default, skip_if = "Election::is_first")]
    #[serde(default)]
    pub election: Election,
    /// From when on something is worth a finding. Absent for the usual ones.
    #[n(12)]
    #[cbor(default, skip_if = "Thresholds::is_usual")]
    #[serde(default)]
    pub thresholds: Thresholds,
}

impl Profile {
    /// The kit item with this number.
    pub fn item(&self, number: u32) -> Option<&KitItem> {
        self.kit.iter().find(|i| i.number == number)
    }

    /// Hours of election day (local) at which turnout is reported: on the hour, opening to closing.
    pub fn turnout_hours(&self) -> std::ops::RangeInclusive<u32> {
        let hour =
            |t: i64| u32::try_from((t + i64::from(self.utc_offset_s)).rem_euclid(86_400) / 3600).unwrap_or(0);
        hour(self.opens_at)..=hour(self.closes_at)
    }

    /// The profiles shipped with this version, newest election last.
    pub fn shipped() -> Vec<Self> {
        [
            include_str!("../../assets/profiles/pemilu-2024.json"),
            include_str!("../../assets/profiles/pilkada-2024.json"),
        ]
        .into_iter()
        .filter_map(|text| serde_json::from_str(text).ok())
        .collect()
    }
}

impl Content for Box<Profile> {
    fn check(&self) -> Result<(), FieldError> {
        if self.election.0 == 0 {
            return fail("profile.election", Problem::TooSmall);
        }
        if self.kit.len() > limit::KIT_ITEMS { fail("profile.kit", Problem::TooLong) } else { Ok(()) }
    }

    fn sample() -> Self {
        let quantity = Quantity { base: 1, per_mille: 1020 };
        let (id, en, source) = ("Surat suara".into(), "Ballots".into(), "S".into());
        Self::new(Profile {
            code: "pemilu-2024".into(),
            version: 1,
            id: "Pemilu 2024".into(),
            en: "Election 2024".into(),
            utc_offset_s: 25_200,
            zone: "WIB".into(),
            opens_at: 1_707_868_800,
            closes_at: 1_707_890_400,
            logistics_due: 1_707_843_600,
            max_voters: 300,
            kit: vec![KitItem { number: 10, id, en, quantity, source }],
            election: Election(2),
            thresholds: Thresholds { far_m: 3_000, ..Thresholds::default() },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ballots_are_voters_plus_two_percent_rounded_up() {
        let ballots = Quantity { base: 0, per_mille: 1020 };
        assert_eq!(ballots.of(300), 306);
        assert_eq!(ballots.of(271), 277); // 276.42
        assert_eq!(ballots.of(0), 0);
        assert_eq!(Quantity { base: 5, per_mille: 0 }.of(300), 5);
    }

    #[test]
    fn every_shipped_profile_parses() {
        let codes: Vec<String> = Profile::shipped().into_iter().map(|p| p.code).collect();
        assert_eq!(codes, ["pemilu-2024", "pilkada-2024"]);
    }

    #[test]
    fn turnout_is_reported_from_opening_to_closing() {
        let pemilu = &Profile::shipped()[0];
        assert_eq!(pemilu.turnout_hours(), 7..=13);
    }
}
