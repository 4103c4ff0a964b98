//! A report that says "seen" was made far from its TPS, beyond what its accuracy explains. A told report may be made
//! anywhere; without a position in the list nobody is far.

use super::Both;
use crate::{
    body::Kind,
    projection::{
        Fact,
        findings::{About, Finding, Number, Rule, Say, Severity, Sign, view::View},
    },
    record::{Basis, Fix},
};

pub(super) const TITLE: Both = ("Jauh dari TPS", "Far from the TPS");
pub(super) const ADVICE: Both = (
    "Tanyakan di mana petugas berada; bila posisi TPS di daftar salah, betulkan daftarnya.",
    "Ask where the officer was; if the position of the TPS in the list is wrong, correct the list.",
);

/// Whole metres from the TPS, where that is far.
fn distance(view: &View<'_>, fix: &Fix) -> Option<u32> {
    let tps = view.reference().tps(view.cx.place)?;
    let metres = fix.metres_to(tps.lat?, tps.lon?);
    let beyond = f64::from(view.thresholds.far_m) + f64::from(fix.accuracy);
    // At most half the globe, 20,015,087 m.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by the globe")]
    (metres > beyond).then_some(metres.round() as u32)
}

/// What one says to have seen there: a visit, an arrival, an incident, a roll call, turnout.
fn is_seen_there(fact: &Fact) -> bool {
    let kind = fact.statement.kind();
    fact.record.basis == Basis::Seen
        && !kind.is_from_above()
        && !matches!(kind, Kind::Retract | Kind::IncidentUpdate)
}

pub(super) fn find(view: &View<'_>) -> Vec<Sign> {
    let here = view.cx.here.iter().copied().filter(|f| is_seen_there(f));
    let far = here.filter_map(|fact| {
        let metres = distance(view, fact.record.fix.as_ref()?)?;
        let subject = view.cx.standing.subject(fact).map_or(fact.id, |(record, _)| record);
        let sign = view.sign(Rule::FarFromTps, About::Record(subject), Severity::Low).with([fact.id]);
        let mut sign = sign.number(Number::Metres, metres);
        sign.detail.taken = Some(view.mark(fact));
        Some(sign)
    });
    far.collect()
}

pub(super) fn sentence(finding: &Finding, say: &Say<'_>) -> String {
    let (who, km) = (say.taken(finding), say.kilometres(finding.number(Number::Metres)));
    say.both(
        || format!("{}: \"dilihat\" oleh {who}, {km} km dari TPS", say.places(finding)),
        || format!("{}: \"seen\" by {who}, {km} km from the TPS", say.places(finding)),
    )
}
