//! Directives about a place and what each officer answered.

use std::collections::BTreeMap;

use super::{
    Fact, Reference,
    cx::{Cx, Mark},
    judge::{self, Author},
    progress::{self, ProgressState, Updates},
};
use crate::{body::Body, role::Role};

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

/// Whose answer this is: the author's, or that of the officer who told it to the desk. Or the answers of all who
/// call the desk would be one.
fn answerer(update: &Fact, reference: &Reference) -> Author {
    let told_by = update.record.told.and_then(|told| told.officer);
    match told_by.filter(|_| reference.was_desk(&update.device, update.effective_at())) {
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
                by_author.entry(answerer(update, cx.reference)).or_default().push(update);
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
