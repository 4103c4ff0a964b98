//! What was sent was not received, nor handed on, by the time the giver named, or by the end of T-1 where he named none
//! (13 February 2024: 8,061 TPS had nothing, and nobody saw it in time).

use super::Both;
use crate::projection::findings::{
    Finding, Number, Rule, Say, Severity, Sign,
    view::{View, Way},
};

pub(super) const TITLE: Both = ("Belum diterima pada waktunya", "Not received in time");
pub(super) const ADVICE: Both = (
    "Hubungi yang membawa terakhir, lalu tujuan; siapkan perahu atau kendaraan pengganti.",
    "Call who had it last, then its destination; prepare another boat or car.",
);

/// Whether somebody says that the goods came, or they were handed on, which only who has them can do.
fn is_answered(way: &Way<'_>, later: &[Way<'_>]) -> bool {
    let handed_on = |(_, next): &Way<'_>| next.from != way.1.from;
    // A giver who holds the receiver's signed answer has his word, though that phone is still offline.
    let is_taken = way.1.taken.is_some() || way.1.handed.is_some();
    is_taken || later.iter().any(handed_on)
}

/// The legs that nobody answered, each with its due time.
fn unanswered<'v, 'a>(view: &'v View<'a>) -> impl Iterator<Item = (&'v Way<'a>, i64)> {
    let kit = view.kit.iter().enumerate().filter(|(n, way)| {
        let later = view.kit.get(n + 1..).unwrap_or_default();
        !is_answered(way, later)
    });
    let loose = view.loose.iter().filter(|way| !is_answered(way, &[]));
    let open = kit.map(|(_, way)| way).chain(loose);
    open.filter_map(|way| Some((way, way.1.due_by(view.profile)?)))
}

/// The legs that are overdue, each with its due time.
pub(super) fn overdue<'v, 'a>(view: &'v View<'a>) -> Vec<(&'v Way<'a>, i64)> {
    unanswered(view).filter(|(_, due)| view.now > *due).collect()
}

/// When legs become overdue, unix seconds.
pub(super) fn moments(view: &View<'_>) -> Vec<i64> {
    unanswered(view).map(|(_, due)| due.saturating_add(1)).collect()
}

pub(super) fn find(view: &View<'_>) -> Vec<Sign> {
    let last_call = view.profile.map(|p| p.logistics_due);
    let mut signs = Vec::new();
    for (way, due) in overdue(view) {
        let severity = if last_call.is_some_and(|t| due >= t) { Severity::High } else { Severity::Medium };
        let Some(mut sign) = view.leg_sign(Rule::NotReceivedInTime, severity, way, None) else { continue };
        sign.detail.due = Some(due);
        if let Some(sent) = way.1.boxes.sent {
            sign = sign.number(Number::Sent, sent);
        }
        signs.push(sign.with(way.0.given.iter().map(|(f, _)| f.id)));
    }
    signs
}

pub(super) fn sentence(finding: &Finding, say: &Say<'_>) -> String {
    let (who, to) = (say.given(finding), say.to(finding));
    let due = finding.detail().due.map_or(String::new(), |due| say.when(due));
    let sent = finding.numbers.get(&Number::Sent).map_or("?".to_owned(), i64::to_string);
    say.both(
        || {
            format!(
                "{}: {sent} dikirim oleh {who} ke {to}, seharusnya tiba {due}, belum diterima",
                say.places(finding)
            )
        },
        || format!("{}: {sent} sent by {who} to {to}, due {due}, not received yet", say.places(finding)),
    )
}
