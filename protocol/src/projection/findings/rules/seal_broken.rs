//! A seal that left whole was found broken: told once, for the leg on which it broke.

use super::Both;
use crate::projection::{
    Leg,
    custody::plain_seal,
    findings::{Finding, Number, Rule, Say, Severity, Sign, view::View},
};

pub(super) const TITLE: Both = ("Segel rusak", "Seal broken");
pub(super) const ADVICE: Both = (
    "Periksa isi kotak bersama pengawas, segel kembali, dan buat berita acara.",
    "Check the contents together with the supervisor, seal again, and write a record of it.",
);

fn broken(leg: &Leg) -> Vec<&String> {
    leg.seals.broken.iter().flatten().collect()
}

pub(super) fn find(view: &View<'_>) -> Vec<Sign> {
    let mut signs: Vec<(Vec<String>, Sign)> = Vec::new();
    for way in view.ways() {
        let leg = &way.1;
        let mut new = Vec::new();
        for number in broken(leg) {
            // Broken before, and still broken: the later receiver is a witness of the earlier break.
            let earlier = signs.iter_mut().find(|(known, _)| known.contains(&plain_seal(number)));
            match earlier {
                Some((_, sign)) => sign.records.extend(leg.taken.iter().map(|m| m.record)),
                None => new.push(number.clone()),
            }
        }
        if new.is_empty() {
            continue;
        }
        let Some(sign) = view.leg_sign(Rule::SealBroken, Severity::High, way, None) else { continue };
        let mut sign = sign.with(leg.records.clone()).number(Number::Broken, new.len() as i64);
        if let Some(sent) = &leg.seals.sent {
            sign = sign.number(Number::Sent, sent.len() as i64);
        }
        sign.detail.seals.clone_from(&new);
        signs.push((new.iter().map(|n| plain_seal(n)).collect(), sign));
    }
    signs.into_iter().map(|(_, sign)| sign).collect()
}

pub(super) fn sentence(finding: &Finding, say: &Say<'_>) -> String {
    let (n, seals, words) = (finding.number(Number::Broken), say.seals(finding), say.handed_over(finding));
    say.both(
        || format!("{}: {n} segel rusak ({seals}): {words}", say.places(finding)),
        || format!("{}: {n} seals broken ({seals}): {words}", say.places(finding)),
    )
}
