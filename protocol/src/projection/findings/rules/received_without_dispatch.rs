//! A kit was received that nobody says he sent: the giver forgot, or it came by a way that it should not come. A
//! receipt that names its dispatch waits for it; suppliers of a warehouse write none.

use super::Both;
use crate::{
    body::CustodyKind,
    projection::findings::{About, Finding, Rule, Say, Severity, Sign, view::View},
};

pub(super) const TITLE: Both = ("Diterima tanpa surat jalan", "Received without a dispatch");
pub(super) const ADVICE: Both = (
    "Tanyakan kepada penerima dari siapa barang itu datang, dan minta pemberinya mencatat pengirimannya.",
    "Ask the receiver from whom it came, and have the giver record his dispatch.",
);

pub(super) fn find(view: &View<'_>) -> Vec<Sign> {
    let mut signs = Vec::new();
    for (n, way) in view.kit.iter().enumerate() {
        let (hop, leg) = way;
        let names_one = hop.taken.iter().any(|(_, r)| r.dispatch.is_some());
        let Some((first, _)) = hop.taken.first().filter(|_| hop.given.is_empty() && !names_one) else {
            continue;
        };
        let is_back = n > 0;
        if leg.to.kind == CustodyKind::Warehouse && !is_back {
            continue;
        }
        let about = About::Record(view.cx.standing.subject(first).map_or(first.id, |(record, _)| record));
        let before = n.checked_sub(1).and_then(|n| view.kit.get(n)).map(|(_, leg)| leg);
        let hands = before.and_then(|leg| leg.taken.clone().or_else(|| leg.given.clone()));
        let severity = if is_back { Severity::High } else { Severity::Medium };
        let mut sign = view.sign(Rule::ReceivedWithoutDispatch, about, severity);
        sign.detail.taken = leg.taken.clone();
        sign.detail.arrived = leg.arrived.clone();
        signs.push(sign.with(leg.records.clone()).hands(hands));
    }
    signs
}

pub(super) fn sentence(finding: &Finding, say: &Say<'_>) -> String {
    let (who, at) = (say.taken(finding), say.arrived(finding));
    let before = |word: &str| {
        finding.last_hands.as_ref().map_or(String::new(), |m| format!("; {word} {}", say.who(m)))
    };
    say.both(
        || {
            format!(
                "{}: diterima di {at} oleh {who} tanpa surat jalan{}",
                say.places(finding),
                before("terakhir pada")
            )
        },
        || {
            format!(
                "{}: received at {at} by {who} without a dispatch{}",
                say.places(finding),
                before("last with")
            )
        },
    )
}
