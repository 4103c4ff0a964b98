//! Fields of a form as its template shows them: each with its label, its hint and what is wrong with it.

use std::collections::BTreeMap;

use askama::filters::Escaper as _;

use crate::sent::Fields;

/// What is wrong with fields, in words, by their inputs.
pub(super) type Problems = BTreeMap<String, String>;

/// Fields that belong together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Group {
    pub(crate) legend: String,
    /// May be empty.
    pub(crate) hint: String,
    /// It is folded away until it is opened, or not; `None` for what is always there.
    pub(crate) open: Option<bool>,
    pub(crate) fields: Vec<Field>,
}

impl Group {
    pub(super) fn new(legend: &str, fields: Vec<Field>) -> Self {
        Self { legend: legend.to_owned(), fields, ..Self::default() }
    }

    pub(super) fn hint(self, hint: &str) -> Self {
        Self { hint: hint.to_owned(), ..self }
    }

    /// Folded away while nothing in it is filled in or wrong.
    pub(super) fn folded(self) -> Self {
        let is_used = |field: &Field| !field.value.is_empty() || !field.problem.is_empty();
        let open = Some(self.fields.iter().any(is_used));
        Self { open, ..self }
    }
}

/// One field.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) label: String,
    /// May be empty.
    pub(crate) hint: String,
    /// What is wrong with it; empty for nothing.
    pub(crate) problem: String,
    pub(crate) value: String,
    pub(crate) required: bool,
    pub(crate) input: Input,
}

/// How a field is filled in.
#[derive(Debug, Clone)]
pub(crate) enum Input {
    Text,
    /// A text with suggestions: value and label.
    Suggested(Vec<(String, String)>),
    Number,
    Time,
    Area,
    /// Value and label of each choice.
    Select(Vec<(String, String)>),
    Check,
}

impl Field {
    pub(super) fn hint(self, hint: &str) -> Self {
        Self { hint: hint.to_owned(), ..self }
    }

    pub(super) fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// What was typed, escaped and otherwise as it was: a field must give back what it was given, also what
    /// [`crate::reply::Shown`] would make legible.
    pub(crate) fn typed(&self) -> String {
        as_typed(&self.value)
    }

    /// The ids of what describes it, for whoever cannot see where that stands; empty for none.
    pub(crate) fn described(&self) -> String {
        let parts = [(!self.hint.is_empty(), "hint"), (!self.problem.is_empty(), "problem")];
        let ids = parts.iter().filter(|(is, _)| *is).map(|(_, what)| format!("{}-{what}", self.name));
        ids.collect::<Vec<_>>().join(" ")
    }
}

/// A text as the value of a field.
pub(super) fn as_typed(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    // Writing to a string does not fail.
    let _ = askama::filters::Html.write_escaped_str(&mut escaped, text);
    escaped
}

/// Makes fields with what was typed and what is wrong with it.
#[derive(Clone, Copy)]
pub(super) struct Maker<'a> {
    pub(super) fields: &'a Fields,
    pub(super) problems: &'a Problems,
}

impl Maker<'_> {
    pub(super) fn field(&self, name: &str, label: &str, input: Input) -> Field {
        Field {
            name: name.to_owned(),
            label: label.to_owned(),
            hint: String::new(),
            problem: self.problems.get(name).cloned().unwrap_or_default(),
            value: self.fields.text(name),
            required: false,
            input,
        }
    }

    /// A choice among the cases of an enumeration of the protocol; `none` is offered where nothing need be chosen.
    pub(super) fn cases<T: Copy>(
        &self,
        (name, label): (&str, &str),
        none: Option<&str>,
        all: &[T],
        of: impl Fn(T) -> (u32, String),
    ) -> Field {
        let none = none.map(|text| (String::new(), text.to_owned()));
        let cases = all.iter().map(|case| of(*case)).map(|(number, text)| (number.to_string(), text));
        self.field(name, label, Input::Select(none.into_iter().chain(cases).collect()))
    }
}
