//! On election day no word came from a TPS with signal for several reporting hours. Without signal silence is expected,
//! and says nothing. The silent TPS of a kecamatan are one cause: a mast, a road, an officer.

use super::Both;
use crate::{
    place::Level,
    projection::findings::{About, Finding, Rule, Say, Severity, Sign, Silence, view::View},
};

pub(super) const TITLE: Both = ("Diam di luar kebiasaan", "Silent against expectation");
pub(super) const ADVICE: Both = (
    "Telepon KPPS atau kirim petugas terdekat; catat jawabannya sebagai laporan.",
    "Call the KPPS or send the nearest officer; record the answer as a report.",
);

/// When silence becomes a finding if nobody speaks, unix seconds.
pub(super) fn moment(view: &View<'_>) -> Option<i64> {
    view.hearing().filter(|hearing| hearing.is_expected)?.abnormal_at()
}

pub(super) fn find(view: &View<'_>) -> Vec<Sign> {
    if view.hearing().is_none_or(|hearing| hearing.silence(view.now) != Silence::Abnormal) {
        return Vec::new();
    }
    let last = view.last_word().cloned();
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
