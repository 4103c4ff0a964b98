//! Two officers saw the same thing at the same time otherwise: the desk does not choose between two people. A told word
//! contradicts nobody, and hours later things may have changed.

use std::collections::BTreeMap;

use super::Both;
use crate::{
    body::{Answer, Body},
    projection::{
        Fact,
        custody::hops::{Hop, Taken},
        findings::{
            About, Finding, Number, Rule, Say, Severity, Sign,
            view::{View, Way},
        },
        judge,
    },
    record::Basis,
};

pub(super) const TITLE: Both = ("Dua petugas berbeda", "Two officers differ");
pub(super) const ADVICE: Both = (
    "Minta keduanya melihat dan menghitung bersama, lalu yang keliru membetulkan laporannya.",
    "Have both look and count together, and whoever was mistaken correct his report.",
);

/// Two words of different authors who saw the same, close in time.
fn contradicts(view: &View<'_>, one: &Fact, other: &Fact) -> bool {
    let author = |f: &Fact| judge::author(f, view.reference());
    let apart = one.effective_at().abs_diff(other.effective_at());
    author(one) != author(other)
        && [one, other].iter().all(|f| f.record.basis == Basis::Seen)
        && apart <= u64::from(view.thresholds.same_s)
}

/// What was counted of something in one receipt for the kit: containers first, then each item.
fn counts(view: &View<'_>, (_, receive): &Taken<'_>) -> BTreeMap<Option<u32>, u32> {
    let mine = receive.kit_of(view.cx.place);
    let is_mine = |kit: Option<u32>| if kit.is_some() { kit == mine } else { receive.kits.len() <= 1 };
    let boxes = receive.containers.iter().find(|f| is_mine(f.kit));
    let lines = receive.lines.iter().filter(|l| is_mine(l.kit) && l.state == crate::body::LineState::Counted);
    let boxes = boxes.map(|f| (None, f.good.saturating_add(f.damaged)));
    boxes.into_iter().chain(lines.map(|l| (Some(l.item), l.good.saturating_add(l.damaged)))).collect()
}

/// The first two receipts of a hop that contradict each other, and what they say of the same thing.
type Contradiction<'h, 'a> = (&'h Taken<'a>, &'h Taken<'a>, Option<u32>, (u32, u32));

fn contradiction<'h, 'a>(view: &View<'_>, hop: &'h Hop<'a>) -> Option<Contradiction<'h, 'a>> {
    let mut taken: Vec<&Taken<'a>> = hop.taken.iter().collect();
    taken.sort_by_key(|(f, _)| (f.effective_at(), f.device, f.seq, f.id));
    for (n, one) in taken.iter().enumerate() {
        let first = counts(view, one);
        for other in taken.iter().skip(n + 1).filter(|other| contradicts(view, one.0, other.0)) {
            for (what, second) in counts(view, other) {
                if let Some(first) = first.get(&what).filter(|first| **first != second) {
                    return Some((one, other, what, (*first, second)));
                }
            }
        }
    }
    None
}

/// Whether two who saw the arrival differ on it.
pub(super) fn is_disputed(view: &View<'_>, (hop, _): &Way<'_>) -> bool {
    hop.taken.len() > 1 && contradiction(view, hop).is_some()
}

pub(super) fn find(view: &View<'_>) -> Vec<Sign> {
    let mut signs: Vec<Sign> = view.ways().filter_map(|way| arrival(view, way)).collect();
    signs.extend(answers(view));
    signs
}

fn arrival(view: &View<'_>, way: &Way<'_>) -> Option<Sign> {
    let (one, other, item, (first, second)) = contradiction(view, &way.0)?;
    let mut sign =
        view.leg_sign(Rule::OfficersDiffer, Severity::Medium, way, item)?.with([one.0.id, other.0.id]);
    sign.detail.given = Some(view.mark(one.0));
    sign.detail.taken = Some(view.mark(other.0));
    Some(sign.number(Number::First, first).number(Number::Second, second))
}

/// Visits that answer an item of one checklist otherwise.
fn answers(view: &View<'_>) -> Option<Sign> {
    let visit = |f: &&'_ Fact| matches!(f.statement, Body::Visit(_));
    let mut visits: Vec<&Fact> = view.cx.here.iter().copied().filter(visit).collect();
    visits.sort_by_key(|f| (f.effective_at(), f.device, f.seq, f.id));
    for (n, one) in visits.iter().enumerate() {
        for other in visits.iter().skip(n + 1).filter(|other| contradicts(view, one, other)) {
            let (Body::Visit(first), Body::Visit(second)) = (&one.statement, &other.statement) else {
                continue;
            };
            if (first.checklist, first.version) != (second.checklist, second.version) {
                continue;
            }
            let differs = first.answers.iter().zip(&second.answers).position(|answers| {
                matches!(answers, (Answer::Ok, Answer::NotOk) | (Answer::NotOk, Answer::Ok))
            });
            let Some(item) = differs else { continue };
            let list = view.reference().checklist(first.checklist, first.version);
            let about = About::Place(view.cx.place.clone());
            let mut sign = view.sign(Rule::OfficersDiffer, about, Severity::Medium).with([one.id, other.id]);
            sign.detail.given = Some(view.mark(one));
            sign.detail.taken = Some(view.mark(other));
            sign.detail.code = list.and_then(|l| l.items.get(item)).map(|i| i.code.clone());
            return Some(sign);
        }
    }
    None
}

pub(super) fn sentence(finding: &Finding, say: &Say<'_>) -> String {
    let (one, other, places) = (say.given(finding), say.taken(finding), say.places(finding));
    if let Some(first) = finding.numbers.get(&Number::First) {
        let (second, what) = (finding.number(Number::Second), say.goods(finding));
        return say.both(
            || format!("{places}: {what}: {first} menurut {one}, {second} menurut {other}"),
            || format!("{places}: {what}: {first} says {one}, {second} says {other}"),
        );
    }
    let question = finding.detail().code.as_deref().map_or_else(|| "?".into(), |code| say.question(code));
    say.both(
        || format!("{places}: \"{question}\" dijawab berbeda oleh {one} dan {other}"),
        || format!("{places}: \"{question}\" was answered otherwise by {one} and {other}"),
    )
}
