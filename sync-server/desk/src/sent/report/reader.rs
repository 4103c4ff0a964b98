//! Reads single fields of a form, and keeps what is wrong with them.

use pantau_protocol::{limit::NOTE_BYTES, note::Field, validate::Problem};

use super::{Sight, What, Wrong};
use crate::{format::read_local, sent::Fields};

/// A form that is being read.
pub(super) struct Reader<'a> {
    pub(super) fields: &'a Fields,
    pub(super) sight: Sight<'a>,
    pub(super) wrongs: Vec<Wrong>,
    pub(super) notes: Vec<(Field, String)>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(fields: &'a Fields, sight: Sight<'a>) -> Self {
        Self { fields, sight, wrongs: Vec::new(), notes: Vec::new() }
    }

    /// Says that a field is wrong.
    pub(super) fn wrong<T>(&mut self, input: impl Into<String>, what: What) -> Option<T> {
        self.wrongs.push(Wrong { input: input.into(), what });
        None
    }

    pub(super) fn is_missing<T>(&mut self, input: &str) -> Option<T> {
        self.wrong(input, What::Problem(Problem::Missing))
    }

    /// A text without the space around it; it is told where it is too long for a note.
    pub(super) fn text(&mut self, input: &str) -> String {
        let text = self.fields.text(input).trim().to_owned();
        if text.len() > NOTE_BYTES {
            self.wrongs.push(Wrong { input: input.to_owned(), what: What::Problem(Problem::TooLong) });
        }
        text
    }

    /// Keeps a text as a note; an empty one is none.
    pub(super) fn note(&mut self, field: Field, input: &str) {
        let text = self.text(input);
        if !text.is_empty() {
            self.notes.push((field, text));
        }
    }

    /// A text that may be left out.
    pub(super) fn label(&mut self, input: &str) -> Option<String> {
        Some(self.text(input)).filter(|text| !text.is_empty())
    }

    /// Lines that are not empty.
    pub(super) fn lines(&self, input: &str) -> Vec<String> {
        let text = self.fields.text(input);
        text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
    }

    /// A number that may be left out; the outer `None` is a wrong one. Thousands may be separated as people do.
    #[expect(clippy::option_option, reason = "wrong, left out, there")]
    pub(super) fn optional(&mut self, input: &str) -> Option<Option<u32>> {
        let text = self.fields.get(input).trim().to_owned();
        if text.is_empty() {
            return Some(None);
        }
        match text.parse() {
            Ok(number) => Some(Some(number)),
            Err(_) if text.bytes().all(|b| b.is_ascii_digit()) => {
                self.wrong(input, What::Problem(Problem::TooLarge))
            }
            Err(_) => self.wrong(input, What::NoNumber),
        }
    }

    pub(super) fn number(&mut self, input: &str) -> Option<u32> {
        match self.optional(input)? {
            Some(number) => Some(number),
            None => self.is_missing(input),
        }
    }

    /// One of several words.
    pub(super) fn word<T: Copy>(&mut self, input: &str, words: &[(&str, T)]) -> Option<T> {
        let sent = self.fields.get(input);
        match words.iter().find(|(word, _)| *word == sent) {
            Some((_, meant)) => Some(*meant),
            None if sent.is_empty() => self.is_missing(input),
            None => self.wrong(input, What::Problem(Problem::Unknown)),
        }
    }

    /// One of the cases of an enumeration of the protocol, by its number; `None` where none is chosen.
    pub(super) fn case<T: Copy>(&mut self, input: &str, all: &[T], number: fn(T) -> u32) -> Option<T> {
        let sent = self.fields.get(input).parse().ok();
        all.iter().copied().find(|case| sent == Some(number(*case)))
    }

    /// The same where one must be chosen.
    pub(super) fn chosen<T: Copy>(&mut self, input: &str, all: &[T], number: fn(T) -> u32) -> Option<T> {
        match self.case(input, all, number) {
            Some(case) => Some(case),
            None => self.is_missing(input),
        }
    }

    /// A local time that may be left out; the outer `None` is a wrong one.
    #[expect(clippy::option_option, reason = "wrong, left out, there")]
    pub(super) fn time(&mut self, input: &str) -> Option<Option<i64>> {
        let text = self.fields.get(input).trim();
        if text.is_empty() {
            return Some(None);
        }
        // A browser may send seconds, too.
        let minutes = text.get(..16).unwrap_or(text);
        match read_local(minutes, self.sight.reading.offset_s) {
            Some(at) => Some(Some(at)),
            None => self.wrong(input, What::NoTime),
        }
    }
}
