//! A kit was received elsewhere than it was sent to, other than at a stop on its way or back where it came from, until
//! it is where it belongs.

use super::Both;
use crate::{
    body::Point,
    projection::findings::{
        Finding, Rule, Say, Severity, Sign,
        view::{View, Way},
    },
};

pub(super) const TITLE: Both = ("Salah tujuan", "Wrong destination");
pub(super) const ADVICE: Both = (
    "Minta penerima meneruskannya hari ini ke tujuan yang benar, atau minta pengirim membetulkan surat jalannya.",
    "Have the receiver send it on today to where it belongs, or have the giver correct his dispatch.",
);

fn is_wrong(view: &View<'_>, (_, leg): &Way<'_>) -> bool {
    let (Some(_), Some(arrived)) = (&leg.given, &leg.arrived) else { return false };
    let elsewhere = *arrived != leg.to && Some(arrived) != leg.from.as_ref();
    // Two points of its own line: it stopped early on its way, or went further than it was sent.
    let on_its_line = view.is_on_line(&leg.to) && view.is_on_line(arrived);
    elsewhere && !on_its_line
}

pub(super) fn find(view: &View<'_>) -> Vec<Sign> {
    let mut signs = Vec::new();
    for (n, way) in view.kit.iter().enumerate().filter(|(_, way)| is_wrong(view, way)) {
        let later = view.kit.get(n + 1..).unwrap_or_default();
        let belongs = |at: &Point| *at == way.1.to || view.is_on_line(at);
        if later.iter().any(|(_, leg)| leg.arrived.as_ref().is_some_and(belongs)) {
            continue;
        }
        if let Some(sign) = view.leg_sign(Rule::WrongDestination, Severity::High, way, None) {
            let hands = view.custody.as_ref().map(|c| c.last_hands.clone());
            signs.push(sign.with(way.1.records.clone()).hands(hands));
        }
    }
    signs
}

pub(super) fn sentence(finding: &Finding, say: &Say<'_>) -> String {
    let (giver, to) = (say.given(finding), say.to(finding));
    let (taker, at) = (say.taken(finding), say.arrived(finding));
    say.both(
        || format!("{}: dikirim oleh {giver} ke {to}, diterima di {at} oleh {taker}", say.places(finding)),
        || format!("{}: sent by {giver} to {to}, received at {at} by {taker}", say.places(finding)),
    )
}
