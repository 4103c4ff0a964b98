//! Places that are no more: what the files lack, and what moved or was merged.
//!
//! A file may be a correction of a few rows, so what it lacks is only told; ending it is said beside the file. With a
//! region ends all that lies in it.

use std::collections::{BTreeMap, BTreeSet};

use pantau_protocol::{
    body::{Body, Ended, Region},
    place::{Level, Place},
};

use super::{Known, Lacking, Plan, Tally, people, plain};
use crate::import::{Content, Problems, Spot};

/// Places that end, each with its successor.
type Ending = BTreeMap<Place, Option<Place>>;

pub(super) fn retire(content: &Content, known: &Known<'_>, plan: &mut Plan, problems: &mut Problems) {
    let here = Here::of(content, known);
    let lacking = here.lacking(content);
    let mut ending = moved(content, known, &here, problems);
    if content.decided.retire_missing {
        for place in &lacking {
            ending.entry((*place).clone()).or_insert(None);
        }
    }
    for place in inside(&here, &ending) {
        ending.entry(place).or_insert(None);
    }
    tell_lacking(content, known, &lacking, &ending, plan);
    tell_moves(content, known, &here, &ending, plan);
    orphans(content, &ending, problems);
    let mut tally = Tally::default();
    for (place, successor) in ending {
        let ended = Some(Ended { successor });
        let body = match (known.reference.tps(&place), known.reference.region(&place)) {
            (Some(tps), _) => Body::Tps(pantau_protocol::body::Tps { ended, ..tps.clone() }),
            (None, Some(region)) => Body::Region(Region { ended, ..region.clone() }),
            (None, None) => continue,
        };
        tally.changed += 1;
        plan.statements.push(plain(&place, body));
    }
    if tally.changed > 0 {
        plan.tallies.push(("ended", tally));
    }
}

/// The places in use of the log, and those of the files.
struct Here<'a> {
    known: BTreeSet<&'a Place>,
    filed: BTreeSet<&'a Place>,
}

impl<'a> Here<'a> {
    fn of(content: &'a Content, known: &'a Known<'_>) -> Self {
        let regions = known.reference.regions().filter(|(_, r)| r.ended.is_none()).map(|(p, _)| p);
        let tps = known.reference.all_tps().filter(|(_, t)| t.ended.is_none()).map(|(p, _)| p);
        let filed = content.regions.iter().map(|r| &r.place).chain(content.tps.iter().map(|t| &t.place));
        Self { known: regions.chain(tps).collect(), filed: filed.collect() }
    }

    fn has(&self, place: &Place) -> bool {
        self.known.contains(place) || self.filed.contains(place)
    }

    /// Places of the log that a file of their sort was given for and does not name.
    fn lacking(&self, content: &Content) -> Vec<&'a Place> {
        let is_asked = |place: &Place| match place.level() {
            Some(Level::Tps) => !content.tps.is_empty(),
            _ => !content.regions.is_empty(),
        };
        self.known.iter().copied().filter(|p| is_asked(p) && !self.filed.contains(p)).collect()
    }
}

/// What the operator said has moved, and the TPS in it: one goes to the same number of the successor, where that has as
/// many voters. Of places that were merged the numbers say nothing.
fn moved(content: &Content, known: &Known<'_>, here: &Here<'_>, problems: &mut Problems) -> Ending {
    let (mut ending, moves) = (Ending::new(), &content.decided.moved);
    let mut refuse = |text: String| problems.add(&content.names.regions, Spot::default(), "code", text);
    for (old, new) in moves {
        if !here.known.contains(old) {
            refuse(format!("{old} was named as moved: no place in use has this code"));
        } else if here.filed.contains(old) {
            refuse(format!("{old} was named as moved and is in the file"));
        } else if !here.has(new) || moves.contains_key(new) {
            refuse(format!("{old} was named as moved to {new}: no place in use has this code"));
        } else if old.level() != new.level() {
            refuse(format!("{old} was named as moved to {new}, which is of another level"));
        } else {
            ending.insert(old.clone(), Some(new.clone()));
        }
    }
    let voters = |place: &Place| {
        let row = content.tps.iter().find(|row| row.place == *place).map(|row| &row.tps);
        row.or_else(|| known.reference.tps(place)).map(|tps| tps.voters)
    };
    let mut within = Ending::new();
    for (old, new) in moves.iter().filter(|(old, _)| ending.contains_key(*old)) {
        for place in here.known.iter().filter(|p| p.is_within(old) && **p != old) {
            let rest = place.as_str().strip_prefix(old.as_str()).unwrap_or_default();
            let is_it = |same: &Place| here.has(same) && voters(same) == voters(place);
            let same = Place::new(&format!("{new}{rest}")).ok().filter(is_it);
            within.insert((*place).clone(), same);
        }
    }
    within.extend(ending);
    within
}

/// What lies in places that end.
fn inside(here: &Here<'_>, ending: &Ending) -> Vec<Place> {
    let ends = |place: &Place| place.ancestors().any(|above| ending.contains_key(&above));
    here.known.iter().filter(|p| ends(p) && !here.filed.contains(**p)).map(|p| (*p).clone()).collect()
}

/// A row of the file inside a region that ends.
fn orphans(content: &Content, ending: &Ending, problems: &mut Problems) {
    let regions = content.regions.iter().map(|r| (&content.names.regions, r.line, &r.place));
    let tps = content.tps.iter().map(|t| (&content.names.tps, t.line, &t.place));
    for (file, line, place) in regions.chain(tps) {
        if let Some(above) = place.ancestors().find(|above| ending.contains_key(above)) {
            problems.add(file, Spot::at(line, 1), "", format!("{place} lies in {above}, which would end"));
        }
    }
}

fn name(known: &Known<'_>, place: &Place) -> String {
    known.reference.region(place).map_or_else(|| place.to_string(), |r| format!("{place} {}", r.name))
}

/// What the files lack. What lies in a region that is lacking, too, is told with that one.
fn tell_lacking(content: &Content, known: &Known<'_>, lacking: &[&Place], ending: &Ending, plan: &mut Plan) {
    let all: BTreeSet<&Place> = lacking.iter().copied().collect();
    let sorts = [(false, "region", &content.names.regions), (true, "TPS", &content.names.tps)];
    for (is_tps, what, file) in sorts {
        let mine: Vec<&Place> =
            lacking.iter().copied().filter(|p| (p.level() == Some(Level::Tps)) == is_tps).collect();
        if mine.is_empty() {
            continue;
        }
        let becomes =
            match (content.decided.retire_missing, mine.iter().filter(|p| ending.contains_key(p)).count()) {
                (true, _) => "all of them end".to_owned(),
                (false, 0) => "they stay; --retire missing ends them".to_owned(),
                (false, n) => format!("{n} of them moved, the others stay; --retire missing ends them"),
            };
        let outermost = mine.iter().filter(|p| !p.ancestors().any(|above| all.contains(&above)));
        plan.lacking.push(Lacking {
            what: format!("{} of the log not in {file}: {becomes}", people::counted(mine.len(), what)),
            each: outermost.map(|place| name(known, place)).collect(),
        });
    }
}

/// A new region with the name of one that the file lacks, in the same kabupaten or kota: it may have moved.
fn tell_moves(content: &Content, known: &Known<'_>, here: &Here<'_>, ending: &Ending, plan: &mut Plan) {
    let around = |place: &Place| place.ancestors().find(|p| p.level() == Some(Level::Regency));
    for row in content.regions.iter().filter(|row| !here.known.contains(&row.place)) {
        let key = people::name_key(&row.name);
        let is_it = |(place, region): &(&Place, &Region)| {
            region.ended.is_none()
                && place.level() == row.place.level()
                && around(place) == around(&row.place)
                && people::name_key(&region.name) == key
                && !here.filed.contains(place)
                && !ending.contains_key(place)
        };
        for (old, _) in known.reference.regions().filter(is_it) {
            let tps = here.known.iter().filter(|p| p.level() == Some(Level::Tps) && p.is_within(old)).count();
            plan.warnings.push(format!(
                "{} is new, and {old} with {} has the same name: if it moved, add --moved {old}={}",
                row.place,
                people::counted(tps, "TPS"),
                row.place
            ));
        }
    }
}
