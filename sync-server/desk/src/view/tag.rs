//! A word with a tone. The tone adds a colour and a sign to what the word already says.

use pantau_protocol::body::{Access, Answer, LineState, Progress, Severity, Signal, Situation};

use crate::text::{Lang, words};

/// How a word is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Neither good nor bad.
    Plain,
    /// In order.
    Good,
    /// Look at it.
    Warn,
    /// Act on it.
    Bad,
}

impl Tone {
    /// Its class in the style sheet.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

/// A word with a tone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag {
    /// The word.
    pub(crate) text: String,
    /// How it is meant.
    pub(crate) tone: Tone,
}

/// A tag.
pub(crate) fn tag(tone: Tone, text: impl Into<String>) -> Tag {
    Tag { text: text.into(), tone }
}

/// Good if it is so; otherwise simply not yet.
pub(crate) fn yes(lang: Lang, is: bool) -> Tag {
    let t = lang.text();
    if is { tag(Tone::Good, t.yes) } else { tag(Tone::Plain, t.no) }
}

/// A count of which any is a problem.
pub(crate) fn problems(tone: Tone, n: u32, text: String) -> Tag {
    tag(if n == 0 { Tone::Plain } else { tone }, text)
}

/// An answer.
pub(crate) fn answer(lang: Lang, value: Answer) -> Tag {
    let tone = match value {
        Answer::Ok => Tone::Good,
        Answer::NotOk => Tone::Bad,
        Answer::NotApplicable | Answer::Blank | Answer::Other(_) => Tone::Plain,
    };
    tag(tone, words::answer(lang, value))
}

/// How grave.
pub(crate) fn severity(lang: Lang, value: Severity) -> Tag {
    let tone = match value {
        Severity::High => Tone::Bad,
        Severity::Medium => Tone::Warn,
        Severity::Low | Severity::Other(_) => Tone::Plain,
    };
    tag(tone, words::severity(lang, value))
}

/// How far it has come.
pub(crate) fn progress(lang: Lang, value: Progress) -> Tag {
    let tone = match value {
        Progress::Done => Tone::Good,
        Progress::Impossible => Tone::Bad,
        Progress::Seen | Progress::Working | Progress::Other(_) => Tone::Plain,
    };
    tag(tone, words::progress(lang, value))
}

/// How things stand.
pub(crate) fn situation(lang: Lang, value: Situation) -> Tag {
    let tone = match value {
        Situation::Calm => Tone::Good,
        Situation::Alert => Tone::Warn,
        Situation::Obstacle => Tone::Bad,
        Situation::Other(_) => Tone::Plain,
    };
    tag(tone, words::situation(lang, value))
}

/// How hard to reach.
pub(crate) fn access(lang: Lang, value: Access) -> Tag {
    let tone = if value == Access::Regular { Tone::Plain } else { Tone::Warn };
    tag(tone, words::access(lang, value))
}

/// The usual signal.
pub(crate) fn signal(lang: Lang, value: Signal) -> Tag {
    let tone = if matches!(value, Signal::Weak | Signal::None) { Tone::Warn } else { Tone::Plain };
    tag(tone, words::signal(lang, value))
}

/// How an item was checked.
pub(crate) fn checked(lang: Lang, value: LineState) -> String {
    words::line_state(lang, value)
}
