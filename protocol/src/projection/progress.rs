//! How far matters have come: incidents and directives are answered by the same records.

use std::collections::BTreeMap;

use super::{
    Fact,
    cx::{Cx, Mark},
    judge::{self, Standing, Subject},
};
use crate::{
    body::{Body, Progress},
    journal::RecordId,
};

/// Progress on an incident or directive, the latest of one officer.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct ProgressState {
    /// How far it has come.
    #[n(0)]
    pub progress: Progress,
    /// Who says so.
    #[n(1)]
    pub mark: Mark,
}

/// The latest of the statements that `pick` finds about each subject, by subject.
pub(super) fn by_subject<'a>(cx: &Cx<'a>, pick: impl Fn(&Body) -> bool) -> Vec<(Subject, &'a Fact)> {
    let mut all: BTreeMap<Subject, Vec<&Fact>> = BTreeMap::new();
    for fact in cx.here.iter().copied().filter(|f| pick(&f.statement)) {
        if let Some(subject) = cx.standing.subject(fact) {
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

    pub(super) fn about(&self, subject: &Subject) -> impl Iterator<Item = &'a Fact> {
        let known = self.by_subject.get(subject).into_iter().flatten();
        known.chain(self.by_record.get(&subject.0).into_iter().flatten()).copied()
    }
}

/// The latest progress that some of these facts tell.
pub(super) fn latest<'a>(cx: &Cx<'_>, facts: impl IntoIterator<Item = &'a Fact>) -> Option<ProgressState> {
    let fact = judge::latest(facts)?;
    let Body::IncidentUpdate(update) = &fact.statement else { return None };
    Some(ProgressState { progress: update.progress, mark: cx.mark(fact) })
}
