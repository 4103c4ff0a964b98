//! A phone says that records of its journal are lost: something was said that nobody will read. The numbers of records
//! that are merely on their way make no hole.

use super::Both;
use crate::projection::findings::{About, Finding, Loss, Number, Rule, Say, Severity, Sign};

pub(in crate::projection::findings) const TITLE: Both = ("Catatan hilang", "Records lost");
pub(in crate::projection::findings) const ADVICE: Both = (
    "Tanyakan kepada petugas apa yang dilaporkannya saat itu, dan minta diulang.",
    "Ask the officer what he had reported then, and have it said again.",
);

/// The sign of the losses of one phone.
pub(in crate::projection::findings) fn find(device: crate::journal::DeviceId, losses: &[&Loss]) -> Sign {
    let lost: u64 = losses.iter().map(|l| l.last.saturating_sub(l.first).saturating_add(1)).sum();
    let mut sign = Sign::new(Rule::JournalHole, About::Device(device), Severity::Medium);
    sign.device = Some(device);
    sign.number(Number::Missing, i64::try_from(lost).unwrap_or(i64::MAX))
}

pub(in crate::projection::findings) fn sentence(finding: &Finding, say: &Say<'_>) -> String {
    let (who, n) = (say.owner(finding), finding.number(Number::Missing));
    say.both(
        || format!("HP {who}: {n} catatan hilang dan tidak akan terbaca"),
        || format!("Phone of {who}: {n} records are lost and will not be read"),
    )
}
