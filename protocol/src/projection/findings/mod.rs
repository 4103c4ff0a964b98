//! Findings: what disagrees, what is missing, what is silent. A pure function of the records, the reference data and
//! the moment the desk looks; their order does not matter.
//!
//! Each rule looks at one place and gives [`Sign`]s (`rules/`, one file each). [`history`] asks the rules again for
//! every earlier state of the place, and so knows which record cured what. Signs with one cause are one [`Finding`]
//! ([`gather`]), whose sentence and advice are in [`Finding::sentence`] and [`Finding::advice`].

mod finding;
mod history;
mod journals;
mod rules;
mod say;
mod sign;
mod silence;
mod view;

use std::collections::BTreeMap;

pub use finding::{Finding, gather};
pub use history::{Memory, Seen, look, look_now, look_on, silence_at};
pub use journals::{Journal, Loss, signs_of_journals};
pub use say::{Lang, Names, Say};
pub use sign::{About, Detail, Number, Sign, Status};
pub use silence::Silence;

pub use super::super::body::{FindingId, Rule, Version};
use super::Fold;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum Severity {
    /// To know.
    #[n(1)]
    Low,
    /// To ask.
    #[n(2)]
    Medium,
    /// To act on.
    #[n(3)]
    High,
}

impl Severity {
    /// The name used in exports and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// All findings of a fold at a moment, unix seconds, closed ones too, the gravest first.
pub fn all(fold: &Fold, now: i64) -> Vec<Finding> {
    let reference = fold.reference();
    let mut signs: Vec<Sign> = Vec::new();
    for place in fold.places() {
        signs.extend(look(place, fold.facts_of(place), reference, now).signs);
    }
    let journals = fold.journals();
    signs.extend(signs_of_journals(journals.values(), fold.losses(), reference));
    gather(signs)
}

/// Open findings by rule, for a summary.
pub fn count_open(findings: &[Finding]) -> BTreeMap<Rule, usize> {
    let mut counts = BTreeMap::new();
    for finding in findings.iter().filter(|f| f.is_open()) {
        *counts.entry(finding.rule).or_default() += 1;
    }
    counts
}
