//! Two phones write one journal under one key, as after a restored backup. Every word of both is kept; the desk must
//! know which phone the officer holds. A revocation of the phone deals with it.

use super::Both;
use crate::projection::{
    Reference,
    findings::{About, Finding, Journal, Rule, Say, Severity, Sign, Status},
};

pub(in crate::projection::findings) const TITLE: Both = ("HP ganda", "Forked phone");
pub(in crate::projection::findings) const ADVICE: Both = (
    "Tanyakan HP mana yang dipegang petugas; cabut HP itu di meja dan daftarkan ulang yang benar.",
    "Ask which phone the officer holds; revoke the phone at the desk and enrol the right one anew.",
);

/// The sign of a journal with several branches.
pub(in crate::projection::findings) fn find(journal: &Journal, reference: &Reference) -> Option<Sign> {
    if journal.branches.len() < 2 {
        return None;
    }
    let about = About::Device(journal.device);
    let mut sign = Sign::new(Rule::ForkedDevice, about, Severity::High)
        .with(journal.branches.values().map(|(_, id)| *id));
    sign.device = Some(journal.device);
    if let Some(by) = reference.revocations(&journal.device).first().map(|r| r.record) {
        sign.records.insert(by);
        sign.status = Status::Cured { by };
    }
    Some(sign)
}

pub(in crate::projection::findings) fn sentence(finding: &Finding, say: &Say<'_>) -> String {
    let who = say.owner(finding);
    say.both(
        || format!("Dua HP menulis satu buku catatan atas nama {who}"),
        || format!("Two phones write one journal in the name of {who}"),
    )
}
