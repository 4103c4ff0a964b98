//! The form by which the desk closes a finding or opens it again, as a browser sends it.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use pantau_log::ops::{Act, Decided, Extent, FindingDecision};
use pantau_protocol::{body::FindingId, place::Place};

use crate::visit::Visitor;

/// What a form sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sent {
    pub(crate) csrf: String,
    act: String,
    evidence: String,
    /// The row of the log up to which the page of the form speaks.
    pub(crate) through: u64,
    /// The sentence of that page.
    pub(crate) sentence: String,
    /// Only chosen places are meant.
    pub(crate) only_some: bool,
    /// The places that were chosen.
    pub(crate) places: BTreeSet<String>,
    /// The reason that was typed.
    pub(crate) why: String,
}

impl Sent {
    /// Of a field that is there twice the first counts, so that nothing can be put behind it.
    pub(crate) fn read(form: &[u8]) -> Self {
        let mut fields: Vec<(String, String)> = form_urlencoded::parse(form).into_owned().collect();
        fields.reverse();
        let mut sent = Self::default();
        for (name, value) in fields {
            match name.as_str() {
                "csrf" => sent.csrf = value,
                "act" => sent.act = value,
                "evidence" => sent.evidence = value,
                "through" => sent.through = value.parse().unwrap_or(u64::MAX),
                "sentence" => sent.sentence = value,
                "extent" => sent.only_some = value == "some",
                "place" => _ = sent.places.insert(value),
                "why" => sent.why = value,
                _ => {}
            }
        }
        sent
    }

    /// What is asked; `None` for no act of ours.
    pub(crate) fn act(&self) -> Option<Act> {
        [Act::Close, Act::Reopen].into_iter().find(|act| word(*act) == self.act)
    }

    /// The decision that it asks for; `None` for what no page of ours sends.
    pub(crate) fn decision(&self, id: FindingId, visitor: &Visitor) -> Option<FindingDecision> {
        let places: Option<BTreeSet<Place>> = self.places.iter().map(|code| Place::new(code).ok()).collect();
        let extent = if self.only_some { Extent::Only(places?) } else { Extent::All };
        Some(FindingDecision {
            id,
            act: self.act()?,
            extent,
            seen: self.evidence.parse().ok()?,
            // A browser ends lines as HTTP does.
            why: self.why.replace("\r\n", "\n"),
            operator: Some(visitor.operator.clone()),
        })
    }
}

/// The word of an act in a form.
pub(crate) fn word(act: Act) -> &'static str {
    match act {
        Act::Close => "close",
        Act::Reopen => "reopen",
    }
}

/// A form that was not taken, and why.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    pub(crate) sent: Sent,
    pub(crate) why: Decided,
}

/// The status of the page that shows a form again.
pub(crate) fn status(why: &Decided) -> StatusCode {
    match why {
        Decided::Done(_) => StatusCode::OK,
        Decided::NoSuchFinding => StatusCode::NOT_FOUND,
        Decided::NothingToDecide | Decided::Stale => StatusCode::CONFLICT,
        Decided::NotItsPlaces(_) | Decided::NoReason | Decided::ReasonTooLong => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }
}
