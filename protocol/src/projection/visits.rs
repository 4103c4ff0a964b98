//! Visits: how many, the latest, the answers to the checklists and the way there.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    Fact, Rollup,
    cx::{Cx, Mark},
    judge,
    state::PlaceState,
};
use crate::{
    body::{Answer, Body, Way},
    journal::RecordId,
};

/// Answer to one item of a checklist, the latest that was not left blank.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct AnswerState {
    /// Number of the checklist.
    #[n(0)]
    pub checklist: u32,
    /// Code of the item; its position as `#n` where the checklist is not known here.
    #[n(1)]
    pub item: String,
    /// The answer.
    #[n(2)]
    pub answer: Answer,
    /// Who says so.
    #[n(3)]
    pub mark: Mark,
}

/// The part of a place's state that speaks of visits.
pub(super) struct Visits {
    pub(super) count: u32,
    pub(super) last: Option<Mark>,
    pub(super) answers: Vec<AnswerState>,
    pub(super) way: Option<(Way, Mark)>,
}

pub(super) fn at(cx: &Cx<'_>) -> Visits {
    let visits = of(&cx.here);
    // Several corrections of one visit may stand side by side: still one visit.
    let subjects: BTreeSet<_> = visits.iter().map(|f| cx.standing.subject(f)).collect();
    let way = cx.latest(|b| if let Body::Visit(v) = b { v.way } else { None });
    Visits {
        count: u32::try_from(subjects.len()).unwrap_or(u32::MAX),
        last: judge::latest(visits.iter().copied()).map(|f| cx.mark(f)),
        answers: answers(cx, &visits),
        way: way.map(|w| (w.said, w.mark)),
    }
}

pub(super) fn count(state: &PlaceState, rollup: &mut Rollup) {
    rollup.visited += u32::from(state.visits > 0);
}

/// See [`super::Heard::visitors`].
pub(super) fn visitors(cx: &Cx<'_>) -> BTreeSet<u32> {
    let present = of(&cx.here).into_iter().filter(|f| cx.reference.is_present(&f.device));
    present.filter_map(|f| cx.reference.officer(&f.device)).collect()
}

fn of<'a>(here: &[&'a Fact]) -> Vec<&'a Fact> {
    here.iter().copied().filter(|f| matches!(f.statement, Body::Visit(_))).collect()
}

fn answers(cx: &Cx<'_>, visits: &[&Fact]) -> Vec<AnswerState> {
    type Item<'a> = (u32, Cow<'a, str>);
    let mut slots: BTreeMap<Item<'_>, usize> = BTreeMap::new();
    let mut said: Vec<Vec<(Answer, &Fact)>> = Vec::new();
    // Slots of the items of one version of a checklist, so that each is looked up once and not at every answer.
    let mut lists: BTreeMap<(u32, u32), Vec<usize>> = BTreeMap::new();
    for fact in visits {
        let Body::Visit(visit) = &fact.statement else { continue };
        let list = cx.reference.checklist(visit.checklist, visit.version);
        let known = lists.entry((visit.checklist, visit.version)).or_default();
        for (n, answer) in visit.answers.iter().enumerate() {
            if n == known.len() {
                let code = list.and_then(|l| l.items.get(n)).map(|i| Cow::Borrowed(i.code.as_str()));
                let code = code.unwrap_or_else(|| Cow::Owned(format!("#{}", n + 1)));
                known.push(*slots.entry((visit.checklist, code)).or_insert(said.len()));
                said.resize(slots.len(), Vec::new());
            }
            let slot = known.get(n).and_then(|slot| said.get_mut(*slot));
            if let Some(slot) = slot.filter(|_| *answer != Answer::Blank) {
                slot.push((*answer, fact));
            }
        }
    }
    // Most visits answer every item: whose word is the latest then follows for one item from the one before.
    let mut before: (Vec<RecordId>, Option<&Fact>) = Default::default();
    slots
        .into_iter()
        .filter_map(|((checklist, item), slot)| {
            let said = said.get(slot)?;
            if !before.0.iter().eq(said.iter().map(|(_, f)| &f.id)) {
                let latest = judge::latest(said.iter().map(|(_, f)| *f));
                before = (said.iter().map(|(_, f)| f.id).collect(), latest);
            }
            let fact = before.1?;
            let answer = said.iter().find(|(_, f)| f.id == fact.id)?.0;
            Some(AnswerState { checklist, item: item.into_owned(), answer, mark: cx.mark(fact) })
        })
        .collect()
}
