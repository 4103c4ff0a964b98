//! The daily report (Laporan Harian): which were frozen, a preview of a new one, one as it was frozen with what came in
//! since, and the records behind each figure.

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr as _,
};

use axum::{http::StatusCode, response::Response};
use pantau_log::{
    Error,
    ops::{self, Daily},
    projector::Places,
    store::Rights,
};
use pantau_protocol::{
    body::{DailyRow, Figures},
    journal::RecordId,
    limit::{LABEL_BYTES, NOTE_BYTES},
    note::Field,
    place::{Level, Place},
    projection::Mark,
};

use crate::{
    format::read_local,
    layout::{
        Crumb, List,
        daily::{Behind, BehindPage, DailyPage, FrozenPage},
    },
    limit,
    page::Context,
    reply,
    sent::daily::Sent,
    text::daily::text,
    view::{
        Look, Notes,
        by::by,
        daily::{Figure, LetterView, cell, differences, letter, listed, message},
        href, paged,
    },
};

/// What a form said that was not taken, and why.
#[derive(Debug, Clone, Default)]
pub(crate) struct Again {
    pub(crate) sent: Sent,
    pub(crate) problem: String,
    pub(crate) status: StatusCode,
}

/// Whether a report may be made of a place: a province, a kabupaten or kota, or a kecamatan that the reader sees.
pub(crate) fn may_report(places: &Places<'_>, place: &Place) -> bool {
    places.sees(place)
        && places.reference().region(place).is_some()
        && matches!(place.level(), Some(Level::Province | Level::Regency | Level::District))
}

/// Regions that a report may be made of, the kecamatan last.
fn regions(c: &Context<'_>) -> Vec<Place> {
    let all = c.places.reference().regions().map(|(place, _)| place);
    let mut all: Vec<Place> = all.filter(|place| may_report(&c.places, place)).cloned().collect();
    all.sort_by_key(|place| (place.level() == Some(Level::District), place.clone()));
    all
}

/// Today at 18.00 if that has passed, else the latest full minute that is settled.
fn usual(c: &Context<'_>) -> i64 {
    let now = c.reading.now;
    let evening = c.reading.floor(now, 86_400) + 18 * 3_600;
    if ops::is_settled(evening, now) { evening } else { c.reading.floor(now - 60, 60) }
}

/// `GET /daily`: the list, and with `?region=&at=` a preview.
pub(crate) fn daily(c: &Context<'_>, again: &Again) -> Result<Response, Error> {
    let notes = Notes::new();
    let look = c.look(&notes);
    let d = text(look.lang());
    let asked = |name: &str, sent: &str| {
        if sent.is_empty() { c.asked.parameter(name).unwrap_or_default() } else { sent.to_owned() }
    };
    let (code, typed_at) = (asked("region", &again.sent.region), asked("at", &again.sent.at));
    let all = regions(c);
    let chosen = Place::new(&code).ok().filter(|place| may_report(&c.places, place));
    let at = read_local(&typed_at, c.reading.offset_s);
    let mut problem = again.problem.clone();
    let mut preview = None;
    if !(code.is_empty() && typed_at.is_empty()) {
        match (&chosen, at) {
            (None, _) => problem = d.bad_region.to_owned(),
            (_, None) => problem = d.bad_time.to_owned(),
            (_, Some(at)) if !ops::is_settled(at, c.reading.now) => problem = d.too_early.to_owned(),
            (Some(region), Some(at)) => match c.compare(at, true) {
                Some(then) => {
                    let report = ops::figures(&then, c.places.known(), region);
                    let reference = c.places.reference().as_of(at);
                    let look = Look { reference: &reference, ..look };
                    preview = Some(letter(look, region, &report, None));
                }
                None => problem = d.working.to_owned(),
            },
        }
    }
    let reports = seen(c)?;
    let number = c.asked.parameter("page").and_then(|n| n.parse().ok());
    let number = number.filter(|n| (1..=limit::LIST_PAGES).contains(n)).unwrap_or(1);
    let shown = reports.iter().skip((number - 1) * limit::LIST_ROWS).take(limit::LIST_ROWS);
    let shown: Vec<_> = shown.map(|daily| listed(look, daily)).collect();
    let first = chosen.as_ref().or(all.first());
    let mut layout = c.layout(d.title.to_owned(), c.beside(d.title));
    // What is typed and the preview stay as they are.
    layout.live = preview.is_none() && problem.is_empty();
    let page = DailyPage {
        layout,
        d,
        csrf: c.csrf(),
        // What was typed stays, although its preview is being worked out again.
        may_freeze: c.visitor.rights >= Rights::Desk
            && (preview.is_some() || again.sent.letter != ops::Letter::default()),
        list: List::new(shown, d.list_empty),
        pager: paged::pager(look, "/daily", number, reports.len()),
        regions: all.iter().map(|p| (p.to_string(), look.titled(p), Some(p) == first)).collect(),
        at: if typed_at.is_empty() { c.reading.typed(usual(c)) } else { typed_at },
        problem,
        typed: again.sent.letter.clone(),
        preview,
        most: (NOTE_BYTES, LABEL_BYTES),
    };
    Ok(reply::page(again.status, &page))
}

/// The reports that the visitor may see.
fn seen(c: &Context<'_>) -> Result<Vec<Daily>, Error> {
    let mut all = c.read(|view| ops::daily_reports(view, c.places.known()))?;
    all.retain(|daily| c.sees(&daily.region));
    Ok(all)
}

/// The report of an address, with all that the visitor may see.
fn found(c: &Context<'_>, address: &[String]) -> Result<Option<(Daily, Vec<Daily>)>, Error> {
    let Some(id) = address.first().and_then(|id| RecordId::from_str(id).ok()) else { return Ok(None) };
    let all = seen(c)?;
    Ok(all.iter().find(|daily| daily.id == id).cloned().map(|daily| (daily, all)))
}

/// The letter of a frozen report: as it was, whatever came since.
fn frozen_letter(c: &Context<'_>, daily: &Daily) -> Result<LetterView, Error> {
    let notes = c.notes([daily.id])?;
    let reference = c.places.reference().as_of(daily.report.at);
    let reading = c.reading.clone().in_zone_of(reference.profile());
    let look = Look { reference: &reference, reading: &reading, ..c.look(&notes) };
    let mut view = letter(look, &daily.region, &daily.report, Some(&daily.id.to_string()));
    for (field, told) in notes.get(&daily.id).into_iter().flatten() {
        let note = look.note(*field, told);
        match field {
            Field::Name => view.name = note.text,
            Field::Note => (view.remark, view.is_remark_gone) = (note.text, note.gone),
            _ => {}
        }
    }
    Ok(view)
}

/// `GET /daily/{id}`: a report as it was frozen.
pub(crate) fn frozen(c: &Context<'_>, address: &[String]) -> Result<Response, Error> {
    let Some((daily, all)) = found(c, address)? else { return Ok(c.not_found()) };
    let notes = Notes::new();
    let look = c.look(&notes);
    let d = text(look.lang());
    let letter = frozen_letter(c, &daily)?;
    let now = Figures::from(&c.places.sums(&daily.region)?);
    let before = all.iter().find(|b| b.region == daily.region && b.report.at < daily.report.at);
    let page = FrozenPage {
        layout: {
            let mut layout = c.layout(d.title.to_owned(), crumbs(c, d.title));
            layout.live = false;
            layout
        },
        d,
        frozen_at: c.reading.stamp(daily.frozen_at),
        operator_note: c
            .asked
            .parameter("told")
            .filter(|told| told == "already")
            .map_or_else(String::new, |_| d.already.to_owned()),
        record: daily.id.to_string(),
        message: message(&letter, d, limit::MESSAGE_CHARS),
        check: check(c, look, &daily),
        since: differences(look, &daily.report.total, &now),
        before: before.map(|b| (listed(look, b), differences(look, &b.report.total, &daily.report.total))),
        letter,
    };
    Ok(reply::page(StatusCode::OK, &page))
}

fn crumbs(c: &Context<'_>, title: &str) -> Vec<Crumb> {
    let mut crumbs = c.beside(title);
    if let Some(last) = crumbs.last_mut() {
        last.href = Some("/daily".to_owned());
    }
    crumbs
}

/// Whether the frozen figures follow from the log, and what differs.
fn check(c: &Context<'_>, look: Look<'_>, daily: &Daily) -> (&'static str, Vec<String>) {
    let d = text(look.lang());
    let Some(then) = c.compare(daily.report.at, true) else { return (d.checking, Vec::new()) };
    let again = ops::figures(&then, c.places.known(), &daily.region);
    if (again.total, &again.rows) == (daily.report.total, &daily.report.rows) {
        return (d.checked, Vec::new());
    }
    if again.fold != daily.report.fold {
        return (d.other_fold, Vec::new());
    }
    let mut differs = differences(look, &daily.report.total, &again.total);
    let by_part = |rows: &[DailyRow]| -> BTreeMap<String, Figures> {
        rows.iter().map(|row| (row.part.clone(), row.figures)).collect()
    };
    let (frozen, again) = (by_part(&daily.report.rows), by_part(&again.rows));
    let parts: BTreeSet<&String> = frozen.keys().chain(again.keys()).collect();
    for part in parts {
        let of = |rows: &BTreeMap<String, Figures>| rows.get(part).copied().unwrap_or_default();
        let row = DailyRow { part: part.clone(), figures: Figures::default() };
        let name = row.region(&daily.region).map_or_else(|| part.clone(), |place| look.place(&place));
        let lines = differences(look, &of(&frozen), &of(&again));
        differs.extend(lines.into_iter().map(|line| format!("{name}: {line}")));
    }
    (d.differs, differs)
}

/// `GET /daily/{id}/records?figure=&place=`: what a figure counts, down to the records.
pub(crate) fn records(c: &Context<'_>, address: &[String]) -> Result<Response, Error> {
    let Some((daily, _)) = found(c, address)? else { return Ok(c.not_found()) };
    let figure = c.asked.parameter("figure").as_deref().and_then(Figure::of_name);
    let place = c.asked.parameter("place").and_then(|code| Place::new(&code).ok());
    let place = place.filter(|place| place.is_within(&daily.region) && c.is_known(place));
    let (Some(figure), Some(place)) = (figure, place) else { return Ok(c.not_found()) };
    let notes = Notes::new();
    let reference = c.places.reference().as_of(daily.report.at);
    let look = Look { reference: &reference, ..c.look(&notes) };
    let d = text(look.lang());
    let (mut inside, mut list, mut n, mut is_working) = (Vec::new(), Vec::new(), String::new(), false);
    if is_small(&place) {
        let tps = c.places.tps_of_then(&place, daily.report.at)?;
        let counted = tps.iter().filter_map(|(tps, sums, state)| Some((tps, figure.behind(sums, state)?)));
        list = counted.map(|(tps, marks)| behind(look, tps, &marks)).collect();
    } else if let Some(then) = c.compare(daily.report.at, true) {
        let report = ops::figures(&then, c.places.known(), &place);
        let id = daily.id.to_string();
        n = look.reading.number(figure.value(&report.total));
        let rows = report.rows.iter().filter_map(|row| Some((row.region(&place)?, &row.figures)));
        inside = rows
            .map(|(region, of)| (look.place(&region), cell(look, figure, of, Some((&id, &region)))))
            .collect();
    } else {
        is_working = true;
    }
    let mut layout = c.layout(d.behind.to_owned(), crumbs(c, d.title));
    layout.live = false;
    let page = BehindPage {
        layout,
        d,
        back: format!("/daily/{}", daily.id),
        figure: figure.label(d),
        region: look.titled(&place),
        moment: look.reading.dated(daily.report.at),
        n,
        inside,
        list: List::new(list, if is_small(&place) { d.nothing_behind } else { "" }),
        is_working,
    };
    Ok(reply::page(StatusCode::OK, &page))
}

/// Whether the TPS of a place are few enough to be listed.
fn is_small(place: &Place) -> bool {
    !matches!(place.level(), Some(Level::Province | Level::Regency))
}

fn behind(look: Look<'_>, tps: &Place, marks: &[&Mark]) -> Behind {
    let record = |mark: &&Mark| {
        let id = mark.record.to_string();
        (id.chars().take(8).collect(), format!("/search?q={id}"), by(look, mark))
    };
    Behind {
        href: href(tps),
        name: look.place(tps),
        under: look.under(tps),
        records: marks.iter().map(record).collect(),
    }
}
