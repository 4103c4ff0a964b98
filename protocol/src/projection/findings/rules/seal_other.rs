//! A seal came under a number that had not left: somebody sealed the box anew on the way, or two kits have each other's
//! box. The seal that is missing in its place belongs to this finding.

use std::collections::BTreeSet;

use super::Both;
use crate::projection::{
    custody::plain_seal,
    findings::{Finding, Number, Rule, Say, Severity, Sign, view::View},
};

pub(super) const TITLE: Both = ("Nomor segel lain", "Another seal number");
pub(super) const ADVICE: Both = (
    "Tanyakan siapa yang menyegel ulang dan mengapa; bila tertukar dengan TPS lain, tukarkan kembali.",
    "Ask who sealed it anew and why; if it was swapped with another TPS, swap it back.",
);

pub(super) fn find(view: &View<'_>) -> Vec<Sign> {
    let mut signs = Vec::new();
    for way in view.ways() {
        let seals = &way.1.seals;
        let (Some(sent), Some(other)) = (&seals.sent, seals.other.as_ref().filter(|o| !o.is_empty())) else {
            continue;
        };
        let Some(mut sign) = view.leg_sign(Rule::SealOther, Severity::High, way, None) else { continue };
        let found: BTreeSet<String> =
            [&seals.intact, &seals.broken].into_iter().flatten().flatten().map(|n| plain_seal(n)).collect();
        sign.detail.seals = sent.iter().filter(|n| !found.contains(&plain_seal(n))).cloned().collect();
        sign.detail.others.clone_from(other);
        sign = sign.with(way.1.records.clone()).number(Number::Sent, sent.len() as i64);
        if let Some(missing) = seals.missing.as_ref().filter(|m| !m.is_empty()) {
            sign = sign.number(Number::Missing, missing.len() as i64);
        }
        signs.push(sign.number(Number::Other, other.len() as i64));
    }
    signs
}

/// Whether what came at one place is what another lacks.
fn is_swapped(finding: &Finding) -> bool {
    let lacks =
        |sign: &Sign, number: &String| sign.detail.seals.iter().any(|s| plain_seal(s) == plain_seal(number));
    let signs = &finding.signs;
    signs.iter().any(|one| {
        let others = signs.iter().filter(|other| other.place != one.place);
        others.into_iter().any(|other| one.detail.others.iter().any(|number| lacks(other, number)))
    })
}

pub(super) fn sentence(finding: &Finding, say: &Say<'_>) -> String {
    let (places, words) = (say.places(finding), say.handed_over(finding));
    let (others, seals) = (say.others(finding), say.seals(finding));
    if is_swapped(finding) {
        return say.both(
            || format!("{places}: kotak tertukar: segel {others} ditemukan, bukan {seals}: {words}"),
            || format!("{places}: boxes swapped: seals {others} were found, not {seals}: {words}"),
        );
    }
    say.both(
        || format!("{places}: segel {others} ditemukan, padahal yang dikirim {seals}: {words}"),
        || format!("{places}: seal {others} was found where {seals} was sent: {words}"),
    )
}
