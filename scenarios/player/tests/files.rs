//! Every scenario file is read, and all that the engine can judge already comes out as the file says.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use pantau_protocol::projection::Fold;
use pantau_scenario::{RULES, check::Came, file, journals, play};

/// Files by their rule: the folder they lie in.
fn files() -> BTreeMap<String, Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = BTreeMap::new();
    for rule in RULES {
        let entries = fs::read_dir(folder.join(rule)).unwrap();
        let mut of_rule: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        of_rule.sort();
        files.insert(rule.to_owned(), of_rule);
    }
    files
}

fn all() -> impl Iterator<Item = (String, PathBuf, String)> {
    files().into_iter().flat_map(|(rule, paths)| {
        paths.into_iter().map(move |path| {
            let text = fs::read_to_string(&path).unwrap();
            (rule.clone(), path, text)
        })
    })
}

#[test]
fn every_rule_has_its_files() {
    let files = files();
    for (rule, paths) in &files {
        assert!(paths.len() >= 3, "{rule}: {} files", paths.len());
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
        let name = entry.file_name().into_string().unwrap();
        let is_folder = entry.path().is_dir();
        assert!(!is_folder || name == "player" || RULES.contains(&name.as_str()), "{name} is no rule");
    }
    let all: usize = files.values().map(Vec::len).sum();
    assert!(all >= 80, "{all} files");
}

#[test]
fn every_file_is_read_and_holds_as_far_as_the_engine_goes() {
    let mut total = play::Counts::default();
    let mut wrong = Vec::new();
    for (rule, path, text) in all() {
        let name = path.display();
        let played = match play::play(&text) {
            Ok(played) => played,
            Err(bad) => {
                wrong.push(format!("{name}:{bad}"));
                continue;
            }
        };
        if played.rule != rule {
            wrong.push(format!("{name}: is about {} and lies in the folder of {rule}", played.rule));
        }
        for compared in &played.compared {
            if let Came::Differs(came) = &compared.came {
                wrong.push(format!("{name}:{}: expected {}, came {came}", compared.line, compared.wanted));
            }
        }
        if played.counts().held == 0 {
            wrong.push(format!("{name}: nothing that the engine has was compared"));
        }
        total += played.counts();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{total}");
    assert!(total.held > 200, "{total}");
}

/// Whether a rule fires and whether it keeps silent are two things: each has a file.
#[test]
fn every_rule_is_seen_to_fire_and_to_keep_silent() {
    use pantau_scenario::expect::{Expected, Status};
    let (mut fires, mut ends_well) = (BTreeMap::new(), BTreeMap::new());
    for (rule, _, text) in all() {
        let scenario = file::read(&text).unwrap();
        let expected = scenario.steps.iter().filter_map(|step| match step {
            file::Step::Expect(expectation) => Some(&expectation.what),
            _ => None,
        });
        let mut is_open = false;
        for expected in expected {
            match expected {
                Expected::Finding(wanted) if wanted.rule == rule => is_open |= wanted.status == Status::Open,
                _ => {}
            }
        }
        *if is_open { &mut fires } else { &mut ends_well }.entry(rule).or_insert(0) += 1;
    }
    for rule in RULES {
        assert!(fires.contains_key(rule), "{rule} never fires");
        assert!(ends_well.contains_key(rule), "{rule} always fires");
    }
}

#[test]
fn the_order_of_arrival_changes_nothing_in_the_end() {
    for (_, path, text) in all() {
        let scenario = file::read(&text).unwrap();
        let journals = journals::write(&scenario).unwrap();
        let facts = || journals.set_down.iter().chain(journals.said.values().flatten());
        let (mut forwards, mut backwards) = (Fold::new(), Fold::new());
        for fact in facts() {
            forwards.insert(fact.clone());
        }
        let mut reversed: Vec<_> = facts().collect();
        reversed.reverse();
        for fact in reversed {
            backwards.insert(fact.clone());
            backwards.insert(fact.clone());
        }
        assert_eq!(forwards.digest(), backwards.digest(), "{}", path.display());
    }
}

#[test]
fn the_example_of_the_page_runs_as_it_stands() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/SCENARIOS.md");
    let page = fs::read_to_string(page).unwrap();
    let example = page.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let counts = play::play(example).unwrap().counts();
    assert_eq!(counts.differs, 0);
    assert!(counts.held + counts.not_built >= 5, "{counts}");
}

/// Whatever line is missing, doubled or cut: the file is played or the fault is told, and nothing falls over.
#[test]
fn a_damaged_file_is_told_and_nothing_falls_over() {
    let (mut told, mut played) = (0, 0);
    for (_, _, text) in all() {
        let lines: Vec<&str> = text.lines().collect();
        for (n, line) in lines.iter().enumerate() {
            let half: String = line.chars().take(line.chars().count() / 2).collect();
            for instead in [vec![], vec![*line, *line], vec![half.as_str()], vec![" x: \u{1F5F3}, \"", *line]]
            {
                let (before, after) = (lines.iter().take(n), lines.iter().skip(n + 1));
                let damaged: Vec<&str> = before.chain(&instead).chain(after).copied().collect();
                match play::play(&damaged.join("\n")) {
                    Ok(_) => played += 1,
                    Err(bad) => {
                        told += 1;
                        assert!(bad.line >= 1 && bad.line <= damaged.len(), "{bad}");
                    }
                }
            }
        }
    }
    assert!(told > 1_000 && played > 1_000, "{told} told, {played} played");
}
