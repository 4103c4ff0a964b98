//! What the engine found against what is true: a cause that no finding names is missed, a finding whose cause is not in
//! the truth is a false alarm.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use pantau_protocol::{
    journal::{DeviceId, RecordId},
    place::Place,
};

use crate::{
    engine::Found,
    truth::{Cause, Rule, settle::Truth},
};

/// Missed causes and false alarms that are told in words; of the rest only the number.
const TOLD: usize = 8;
/// Records, and places, that are named with one of them.
const NAMED: usize = 6;

/// Counts of one rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Causes that a report contradicted.
    pub planted: usize,
    /// Of them, those that a finding names.
    pub found: usize,
    /// Of them, those that none names.
    pub missed: usize,
    /// Findings whose cause is not in the truth.
    pub false_alarms: usize,
    /// Causes that nobody could know of, since no report of them reached the server.
    pub unheard: usize,
}

/// How findings and truth compare.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// By rule.
    pub rules: BTreeMap<Rule, Tally>,
    /// The first missed causes and false alarms, in words.
    pub told: Vec<String>,
}

/// What is needed to tell of records and phones.
pub struct Telling<'t> {
    /// The officer of each device, from 0.
    pub officers: BTreeMap<DeviceId, usize>,
    /// A record in words.
    pub record: &'t dyn Fn(&RecordId) -> String,
    /// The records that reached the server about a place, for what was missed there.
    pub about: &'t dyn Fn(&Place) -> Vec<RecordId>,
}

impl Compared {
    /// The counts of all rules together.
    pub fn total(&self) -> Tally {
        self.rules.values().fold(Tally::default(), |sum, one| Tally {
            planted: sum.planted + one.planted,
            found: sum.found + one.found,
            missed: sum.missed + one.missed,
            false_alarms: sum.false_alarms + one.false_alarms,
            unheard: sum.unheard + one.unheard,
        })
    }

    /// Whether every cause was found, and nothing else.
    pub fn is_right(&self) -> bool {
        let total = self.total();
        total.missed == 0 && total.false_alarms == 0
    }

    /// The table for people.
    pub fn table(&self) -> String {
        let mut out = String::new();
        let mut row = |name: &str, cells: [&str; 4]| {
            let [planted, found, missed, wrong] = cells;
            let _ = writeln!(out, "  {name:<24}{planted:>8}{found:>8}{missed:>8}{wrong:>8}");
        };
        row("findings", ["planted", "found", "missed", "false"]);
        let total = self.total();
        for (name, tally) in
            self.rules.iter().map(|(rule, tally)| (rule.name(), tally)).chain([("all".into(), &total)])
        {
            let Tally { planted, found, missed, false_alarms, .. } = tally;
            let cells = [planted, found, missed, false_alarms].map(ToString::to_string);
            row(&name, cells.each_ref().map(String::as_str));
        }
        if total.unheard > 0 {
            let _ = writeln!(out, "  {} causes that no report speaks of were not asked for", total.unheard);
        }
        for told in &self.told {
            let _ = writeln!(out, "\n{told}");
        }
        let kept = total.missed + total.false_alarms - self.told.len().min(total.missed + total.false_alarms);
        if kept > 0 {
            let _ = writeln!(out, "\n… and {kept} more.");
        }
        out
    }

    /// The counts for machines.
    pub fn json(&self) -> serde_json::Value {
        let counts = |tally: &Tally| {
            serde_json::json!({
                "planted": tally.planted, "found": tally.found,
                "missed": tally.missed, "false_alarms": tally.false_alarms,
            })
        };
        let rules: serde_json::Map<String, serde_json::Value> =
            self.rules.iter().map(|(rule, tally)| (rule.name(), counts(tally))).collect();
        let mut all = counts(&self.total());
        if let Some(all) = all.as_object_mut() {
            all.insert("rules".into(), rules.into());
        }
        all
    }
}

/// Compares.
pub fn compare(truth: &Truth, found: &[Found], telling: &Telling<'_>) -> Compared {
    let mut compared = Compared {
        rules: Rule::ALL.into_iter().map(|rule| (rule, Tally::default())).collect(),
        told: Vec::new(),
    };
    for cause in &truth.unheard {
        compared.rules.entry(cause.rule).or_default().unheard += 1;
    }
    for cause in &truth.causes {
        let tally = compared.rules.entry(cause.rule).or_default();
        tally.planted += 1;
        if found.iter().any(|finding| names(finding, cause, telling)) {
            tally.found += 1;
            continue;
        }
        tally.missed += 1;
        if compared.told.len() < TOLD {
            compared.told.push(missed(cause, telling));
        }
    }
    for finding in found {
        let wrong = unfounded(finding, truth, telling);
        if wrong.is_empty() {
            continue;
        }
        compared.rules.entry(finding.rule).or_default().false_alarms += 1;
        if compared.told.len() < TOLD {
            compared.told.push(alarm(finding, &wrong, telling));
        }
    }
    compared
}

fn phones(finding: &Found, telling: &Telling<'_>) -> BTreeSet<usize> {
    finding.devices.iter().filter_map(|device| telling.officers.get(device).copied()).collect()
}

/// Whether a finding names a cause: all of its places, and its phone, open as long as it lasts and no longer.
fn names(finding: &Found, cause: &Cause, telling: &Telling<'_>) -> bool {
    finding.rule == cause.rule
        && cause.places.iter().all(|place| finding.places.get(place) == Some(&cause.lasts))
        && (!cause.places.is_empty() || finding.is_open == cause.lasts)
        && cause.phones.is_subset(&phones(finding, telling))
}

/// What a finding states that is not so: places, or its phone. What passed may be told of while it is closed.
fn unfounded(finding: &Found, truth: &Truth, telling: &Telling<'_>) -> Vec<String> {
    let phones = phones(finding, telling);
    let causes = || truth.causes.iter().chain(&truth.unheard).filter(|c| c.rule == finding.rule);
    let of_phone = |cause: &Cause| cause.phones.is_empty() || !cause.phones.is_disjoint(&phones);
    let is_true = |place: &Place, is_open: bool| {
        let passed = || truth.passing.iter().any(|p| p.rule == finding.rule && p.places.contains(place));
        causes().any(|c| c.places.contains(place) && of_phone(c)) || (!is_open && passed())
    };
    let mut wrong: Vec<String> = finding
        .places
        .iter()
        .filter(|(place, is_open)| !is_true(place, **is_open))
        .map(|(place, is_open)| format!("{place}{}", if *is_open { "" } else { " (closed)" }))
        .collect();
    if finding.places.is_empty() && !causes().any(|c| !c.phones.is_disjoint(&phones)) {
        wrong.push("this phone".into());
    }
    wrong
}

fn missed(cause: &Cause, telling: &Telling<'_>) -> String {
    let places: Vec<String> = cause.places.iter().take(NAMED).map(ToString::to_string).collect();
    let wanted = if cause.lasts { "which is so to the end" } else { "which is mended" };
    let (rule, story) = (cause.rule.name(), &cause.story);
    let mut told = format!("MISSED {rule}: {story}, {wanted} [{}]", places.join(", "));
    for place in cause.places.iter().take(1) {
        for record in (telling.about)(place).iter().take(4 * NAMED) {
            let _ = write!(told, "\n    {}", (telling.record)(record));
        }
    }
    told
}

fn alarm(finding: &Found, wrong: &[String], telling: &Telling<'_>) -> String {
    let shown: Vec<&str> = wrong.iter().take(NAMED).map(String::as_str).collect();
    let (rule, count) = (finding.rule.name(), wrong.len());
    let mut told =
        format!("FALSE ALARM {rule}: {} [not so at {count}: {}]", finding.sentence, shown.join(", "));
    for record in finding.records.iter().take(NAMED) {
        let _ = write!(told, "\n    {}", (telling.record)(record));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truth::Passing;

    fn place(n: u32) -> Place {
        Place::new(&format!("62.06.13.2001/{n:03}")).unwrap()
    }

    fn found(rule: Rule, places: &[(u32, bool)], device: Option<u8>) -> Found {
        Found {
            rule,
            places: places.iter().map(|(n, is_open)| (place(*n), *is_open)).collect(),
            devices: device.map(|n| DeviceId([n; 16])).into_iter().collect(),
            is_open: places.is_empty() || places.iter().any(|(_, is_open)| *is_open),
            records: BTreeSet::new(),
            sentence: "a sentence".into(),
        }
    }

    fn counts(truth: &Truth, findings: &[Found]) -> (usize, usize, usize) {
        let telling = Telling {
            officers: [(DeviceId([7; 16]), 7), (DeviceId([8; 16]), 8)].into(),
            record: &|id| id.to_string(),
            about: &|_| Vec::new(),
        };
        let compared = compare(truth, findings, &telling);
        let total = compared.total();
        assert_eq!(compared.is_right(), (total.missed, total.false_alarms) == (0, 0));
        assert_eq!(compared.told.len(), total.missed + total.false_alarms);
        (total.found, total.missed, total.false_alarms)
    }

    fn cause(rule: Rule, places: &[u32]) -> Cause {
        Cause::new(rule, places.iter().map(|n| place(*n)), "something happened")
    }

    #[test]
    fn a_cause_is_found_by_one_finding_of_its_rule_that_lists_all_its_places() {
        let truth = Truth { causes: vec![cause(Rule::SealBroken, &[1, 2])], ..Truth::default() };
        let seals = |places: &[(u32, bool)]| found(Rule::SealBroken, places, None);
        assert_eq!(counts(&truth, &[]), (0, 1, 0));
        assert_eq!(counts(&truth, &[seals(&[(1, true), (2, true)])]), (1, 0, 0));
        // It is open while its cause lasts, and closed when that is mended.
        assert_eq!(counts(&truth, &[seals(&[(1, true), (2, false)])]), (0, 1, 0));
        let mended = Truth { causes: vec![truth.causes[0].clone().mended(true)], ..Truth::default() };
        assert_eq!(counts(&mended, &[seals(&[(1, true), (2, true)])]), (0, 1, 0));
        assert_eq!(counts(&mended, &[seals(&[(1, false), (2, false)])]), (1, 0, 0));
        assert_eq!(counts(&truth, &[seals(&[(1, true)]), seals(&[(2, true)])]), (0, 1, 0));
        assert_eq!(counts(&truth, &[found(Rule::SealOther, &[(1, true), (2, true)], None)]), (0, 1, 1));
        assert_eq!(counts(&truth, &[seals(&[(1, true), (2, true), (3, true)])]), (1, 0, 1));
    }

    #[test]
    fn what_passed_is_no_alarm_while_it_is_closed() {
        let passing = Passing::new(Rule::Silent, [place(1)], "the network was slow");
        let truth = Truth { passing: vec![passing], ..Truth::default() };
        assert_eq!(counts(&truth, &[found(Rule::Silent, &[(1, false)], None)]), (0, 0, 0));
        assert_eq!(counts(&truth, &[found(Rule::Silent, &[(1, true)], None)]), (0, 0, 1));
        assert_eq!(counts(&truth, &[found(Rule::Silent, &[(2, false)], None)]), (0, 0, 1));
        assert_eq!(counts(&truth, &[found(Rule::Late, &[(1, false)], None)]), (0, 0, 1));
    }

    #[test]
    fn a_phone_is_named_by_its_device() {
        let truth = Truth { causes: vec![cause(Rule::ForkedDevice, &[]).of_phone(7)], ..Truth::default() };
        assert_eq!(counts(&truth, &[found(Rule::ForkedDevice, &[], Some(7))]), (1, 0, 0));
        assert_eq!(counts(&truth, &[found(Rule::ForkedDevice, &[], Some(8))]), (0, 1, 1));
        let clock = cause(Rule::ImpossibleTime, &[1]).of_phone(7);
        let truth = Truth { causes: vec![clock], ..Truth::default() };
        assert_eq!(counts(&truth, &[found(Rule::ImpossibleTime, &[(1, true)], Some(7))]), (1, 0, 0));
        assert_eq!(counts(&truth, &[found(Rule::ImpossibleTime, &[(1, true)], Some(8))]), (0, 1, 1));
    }

    #[test]
    fn what_nobody_could_know_is_not_asked_for() {
        let truth = Truth { unheard: vec![cause(Rule::SealBroken, &[1])], ..Truth::default() };
        assert_eq!(counts(&truth, &[]), (0, 0, 0));
        assert_eq!(counts(&truth, &[found(Rule::SealBroken, &[(1, true)], None)]), (0, 0, 0));
    }
}
