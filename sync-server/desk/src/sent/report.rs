//! The form of a report that was told to the desk, as a browser sends it: what every report has. What each kind says is
//! read in [`body`].

mod body;
mod doubt;
mod filled;
mod goods;
mod input;
mod reader;

use pantau_log::ops::{FormId, ToldReport};
use pantau_protocol::{
    body::{Body, Kind},
    journal::RecordId,
    note::Field,
    place::Place,
    record::{Basis, Record, ToldBy},
    validate,
};

pub(crate) use doubt::{Doubt, doubts};
pub(crate) use filled::filled;

use super::Fields;
use crate::{
    find::{self, Found, Lists},
    format::Reading,
    limit,
};
use input::input_of;
use reader::Reader;

/// What a form is read by: the lists of now, and the time.
#[derive(Clone, Copy)]
pub(crate) struct Sight<'a> {
    pub(crate) lists: Lists<'a>,
    pub(crate) reading: &'a Reading,
}

/// A field of a form, by the name of its input, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) input: String,
    pub(crate) what: What,
}

impl Wrong {
    /// A field that the protocol found wrong, as one of the form.
    pub(crate) fn of(wrong: &validate::FieldError, body: &Body) -> Self {
        Self { input: input_of(&wrong.field, body), what: What::Problem(wrong.problem) }
    }
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// What a phone would say of it, too.
    Problem(validate::Problem),
    NoNumber,
    NoTime,
    /// It lies in the future.
    ToCome,
    /// It is later than the report.
    LaterThanTold,
    /// An officer and somebody else are named.
    OnlyOne,
    NoOfficer,
    /// Several officers fit.
    Officers(Vec<u32>),
    /// A line that names no place, or several.
    NoPlace(String),
    /// Pieces are damaged or missing, and none are told to be good.
    GoodToo,
}

/// The kinds that can be told to the desk, in the order in which they are offered.
pub(crate) const KINDS: [(&str, Kind); 7] = [
    ("visit", Kind::Visit),
    ("receive", Kind::Receive),
    ("dispatch", Kind::Dispatch),
    ("incident", Kind::Incident),
    ("progress", Kind::IncidentUpdate),
    ("turnout", Kind::Turnout),
    ("standby", Kind::Standby),
];

/// The ways by which a report comes, with the words of a form.
pub(crate) const CHANNELS: [(&str, Basis); 4] = [
    ("phone", Basis::ToldByPhone),
    ("radio", Basis::ToldByRadio),
    ("message", Basis::ToldByMessage),
    ("paper", Basis::ToldOnPaper),
];

/// The kind that a form names.
pub(crate) fn kind(fields: &Fields) -> Option<Kind> {
    KINDS.iter().find(|(word, _)| *word == fields.get("kind")).map(|(_, kind)| *kind)
}

/// The word of a kind in a form.
pub(crate) fn kind_word(kind: Kind) -> &'static str {
    KINDS.iter().find(|(_, other)| *other == kind).map_or("", |(word, _)| word)
}

/// The report that a form tells.
///
/// # Errors
/// All fields that are wrong.
pub(crate) fn read(fields: &Fields, sight: Sight<'_>, operator: &str) -> Result<ToldReport, Vec<Wrong>> {
    let mut reader = Reader::new(fields, sight);
    let place = place(&mut reader);
    let source = source(&mut reader);
    let basis = reader.word("channel", &CHANNELS);
    let times = times(&mut reader);
    let said = match (kind(fields), &place) {
        (Some(kind), Some(place)) => body::read(&mut reader, kind, place),
        (None, _) => reader.wrong("kind", What::Problem(validate::Problem::Missing)),
        (Some(_), None) => None,
    };
    let form = fields.get("form").parse::<FormId>().ok();
    let corrects = fields.get("correct").parse::<RecordId>().ok();
    let (wrongs, mut notes) = (reader.wrongs, reader.notes);
    match (wrongs.is_empty(), place, source, basis, times, said, form) {
        (true, Some(place), Some(source), Some(basis), Some((called, at)), Some(body), Some(form)) => {
            notes.push((Field::Informant, source.name));
            let told = ToldBy { officer: source.officer, at: called };
            let record = Record { basis, told: Some(told), ..Record::new(at, place.clone(), &body) };
            let checked = validate::record(&record, &body);
            if let Err(wrong) = checked.and_then(|()| sight.lists.reference.check_named(&place, &body)) {
                return Err(vec![Wrong::of(&wrong, &body)]);
            }
            Ok(ToldReport {
                form,
                place,
                at,
                basis,
                told,
                body,
                notes,
                corrects,
                operator: Some(operator.to_owned()),
            })
        }
        _ => Err(wrongs),
    }
}

/// The one place where it is decided of what an operator may report.
fn place(reader: &mut Reader<'_>) -> Option<Place> {
    let place = Place::new(reader.fields.get("place")).ok();
    match place.filter(|place| reader.sight.lists.has(place)) {
        Some(place) => Some(place),
        None => reader.wrong("place", What::Problem(validate::Problem::Unknown)),
    }
}

/// Who told it.
struct Source {
    officer: Option<u32>,
    /// As it is kept in the note.
    name: String,
}

fn source(reader: &mut Reader<'_>) -> Option<Source> {
    let (officer, other) = (reader.text("officer"), reader.text("informant"));
    match (officer.is_empty(), other.is_empty()) {
        (true, true) => reader.wrong("officer", What::Problem(validate::Problem::Missing)),
        (false, false) => reader.wrong("informant", What::OnlyOne),
        (true, false) => Some(Source { officer: None, name: other }),
        (false, true) => match find::officer(reader.sight.lists, &officer) {
            Found::One(number) => Some(Source { officer: Some(number), name: called(reader.sight, number) }),
            Found::Several(officers, _) => reader.wrong("officer", What::Officers(officers)),
            Found::Nothing => reader.wrong("officer", What::NoOfficer),
        },
    }
}

/// An officer as the note names him: his name, or his number where there is none.
fn called(sight: Sight<'_>, officer: u32) -> String {
    let name = pantau_log::projector::name_now(sight.lists.contacts, officer);
    name.map_or_else(|| format!("no. {officer}"), |name| format!("{name} (no. {officer})"))
}

/// When it was told, and when it was so.
fn times(reader: &mut Reader<'_>) -> Option<(i64, i64)> {
    let now = reader.sight.reading.now;
    let Some(called) = reader.time("called")? else {
        return reader.wrong("called", What::Problem(validate::Problem::Missing));
    };
    let held = reader.time("held")?;
    if called > now + limit::CALL_AHEAD_S {
        return reader.wrong("called", What::ToCome);
    }
    // A time is typed to the minute: what was so in the minute of the call was so by then.
    match held {
        Some(held) if held > called => reader.wrong("held", What::LaterThanTold),
        held => Some((called, held.unwrap_or(called))),
    }
}
