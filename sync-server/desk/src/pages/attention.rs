//! What needs attention: one list over findings, incidents and directives, ranked; who works on which.

use std::collections::HashMap;

use axum::{http::StatusCode, response::Response};
use pantau_log::{
    Error,
    ops::{self, Matter, Owner},
    store::{Deed, DeedKind, Operator, Rights},
};
use pantau_protocol::{
    body,
    limit::NOTE_BYTES,
    place::{Level, Place},
    projection::{
        DirectiveState, IncidentState,
        findings::{Finding, Severity},
    },
};

use crate::{
    layout::{AttentionPage, List, ShiftPage},
    limit,
    page::Context,
    reply,
    text::words,
    view::{
        self, Look, Notes,
        by::by,
        href,
        matter::{DeedView, MatterView, NoteLine, OwnerView},
        paged, tag,
        task::Task,
        tps_list::callee,
    },
};

/// How urgent a matter is, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    GraveFree,
    FindingHigh,
    Grave,
    DirectiveDue,
    FindingMedium,
    Incident,
    Low,
}

/// What a matter is about.
#[derive(Debug)]
enum About {
    Finding(Box<Finding>),
    Incident(Place, Box<IncidentState>),
    Directive(Place, Box<DirectiveState>, usize),
}

/// A matter with what decides its rank.
#[derive(Debug)]
pub(crate) struct Ranked {
    matter: Matter,
    class: Class,
    /// TPS that it touches.
    places: usize,
    /// Since when, unix seconds; unknown for some findings.
    since: i64,
    about: About,
}

/// All that needs attention within a place, or everywhere, by rank.
pub(crate) fn ranked(c: &Context<'_>, within: Option<&Place>) -> Result<Vec<Ranked>, Error> {
    let mut all: Vec<Ranked> = Vec::new();
    all.extend(c.places.findings(within)?.into_iter().filter(Finding::is_open).map(of_finding));
    let incidents = c.places.incidents(within, limit::RANKED)?;
    all.extend(incidents.into_iter().map(|(place, state)| of_incident(place, state)));
    let is_within = |place: &Place| within.is_none_or(|within| place.is_within(within));
    let mut tasks = super::directives::overdue(c)?;
    tasks.retain(|task| task.parts.iter().any(|(place, _)| is_within(place)));
    all.extend(tasks.iter().filter_map(of_task));
    all.sort_by_key(|m| (m.class, std::cmp::Reverse(m.places), m.since, m.matter));
    Ok(all)
}

fn of_finding(finding: Finding) -> Ranked {
    let class = match finding.severity {
        Severity::High => Class::FindingHigh,
        Severity::Medium => Class::FindingMedium,
        Severity::Low => Class::Low,
    };
    Ranked {
        matter: Matter::Finding(finding.id),
        class,
        places: finding.places.len(),
        since: finding.last_hands.as_ref().map_or(i64::MAX, |mark| mark.at),
        about: About::Finding(Box::new(finding)),
    }
}

fn of_incident(place: Place, state: IncidentState) -> Ranked {
    let class = match (state.severity, &state.progress) {
        (body::Severity::High, None) => Class::GraveFree,
        (body::Severity::High, Some(_)) => Class::Grave,
        (body::Severity::Medium, None) => Class::Incident,
        _ => Class::Low,
    };
    Ranked {
        matter: Matter::Incident(state.mark.record),
        class,
        places: 1,
        since: state.mark.at,
        about: About::Incident(place, Box::new(state)),
    }
}

fn of_task(task: &Task) -> Option<Ranked> {
    let (place, state) = task.first()?.clone();
    let missing = task.silent().len();
    Some(Ranked {
        matter: Matter::Directive(state.mark.record),
        class: Class::DirectiveDue,
        places: missing,
        since: state.due,
        about: About::Directive(place, Box::new(state), missing),
    })
}

/// How many matters wait, for the main menu: those that are more than to know.
pub(crate) fn waiting(c: &Context<'_>) -> Result<u64, Error> {
    c.counted("attention", "", || Ok(more_than_to_know(&ranked(c, None)?)))
}

/// How many matters are more than to know.
pub(crate) fn more_than_to_know(all: &[Ranked]) -> u64 {
    all.iter().filter(|matter| matter.class < Class::Low).count() as u64
}

/// Who works on which matter.
pub(crate) fn owners(c: &Context<'_>) -> Result<HashMap<String, Owner>, Error> {
    let deeds = c.read(|view| view.desk_owners())?;
    let owned = |deed: Deed| Some((deed.matter.clone(), Owner::after(&deed)?));
    Ok(deeds.into_iter().filter_map(owned).collect())
}

/// Matters as a page shows them.
pub(crate) fn shown(
    c: &Context<'_>,
    look: Look<'_>,
    all: &[&Ranked],
    owners: &HashMap<String, Owner>,
) -> Result<Vec<MatterView>, Error> {
    let camats = super::region::camats(look);
    let owner = |name: &str| {
        let owner = owners.get(name)?;
        Some(OwnerView {
            operator: owner.operator.clone(),
            since: look.reading.moment(owner.since),
            is_me: owner.operator == c.visitor.operator,
        })
    };
    let camat = |place: Option<&Place>| {
        let district = std::iter::once(place?.clone()).chain(place?.ancestors());
        let mut district = district.filter(|p| p.level() == Some(Level::District));
        let officer = camats.get(&district.next()?)?.iter().next()?;
        Some(callee(look, *officer))
    };
    let view = |ranked: &&Ranked| -> Result<MatterView, Error> {
        let name = ranked.matter.to_string();
        let deeds = c.read(|view| view.deeds(&name))?;
        let note = deeds.into_iter().rfind(|deed| !deed.note.is_empty());
        let note = note.map(|deed| NoteLine {
            operator: deed.operator,
            text: deed.note,
            at: look.reading.moment(deed.at),
        });
        let owner = owner(&name);
        let words = words_of(look, ranked);
        let (officer, place) = match &ranked.about {
            About::Finding(finding) => {
                (finding.last_hands.as_ref().and_then(|m| m.officer), finding.places.iter().next())
            }
            About::Incident(place, state) => (state.mark.officer, Some(place)),
            About::Directive(place, state, _) => (state.officer, Some(place)),
        };
        let called = officer.map(|officer| callee(look, officer)).filter(|callee| !callee.number.is_empty());
        Ok(MatterView {
            name,
            reason: reason(look, ranked.class),
            callee: called.or_else(|| camat(place)),
            owner,
            note,
            ..words
        })
    };
    all.iter().map(view).collect()
}

/// What a matter is, in words; who works on it and whom to call are for the caller.
fn words_of(look: Look<'_>, ranked: &Ranked) -> MatterView {
    let t = look.lang().overview();
    let view = |title: String, tag, sentence, href, hands| MatterView {
        name: String::new(),
        title,
        tag,
        sentence,
        href,
        reason: "",
        hands,
        callee: None,
        owner: None,
        note: None,
    };
    match &ranked.about {
        About::Finding(finding) => {
            let shown = view::finding::finding(look, finding);
            view(shown.title.to_owned(), shown.severity, shown.sentence, shown.href, shown.hands)
        }
        About::Incident(place, state) => view(
            format!("{}: {}", t.matter_incident, words::category(look.lang(), state.category)),
            tag::severity(look.lang(), state.severity),
            format!("{} · {}", look.place(place), look.under(place)),
            href(place),
            Some(by(look, &state.mark)),
        ),
        About::Directive(place, state, missing) => view(
            t.matter_directive.to_owned(),
            tag::tag(tag::Tone::Warn, t.past_due),
            format!("{}: {} {}", look.titled(place), look.reading.number(*missing as u64), t.not_answered),
            format!("/directive/{}", state.mark.record),
            Some(by(look, &state.mark)),
        ),
    }
}

fn reason(look: Look<'_>, class: Class) -> &'static str {
    let t = look.lang().overview();
    match class {
        Class::GraveFree => t.class_grave_free,
        Class::FindingHigh => t.class_finding_high,
        Class::Grave => t.class_grave,
        Class::DirectiveDue => t.class_directive,
        Class::FindingMedium => t.class_finding_medium,
        Class::Incident => t.class_incident,
        Class::Low => t.class_low,
    }
}

/// What became of a form about a matter; empty for none.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    /// In words.
    pub(crate) text: String,
    /// The status of the page.
    pub(crate) status: StatusCode,
    /// The matter that a note was typed for, and the note.
    pub(crate) typed: Option<(String, String)>,
}

/// `GET /attention`, all, mine (`?of=mine`) or those with nobody (`?of=free`).
pub(crate) fn attention(c: &Context<'_>, told: &Told) -> Result<Response, Error> {
    let of = c.asked.parameter("of").unwrap_or_default();
    let all = ranked(c, None)?;
    let owners = owners(c)?;
    let owner = |m: &Ranked| owners.get(&m.matter.to_string());
    let is_meant = |m: &&Ranked| match of.as_str() {
        "mine" => owner(m).is_some_and(|owner| owner.operator == c.visitor.operator),
        "free" => owner(m).is_none(),
        _ => true,
    };
    let meant: Vec<&Ranked> = all.iter().filter(is_meant).collect();
    let number = c.asked.parameter("page").and_then(|n| n.parse::<usize>().ok()).unwrap_or(1).max(1);
    let first = (number - 1).saturating_mul(limit::MATTERS);
    let here: Vec<&Ranked> = meant.iter().skip(first).take(limit::MATTERS).copied().collect();
    let notes = Notes::new();
    let look = c.look(&notes);
    let t = look.lang().overview();
    let here_at = format!("/attention?of={}", if of.is_empty() { "all" } else { &of });
    let title = t.attention;
    let count = look.reading.number(meant.len() as u64);
    let mut layout = c.layout(title.to_owned(), c.beside(title));
    // What was wrong must not vanish under a page that refreshes itself.
    layout.live = told.text.is_empty();
    let page = AttentionPage {
        layout,
        o: t,
        csrf: c.csrf(),
        may_act: c.visitor.rights != Rights::Viewer,
        told: told.text.clone(),
        typed: told.typed.clone().unwrap_or_default(),
        note_bytes: NOTE_BYTES,
        of: of.clone(),
        here: c.asked.here(),
        pager: paged::pager_by(look, &here_at, number, (meant.len(), limit::MATTERS)),
        list: List::new(shown(c, look, &here, &owners)?, t.attention_empty)
            .under(format!("{count} · {}", t.attention_help)),
    };
    Ok(reply::page(told.status, &page))
}

/// `GET /shift`: what is with the visitor, what he did, and to whom he hands it over.
pub(crate) fn shift(c: &Context<'_>, told: &Told) -> Result<Response, Error> {
    let all = ranked(c, None)?;
    let owners = owners(c)?;
    let me = &c.visitor.operator;
    let is_mine = |m: &&Ranked| owners.get(&m.matter.to_string()).is_some_and(|o| o.operator == *me);
    let mine: Vec<&Ranked> = all.iter().filter(is_mine).collect();
    let from = c.reading.now - 12 * 3_600;
    let deeds = c.read(|view| view.desk_deeds_of(me, from, limit::SHIFT_DEEDS))?;
    let operators = c.read(|view| view.desk_operators())?;
    let giver = operators.iter().find(|operator| operator.username == *me).cloned();
    let may = |heir: &Operator| giver.as_ref().is_some_and(|giver| ops::may_inherit(heir, giver));
    let heirs = operators.into_iter().filter(may);
    let notes = Notes::new();
    let look = c.look(&notes);
    let t = look.lang().overview();
    let named: HashMap<String, &Ranked> = all.iter().map(|m| (m.matter.to_string(), m)).collect();
    let mut layout = c.layout(t.shift.to_owned(), c.beside(t.shift));
    layout.live = told.text.is_empty();
    let page = ShiftPage {
        layout,
        o: t,
        csrf: c.csrf(),
        may_act: c.visitor.rights != Rights::Viewer,
        told: told.text.clone(),
        now: look.reading.stamp(look.reading.now),
        note: told.typed.clone().map_or_else(String::new, |(_, note)| note),
        note_bytes: NOTE_BYTES,
        mine: shown(c, look, &mine, &owners)?,
        heirs: heirs.map(|o| o.username).collect(),
        deeds: deeds.iter().rev().map(|deed| deed_view(look, deed, &named)).collect(),
    };
    Ok(reply::page(told.status, &page))
}

fn deed_view(look: Look<'_>, deed: &Deed, named: &HashMap<String, &Ranked>) -> DeedView {
    let t = look.lang().overview();
    let known = named.get(&deed.matter).map(|ranked| words_of(look, ranked));
    let kind = deed.matter.split('-').next().unwrap_or_default();
    let bare = match kind {
        "incident" => (t.matter_incident.to_owned(), "/incidents".to_owned()),
        "directive" => (t.matter_directive.to_owned(), "/directives".to_owned()),
        _ => (look.t().findings.to_owned(), format!("/{}", deed.matter.replacen('-', "/", 1))),
    };
    let (matter, href) = known.map_or(bare, |view| (format!("{}: {}", view.title, view.sentence), view.href));
    DeedView {
        matter,
        href,
        deed: match deed.kind {
            DeedKind::Take => t.did_take.to_owned(),
            DeedKind::Leave => t.did_leave.to_owned(),
            DeedKind::Note => t.did_note.to_owned(),
            DeedKind::HandOver => format!("{} {}", t.did_hand_over, deed.heir),
        },
        note: deed.note.clone(),
        at: look.reading.moment(deed.at),
    }
}
