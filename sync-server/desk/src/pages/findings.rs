//! Findings: the list, and one with the records behind it.

use axum::{http::StatusCode, response::Response};
use pantau_protocol::{
    body::FindingId,
    projection::{
        Judgement,
        findings::{Finding, Status},
    },
};

use crate::{
    layout::{FindingPage, FindingPart, FindingsPage, List},
    page::Context,
    reply, view,
    view::Notes,
};
use pantau_log::{Error, store::Row};

/// How many are open, for the main menu.
pub(crate) fn open_count(c: &Context<'_>) -> Result<u64, Error> {
    c.places.open_finding_count()
}

/// `GET /findings`, all or those of `?place=`; with `?closed=1` those that are closed.
pub(crate) fn findings(c: &Context<'_>) -> Result<Response, Error> {
    let only = super::narrowed(c);
    let shows_closed = c.asked.parameter("closed").is_some();
    let all = c.places.findings(only.as_ref())?;
    let (open, closed): (Vec<&Finding>, Vec<&Finding>) = all.iter().partition(|f| f.is_open());
    let chosen = if shows_closed { &closed } else { &open };
    let notes = Notes::new();
    let look = c.look(&notes);
    let t = look.t();
    let rows = chosen.iter().take(super::ROWS).map(|f| view::finding::finding(look, f)).collect();
    let within = only.as_ref().map_or_else(String::new, |place| format!("place={place}"));
    let count = look.reading.number(chosen.len() as u64);
    let (under, empty) = match shows_closed {
        true => (t.findings_closed, t.empty_findings_closed),
        false => (t.findings_gravest, t.empty_findings),
    };
    let title = t.findings;
    let page = FindingsPage {
        layout: c.layout(title.to_owned(), c.beside(title)),
        only: super::narrowed_name(c, only.as_ref()),
        shows_closed,
        other: match shows_closed {
            true => format!("/findings?{within}"),
            false => format!("/findings?closed=1&{within}"),
        },
        list: List::new(rows, empty)
            .under(format!("{count} {under}"))
            .cut(chosen.len() > super::ROWS, t.shown_first),
    };
    Ok(reply::page(StatusCode::OK, &page))
}

/// `GET /finding/{id}`: its open part, and those that were closed.
pub(crate) fn finding(c: &Context<'_>, address: &[String]) -> Result<Response, Error> {
    let Some(id) = address.first().and_then(|id| id.parse::<FindingId>().ok()) else {
        return Ok(c.not_found());
    };
    let all = c.places.findings(None)?;
    let parts: Vec<&Finding> = all.iter().filter(|f| f.id == id).collect();
    if parts.is_empty() {
        return Ok(c.not_found());
    }
    let mut rows: Vec<Vec<Row>> = Vec::new();
    for part in &parts {
        let ruling = match part.status {
            Status::Ruled { by } => Some(by),
            Status::Open | Status::Cured { .. } => None,
        };
        let ids = part.records.iter().copied().chain(ruling);
        let mut of = c.read(|view| {
            let mut found = Vec::new();
            for id in ids {
                found.extend(view.desk_record(&id)?.into_iter().next());
            }
            Ok(found)
        })?;
        of.sort_by_key(|row| row.position);
        rows.push(of);
    }
    let notes = c.notes(rows.iter().flatten().map(|row| row.entry.id))?;
    let look = c.look(&notes);
    let shown = |(part, rows): (&&Finding, &Vec<Row>)| FindingPart {
        finding: view::finding::finding(look, part),
        records: rows.iter().map(|r| view::timeline::record(look, r, &Judgement::default())).collect(),
    };
    let parts: Vec<FindingPart> = parts.iter().zip(&rows).map(shown).collect();
    let title = parts.first().map_or("", |part| part.finding.title);
    let layout = c.layout(title.to_owned(), c.beside(title));
    Ok(reply::page(StatusCode::OK, &FindingPage { layout, id: id.to_string(), parts }))
}
