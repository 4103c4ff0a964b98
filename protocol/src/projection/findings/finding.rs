//! Signs with one cause are one finding, so that the desk reads and rules once.

use std::collections::{BTreeMap, BTreeSet};

use super::{About, Detail, FindingId, Number, Rule, Say, Severity, Sign, Status, rules};
use crate::{
    journal::{DeviceId, RecordId},
    place::Place,
    projection::Mark,
};

/// One cause, with all places that it shows at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The same on every phone and server for as long as its cause is the same.
    pub id: FindingId,
    /// What it is.
    pub rule: Rule,
    /// Its cause.
    pub about: About,
    /// Whether it is open; the places of a cause that are not are findings of their own.
    pub status: Status,
    /// The gravest of its signs.
    pub severity: Severity,
    /// The places it lists.
    pub places: BTreeSet<Place>,
    /// The phones it is about.
    pub devices: BTreeSet<DeviceId>,
    /// The records behind it.
    pub records: BTreeSet<RecordId>,
    /// Its arithmetic, over all places.
    pub numbers: BTreeMap<Number, i64>,
    /// Who had the missing thing last.
    pub last_hands: Option<Mark>,
    /// Its shares, by place. Never empty.
    pub signs: Vec<Sign>,
}

impl Finding {
    fn new(mut signs: Vec<Sign>) -> Option<Self> {
        signs.sort_by(|a, b| a.place.cmp(&b.place));
        let first = signs.first()?;
        let hands = signs.iter().filter_map(|s| s.last_hands.as_ref());
        let mut numbers = BTreeMap::new();
        for (name, number) in signs.iter().flat_map(|s| &s.numbers) {
            let sum: &mut i64 = numbers.entry(*name).or_default();
            *sum = sum.saturating_add(*number);
        }
        Some(Self {
            id: first.finding(),
            rule: first.rule,
            about: first.about.clone(),
            status: first.status,
            severity: signs.iter().map(|s| s.severity).max()?,
            places: signs.iter().filter_map(|s| s.place.clone()).collect(),
            devices: signs.iter().filter_map(|s| s.device).collect(),
            records: signs.iter().flat_map(|s| s.records.iter().copied()).collect(),
            last_hands: hands.max_by_key(|mark| (mark.at, mark.record)).cloned(),
            numbers,
            signs,
        })
    }

    /// Whether its cause is there and the desk has not closed it.
    pub fn is_open(&self) -> bool {
        self.status == Status::Open
    }

    /// The name of its rule for people.
    pub fn title(&self, say: &Say<'_>) -> &'static str {
        say.one(rules::texts(self.rule).0)
    }

    /// What happened, who had it and what is missing, in one sentence.
    pub fn sentence(&self, say: &Say<'_>) -> String {
        rules::sentence(self, say)
    }

    /// What the desk is to do.
    pub fn advice(&self, say: &Say<'_>) -> &'static str {
        say.one(rules::texts(self.rule).1)
    }

    /// A number of its arithmetic; 0 where it has none of this name.
    pub(super) fn number(&self, name: Number) -> i64 {
        self.numbers.get(&name).copied().unwrap_or(0)
    }

    /// What its sentence needs: of several signs that of the first place.
    pub(super) fn detail(&self) -> &Detail {
        static NOTHING: std::sync::LazyLock<Detail> = std::sync::LazyLock::new(Detail::default);
        self.signs.first().map_or(&NOTHING, |sign| &sign.detail)
    }
}

/// Gathers the signs of many places into findings: open ones first, the gravest first, then by rule and id.
pub fn gather(signs: impl IntoIterator<Item = Sign>) -> Vec<Finding> {
    let mut causes: BTreeMap<(Rule, About, Status), Vec<Sign>> = BTreeMap::new();
    for sign in signs {
        causes.entry((sign.rule, sign.about.clone(), sign.status)).or_default().push(sign);
    }
    let mut findings: Vec<Finding> = causes.into_values().filter_map(Finding::new).collect();
    findings.sort_by_key(|f| (!f.is_open(), std::cmp::Reverse(f.severity), f.rule, f.id, f.status));
    findings
}
