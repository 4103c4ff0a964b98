//! It is sure that a kit was not at its TPS, nor overnight at its PPS, by the end of T-1 (PKPU 14/2023: one day before
//! polling). While it is overdue on its way, that is the finding.

use super::{Both, not_received_in_time::overdue};
use crate::projection::{
    DeadlineVerdict,
    findings::{About, Finding, Rule, Say, Severity, Sign, view::View},
};

pub(super) const TITLE: Both = ("Terlambat", "Late");
pub(super) const ADVICE: Both = (
    "Pastikan TPS siap dibuka; laporkan keterlambatan kepada KPU, dan catat alasannya di sini.",
    "Make sure that the TPS can open; report the delay to the KPU, and record the reason here.",
);

/// A sign about the last leg of the kit, which is the consignment that is late.
pub(super) fn of_last_leg(view: &View<'_>, rule: Rule, severity: Severity) -> Option<Sign> {
    let way = view.kit.last()?;
    let about = About::Leg(way.0.origin(&view.cx)?);
    let mut sign = view.sign(rule, about, severity).with(way.1.records.clone());
    sign.last_hands = view.custody.as_ref().map(|c| c.last_hands.clone());
    sign.detail.given.clone_from(&way.1.given);
    sign.detail.taken.clone_from(&way.1.taken);
    sign.detail.arrived.clone_from(&way.1.arrived);
    sign.detail.to = Some(way.1.to.clone());
    Some(sign)
}

pub(super) fn find(view: &View<'_>) -> Vec<Sign> {
    let is_late = view.custody.as_ref().is_some_and(|c| c.in_time == DeadlineVerdict::After);
    if !is_late || !view.is_tps() || !overdue(view).is_empty() {
        return Vec::new();
    }
    of_last_leg(view, Rule::Late, Severity::High).into_iter().collect()
}

pub(super) fn sentence(finding: &Finding, say: &Say<'_>) -> String {
    let places = say.places(finding);
    match &finding.detail().taken {
        Some(taken) => {
            let (at, who) = (say.arrived(finding), say.who(taken));
            say.both(
                || format!("{places}: baru diterima di {at} oleh {who}, seharusnya paling lambat akhir H-1"),
                || format!("{places}: received at {at} only by {who}, due by the end of H-1"),
            )
        }
        None => {
            let (who, to) = (say.given(finding), say.to(finding));
            say.both(
                || {
                    format!(
                        "{places}: baru dikirim oleh {who} ke {to}, seharusnya sudah di TPS pada akhir H-1"
                    )
                },
                || format!("{places}: sent only by {who} to {to}, due at the TPS by the end of H-1"),
            )
        }
    }
}
