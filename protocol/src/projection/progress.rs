//! Incidents and directives of a place: what was reported or ordered, and how far it has come.

use std::collections::BTreeMap;

use super::{
    Fact, Reference,
    judge::{self, Standing, Subject},
    state::{DirectiveState, IncidentState, Mark, ProgressState},
};
use crate::{body::Body, journal::RecordId};

/// The latest of the statements that `pick` finds about each subject, by subject.
fn by_subject<'a>(
    here: &[&'a Fact],
    standing: &Standing<'_>,
    pick: impl Fn(&Body) -> bool,
) -> Vec<(Subject, &'a Fact)> {
    let mut all: BTreeMap<Subject, Vec<&Fact>> = BTreeMap::new();
    for fact in here.iter().copied().filter(|f| pick(&f.statement)) {
        if let Some(subject) = standing.subject(fact) {
            all.entry(subject).or_default().push(fact);
        }
    }
    all.into_iter().filter_map(|(subject, facts)| Some((subject, judge::latest(facts)?))).collect()
}

/// Progress that was reported, by what it is about.
pub(super) struct Updates<'a> {
    by_subject: BTreeMap<Subject, Vec<&'a Fact>>,
    /// Those about a record that is not here, which may be an original meant through its copy.
    by_record: BTreeMap<RecordId, Vec<&'a Fact>>,
}

impl<'a> Updates<'a> {
    pub(super) fn of(standing: &Standing<'a>) -> Self {
        let mut all = Self { by_subject: BTreeMap::new(), by_record: BTreeMap::new() };
        for fact in standing.facts.iter().copied() {
            let Body::IncidentUpdate(update) = &fact.statement else { continue };
            match standing.subject_of(&update.target) {
                Some(subject) => all.by_subject.entry(subject).or_default().push(fact),
                None => all.by_record.entry(update.target).or_default().push(fact),
            }
        }
        all
    }

    fn about(&self, subject: &Subject) -> impl Iterator<Item = &'a Fact> {
        let known = self.by_subject.get(subject).into_iter().flatten();
        known.chain(self.by_record.get(&subject.0).into_iter().flatten()).copied()
    }
}

fn progress<'a>(
    facts: impl IntoIterator<Item = &'a Fact>,
    mark: &impl Fn(&Fact) -> Mark,
) -> Option<ProgressState> {
    let fact = judge::latest(facts)?;
    let Body::IncidentUpdate(update) = &fact.statement else { return None };
    Some(ProgressState { progress: update.progress, mark: mark(fact) })
}

pub(super) fn incidents(
    here: &[&Fact],
    standing: &Standing<'_>,
    updates: &Updates<'_>,
    mark: &impl Fn(&Fact) -> Mark,
) -> Vec<IncidentState> {
    by_subject(here, standing, |b| matches!(b, Body::Incident(_)))
        .into_iter()
        .filter_map(|(subject, fact)| {
            let Body::Incident(incident) = &fact.statement else { return None };
            Some(IncidentState {
                category: incident.category,
                severity: incident.severity,
                mark: mark(fact),
                progress: progress(updates.about(&subject), mark),
            })
        })
        .collect()
}

pub(super) fn directives(
    here: &[&Fact],
    standing: &Standing<'_>,
    updates: &Updates<'_>,
    reference: &Reference,
    mark: &impl Fn(&Fact) -> Mark,
) -> Vec<DirectiveState> {
    by_subject(here, standing, |b| matches!(b, Body::Directive(_)))
        .into_iter()
        .filter_map(|(subject, fact)| {
            let Body::Directive(d) = &fact.statement else { return None };
            let mut by_author: BTreeMap<judge::Author, Vec<&Fact>> = BTreeMap::new();
            for update in updates.about(&subject) {
                by_author.entry(judge::author(update, reference)).or_default().push(update);
            }
            let answers = by_author.into_values().filter_map(|said| progress(said, mark)).collect();
            Some(DirectiveState { officer: d.officer, role: d.role, due: d.due, mark: mark(fact), answers })
        })
        .collect()
}
