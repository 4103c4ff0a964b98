//! A visit found signal where the list of TPS has none, or none where the list has strong signal. What is expected of a
//! TPS on election day is planned by this list.

use super::Both;
use crate::{
    body::{Answer, Signal},
    place::Place,
    projection::{
        AnswerState, Reference,
        findings::{About, Finding, Rule, Say, Severity, Sign, view::View},
    },
};

pub(super) const TITLE: Both = ("Daftar berbeda dengan kunjungan", "List against visit");
pub(super) const ADVICE: Both = (
    "Betulkan kelas sinyal TPS di daftar, dan tentukan cara lapor pada hari pemungutan suara.",
    "Correct the signal class of the TPS in the list, and settle how it reports on election day.",
);

/// Code of the question for signal in the checklists.
const SIGNAL: &str = "signal";

/// What visits say of the signal.
fn found(answers: &[AnswerState]) -> Option<&AnswerState> {
    answers.iter().find(|a| a.item == SIGNAL)
}

/// The signal to reckon with: as the list has it, corrected by what visits found.
pub(in crate::projection::findings) fn signal(
    place: &Place,
    reference: &Reference,
    answers: &[AnswerState],
) -> Option<Signal> {
    let listed = reference.tps(place)?.signal;
    match found(answers).map(|a| a.answer) {
        Some(Answer::NotOk) => Some(Signal::None),
        Some(Answer::Ok) if listed == Signal::None => Some(Signal::Weak),
        _ => Some(listed),
    }
}

pub(super) fn find(view: &View<'_>) -> Vec<Sign> {
    let (Some(tps), Some(found)) = (view.reference().tps(view.cx.place), found(view.answers())) else {
        return Vec::new();
    };
    let severity = match (tps.signal, found.answer) {
        (Signal::Strong, Answer::NotOk) => Severity::Medium,
        (Signal::None, Answer::Ok) => Severity::Low,
        _ => return Vec::new(),
    };
    let about = About::Place(view.cx.place.clone());
    let mut sign = view.sign(Rule::ProfileAgainstVisit, about, severity).with([found.mark.record]);
    sign.detail.listed = Some(tps.signal);
    sign.detail.taken = Some(found.mark.clone());
    vec![sign]
}

pub(super) fn sentence(finding: &Finding, say: &Say<'_>) -> String {
    let (places, who) = (say.places(finding), say.taken(finding));
    if finding.detail().listed == Some(Signal::None) {
        return say.both(
            || format!("{places}: menurut daftar tidak ada sinyal, {who} menemukan sinyal"),
            || format!("{places}: the list has no signal, {who} found signal"),
        );
    }
    say.both(
        || format!("{places}: menurut daftar sinyal kuat, {who} tidak menemukan sinyal"),
        || format!("{places}: the list has strong signal, {who} found none"),
    )
}
