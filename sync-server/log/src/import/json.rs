//! Profile and checklists as JSON: syntax errors by line and character, then what the data must fulfil.

use std::collections::BTreeSet;

use pantau_protocol::{checklist::Checklist, limit, profile::Profile};

use super::{Problems, Source, Spot, text};

/// Reads one election profile.
pub(super) fn profile(file: &Source<'_>, problems: &mut Problems) -> Option<Profile> {
    let profile: Profile = read(file, problems)?;
    let before = problems.count();
    let mut bad = |text: String| problems.add(file.name, Spot::default(), "", text);
    if profile.code.is_empty() || profile.code.len() > limit::LABEL_BYTES {
        bad(format!("\"code\" must have 1 to {} bytes", limit::LABEL_BYTES));
    }
    if profile.election.0 == 0 {
        bad("\"election\" must be 1 or more".into());
    }
    if profile.opens_at >= profile.closes_at {
        bad("\"opens_at\" must be before \"closes_at\"".into());
    }
    if profile.utc_offset_s.abs() > 14 * 3600 {
        bad("\"utc_offset_s\" must be within 14 hours of UTC".into());
    }
    if profile.kit.is_empty() || profile.kit.len() > limit::KIT_ITEMS {
        bad(format!("\"kit\" must have 1 to {} items", limit::KIT_ITEMS));
    }
    let mut numbers = BTreeSet::new();
    for item in &profile.kit {
        if !numbers.insert(item.number) {
            bad(format!("kit item number {} is there twice", item.number));
        }
        if item.id.is_empty() || item.en.is_empty() {
            bad(format!("kit item {} needs both names, \"id\" and \"en\"", item.number));
        }
    }
    (problems.count() == before).then_some(profile)
}

/// Reads a list of checklists.
pub(super) fn checklists(file: &Source<'_>, problems: &mut Problems) -> Vec<Checklist> {
    let Some(lists) = read::<Vec<Checklist>>(file, problems) else { return Vec::new() };
    let mut names = BTreeSet::new();
    for list in &lists {
        let which = format!("checklist {} version {}", list.number, list.version);
        let mut bad = |text: &str| problems.add(file.name, Spot::default(), "", format!("{which} {text}"));
        if !names.insert((list.number, list.version)) {
            bad("is there twice");
        }
        if list.items.is_empty() || list.items.len() > limit::CHECKLIST_ITEMS {
            bad(&format!("must have 1 to {} items", limit::CHECKLIST_ITEMS));
        }
        let codes: BTreeSet<&str> = list.items.iter().map(|i| i.code.as_str()).collect();
        if codes.len() != list.items.len() {
            bad("has two items of the same code");
        }
        if list.items.iter().any(|i| i.code.is_empty() || i.id.is_empty() || i.en.is_empty()) {
            bad("has an item without \"code\", \"id\" or \"en\"");
        }
    }
    lists
}

fn read<T: serde::de::DeserializeOwned>(file: &Source<'_>, problems: &mut Problems) -> Option<T> {
    let bytes =
        text::decode(file.bytes).map_err(|why| problems.add(file.name, Spot::default(), "", why)).ok()?;
    serde_json::from_slice(&bytes)
        .map_err(|e| {
            // The message repeats the position at its end; it is named once, in the same form as for tables.
            let text = e.to_string();
            let text = text.split(" at line ").next().unwrap_or_default();
            problems.add(file.name, Spot::at(e.line() as u64, e.column()), "", text);
        })
        .ok()
}
