//! After T-1 nothing proves that a kit was in time: nobody reported it, or only a report whose time the server cannot
//! vouch for. A night at the PPS is allowed until the polls open; from then on the kit must be at its TPS.

use super::{Both, late::of_last_leg, not_received_in_time::overdue};
use crate::{
    body::{CustodyKind, Point},
    place::Level,
    projection::{
        DeadlineVerdict,
        findings::{About, Finding, Rule, Say, Severity, Sign, view::View},
    },
};

pub(super) const TITLE: Both = ("Belum pasti tepat waktu", "In time or not: unknown");
pub(super) const ADVICE: Both = (
    "Tanyakan sekarang kepada KPPS atau PPS apakah kotak sudah di TPS, dan catat jawabannya sebagai laporan.",
    "Ask KPPS or PPS now whether the kit is at the TPS, and record the answer as a report.",
);

pub(super) fn find(view: &View<'_>) -> Vec<Sign> {
    let Some(profile) = view.profile.filter(|_| view.is_tps() && overdue(view).is_empty()) else {
        return Vec::new();
    };
    let Some(custody) = &view.custody else {
        // Where nobody spoke of the kits of a kecamatan that is one cause: nobody reports there.
        let about = About::Place(view.region(Level::District));
        let sign = view.sign(Rule::LateUndetermined, about, Severity::Low);
        return if view.now > profile.logistics_due { vec![sign] } else { Vec::new() };
    };
    let at_tps = |point: &Point| point.kind == CustodyKind::Tps && point.place == *view.cx.place;
    let was_there = custody
        .legs
        .iter()
        .any(|leg| leg.arrived.as_ref().is_some_and(at_tps) || leg.from.as_ref().is_some_and(at_tps));
    let is_open = match custody.in_time {
        DeadlineVerdict::Undetermined => view.now > profile.logistics_due,
        DeadlineVerdict::Before => view.now >= profile.opens_at && !was_there,
        DeadlineVerdict::After => false,
    };
    let severity = if was_there { Severity::Low } else { Severity::Medium };
    is_open.then(|| of_last_leg(view, Rule::LateUndetermined, severity)).flatten().into_iter().collect()
}

/// When a kit is late, and when its night at the PPS ends, unix seconds.
pub(super) fn moments(view: &View<'_>) -> Vec<i64> {
    let profile = view.profile.filter(|_| view.is_tps());
    profile.map_or_else(Vec::new, |p| vec![p.logistics_due.saturating_add(1), p.opens_at])
}

pub(super) fn sentence(finding: &Finding, say: &Say<'_>) -> String {
    let places = say.places(finding);
    let detail = finding.detail();
    let heard = |at: Option<i64>| at.map_or_else(|| "?".to_owned(), |at| say.when(at));
    match (&detail.taken, &detail.given) {
        (Some(taken), _) => {
            let (at, who, heard) = (say.arrived(finding), say.who(taken), heard(taken.received_at));
            say.both(
                || format!("{places}: diterima di {at} menurut {who}, terdengar oleh server {heard}; belum dapat dipastikan sudah di TPS tepat waktu"),
                || format!("{places}: received at {at} says {who}, heard by the server {heard}; whether it was at the TPS in time is not certain"),
            )
        }
        (None, Some(given)) => {
            let (who, to) = (say.who(given), say.to(finding));
            say.both(
                || format!("{places}: dikirim oleh {who} ke {to}; belum dapat dipastikan sudah di TPS tepat waktu"),
                || format!("{places}: sent by {who} to {to}; whether it was at the TPS in time is not certain"),
            )
        }
        (None, None) => say.both(
            || format!("{places}: belum ada laporan tentang logistik"),
            || format!("{places}: no report of its logistics yet"),
        ),
    }
}
