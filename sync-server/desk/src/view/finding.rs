//! Findings (temuan): what happened, who had it last, what to do.

use pantau_protocol::projection::findings::{Finding, Lang as FindingLang, Number, Say, Severity, Status};

use super::{
    Look,
    by::{By, by},
    href,
    tag::{self, Tag, Tone},
};
use crate::text::Lang;
use pantau_log::projector::name_now;

/// Places that are listed by name; of more the rest is counted.
const PLACES: usize = 24;

/// One finding.
#[derive(Debug, Clone)]
pub(crate) struct FindingView {
    /// Its page.
    pub(crate) href: String,
    /// How grave.
    pub(crate) severity: Tag,
    /// Open or closed, and by what.
    pub(crate) status: Tag,
    /// What kind of finding it is.
    pub(crate) title: &'static str,
    /// What happened.
    pub(crate) sentence: String,
    /// What to do.
    pub(crate) advice: &'static str,
    /// Its places: name and page.
    pub(crate) places: Vec<(String, String)>,
    /// How many more there are; empty if none.
    pub(crate) more: String,
    /// Who had it last.
    pub(crate) hands: Option<By>,
    /// Its arithmetic: what, and how many.
    pub(crate) numbers: Vec<(&'static str, String)>,
}

/// What the rule of a finding is called.
pub(crate) fn title(look: Look<'_>, finding: &Finding) -> &'static str {
    finding.title(&Say { lang: lang(look), reference: look.reference, names: &|_| None })
}

fn lang(look: Look<'_>) -> FindingLang {
    look.lang().pick(FindingLang::Id, FindingLang::En)
}

/// A finding as a page shows it.
pub(crate) fn finding(look: Look<'_>, finding: &Finding) -> FindingView {
    let t = look.t();
    let named = |officer: u32| name_now(look.contacts, officer).map(str::to_owned);
    let say = Say { lang: lang(look), reference: look.reference, names: &named };
    let places = finding.places.iter().take(PLACES).map(|p| (look.place(p), href(p))).collect();
    let more = finding.places.len().saturating_sub(PLACES);
    FindingView {
        href: format!("/finding/{}", finding.id),
        severity: severity(look.lang(), finding.severity),
        status: match finding.status {
            Status::Open => tag::tag(Tone::Warn, t.finding_open),
            Status::Ruled { .. } => tag::tag(Tone::Plain, t.finding_ruled),
            Status::Cured { .. } => tag::tag(Tone::Good, t.finding_cured),
        },
        title: finding.title(&say),
        sentence: finding.sentence(&say),
        advice: if finding.is_open() { finding.advice(&say) } else { "" },
        places,
        more: if more > 0 { format!("+ {}", look.reading.number(more as u64)) } else { String::new() },
        hands: finding.last_hands.as_ref().map(|mark| by(look, mark)),
        numbers: finding.numbers.iter().map(|(name, n)| (label(look.lang(), *name), n.to_string())).collect(),
    }
}

/// How grave, in words.
pub(crate) fn severity(lang: Lang, severity: Severity) -> Tag {
    use pantau_protocol::body::Severity as Word;
    let word = match severity {
        Severity::Low => Word::Low,
        Severity::Medium => Word::Medium,
        Severity::High => Word::High,
    };
    tag::severity(lang, word)
}

/// What a number of the arithmetic counts.
pub(super) fn label(lang: Lang, number: Number) -> &'static str {
    let (id, en) = match number {
        Number::Sent => ("dikirim", "sent"),
        Number::Received => ("diterima", "received"),
        Number::Open => ("belum jelas", "unaccounted for"),
        Number::Over => ("lebih", "too many"),
        Number::Damaged => ("rusak", "damaged"),
        Number::Missing => ("tidak ada", "missing"),
        Number::Broken => ("segel rusak", "seals broken"),
        Number::Other => ("segel lain", "other seals"),
        Number::Expected => ("dibutuhkan", "needed"),
        Number::Packed => ("dikemas", "packed"),
        Number::Good => ("baik", "good"),
        Number::Short => ("kurang", "short"),
        Number::First => ("menurut yang pertama", "says the first"),
        Number::Second => ("menurut yang kedua", "says the second"),
        Number::Before => ("sebelumnya", "before"),
        Number::Voters => ("pemilih", "voters"),
        Number::Registered => ("terdaftar", "registered"),
        Number::Ballots => ("surat suara", "ballots"),
        Number::Needed => ("dibutuhkan", "needed"),
        Number::Counted => ("dihitung baik", "counted good"),
        Number::Metres => ("meter dari TPS", "metres from the TPS"),
    };
    lang.pick(id, en)
}
