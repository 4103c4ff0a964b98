//! A phone's clock claims a time that cannot be: before the newest contact with the server in its journal, or after the
//! server had the record. One clock is one cause, however many reports it dates. The records count all the same.

use super::Both;
use crate::{
    body::Kind,
    projection::{
        Fact,
        findings::{About, Finding, Rule, Say, Severity, Sign, view::View},
    },
};

pub(super) const TITLE: Both = ("Jam tidak mungkin", "Impossible time");
pub(super) const ADVICE: Both = (
    "Minta petugas menyetel jam HP ke waktu otomatis.",
    "Have the officer set the clock of his phone to automatic.",
);

fn is_impossible(view: &View<'_>, fact: &Fact) -> bool {
    let off = i64::from(view.thresholds.clock_s);
    let kind = fact.statement.kind();
    let is_said = !kind.is_from_above() && kind != Kind::Retract;
    // What is said again from a new phone has the time of the first telling.
    let is_copy = fact.record.copy_of.is_some();
    let claims = |at: i64| {
        fact.envelope.is_some_and(|e| {
            (!is_copy && at < e.not_before.saturating_sub(off)) || at > e.received_at.saturating_add(off)
        })
    };
    is_said && claims(fact.record.at)
}

pub(super) fn find(view: &View<'_>) -> Vec<Sign> {
    let mut signs: Vec<Sign> = Vec::new();
    for fact in view.cx.here.iter().copied().filter(|f| is_impossible(view, f)) {
        let about = About::Device(fact.device);
        if let Some(sign) = signs.iter_mut().find(|s| s.about == about) {
            sign.records.insert(fact.id);
            continue;
        }
        let mut sign = view.sign(Rule::ImpossibleTime, about, Severity::Low).with([fact.id]);
        sign.device = Some(fact.device);
        sign.detail.claim = Some(fact.record.at);
        sign.detail.taken = Some(view.mark(fact));
        signs.push(sign);
    }
    signs
}

pub(super) fn sentence(finding: &Finding, say: &Say<'_>) -> String {
    let detail = finding.detail();
    let claim = detail.claim.map_or_else(|| "?".into(), |at| say.when(at));
    let who = detail.taken.as_ref().map_or_else(|| "?".into(), |mark| say.officer(mark));
    let heard =
        detail.taken.as_ref().and_then(|m| m.received_at).map_or_else(|| "?".into(), |at| say.when(at));
    let n = finding.records.len();
    say.both(
        || {
            format!(
                "{}: jam HP {who} menyebut {claim}, padahal diterima server {heard} ({n} catatan)",
                say.places(finding)
            )
        },
        || {
            format!(
                "{}: the clock of the phone of {who} says {claim}, heard by the server {heard} ({n} records)",
                say.places(finding)
            )
        },
    )
}
