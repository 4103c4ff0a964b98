//! The forms by which the desk gives a directive and takes one back, as a browser sends them.

use super::Fields;
use crate::visit::Asked;

/// What the form of a new directive sent, or a link to it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sent {
    /// To whom: `officer`, `role`, `place`, `list` or `waiting`.
    pub(crate) to: String,
    pub(crate) officer: String,
    pub(crate) role: String,
    pub(crate) place: String,
    /// The conditions of a list of TPS, as its address has them.
    pub(crate) conditions: String,
    /// The directive whose silent officers are meant.
    pub(crate) of: String,
    pub(crate) text: String,
    pub(crate) due: String,
    /// The people that the page showed, and how many.
    pub(crate) who: String,
    pub(crate) count: String,
    /// It is to be given, and not only looked at.
    pub(crate) gives: bool,
}

impl Sent {
    pub(crate) fn read(fields: &Fields) -> Self {
        let get = |name: &str| fields.get(name).trim().to_owned();
        Self {
            text: fields.text("text"),
            due: get("due"),
            who: get("who"),
            count: get("count"),
            gives: fields.get("step") == "give",
            ..Self::addressed(get)
        }
    }

    /// What a link to the form says already.
    pub(crate) fn linked(asked: &Asked) -> Self {
        Self::addressed(|name| asked.parameter(name).unwrap_or_default())
    }

    /// To whom it goes, and nothing else.
    fn addressed(get: impl Fn(&str) -> String) -> Self {
        Self {
            to: get("to"),
            officer: get("officer"),
            role: get("role"),
            place: get("place"),
            conditions: get("conditions"),
            of: get("of"),
            ..Self::default()
        }
    }
}

/// What the form that takes a directive back sent.
#[derive(Debug, Clone)]
pub(crate) struct Retraction {
    pub(crate) why: String,
}

impl Retraction {
    pub(crate) fn read(fields: &Fields) -> Self {
        Self { why: fields.text("why") }
    }
}

/// Why a directive was not taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unretracted {
    NoReason,
    ReasonTooLong,
}
