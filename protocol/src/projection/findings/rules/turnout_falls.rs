//! Fewer voters by an hour than by an hour before: one of the two figures is wrong, and the sum does not take it.

use super::Both;
use crate::{
    body::Turnout,
    projection::{
        Doubt, Said,
        findings::{About, Finding, Number, Rule, Say, Severity, Sign, view::View},
        plausible::turnout_doubts,
        turnout,
    },
};

pub(super) const TITLE: Both = ("Partisipasi turun", "Turnout falls");
pub(super) const ADVICE: Both = (
    "Minta angka dibacakan ulang dari daftar hadir, lalu betulkan yang keliru.",
    "Have the figure read again from the attendance list, and correct the wrong one.",
);

/// The figures of a TPS, each with what is doubted about it.
pub(super) fn doubted(view: &View<'_>) -> Vec<(Said<Turnout>, Option<Doubt>)> {
    let said = turnout::at(&view.cx);
    let voters = view.reference().tps(view.cx.place).map(|t| t.voters);
    let doubts = turnout_doubts(&said, voters);
    said.into_iter().zip(doubts).collect()
}

pub(super) fn find(view: &View<'_>) -> Vec<Sign> {
    let all = doubted(view);
    let Some(at) = all.iter().rposition(|(_, doubt)| *doubt == Some(Doubt::Falls)) else { return Vec::new() };
    let believed = |(_, doubt): &&(Said<Turnout>, Option<Doubt>)| doubt.is_none();
    let earlier = all.get(..at).unwrap_or_default().iter().rev().find(believed).map(|(said, _)| said);
    let later = all.get(at + 1..).unwrap_or_default().iter().find(believed).map(|(said, _)| said);
    let Some((odd, _)) = all.get(at) else { return Vec::new() };
    // The odd one is lower than the figure before it, or higher than the one after it.
    let pair = match (earlier, later) {
        (Some(earlier), _) if earlier.said.voters > odd.said.voters => (earlier, odd),
        (_, Some(later)) => (odd, later),
        _ => return Vec::new(),
    };
    let about = About::Place(view.cx.place.clone());
    let sign = view.sign(Rule::TurnoutFalls, about, Severity::Medium);
    let mut sign = sign.with([pair.0.mark.record, pair.1.mark.record]);
    sign.detail.given = Some(pair.0.mark.clone());
    sign.detail.taken = Some(pair.1.mark.clone());
    sign.detail.hour = Some(pair.1.said.hour);
    vec![sign.number(Number::Before, pair.0.said.voters).number(Number::Voters, pair.1.said.voters)]
}

pub(super) fn sentence(finding: &Finding, say: &Say<'_>) -> String {
    let (before, voters) = (finding.number(Number::Before), finding.number(Number::Voters));
    let (hour, who) = (finding.detail().hour.unwrap_or(0), say.taken(finding));
    say.both(
        || {
            format!(
                "{}: {voters} pemilih sampai pukul {hour} menurut {who}, padahal sebelumnya {before}",
                say.places(finding)
            )
        },
        || {
            format!(
                "{}: {voters} voters by {hour}:00 says {who}, where there were {before} before",
                say.places(finding)
            )
        },
    )
}
