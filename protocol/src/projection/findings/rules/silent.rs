//! On election day no word came from a TPS with signal for several reporting hours. Without signal silence is expected,
//! and says nothing. The silent TPS of a kecamatan are one cause: a mast, a road, an officer.

use super::{Both, profile_against_visit::signal};
use crate::{
    body::Signal,
    place::Level,
    projection::{
        findings::{About, Finding, Rule, Say, Severity, Sign, view::View},
        words,
    },
};

pub(super) const TITLE: Both = ("Diam di luar kebiasaan", "Silent against expectation");
pub(super) const ADVICE: Both = (
    "Telepon KPPS atau kirim petugas terdekat; catat jawabannya sebagai laporan.",
    "Call the KPPS or send the nearest officer; record the answer as a report.",
);

/// Reporting hours of election day that passed since a moment without anything heard, unix seconds.
pub(in crate::projection::findings) fn hours_missed(view: &View<'_>, since: i64) -> u32 {
    let Some(profile) = view.profile else { return 0 };
    let until = view.now.saturating_sub(i64::from(view.thresholds.grace_s)).min(profile.closes_at);
    let since = since.max(profile.opens_at);
    // On the hour, as turnout is reported.
    let hours = until.div_euclid(3_600).saturating_sub(since.div_euclid(3_600));
    u32::try_from(hours).unwrap_or(0)
}

/// Whether word is expected of the place: a TPS in use, with signal.
pub(in crate::projection::findings) fn is_expected(view: &View<'_>) -> bool {
    view.is_tps() && matches!(signal(view), Some(Signal::Strong | Signal::Medium))
}

/// When silence becomes a finding if nobody speaks, unix seconds.
pub(super) fn moment(view: &View<'_>) -> Option<i64> {
    if is_expected(view) { missed_at(view, view.thresholds.silent_hours) } else { None }
}

/// When so many reporting hours have passed without a word if nobody speaks, unix seconds; `None` if so many are not
/// left.
pub(in crate::projection::findings) fn missed_at(view: &View<'_>, hours: u32) -> Option<i64> {
    let profile = view.profile?;
    let last = words::at(&view.cx).last.map_or(i64::MIN, |mark| mark.at).max(profile.opens_at);
    let hours = last.div_euclid(3_600).saturating_add(i64::from(hours));
    let hour = hours.saturating_mul(3_600);
    (hour <= profile.closes_at).then(|| hour.saturating_add(i64::from(view.thresholds.grace_s)))
}

pub(super) fn find(view: &View<'_>) -> Vec<Sign> {
    if !is_expected(view) {
        return Vec::new();
    }
    let last = words::at(&view.cx).last;
    if hours_missed(view, last.as_ref().map_or(i64::MIN, |mark| mark.at)) < view.thresholds.silent_hours {
        return Vec::new();
    }
    let about = About::Place(view.region(Level::District));
    let sign = view.sign(Rule::Silent, about, Severity::Medium).with(last.iter().map(|m| m.record));
    let mut sign = sign.hands(last.clone());
    sign.detail.taken = last;
    vec![sign]
}

pub(super) fn sentence(finding: &Finding, say: &Say<'_>) -> String {
    let places = say.places(finding);
    let region = say.region_of(finding);
    let newest = finding.signs.iter().filter_map(|s| s.detail.taken.as_ref()).max_by_key(|mark| mark.at);
    match newest {
        Some(mark) => {
            let (who, when) = (say.officer(mark), say.when(mark.at));
            say.both(
                || {
                    format!(
                        "{places} di {region}: tidak ada kabar, padahal ada sinyal; terakhir {who} {when}"
                    )
                },
                || format!("{places} in {region}: no word although there is signal; last {who} {when}"),
            )
        }
        None => say.both(
            || format!("{places} di {region}: belum pernah ada kabar, padahal ada sinyal"),
            || format!("{places} in {region}: no word ever although there is signal"),
        ),
    }
}
