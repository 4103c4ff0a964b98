//! More voters came than there are ballots: the registered voters and two percent, rounded up (UU 7/2017 article 344).

use super::{Both, turnout_falls::doubted};
use crate::projection::{
    Doubt,
    findings::{About, Finding, Number, Rule, Say, Severity, Sign, view::View},
    plausible::ballots,
};

pub(super) const TITLE: Both = ("Partisipasi melebihi surat suara", "Turnout above the ballots");
pub(super) const ADVICE: Both = (
    "Minta angka dibacakan ulang dari daftar hadir; sering kali satu digit berlebih.",
    "Have the figure read again from the attendance list; often there is a digit too many.",
);

pub(super) fn find(view: &View<'_>) -> Vec<Sign> {
    let Some(tps) = view.reference().tps(view.cx.place) else { return Vec::new() };
    let over = doubted(view).into_iter().rev().find(|(_, doubt)| *doubt == Some(Doubt::OverBallots));
    let Some((odd, _)) = over else { return Vec::new() };
    let about = About::Place(view.cx.place.clone());
    let mut sign = view.sign(Rule::TurnoutAboveVoters, about, Severity::Medium).with([odd.mark.record]);
    sign.detail.hour = Some(odd.said.hour);
    sign.detail.taken = Some(odd.mark);
    let sign = sign.number(Number::Voters, odd.said.voters).number(Number::Registered, tps.voters);
    vec![sign.number(Number::Ballots, ballots(tps.voters))]
}

pub(super) fn sentence(finding: &Finding, say: &Say<'_>) -> String {
    let of = |name| finding.number(name);
    let (voters, registered, ballots) = (of(Number::Voters), of(Number::Registered), of(Number::Ballots));
    let (hour, who) = (finding.detail().hour.unwrap_or(0), say.taken(finding));
    say.both(
        || format!("{}: {voters} pemilih sampai pukul {hour} menurut {who}; terdaftar {registered}, surat suara {ballots}", say.places(finding)),
        || format!("{}: {voters} voters by {hour}:00 says {who}; {registered} registered, {ballots} ballots", say.places(finding)),
    )
}
