//! Versioned checklists, one per kind of place. The desk edits them as data.

use serde::{Deserialize, Serialize};

use super::Content;
use crate::{
    limit,
    problem::{FieldError, Problem, fail},
};

crate::int_enum!(
    /// What kind of place a checklist is for.
    Venue {
        /// Polling station.
        Tps = 1,
        /// Village committee's office.
        Pps = 2,
        /// Kecamatan committee's office.
        Ppk = 3,
        /// Office of KPU.
        Kpu = 4,
        /// Office of Bawaslu.
        Bawaslu = 5,
    }
);

impl Serialize for Venue {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Venue {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let name = String::deserialize(d)?;
        Self::from_name(&name)
            .ok_or_else(|| serde::de::Error::custom(format!("unknown kind of place {name:?}")))
    }
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Short name, stable over versions: answers of different versions meet under it.
    #[n(0)]
    pub code: String,
    /// Indonesian wording.
    #[n(1)]
    pub id: String,
    /// English wording.
    #[n(2)]
    pub en: String,
}

/// A checklist. `(number, version)` names it in a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
#[serde(deny_unknown_fields)]
pub struct Checklist {
    /// Number, one per kind of place.
    #[n(0)]
    pub number: u32,
    /// Version; the highest is offered for new visits.
    #[n(1)]
    pub version: u32,
    /// What it is for.
    #[n(2)]
    pub venue: Venue,
    /// Questions in the order of the answers.
    #[n(3)]
    pub items: Vec<Item>,
}

impl Checklist {
    /// The checklists shipped with this version.
    pub fn shipped() -> Vec<Self> {
        serde_json::from_str(include_str!("../../assets/checklists.json")).unwrap_or_default()
    }
}

impl Content for Checklist {
    fn check(&self) -> Result<(), FieldError> {
        if self.items.len() > limit::CHECKLIST_ITEMS {
            return fail("checklist.items", Problem::TooLong);
        }
        Ok(())
    }

    fn sample() -> Self {
        let item =
            Item { code: "kotak".into(), id: "Kotak suara siap".into(), en: "Ballot boxes ready".into() };
        Self { number: 1, version: 2, venue: Venue::Tps, items: vec![item] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_for_each_kind_of_place_with_distinct_codes() {
        let all = Checklist::shipped();
        assert_eq!(all.iter().map(|c| c.venue).collect::<Vec<_>>(), Venue::ALL);
        for list in all {
            let mut codes: Vec<_> = list.items.iter().map(|i| &i.code).collect();
            let before = codes.len();
            codes.sort();
            codes.dedup();
            assert_eq!(codes.len(), before, "{:?}", list.venue);
            assert!(before > 0 && before <= limit::CHECKLIST_ITEMS);
        }
    }
}
