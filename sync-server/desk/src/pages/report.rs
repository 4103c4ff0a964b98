//! Enters a report that came by phone, radio, message or paper: place, kind, then a short form. What was typed comes
//! back with whatever is wrong.

mod fields;
mod forms;
mod goods;
mod said;
mod shown;

use axum::{http::StatusCode, response::Response};
use pantau_log::{
    Error,
    ops::{FormId, Reported},
    store::{Rights, Row},
};
use pantau_protocol::{
    body::{Class, Kind},
    journal::RecordId,
    note::Field,
    place::Place,
    projection::Judgement,
    record::Record,
};

pub(crate) use self::said::confirmation;
use self::shown::{DonePage, KindPage, PlaceLink, PlacePage, ReportPage, TakeBackPage};
use crate::{
    find::{self, Found, Lists},
    layout::Layout,
    page::Context,
    reply,
    sent::{
        Fields,
        report::{self, Doubt, Wrong},
    },
    text::{report as words_of, words},
    view::{self, Notes, href},
};

/// A form that was not taken, and why.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    pub(crate) fields: Fields,
    pub(crate) why: Why,
}

/// Why a form was not taken.
#[derive(Debug, Clone)]
pub(crate) enum Why {
    /// Fields are wrong.
    Wrong(Vec<Wrong>),
    /// It can be, and is not likely: the desk is asked.
    Doubtful(Vec<Doubt>),
    /// It says what became of it, which is not that it was written.
    Reported(Reported),
    /// The page of the form was not valid any more.
    Stale,
    /// The session ended before it was sent; it was kept.
    Kept,
}

impl Why {
    fn status(&self) -> StatusCode {
        match self {
            Self::Wrong(_) | Self::Doubtful(_) | Self::Reported(Reported::Wrong(_)) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::Reported(_) => StatusCode::CONFLICT,
            Self::Stale => StatusCode::FORBIDDEN,
            Self::Kept => StatusCode::OK,
        }
    }
}

/// `GET /report`: where and what, then the form. `?correct=` and `?retract=` name an earlier told report, `?done=` the
/// one that was just written, `?kept=1` asks for what a session that ended had typed.
pub(crate) fn report(c: &Context<'_>) -> Result<Response, Error> {
    let t = words_of::text(c.reading.lang);
    if let Some(id) = c.asked.parameter("done").and_then(|id| id.parse::<RecordId>().ok()) {
        return done(c, &id);
    }
    if c.visitor.rights < Rights::Desk {
        return Ok(c.says(StatusCode::FORBIDDEN, t.only_desk, t.only_desk_help));
    }
    if c.asked.parameter("kept").is_some() {
        return match c.kept_form() {
            Some(form) => again(c, &Refused { fields: Fields::read(&form), why: Why::Kept }),
            None => Ok(c.says(StatusCode::OK, t.title, t.kept_gone)),
        };
    }
    if let Some(id) = c.asked.parameter("correct").and_then(|id| id.parse::<RecordId>().ok()) {
        return correct(c, &id);
    }
    if let Some(id) = c.asked.parameter("retract").and_then(|id| id.parse::<RecordId>().ok()) {
        return take_back(c, &id, None);
    }
    let typed = c.asked.parameter("place").unwrap_or_default();
    let sees = |place: &Place| c.sees(place);
    match find::place(lists(c, &sees), &typed) {
        Found::One(place) => of_place(c, &place),
        found => Ok(which_place(c, &typed, &found)),
    }
}

/// The same form again, with what was typed and why it was not taken.
pub(crate) fn again(c: &Context<'_>, refused: &Refused) -> Result<Response, Error> {
    if let Ok(id) = refused.fields.get("retract").parse::<RecordId>() {
        return take_back(c, &id, Some(refused));
    }
    let place = Place::new(refused.fields.get("place")).ok().filter(|place| c.is_known(place));
    match (place, report::kind(&refused.fields)) {
        (Some(place), Some(kind)) => form(c, &place, kind, &refused.fields, Some(&refused.why)),
        (Some(place), None) => which_kind(c, &place, StatusCode::UNPROCESSABLE_ENTITY),
        (None, _) => Ok(which_place(c, refused.fields.get("place"), &Found::Nothing)),
    }
}

/// Step 1: the place.
fn which_place(c: &Context<'_>, typed: &str, found: &Found<Place>) -> Response {
    let t = words_of::text(c.reading.lang);
    let notes = Notes::new();
    let look = c.look(&notes);
    let link = |place: &Place| PlaceLink {
        href: format!("/report?place={place}"),
        name: look.titled(place),
        under: look.under(place),
        code: place.to_string(),
    };
    let (links, more) = match found {
        Found::Several(places, is_cut) => (places.iter().map(link).collect(), *is_cut),
        Found::Nothing | Found::One(_) => (Vec::new(), false),
    };
    let problem = match (typed.trim(), found) {
        ("", _) | (_, Found::Several(..) | Found::One(_)) => String::new(),
        (typed, Found::Nothing) => format!("{} “{typed}”.", t.place_none),
    };
    let suggested = forms::suggested(c);
    let status = if problem.is_empty() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    let page =
        PlacePage { layout: layout(c, None), r: t, typed: typed.to_owned(), problem, links, more, suggested };
    reply::page(status, &page)
}

/// The form, where the kind is named; else step 2.
fn of_place(c: &Context<'_>, place: &Place) -> Result<Response, Error> {
    let (now, wanted) = (c.reading.typed(c.reading.now), c.asked.parameter("kind").unwrap_or_default());
    let fields = Fields::of(vec![("kind".into(), wanted), ("place".into(), place.to_string())]);
    if let Some(kind) = report::kind(&fields) {
        let fields =
            forms::with_defaults(c, place, kind, fields.with(&[("called", &now), ("channel", "phone")]));
        return form(c, place, kind, &fields, None);
    }
    which_kind(c, place, StatusCode::OK)
}

/// Step 2: the kind.
fn which_kind(c: &Context<'_>, place: &Place, status: StatusCode) -> Result<Response, Error> {
    let t = words_of::text(c.reading.lang);
    let kinds = forms::kinds(c, place);
    let page = KindPage { layout: layout(c, Some(place)), r: t, place: shown::place(c, place), kinds };
    Ok(reply::page(status, &page))
}

/// Step 3: the form.
fn form(
    c: &Context<'_>,
    place: &Place,
    kind: Kind,
    fields: &Fields,
    why: Option<&Why>,
) -> Result<Response, Error> {
    let state = c.places.state(place)?;
    let told = said::told(c, why);
    // One that was sent keeps its name: it may have been written although nobody was told.
    let is_new_name = matches!(why, None | Some(Why::Reported(Reported::FormUsed(_))));
    let form = match fields.get("form").parse::<FormId>() {
        Ok(form) if !is_new_name => form,
        _ => c.new_form()?,
    };
    let groups = forms::groups(c, place, kind, &state, (fields, &told.problems))?;
    let t = words_of::text(c.reading.lang);
    let is_correction = !fields.get("correct").is_empty();
    let is_doubtful = matches!(why, Some(Why::Doubtful(_)));
    let page = ReportPage {
        layout: layout(c, Some(place)),
        r: t,
        csrf: c.csrf(),
        form: form.to_string(),
        place: shown::place(c, place),
        kind: words::kind(c.reading.lang, kind),
        kind_word: report::kind_word(kind),
        correct: fields.get("correct").to_owned(),
        confirm: told.confirm,
        list: fields.get("list").to_owned(),
        outcome: told.outcome,
        summary: shown::summary(&groups, told.summary),
        link: told.link,
        groups,
        button: match (is_doubtful, is_correction) {
            (true, _) => t.save_anyway,
            (false, true) => t.save_correction,
            (false, false) => t.save,
        },
    };
    Ok(reply::page(why.map_or(StatusCode::OK, Why::status), &page))
}

/// The form of a report that is there already, to be corrected.
fn correct(c: &Context<'_>, id: &RecordId) -> Result<Response, Error> {
    let t = words_of::text(c.reading.lang);
    let Some((_, record)) = told_report(c, id)? else {
        return Ok(c.says(StatusCode::NOT_FOUND, t.title, t.not_told));
    };
    let Ok(said) = record.statement() else { return Ok(c.not_found()) };
    let notes = c.notes([*id])?;
    let texts = notes.get(id).into_iter().flatten().filter_map(|(field, told)| match told {
        pantau_log::import::Told::Text(text) => Some((*field, text.clone())),
        pantau_log::import::Told::Absent | pantau_log::import::Told::Erased => None,
    });
    let texts: Vec<(Field, String)> = texts.collect();
    let fields = report::filled(&record, &said, &texts, &c.reading).with(&[("correct", &id.to_string())]);
    form(c, &record.place, said.kind(), &fields, None)
}

/// Asks whether a report is to be taken back.
fn take_back(c: &Context<'_>, id: &RecordId, refused: Option<&Refused>) -> Result<Response, Error> {
    let t = words_of::text(c.reading.lang);
    let Some((row, record)) = told_report(c, id)? else {
        return Ok(c.says(StatusCode::NOT_FOUND, t.title, t.not_told));
    };
    let notes = c.notes([*id])?;
    let told = said::told(c, refused.map(|refused| &refused.why));
    let page = TakeBackPage {
        layout: layout(c, Some(&record.place)),
        r: t,
        csrf: c.csrf(),
        form: c.new_form()?.to_string(),
        id: id.to_string(),
        outcome: told.outcome,
        place: shown::place(c, &record.place),
        record: vec![view::timeline::record(c.look(&notes), &row, &Judgement::default())],
        why: refused.map_or_else(String::new, |refused| fields::as_typed(&refused.fields.text("why"))),
    };
    Ok(reply::page(refused.map_or(StatusCode::OK, |refused| refused.why.status()), &page))
}

/// What was written, and what one may do next.
fn done(c: &Context<'_>, id: &RecordId) -> Result<Response, Error> {
    let t = words_of::text(c.reading.lang);
    let found = c.read(|view| Ok(written(view.desk_record(id)?)))?;
    let Some((row, record)) = found.filter(|(_, record)| c.sees(&record.place)) else {
        return Ok(c.not_found());
    };
    let notes = c.notes([*id])?;
    let is_retraction = row.entry.kind == Kind::Retract;
    let page = DonePage {
        layout: layout(c, Some(&record.place)),
        r: t,
        title: match row.entry.kind {
            Kind::Correct => t.done_correction,
            Kind::Retract => t.done_retraction,
            _ => t.done,
        },
        place: shown::place(c, &record.place),
        place_href: href(&record.place),
        record: vec![view::timeline::record(c.look(&notes), &row, &Judgement::default())],
        id: (!is_retraction && c.visitor.rights >= Rights::Desk).then(|| id.to_string()),
    };
    Ok(reply::page(StatusCode::OK, &page))
}

fn written(rows: Vec<Row>) -> Option<(Row, Record)> {
    let row = rows.into_iter().next()?;
    let record = Record::from_payload(&row.entry.payload).ok()?;
    Some((row, record))
}

/// A report that was told to the desk; `None` for any other record.
fn told_report(c: &Context<'_>, id: &RecordId) -> Result<Option<(Row, Record)>, Error> {
    let found = c.read(|view| Ok(written(view.desk_record(id)?)))?;
    Ok(found.filter(|(row, record)| {
        let is_field = record.statement().is_ok_and(|said| said.kind().class() == Class::Field);
        let is_told = c.places.reference().is_desk(&row.entry.device) && record.basis.is_told() && is_field;
        is_told && c.sees(&record.place)
    }))
}

/// The lists in which places and officers are looked up.
fn lists<'a>(c: &'a Context<'_>, sees: &'a dyn Fn(&Place) -> bool) -> Lists<'a> {
    Lists { reference: c.places.reference(), contacts: c.places.known().contacts(), sees }
}

/// The layout of a step. What is typed must not vanish under a page that refreshes itself.
fn layout(c: &Context<'_>, place: Option<&Place>) -> Layout {
    let title = words_of::text(c.reading.lang).title;
    let mut layout = c.layout(title.to_owned(), c.beside(title));
    layout.live = false;
    if let Some(place) = place.filter(|_| !layout.report_href.is_empty()) {
        layout.report_href = format!("/report?place={place}");
    }
    layout
}
