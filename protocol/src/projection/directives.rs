//! Directives about a place and what each officer answered.

use std::collections::BTreeMap;

use super::{
    Fact, Reference,
    cx::{Cx, Mark},
    judge::{self, Author},
    progress::{self, ProgressState, Updates},
};
use crate::{body::Body, journal::DeviceId, role::Role};

/// A directive and the answers to it, the latest of each officer.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct DirectiveState {
    /// Only this officer.
    #[n(0)]
    pub officer: Option<u32>,
    /// Only this role.
    #[n(1)]
    pub role: Option<Role>,
    /// When it must be done, unix seconds.
    #[n(2)]
    pub due: i64,
    /// Who gave it.
    #[n(3)]
    pub mark: Mark,
    /// Answers, by officer.
    #[n(4)]
    pub answers: Vec<ProgressState>,
}

/// Whose answer this is, by officer: the author's, or that of the officer who told it to the desk. Whoever else says that
/// somebody told him speaks for himself. `None` for a device of nobody who is known.
pub fn answerer(reference: &Reference, mark: &Mark) -> Option<u32> {
    spoken_for(reference, mark.told_by, &mark.device, mark.at).or(mark.officer)
}

/// The officer for whom a device of the desk wrote at a time, unix seconds.
fn spoken_for(reference: &Reference, told_by: Option<u32>, device: &DeviceId, at: i64) -> Option<u32> {
    told_by.filter(|_| reference.was_desk(device, at))
}

/// Whose answer a fact is. Or the answers of all who call the desk would be one.
fn author(update: &Fact, reference: &Reference) -> Author {
    let told_by = update.record.told.and_then(|told| told.officer);
    match spoken_for(reference, told_by, &update.device, update.effective_at()) {
        Some(officer) => (Some(officer), None),
        None => judge::author(update, reference),
    }
}

pub(super) fn at(cx: &Cx<'_>, updates: &Updates<'_>) -> Vec<DirectiveState> {
    progress::by_subject(cx, |b| matches!(b, Body::Directive(_)))
        .into_iter()
        .filter_map(|(subject, fact)| {
            let Body::Directive(d) = &fact.statement else { return None };
            let mut by_author: BTreeMap<Author, Vec<&Fact>> = BTreeMap::new();
            for update in updates.about(&subject) {
                by_author.entry(author(update, cx.reference)).or_default().push(update);
            }
            let answers = by_author.into_values().filter_map(|said| progress::latest(cx, said)).collect();
            Some(DirectiveState {
                officer: d.officer,
                role: d.role,
                due: d.due,
                mark: cx.mark(fact),
                answers,
            })
        })
        .collect()
}
