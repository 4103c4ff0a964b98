//! Findings against those that a file expects.

use std::collections::BTreeSet;

use super::{Came, Compared, Names, equal};
use crate::{
    expect::{Expectation, Expected, Status, Wanted},
    observe::{Finding, Part},
};

/// Compares findings: those that are wanted are there, and no other is open.
pub(super) fn compare(
    wanted: &[&Expectation],
    found: Part<Vec<Finding>>,
    names: &Names<'_>,
) -> Vec<Compared> {
    let Part::Built(found) = found else {
        let one =
            |e: &&Expectation| Compared { line: e.line, wanted: titled(e, names), came: Came::NotBuilt };
        return wanted.iter().map(one).collect();
    };
    let mut compared = Vec::new();
    let mut matched = BTreeSet::new();
    for expectation in wanted {
        let line = expectation.line;
        let title = titled(expectation, names);
        let open = |f: &&Finding| f.closed_by.is_none() && f.ruled_by.is_none();
        match &expectation.what {
            Expected::Finding(wanted) => match same(wanted, &found, names) {
                Some(finding) => {
                    matched.insert(finding.id.as_str());
                    compared.push(Compared { line, wanted: title, came: Came::Held });
                    compared.extend(details(line, wanted, finding, names));
                }
                None => compared.push(Compared {
                    line,
                    wanted: title,
                    came: Came::Differs("no such finding".into()),
                }),
            },
            Expected::NoFinding(rule) => {
                let of_rule = found.iter().filter(open).filter(|f| f.rule == *rule);
                let shown: Vec<String> = of_rule.map(|f| shown(f, names)).collect();
                let came = if shown.is_empty() { Came::Held } else { Came::Differs(shown.join("; ")) };
                compared.push(Compared { line, wanted: title, came });
            }
            _ => {}
        }
    }
    // An expectation about one rule alone says nothing of the others.
    let whole = wanted.iter().find(|e| !matches!(e.what, Expected::NoFinding(_)));
    if let Some(expectation) = whole {
        let open = found.iter().filter(|f| f.closed_by.is_none() && f.ruled_by.is_none());
        let more: Vec<String> =
            open.filter(|f| !matched.contains(f.id.as_str())).map(|f| shown(f, names)).collect();
        let came = if more.is_empty() { Came::Held } else { Came::Differs(more.join("; ")) };
        compared.push(Compared { line: expectation.line, wanted: "no other finding".into(), came });
    }
    compared
}

fn titled(expectation: &Expectation, names: &Names<'_>) -> String {
    match &expectation.what {
        Expected::Finding(wanted) => {
            format!("finding {}: {}", wanted.rule, names.about(&wanted.places, &wanted.phones))
        }
        Expected::NoFinding(rule) => format!("no finding {rule}"),
        _ => "no findings".into(),
    }
}

fn shown(finding: &Finding, names: &Names<'_>) -> String {
    let about = names.about(&finding.places, &phones(finding, names));
    format!("{}: {about}: {}", finding.rule, finding.sentence)
}

fn phones(finding: &Finding, names: &Names<'_>) -> BTreeSet<String> {
    let phones = names.cast.phones.iter();
    // A copy of a phone is the same device: it goes by the name of the original.
    let of = phones.filter(|(_, phone)| phone.clone_of.is_none() && finding.devices.contains(&phone.device));
    of.map(|(name, _)| name.clone()).collect()
}

/// The finding of the same rule about the same places; of several the one in the wanted status.
fn same<'f>(wanted: &Wanted, found: &'f [Finding], names: &Names<'_>) -> Option<&'f Finding> {
    let all = found.iter().filter(|f| f.rule == wanted.rule && f.places == wanted.places);
    let all: Vec<&Finding> = all.filter(|f| phones(f, names) == wanted.phones).collect();
    let in_status = all.iter().find(|f| status(f, names) == wanted.status);
    in_status.or(all.first()).copied()
}

fn status(finding: &Finding, names: &Names<'_>) -> Status {
    match (finding.ruled_by, finding.closed_by) {
        (Some(ruling), _) => Status::RuledBy(names.record(&ruling)),
        (None, Some(record)) => Status::ClosedBy(names.record(&record)),
        (None, None) => Status::Open,
    }
}

fn details(line: usize, wanted: &Wanted, finding: &Finding, names: &Names<'_>) -> Vec<Compared> {
    let told = |status: &Status| match status {
        Status::Open => "open".to_owned(),
        Status::ClosedBy(record) => format!("closed by {record}"),
        Status::RuledBy(record) => format!("closed by the ruling {record}"),
    };
    let mut compared = vec![equal(line, "status", told(&wanted.status), told(&status(finding, names)))];
    if let Some(severity) = &wanted.severity {
        compared.push(equal(line, "severity", severity.clone(), finding.severity.clone()));
    }
    if let Some(records) = &wanted.records {
        let came: BTreeSet<String> = finding.records.iter().map(|id| names.record(id)).collect();
        let shown = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(", ");
        compared.push(equal(line, "records", shown(records), shown(&came)));
    }
    for (name, value) in &wanted.facts {
        let came = finding.facts.get(name).map_or("nothing of the kind".into(), i64::to_string);
        compared.push(equal(line, name, value.to_string(), came));
    }
    for part in &wanted.sentence {
        let held = finding.sentence.to_lowercase().contains(&part.to_lowercase());
        let came = if held { Came::Held } else { Came::Differs(finding.sentence.clone()) };
        compared.push(Compared { line, wanted: format!("sentence with \"{part}\""), came });
    }
    if let Some(hands) = &wanted.last_hands {
        compared.push(equal(line, "last hands", hands.clone(), names.hands(finding.last_hands)));
    }
    compared
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{file, journals};

    const FILE: &str = "title: x\nwhy: y\nrule: SealBroken\ntps T1: 62.06.13.2002/001, 250 voters\n\
        tps T2: 62.06.13.2002/002, 250 voters\nofficer Budi: logistics staff, 62.06\n\
        receive a: Budi, H-2 10.00\n  at: TPS T1\nreceive b: Budi, H-2 10.05\n  at: TPS T2\n";
    const WANTED: &str = "expect finding SealBroken: T1\n  records: a\n  facts: broken 1\n  \
        sentence: \"rusak\", \"Budi\"\n  severity: high\n  last hands: Budi in a\n";

    /// What is said when the engine finds these, where `wanted` is expected.
    fn said(
        wanted: &str,
        found: impl FnOnce(&Names<'_>, &dyn Fn(&str) -> Finding) -> Vec<Finding>,
    ) -> Vec<String> {
        let scenario = file::read(&format!("{FILE}{wanted}")).unwrap();
        let journals = journals::write(&scenario).unwrap();
        let names = Names { cast: &scenario.cast, journals: &journals };
        let id = |name: &str| journals.said[name].as_ref().unwrap().id;
        let broken = |record: &str| {
            let tps = if record == "a" { "T1" } else { "T2" };
            Finding {
                id: record.into(),
                rule: "SealBroken".into(),
                places: [scenario.cast.tps(tps).unwrap()].into(),
                devices: BTreeSet::new(),
                severity: "high".into(),
                records: [id(record)].into(),
                facts: [("broken".to_owned(), 1)].into(),
                sentence: "1 segel rusak, diterima oleh Budi".into(),
                last_hands: Some((1, id(record))),
                closed_by: None,
                ruled_by: None,
            }
        };
        let found = found(&names, &broken);
        let steps = scenario.steps.iter();
        let wanted: Vec<&Expectation> =
            steps.filter_map(|step| if let file::Step::Expect(e) = step { Some(e) } else { None }).collect();
        let differs = |compared: Compared| match compared.came {
            Came::Differs(came) => Some(format!("{} | {came}", compared.wanted)),
            Came::Held => None,
            Came::NotBuilt => Some("not built".into()),
        };
        compare(&wanted, Part::Built(found), &names).into_iter().filter_map(differs).collect()
    }

    #[test]
    fn a_finding_as_expected_holds() {
        assert_eq!(said(WANTED, |_, broken| vec![broken("a")]), Vec::<String>::new());
    }

    #[test]
    fn each_difference_is_told() {
        type Change = fn(&mut Finding);
        let cases: [(&str, Change); 7] = [
            ("records: a | ", |f| f.records.clear()),
            ("broken: 1 | 2", |f| f.facts = [("broken".to_owned(), 2)].into()),
            ("broken: 1 | nothing of the kind", |f| f.facts.clear()),
            ("sentence with \"rusak\" | Budi", |f| f.sentence = "Budi".into()),
            ("severity: high | low", |f| f.severity = "low".into()),
            ("last hands: Budi in a | nobody", |f| f.last_hands = None),
            ("status: open | closed by a", |f| f.closed_by = f.records.first().copied()),
        ];
        for (told, change) in cases {
            let changed = said(WANTED, |_, broken| {
                let mut finding = broken("a");
                change(&mut finding);
                vec![finding]
            });
            assert_eq!(changed, [told]);
        }
    }

    #[test]
    fn a_finding_too_few_or_too_many_is_told() {
        assert_eq!(said(WANTED, |_, _| vec![]), ["finding SealBroken: T1 | no such finding"]);
        let more = "SealBroken: T2: 1 segel rusak, diterima oleh Budi";
        assert_eq!(
            said(WANTED, |_, broken| vec![broken("a"), broken("b")]),
            [format!("no other finding | {more}")]
        );
        assert_eq!(
            said("expect no findings", |_, broken| vec![broken("b")]),
            [format!("no other finding | {more}")]
        );
        let one = "expect no finding SealBroken\n";
        assert_eq!(said(one, |_, broken| vec![broken("b")]), [format!("no finding SealBroken | {more}")]);
        let other = "expect no finding SealOther\n";
        assert_eq!(said(other, |_, broken| vec![broken("b")]), Vec::<String>::new());
    }

    #[test]
    fn a_closed_finding_is_no_open_one() {
        let closed = |broken: &dyn Fn(&str) -> Finding| {
            let mut finding = broken("a");
            finding.closed_by = finding.records.first().copied();
            finding
        };
        assert_eq!(said("expect no findings", |_, broken| vec![closed(broken)]), Vec::<String>::new());
        let wanted = "expect finding SealBroken: T1\n  closed by: a\n";
        assert_eq!(said(wanted, |_, broken| vec![closed(broken)]), Vec::<String>::new());
        assert_eq!(said(wanted, |_, broken| vec![broken("a")]), ["status: closed by a | open"]);
    }
}
