//! `GET /api/v1/findings` and `GET /api/v1/findings/{id}`: what disagrees, is missing or is silent.

use std::{collections::BTreeMap, ops::Bound};

use axum::{
    extract::{RawPathParams, State},
    response::Response,
};
use pantau_protocol::{
    body::{FindingId, Rule},
    projection::findings::{Finding as Found, Severity},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Desked, answer,
    finding::{self, Finding},
    parts,
    said::{AsOf, word},
    usual::{Problems, Unchanged},
};
use crate::{
    ask::Ask,
    limit,
    problem::{Code, Problem, Refusal},
    query::Query,
    visit::Asked,
};

/// A page of findings.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FindingsPage {
    /// Up to where the answer speaks.
    as_of: AsOf,
    /// The findings by id, those parts of each that were asked for.
    findings: Vec<Finding>,
    /// What to send as `after` for the next page; `null` on the last one.
    next_after: Option<String>,
}

/// One finding.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FindingAnswer {
    /// Up to where the answer speaks.
    as_of: AsOf,
    /// Its parts: what is open of it first, then what was closed. Never empty.
    parts: Vec<Finding>,
}

/// Findings by id, a page at a time
///
/// All pages together hold every finding exactly once, whatever is reported meanwhile. A caller with a region is told
/// of the places in it alone; findings about phones are for those who read everything.
#[utoipa::path(
    get,
    path = "/api/v1/findings",
    operation_id = "findings",
    tag = "read",
    params(
        ("state" = Option<String>, Query, description = "`open`, `ruled`, `cured` or `all`; without, `all`."),
        ("rule" = Option<String>, Query, description = "Only those of this rule, by its word in `rule`."),
        ("severity" = Option<String>, Query, description = "Only those that are `low`, `medium` or `high`; without, `all`."),
        ("within" = Option<String>, Query, description = "Code of a place: only the shares of it and of what lies in it. Without, all that the caller may read."),
        ("after" = Option<String>, Query, description = "The id behind which the page begins: `next_after` of the page before."),
        ("limit" = Option<u32>, Query, description = "Findings on the page, each with its parts, 1 to 500; without, 100."),
    ),
    responses(
        (status = 200, description = "A page of findings.", body = FindingsPage),
        Unchanged,
        Problems,
    ),
)]
pub(crate) async fn findings(State(desk): Desked, asked: Asked) -> Response {
    answer(desk, asked, page).await
}

/// One finding, with what is open of it and what was closed
#[utoipa::path(
    get,
    path = "/api/v1/findings/{id}",
    operation_id = "finding",
    tag = "read",
    params(
        ("id" = String, Path, description = "Its id, 32 hexadecimal digits."),
    ),
    responses(
        (status = 200, description = "The finding.", body = FindingAnswer),
        Unchanged,
        Problems,
    ),
)]
pub(crate) async fn finding(State(desk): Desked, address: RawPathParams, asked: Asked) -> Response {
    let address = parts(&address);
    answer(desk, asked, move |ask, asked| one(ask, asked, &address)).await
}

/// Findings by id, each with its parts.
pub(crate) type ById<'f> = BTreeMap<FindingId, Vec<&'f Found>>;

/// Findings by id.
pub(crate) fn by_id<'f>(all: impl IntoIterator<Item = &'f Found>) -> ById<'f> {
    let mut ids = ById::new();
    all.into_iter().for_each(|found| ids.entry(found.id).or_default().push(found));
    ids
}

/// At most `most` findings behind an id, and the id behind which there are more; `None` after the last one.
pub(crate) fn behind<'f>(
    ids: &ById<'f>,
    after: Option<FindingId>,
    most: usize,
) -> (Vec<&'f Found>, Option<FindingId>) {
    let from = after.map_or(Bound::Unbounded, Bound::Excluded);
    let mut rest = ids.range((from, Bound::Unbounded));
    let some: Vec<_> = rest.by_ref().take(most).collect();
    let next = rest.next().and(some.last()).map(|(id, _)| **id);
    (some.into_iter().flat_map(|(_, parts)| parts.iter().copied()).collect(), next)
}

fn page(ask: &Ask<'_>, asked: &Asked) -> Result<FindingsPage, Refusal> {
    let query = Query::read(asked, &["state", "rule", "severity", "within", "after", "limit"])?;
    let within = ask.reader.narrowed(query.place("within")?)?;
    let states = ["all", "open", "ruled", "cured"].map(|word| (word, word));
    let state = query.choice("state", &states, "all")?;
    let rules: Vec<_> =
        Rule::ALL.iter().map(|rule| (word(rule.name(), rule.number()), Some(*rule))).collect();
    let rules: Vec<_> = rules.iter().map(|(word, rule)| (word.as_str(), *rule)).collect();
    let rule = query.choice("rule", &rules, None)?;
    let severities = [Severity::Low, Severity::Medium, Severity::High].map(|s| (s.name(), Some(s)));
    let severities: Vec<_> = severities.into_iter().chain([("all", None)]).collect();
    let severity = query.choice("severity", &severities, None)?;
    let after = query.finding("after")?;
    let most = query.number("limit", limit::API_PAGE, limit::API_PAGE_MOST)?;
    let all = ask.places.findings(within.as_ref())?;
    let is_meant = |found: &&Found| {
        (state == "all" || state == finding::state(found.status))
            && rule.is_none_or(|rule| found.rule == rule)
            && severity.is_none_or(|severity| found.severity == severity)
    };
    let (some, next) = behind(&by_id(all.iter().filter(is_meant)), after, most);
    let findings = some.into_iter().map(|found| Finding::of(ask, found)).collect::<Result<_, _>>()?;
    Ok(FindingsPage { as_of: AsOf::of(ask), findings, next_after: next.map(|id| id.to_string()) })
}

fn one(ask: &Ask<'_>, asked: &Asked, address: &[String]) -> Result<FindingAnswer, Refusal> {
    Query::read(asked, &[])?;
    let none = || Problem::new(Code::FindingNotFound);
    let id: FindingId = address.first().and_then(|id| id.parse().ok()).ok_or_else(none)?;
    let all = ask.places.findings(None)?;
    let parts = all.iter().filter(|found| found.id == id).map(|found| Finding::of(ask, found));
    let parts: Vec<Finding> = parts.collect::<Result<_, _>>()?;
    if parts.is_empty() {
        return Err(none().into());
    }
    Ok(FindingAnswer { as_of: AsOf::of(ask), parts })
}
