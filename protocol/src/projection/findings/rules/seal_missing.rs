//! A seal that left did not come: the box may have been opened (13 February 2024: 3,441 TPS got unsealed boxes). A seal
//! that the receiver does not name is unknown; one with another in its place belongs to `seal_other`.

use super::Both;
use crate::projection::findings::{Finding, Number, Rule, Say, Severity, Sign, view::View};

pub(super) const TITLE: Both = ("Segel tidak ada", "Seal missing");
pub(super) const ADVICE: Both = (
    "Jangan buka kotak; periksa bersama pengawas, segel, dan buat berita acara sebelum pemungutan suara.",
    "Do not open the box; check it together with the supervisor, seal it and write a record before polling.",
);

pub(super) fn find(view: &View<'_>) -> Vec<Sign> {
    let mut signs = Vec::new();
    for way in view.ways() {
        let seals = &way.1.seals;
        let (Some(sent), Some(missing)) = (&seals.sent, &seals.missing) else { continue };
        if missing.is_empty() || seals.other.as_ref().is_some_and(|other| !other.is_empty()) {
            continue;
        }
        let Some(mut sign) = view.leg_sign(Rule::SealMissing, Severity::High, way, None) else { continue };
        sign.detail.seals.clone_from(missing);
        let sign = sign.with(way.1.records.clone()).number(Number::Sent, sent.len() as i64);
        signs.push(sign.number(Number::Missing, missing.len() as i64));
    }
    signs
}

pub(super) fn sentence(finding: &Finding, say: &Say<'_>) -> String {
    let (sent, n) = (finding.number(Number::Sent), finding.number(Number::Missing));
    let (seals, words) = (say.seals(finding), say.handed_over(finding));
    say.both(
        || format!("{}: {n} dari {sent} kotak tanpa segel ({seals}): {words}", say.places(finding)),
        || format!("{}: {n} of {sent} boxes without a seal ({seals}): {words}", say.places(finding)),
    )
}
