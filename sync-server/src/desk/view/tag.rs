//! A word with a tone. The tone adds a colour and a sign to what the word already says.

use pantau_protocol::body::{Access, Answer, LineState, Progress, Severity, Signal, Situation};

use crate::desk::text::{Lang, words};

/// How a word is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
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
    pub fn class(self) -> &'static str {
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
pub struct Tag {
    /// The word.
    pub text: String,
    /// How it is meant.
    pub tone: Tone,
}

/// A tag.
pub fn tag(tone: Tone, text: impl Into<String>) -> Tag {
    Tag { text: text.into(), tone }
}

/// Good if it is so; otherwise simply not yet.
pub fn yes(lang: Lang, is: bool) -> Tag {
    let t = lang.text();
    if is { tag(Tone::Good, t.yes) } else { tag(Tone::Plain, t.no) }
}

/// A count of which any is a problem.
pub fn problems(tone: Tone, n: u32, text: String) -> Tag {
    tag(if n == 0 { Tone::Plain } else { tone }, text)
}

/// An answer.
pub fn answer(lang: Lang, value: Answer) -> Tag {
    let tone = match value {
        Answer::Ok => Tone::Good,
        Answer::NotOk => Tone::Bad,
        Answer::NotApplicable | Answer::Blank | Answer::Other(_) => Tone::Plain,
    };
    tag(tone, words::answer(lang, value))
}

/// How grave.
pub fn severity(lang: Lang, value: Severity) -> Tag {
    let tone = match value {
        Severity::High => Tone::Bad,
        Severity::Medium => Tone::Warn,
        Severity::Low | Severity::Other(_) => Tone::Plain,
    };
    tag(tone, words::severity(lang, value))
}

/// How far it has come.
pub fn progress(lang: Lang, value: Progress) -> Tag {
    let tone = match value {
        Progress::Done => Tone::Good,
        Progress::Impossible => Tone::Bad,
        Progress::Seen | Progress::Working | Progress::Other(_) => Tone::Plain,
    };
    tag(tone, words::progress(lang, value))
}

/// How things stand.
pub fn situation(lang: Lang, value: Situation) -> Tag {
    let tone = match value {
        Situation::Calm => Tone::Good,
        Situation::Alert => Tone::Warn,
        Situation::Obstacle => Tone::Bad,
        Situation::Other(_) => Tone::Plain,
    };
    tag(tone, words::situation(lang, value))
}

/// How hard to reach.
pub fn access(lang: Lang, value: Access) -> Tag {
    let tone = if value == Access::Regular { Tone::Plain } else { Tone::Warn };
    tag(tone, words::access(lang, value))
}

/// The usual signal.
pub fn signal(lang: Lang, value: Signal) -> Tag {
    let tone = if matches!(value, Signal::Weak | Signal::None) { Tone::Warn } else { Tone::Plain };
    tag(tone, words::signal(lang, value))
}

/// How an item was checked.
pub fn checked(lang: Lang, value: LineState) -> String {
    words::line_state(lang, value)
}
