//! A finding with the records behind it.

use std::collections::{BTreeMap, BTreeSet};

use axum::{http::StatusCode, response::Response};
use pantau_protocol::{
    body::FindingId,
    limit::NOTE_BYTES,
    place::Place,
    projection::{
        Judgement,
        findings::{Finding, Status},
    },
};

use crate::{
    layout::{Change, ChosenPlace, FindingPage, FindingPart, RulingForm},
    page::Context,
    reply,
    sent::ruling::{self, Refused, Sent, word},
    view::{self, Look},
};
use pantau_log::{
    Error,
    ops::{Act, Decided, Evidence},
    store::{Rights, Row},
};

/// How many are open, for the main menu.
pub(crate) fn open_count(c: &Context<'_>) -> Result<u64, Error> {
    c.places.open_finding_count()
}

/// `GET /finding/{id}`: its open part, and those that were closed, with the forms of whoever may decide. `refused` is a
/// form that was not taken.
pub(crate) fn finding(
    c: &Context<'_>,
    address: &[String],
    refused: Option<&Refused>,
) -> Result<Response, Error> {
    let Some(id) = address.first().and_then(|id| id.parse::<FindingId>().ok()) else {
        return Ok(c.not_found());
    };
    let all = c.places.findings(None)?;
    let parts: Vec<&Finding> = all.iter().filter(|f| f.id == id).collect();
    if parts.is_empty() {
        return Ok(c.not_found());
    }
    let rows = parts.iter().map(|part| evidence(c, part)).collect::<Result<Vec<_>, _>>()?;
    let notes = c.notes(rows.iter().flatten().map(|row| row.entry.id))?;
    let look = c.look(&notes);
    let told = |row: &Row| view::timeline::record(look, row, &Judgement::default());
    let shown = |(part, rows): (&&Finding, &Vec<Row>)| FindingPart {
        finding: view::finding::finding(look, part),
        records: rows.iter().map(told).collect(),
    };
    let shown: Vec<FindingPart> = parts.iter().zip(&rows).map(shown).collect();
    let sentence = || shown.first().map_or_else(String::new, |part| part.finding.sentence.clone());
    let stale = refused.filter(|refused| matches!(refused.why, Decided::Stale | Decided::NothingToDecide));
    let change = stale.map(|refused| Change {
        before: refused.sent.sentence.clone(),
        now: sentence(),
        records: newest(&rows, refused.sent.through).map(told).collect(),
    });
    let acts: &[Act] = if c.visitor.rights >= Rights::Desk { &[Act::Close, Act::Reopen] } else { &[] };
    let sent = |act: Act| refused.map(|refused| &refused.sent).filter(|sent| sent.act() == Some(act));
    let forms = acts.iter().filter_map(|act| {
        let mut form = form(c, look, *act, &parts, sent(*act));
        form.sentence.clone_from(&part_of(&parts, &shown, *act)?.finding.sentence);
        form.evidence = Evidence::of(&all, id, *act)?.to_string();
        Some(form)
    });
    let forms: Vec<RulingForm> = forms.collect();
    let is_kept =
        refused.and_then(|r| r.sent.act()).is_some_and(|act| forms.iter().any(|f| f.act == word(act)));
    let typed = refused.filter(|_| !is_kept).map_or_else(String::new, |refused| refused.sent.why.clone());
    let title = shown.first().map_or("", |part| part.finding.title);
    let mut layout = c.layout(title.to_owned(), c.beside(title));
    // What is typed must not vanish under a page that refreshes itself.
    layout.live = forms.is_empty();
    let outcome = outcome(c, refused);
    let page = FindingPage { layout, id: id.to_string(), parts: shown, outcome, change, typed, forms };
    Ok(reply::page(refused.map_or(StatusCode::OK, |refused| ruling::status(&refused.why)), &page))
}

/// The records behind a finding, and the one that closed it, by when they came.
fn evidence(c: &Context<'_>, part: &Finding) -> Result<Vec<Row>, Error> {
    let ruling = match part.status {
        Status::Ruled { by } => Some(by),
        Status::Open | Status::Cured { .. } => None,
    };
    let mut of = c.read(|view| {
        let mut found = Vec::new();
        for id in part.records.iter().copied().chain(ruling) {
            found.extend(view.desk_record(&id)?.into_iter().next());
        }
        Ok(found)
    })?;
    // What another region said of it is not for this visitor.
    of.retain(|row| c.places.sees_row(row));
    of.sort_by_key(|row| row.position);
    Ok(of)
}

/// Records that came behind a row of the log, each once.
fn newest(rows: &[Vec<Row>], through: u64) -> impl Iterator<Item = &Row> {
    let of = rows.iter().flatten().filter(move |row| row.position > through);
    of.map(|row| (row.position, row)).collect::<BTreeMap<_, _>>().into_values()
}

/// Whether a decision would change a part of a finding.
fn is_meant(act: Act, part: &Finding) -> bool {
    match act {
        Act::Close => part.is_open(),
        Act::Reopen => matches!(part.status, Status::Ruled { .. }),
    }
}

/// The part of a finding that a decision would change, the first of several.
fn part_of<'p>(parts: &[&Finding], shown: &'p [FindingPart], act: Act) -> Option<&'p FindingPart> {
    parts.iter().zip(shown).find(|(part, _)| is_meant(act, part)).map(|(_, shown)| shown)
}

/// The form for a decision, with what was typed in one that was not taken.
fn form(c: &Context<'_>, look: Look<'_>, act: Act, parts: &[&Finding], sent: Option<&Sent>) -> RulingForm {
    let t = look.t();
    let (title, button) = match act {
        Act::Close => (t.close_finding, t.close_button),
        Act::Reopen => (t.reopen_finding, t.reopen_button),
    };
    let places: BTreeSet<&Place> =
        parts.iter().filter(|part| is_meant(act, part)).flat_map(|part| &part.places).collect();
    let place = |place: &Place| ChosenPlace {
        code: place.to_string(),
        name: look.place(place),
        is_chosen: sent.is_some_and(|sent| sent.places.contains(place.as_str())),
    };
    RulingForm {
        csrf: c.csrf(),
        act: word(act),
        title,
        button,
        through: c.places.position(),
        places: places.into_iter().map(place).collect(),
        only_some: sent.is_some_and(|sent| sent.only_some),
        why: sent.map_or_else(String::new, |sent| sent.why.clone()),
        why_bytes: NOTE_BYTES,
        ..RulingForm::default()
    }
}

/// What became of the form that was sent, in words; empty for none.
fn outcome(c: &Context<'_>, refused: Option<&Refused>) -> String {
    let t = c.reading.lang.text();
    let told = match refused.map(|refused| &refused.why) {
        None => match c.asked.parameter("done").as_deref() {
            Some("close") => t.ruled_close,
            Some("reopen") => t.ruled_reopen,
            Some(_) | None => "",
        },
        Some(Decided::Stale) => t.ruling_stale,
        Some(Decided::NothingToDecide | Decided::NoSuchFinding) => t.ruling_nothing,
        Some(Decided::NotItsPlaces(_)) => t.ruling_places,
        Some(Decided::NoReason) => t.ruling_no_reason,
        Some(Decided::ReasonTooLong) => t.ruling_long,
        Some(Decided::Done(_)) => "",
    };
    told.to_owned()
}
