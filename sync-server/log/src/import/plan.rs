//! The plan of an import: the rows checked against each other and against the log, and only what changed
//! turned into statements. Pure: the log is handed in as [`Known`].

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use pantau_protocol::{
    body::{Body, Grant, Officer, Region},
    checklist::Checklist,
    limit,
    note::Field,
    place::{Level, Place},
    profile::Profile,
    projection::Reference,
    role::Role,
};

use super::{Contact, Content, OfficerRow, Problems, Spot, Told};

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
}

/// Checks the content against itself and the log, and finds what changed.
///
/// # Errors
/// Rows that name places nobody knows, and checklists or profiles that changed without a new version.
pub fn plan(content: &Content, known: &Known<'_>) -> Result<Plan, Problems> {
    let mut problems = Problems::default();
    let mut plan = Plan::default();
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
    officers(content, known, &places, &mut plan, &mut problems);
    problems.or(plan)
}

/// The places of the content and of the log.
struct Places {
    all: BTreeSet<Place>,
    provinces: Vec<Place>,
}

impl Places {
    fn of(content: &Content, known: &Known<'_>) -> Self {
        let mut all: BTreeSet<Place> = content.regions.iter().map(|r| r.place.clone()).collect();
        all.extend(content.tps.iter().map(|t| t.place.clone()));
        all.extend(known.reference.regions().map(|(p, _)| p.clone()));
        all.extend(known.reference.all_tps().map(|(p, _)| p.clone()));
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
        let new = Region { level: row.level, name: row.name.clone() };
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
            let text = format!("no desa or kelurahan has the code {village}");
            problems.add(&content.names.tps, Spot::at(row.line, 1), "village_code", text);
        }
        over += usize::from(most.is_some_and(|most| row.tps.voters > most));
        let old = known.reference.tps(&row.place);
        plan.compare(&mut tally, old, &row.tps, || plain(&row.place, Body::Tps(row.tps.clone())));
    }
    if let (1.., Some(most)) = (over, most) {
        plan.warnings.push(format!("{over} TPS have more voters than the profile's {most}"));
    }
    plan.tallies.push(("TPS", tally));
}

fn officers(content: &Content, known: &Known<'_>, places: &Places, plan: &mut Plan, problems: &mut Problems) {
    if content.officers.is_empty() {
        return;
    }
    let mut people: BTreeMap<u32, Vec<&OfficerRow>> = BTreeMap::new();
    for row in &content.officers {
        if !places.all.contains(&row.place) {
            let text = format!("no region or TPS has the code {}", row.place);
            problems.add(&content.names.officers, Spot::at(row.line, 5), "place", text);
        }
        people.entry(row.number).or_default().push(row);
    }
    let (mut person, mut grant) = (Tally::default(), Tally::default());
    for (number, rows) in &people {
        if let Some(row) = rows.get(limit::GRANTS) {
            let text =
                format!("officer {number} has more than {} grants: name a region above them", limit::GRANTS);
            problems.add(&content.names.officers, Spot::at(row.line, 5), "place", text);
        }
        contact(*number, rows, known, plan, &mut person);
        grants(*number, rows, known, plan, &mut grant);
    }
    plan.tallies.push(("officers", person));
    plan.tallies.push(("grants", grant));
}

fn contact(number: u32, rows: &[&OfficerRow], known: &Known<'_>, plan: &mut Plan, tally: &mut Tally) {
    let Some(first) = rows.first() else { return };
    let place = home(rows).unwrap_or_else(|| first.place.clone());
    let old = known.contacts.get(&number);
    let keep = |old: Option<&Told>, text: &str| match old {
        Some(Told::Erased) => Told::Erased,
        _ if text.is_empty() => Told::Absent,
        _ => Told::Text(text.to_owned()),
    };
    let new = Contact {
        place: place.clone(),
        name: keep(old.map(|c| &c.name), &first.name),
        phone: keep(old.map(|c| &c.phone), &first.phone),
    };
    let notes = [(Field::Name, &new.name), (Field::Phone, &new.phone)]
        .into_iter()
        .filter_map(|(field, told)| if let Told::Text(t) = told { Some((field, t.clone())) } else { None })
        .collect();
    let body = Body::Officer(Officer { officer: number });
    plan.compare(tally, old, &new, || Statement { place, body, notes });
}

/// The lowest place above all grants, so that whoever sees the officer's records can name the author.
fn home(rows: &[&OfficerRow]) -> Option<Place> {
    let first = rows.first()?.place.clone();
    std::iter::successors(Some(first), Place::parent)
        .find(|above| rows.iter().all(|r| r.place.is_within(above)))
}

/// The rows of a person are all grants: one that is in force and no longer listed ends.
fn grants(number: u32, rows: &[&OfficerRow], known: &Known<'_>, plan: &mut Plan, tally: &mut Tally) {
    let wanted: BTreeSet<(Role, Place)> = rows.iter().map(|r| (r.role, r.place.clone())).collect();
    let held: BTreeSet<(Role, Place)> =
        known.reference.grants(number).into_iter().map(|g| (g.role, g.place)).collect();
    tally.same += wanted.intersection(&held).count();
    for (role, place) in wanted.difference(&held) {
        tally.new += 1;
        plan.statements.push(plain(place, Body::Grant(Grant { officer: number, role: *role, ended: false })));
    }
    for (role, place) in held.difference(&wanted) {
        tally.changed += 1;
        plan.statements.push(plain(place, Body::Grant(Grant { officer: number, role: *role, ended: true })));
    }
}
