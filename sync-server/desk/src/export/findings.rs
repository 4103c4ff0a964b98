//! `GET /export/findings.csv`: one line a finding and place.

use std::collections::BTreeSet;

use axum::{extract::State, response::Response};
use pantau_log::Error;
use pantau_protocol::{
    note::Field,
    place::Place,
    projection::findings::{Finding, Lang, Sign, Status},
};

use super::{Table, cell::Sheet, serve};
use crate::{
    api::{
        Desked,
        finding::{Closed, Text, since, state, text},
        findings::{behind, by_id},
        usual::{BOM, Csv, Problems, WITHIN},
        word,
    },
    ask::Ask,
    limit,
    select::Selection,
    visit::Asked,
};

/// All findings as CSV, one line a finding and place
///
/// Closed ones, too: `state` is `open`, `ruled` or `cured`. A finding about a phone has one line without a place.
/// Sentence and advice speak of the whole finding, `numbers` (as `sent=5;received=4`) and `records` of the place.
/// Otherwise as `/export/tps.csv`.
#[utoipa::path(
    get,
    path = "/export/findings.csv",
    operation_id = "export_findings",
    tag = "export",
    params(
        ("within" = Option<String>, Query, description = WITHIN),
        ("bom" = Option<String>, Query, description = BOM),
    ),
    responses(
        Csv,
        Problems,
    ),
)]
pub(crate) async fn findings(State(desk): Desked, asked: Asked) -> Response {
    serve(desk, asked, &TABLE).await
}

static TABLE: Table = Table {
    name: "findings",
    has_conditions: false,
    columns: &[
        "finding",
        "place",
        "village_name",
        "log_position",
        "rule",
        "severity",
        "state",
        "since_at",
        "since_unix",
        "title_id",
        "sentence_id",
        "advice_id",
        "title_en",
        "sentence_en",
        "advice_en",
        "numbers",
        "devices",
        "last_hands_at",
        "last_hands_unix",
        "last_hands_officer",
        "last_hands_officer_name",
        "last_hands_basis",
        "closed_by",
        "closed_at",
        "closed_unix",
        "closed_officer",
        "closed_officer_name",
        "closed_basis",
        "closed_reason",
        "closed_operator",
        "records",
    ],
    lines,
};

fn lines(
    ask: &Ask<'_>,
    selection: &Selection,
    after: &str,
    sheet: &mut Sheet,
) -> Result<Option<String>, Error> {
    let all = ask.places.findings(selection.within.as_ref())?;
    let (some, next) = behind(&by_id(&all), after.parse().ok(), limit::EXPORT_FINDINGS);
    for finding in some {
        let texts = [text(ask, finding, Lang::Id), text(ask, finding, Lang::En)];
        let closed = Closed::of(ask.view, finding.status)?;
        for sign in &finding.signs {
            line(ask, finding, (sign, &texts, closed.as_ref()), sheet)?;
        }
    }
    Ok(next.map(|id| id.to_string()))
}

fn line(
    ask: &Ask<'_>,
    finding: &Finding,
    (sign, texts, closed): (&Sign, &[Text; 2], Option<&Closed>),
    sheet: &mut Sheet,
) -> Result<(), Error> {
    let reference = ask.places.reference();
    let village = sign.place.as_ref().and_then(|place| reference.region(&place.parent()?));
    sheet.text(&finding.id.to_string());
    sheet.maybe_text(sign.place.as_ref().map(Place::as_str));
    sheet.maybe_text(village.map(|region| region.name.as_str()));
    sheet.number(i64::try_from(ask.places.position()).ok());
    sheet.text(&word(finding.rule.name(), finding.rule.number()));
    sheet.text(sign.severity.name());
    sheet.text(state(sign.status));
    sheet.time(since(ask.view, [sign], ask.now)?);
    for text in texts {
        sheet.text(text.title);
        sheet.text(&text.sentence);
        sheet.text(text.advice);
    }
    let numbers = sign.numbers.iter().map(|(name, number)| format!("{}={number}", name.name()));
    sheet.text(&numbers.collect::<Vec<_>>().join(";"));
    sheet.maybe_text(sign.device.map(|device| device.to_string()).as_deref());
    sheet.said(ask, sign.last_hands.as_ref());
    let ruling = closed.filter(|_| matches!(sign.status, Status::Ruled { .. }));
    let note = |field| ruling.map_or(Ok(None), |ruling| ruling.note(ask, field));
    sheet.maybe_text(closed.map(|closed| closed.by.to_string()).as_deref());
    sheet.said(ask, closed.and_then(|closed| closed.mark(ask)).as_ref());
    sheet.maybe_text(note(Field::Note)?.as_deref());
    sheet.maybe_text(note(Field::Name)?.as_deref());
    let records: BTreeSet<String> = sign.records.iter().map(ToString::to_string).collect();
    sheet.text(&records.into_iter().collect::<Vec<_>>().join(";"));
    sheet.end();
    Ok(())
}
