//! The form by which the desk closes a finding or opens it again, as a browser sends it.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use pantau_log::ops::{Act, Decided, Extent, FindingDecision};
use pantau_protocol::{body::FindingId, place::Place};

use super::Fields;
use crate::visit::Visitor;

/// What a form sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sent {
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
    pub(crate) fn read(fields: &Fields) -> Self {
        Self {
            act: fields.get("act").to_owned(),
            evidence: fields.get("evidence").to_owned(),
            through: fields.get("through").parse().unwrap_or(u64::MAX),
            sentence: fields.get("sentence").to_owned(),
            only_some: fields.get("extent") == "some",
            places: fields.all("place").map(str::to_owned).collect(),
            why: fields.text("why"),
        }
    }

    /// What a tick in the list of findings asks for, `finding.evidence`; `None` for what no page of ours sends.
    pub(crate) fn to_close(pick: &str, why: &str) -> Option<(FindingId, Self)> {
        let (id, evidence) = pick.split_once('.')?;
        let (act, evidence) = (word(Act::Close).to_owned(), evidence.to_owned());
        Some((id.parse().ok()?, Self { act, evidence, why: why.to_owned(), ..Self::default() }))
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
            why: self.why.clone(),
            scope: visitor.scope.clone(),
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
