//! Findings as an officer reads them.

use pantau_core as core;
use pantau_protocol::projection::findings;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum FindingSeverity {
    /// To know.
    Low,
    /// To ask.
    Medium,
    /// To act on.
    High,
}

/// A finding that is open.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct FindingWords {
    /// The same on every phone and on the server, 32 hexadecimal digits.
    pub id: String,
    /// Name of the rule, such as `SealBroken`.
    pub rule: String,
    /// How grave.
    pub severity: FindingSeverity,
    /// Codes of its places that this phone knows of.
    pub places: Vec<String>,
    /// What it is called.
    pub title: String,
    /// What happened, who had it last, what is missing.
    pub sentence: String,
    /// What to do.
    pub advice: String,
}

impl From<core::FindingWords> for FindingWords {
    fn from(words: core::FindingWords) -> Self {
        let severity = match words.severity {
            findings::Severity::Low => FindingSeverity::Low,
            findings::Severity::Medium => FindingSeverity::Medium,
            findings::Severity::High => FindingSeverity::High,
        };
        Self {
            id: words.id.to_string(),
            rule: words.rule.name().to_owned(),
            severity,
            places: words.places.iter().map(ToString::to_string).collect(),
            title: words.title,
            sentence: words.sentence,
            advice: words.advice,
        }
    }
}
