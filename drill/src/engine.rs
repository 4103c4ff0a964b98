//! The one seam to the engine of findings: what it says, in the words of the drill.

use std::collections::{BTreeMap, BTreeSet};

use pantau_protocol::{
    journal::{DeviceId, RecordId},
    place::Place,
    projection::{
        Fold,
        findings::{self, Lang, Say},
    },
};

use crate::truth::Rule;

/// A finding, with all places of its cause, closed ones too.
#[derive(Debug, Clone)]
pub struct Found {
    /// The rule.
    pub rule: Rule,
    /// The places it lists, each with whether it is open there.
    pub places: BTreeMap<Place, bool>,
    /// The devices it is about.
    pub devices: BTreeSet<DeviceId>,
    /// Whether it is open for any of its places, or for a phone.
    pub is_open: bool,
    /// The records behind it.
    pub records: BTreeSet<RecordId>,
    /// What it says, in English.
    pub sentence: String,
}

/// All findings of a fold at a moment, each cause once.
///
/// # Errors
/// A rule that the drill plants no cause of.
pub fn findings(fold: &Fold, now: i64, names: &BTreeMap<u32, String>) -> Result<Vec<Found>, String> {
    let name_of = |officer: u32| names.get(&officer).cloned();
    let say = Say { lang: Lang::En, names: &name_of, reference: fold.reference() };
    let mut all: BTreeMap<_, Found> = BTreeMap::new();
    for finding in findings::all(fold, now) {
        let name = format!("{:?}", finding.rule);
        let rule = Rule::named(&name).ok_or_else(|| format!("the drill has no cause for the rule {name}"))?;
        let found = all.entry(finding.id).or_insert_with(|| Found {
            rule,
            places: BTreeMap::new(),
            devices: BTreeSet::new(),
            is_open: false,
            records: BTreeSet::new(),
            sentence: finding.sentence(&say),
        });
        for place in &finding.places {
            *found.places.entry(place.clone()).or_default() |= finding.is_open();
        }
        found.devices.extend(&finding.devices);
        found.is_open |= finding.is_open();
        found.records.extend(&finding.records);
    }
    Ok(all.into_values().collect())
}
