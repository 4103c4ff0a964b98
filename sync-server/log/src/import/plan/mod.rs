//! The plan of an import: the rows checked against each other and against the log, and only what changed
//! turned into statements. Pure: the log is handed in as [`Known`].

mod doubt;
mod people;
mod places;

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use pantau_protocol::{
    body::{Body, Region, Tps},
    checklist::Checklist,
    note::Field,
    place::{Level, Place},
    profile::Profile,
    projection::Reference,
};

use super::{Contact, Content, Problems, Spot};

/// What the log knows already.
#[derive(Debug, Clone, Default)]
pub struct Known<'a> {
    /// Its reference data.
    pub reference: Cow<'a, Reference>,
    /// Every profile of the log; the reference data shows only the one in force.
    pub profiles: Vec<Profile>,
    /// Names and phone numbers of officers, which are notes and no part of the reference data.
    pub contacts: BTreeMap<u32, Contact>,
}

impl Known<'_> {
    /// An empty log.
    pub fn nothing() -> Self {
        Self::default()
    }
}

/// One record to append.
#[derive(Clone, PartialEq)]
pub struct Statement {
    /// Its place.
    pub place: Place,
    /// What it says.
    pub body: Body,
    /// Its notes.
    pub notes: Vec<(Field, String)>,
}

impl std::fmt::Debug for Statement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Statement({:?} @ {}, {} notes)", self.body.kind(), self.place, self.notes.len())
    }
}

/// How many of one sort are new, changed, and as they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Not in the log so far.
    pub new: usize,
    /// In the log with another content.
    pub changed: usize,
    /// In the log as they are.
    pub same: usize,
}

/// What an import will write.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// Records to append, in this order and in one go.
    pub statements: Vec<Statement>,
    /// Count per sort of row, in the order of the statements.
    pub tallies: Vec<(&'static str, Tally)>,
    /// What is allowed, and may still be a mistake.
    pub warnings: Vec<String>,
    /// What can hardly be: to be asked about before it is written.
    pub asks: Vec<String>,
    /// What the log has and the files lack.
    pub lacking: Vec<Lacking>,
    /// The TPS that an earlier version marked as made up in one go say so themselves from now on.
    pub marks_synthetic: bool,
    /// Numbers that go to another person: the phones of the one before are no longer trusted.
    pub replaced: BTreeSet<u32>,
    /// Numbers whose open enrolment codes are void: of people who are replaced or whose grants end.
    pub void_codes: BTreeSet<u32>,
}

/// What the log has and a file lacks, of one sort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lacking {
    /// How many of what, and what becomes of them.
    pub what: String,
    /// Each of them.
    pub each: Vec<String>,
}

/// Checks the content against itself and the log, and finds what changed.
///
/// # Errors
/// Rows that name places nobody knows, and checklists or profiles that changed without a new version.
pub fn plan(content: &Content, known: &Known<'_>) -> Result<Plan, Problems> {
    let mut problems = Problems::default();
    let mut plan = Plan { warnings: content.remarks.clone(), ..Plan::default() };
    let places = Places::of(content, known);
    if places.provinces.is_empty() && (content.profile.is_some() || !content.checklists.is_empty()) {
        problems.add(
            &content.names.regions,
            Spot::default(),
            "",
            "no province is known yet; import the regions too",
        );
    }
    profile(content, known, &places, &mut plan, &mut problems);
    checklists(content, known, &places, &mut plan, &mut problems);
    regions(content, known, &places, &mut plan, &mut problems);
    tps(content, known, &places, &mut plan, &mut problems);
    doubt::regions(content, known, &mut plan);
    doubt::tps(content, known, &mut plan);
    places::retire(content, known, &mut plan, &mut problems);
    people::officers(content, known, &places, &mut plan, &mut problems);
    problems.or(plan)
}

/// The places in use of the content and of the log.
struct Places {
    all: BTreeSet<Place>,
    provinces: Vec<Place>,
}

impl Places {
    fn of(content: &Content, known: &Known<'_>) -> Self {
        let mut all: BTreeSet<Place> = content.regions.iter().map(|r| r.place.clone()).collect();
        all.extend(content.tps.iter().map(|t| t.place.clone()));
        all.extend(known.reference.regions().filter(|(_, r)| r.ended.is_none()).map(|(p, _)| p.clone()));
        all.extend(known.reference.all_tps().filter(|(_, t)| t.ended.is_none()).map(|(p, _)| p.clone()));
        let provinces = all.iter().filter(|p| p.level() == Some(Level::Province)).cloned().collect();
        Self { all, provinces }
    }
}

impl Plan {
    /// Takes a statement in if `before`, what the log has, differs from `now`.
    fn compare<T: PartialEq>(
        &mut self,
        tally: &mut Tally,
        before: Option<&T>,
        now: &T,
        statement: impl FnOnce() -> Statement,
    ) {
        match before {
            Some(old) if old == now => tally.same += 1,
            Some(_) => {
                tally.changed += 1;
                self.statements.push(statement());
            }
            None => {
                tally.new += 1;
                self.statements.push(statement());
            }
        }
    }
}

/// A version that is in the log may not come again with another content: visits and receipts name it.
fn frozen(problems: &mut Problems, file: &str, what: &str) {
    let text = format!("{what} is in the log with another content; raise its version");
    problems.add(file, Spot::default(), "", text);
}

fn plain(place: &Place, body: Body) -> Statement {
    Statement { place: place.clone(), body, notes: Vec::new() }
}

fn profile(content: &Content, known: &Known<'_>, places: &Places, plan: &mut Plan, problems: &mut Problems) {
    let Some(new) = &content.profile else { return };
    let mut tally = Tally::default();
    let old: Option<&Profile> =
        known.profiles.iter().find(|p| p.code == new.code && p.version == new.version);
    if old.is_some_and(|old| old != new) {
        let what = format!("profile {} version {}", new.code, new.version);
        frozen(problems, &content.names.profile, &what);
    }
    if let Some(other) = known.profiles.iter().find(|p| p.election == new.election && p.code != new.code) {
        let text = format!(
            "\"election\" {} is that of {}; give each election its own number",
            new.election, other.code
        );
        problems.add(&content.names.profile, Spot::default(), "", text);
    }
    if let Some(before) = known.reference.profile().filter(|p| p.election != new.election)
        && new.opens_at > before.opens_at
    {
        let ask = "is it time? What was reported so far stays in the log and no longer counts";
        plan.asks.push(format!("the election changes from {} to {}: {ask}", before.code, new.code));
    }
    for province in &places.provinces {
        plan.compare(&mut tally, old, new, || plain(province, Body::Profile(Box::new(new.clone()))));
    }
    plan.tallies.push(("profile", tally));
}

fn checklists(
    content: &Content,
    known: &Known<'_>,
    places: &Places,
    plan: &mut Plan,
    problems: &mut Problems,
) {
    if content.checklists.is_empty() {
        return;
    }
    let mut tally = Tally::default();
    for new in &content.checklists {
        let old: Option<&Checklist> = known.reference.checklist(new.number, new.version);
        if old.is_some_and(|old| old != new) {
            let what = format!("checklist {} version {}", new.number, new.version);
            frozen(problems, &content.names.checklists, &what);
        }
        for province in &places.provinces {
            plan.compare(&mut tally, old, new, || plain(province, Body::Checklist(new.clone())));
        }
    }
    plan.tallies.push(("checklists", tally));
}

fn regions(content: &Content, known: &Known<'_>, places: &Places, plan: &mut Plan, problems: &mut Problems) {
    if content.regions.is_empty() {
        return;
    }
    let mut tally = Tally::default();
    for row in &content.regions {
        if let Some(parent) = row.place.parent().filter(|p| !places.all.contains(p)) {
            let text = format!("{parent}, the region above {}, is unknown", row.place);
            problems.add(&content.names.regions, Spot::at(row.line, 2), "parent", text);
        }
        let new = Region { level: row.level, name: row.name.clone(), ended: None };
        let old = known.reference.region(&row.place);
        plan.compare(&mut tally, old, &new, || plain(&row.place, Body::Region(new.clone())));
    }
    plan.tallies.push(("regions", tally));
}

fn tps(content: &Content, known: &Known<'_>, places: &Places, plan: &mut Plan, problems: &mut Problems) {
    if content.tps.is_empty() {
        return;
    }
    let most = content.profile.as_ref().or_else(|| known.reference.profile()).map(|p| p.max_voters);
    let mut tally = Tally::default();
    let mut over = 0;
    for row in &content.tps {
        if let Some(village) = row.place.parent().filter(|p| !places.all.contains(p)) {
            let text = match known.reference.is_ended(&village) {
                true => format!("{village} has ended; to use it again, name it in the file of regions"),
                false => format!("no desa or kelurahan has the code {village}"),
            };
            problems.add(&content.names.tps, Spot::at(row.line, 1), "village_code", text);
        }
        over += usize::from(most.is_some_and(|most| row.tps.voters > most));
        let old = known.reference.tps(&row.place);
        let new = Tps { synthetic: is_synthetic(content, old, &row.tps), ..row.tps.clone() };
        plan.compare(&mut tally, old, &new, || plain(&row.place, Body::Tps(new.clone())));
    }
    if let (1.., Some(most)) = (over, most) {
        plan.warnings.push(format!("{over} TPS have more voters than the profile's {most}"));
    }
    plan.tallies.push(("TPS", tally));
    mark_synthetic(content, known, plan);
}

/// Whether a row is made up: because the operator says so of the file, or because the log says so of the very same
/// row. One that was corrected is taken for what it says.
fn is_synthetic(content: &Content, old: Option<&Tps>, new: &Tps) -> bool {
    let was = |old: &Tps| {
        let same = Tps { synthetic: new.synthetic, ended: None, ..old.clone() };
        (old.synthetic || content.decided.were_synthetic) && same == *new
    };
    content.decided.synthetic || old.is_some_and(was)
}

/// Lets all TPS that an earlier version marked as made up in one go say so themselves.
fn mark_synthetic(content: &Content, known: &Known<'_>, plan: &mut Plan) {
    if !content.decided.were_synthetic {
        return;
    }
    let filed: BTreeSet<&Place> = content.tps.iter().map(|row| &row.place).collect();
    let others = known.reference.all_tps().filter(|(place, tps)| !tps.synthetic && !filed.contains(place));
    let mut tally = Tally::default();
    for (place, tps) in others {
        tally.changed += 1;
        plan.statements.push(plain(place, Body::Tps(Tps { synthetic: true, ..tps.clone() })));
    }
    plan.tallies.push(("made up", tally));
    plan.marks_synthetic = true;
}
