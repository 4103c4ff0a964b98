//! What each kind of report says, from the fields of its form.

use pantau_protocol::{
    body::{
        Answer, Body, Category, Incident, IncidentUpdate, Kind, Progress, Severity, Situation, Standby,
        Turnout, Visit, Way,
    },
    note::Field,
    place::Place,
    validate::Problem,
};

use super::{What, goods, reader::Reader};

/// The body of a report about a place.
pub(super) fn read(reader: &mut Reader<'_>, kind: Kind, place: &Place) -> Option<Body> {
    reader.note(Field::Note, "note");
    match kind {
        Kind::Visit => visit(reader).map(Body::Visit),
        Kind::Receive => goods::receive(reader, place).map(Body::Receive),
        Kind::Dispatch => goods::dispatch(reader).map(Body::Dispatch),
        Kind::Incident => incident(reader).map(Body::Incident),
        Kind::IncidentUpdate => progress(reader).map(Body::IncidentUpdate),
        Kind::Turnout => turnout(reader).map(Body::Turnout),
        Kind::Standby => standby(reader).map(Body::Standby),
        _ => reader.wrong("kind", What::Problem(Problem::NotAllowed)),
    }
}

/// What was not mentioned is left blank; a visit of which only the way was told has no answers.
fn visit(reader: &mut Reader<'_>) -> Option<Visit> {
    let way = reader.case("way", Way::ALL, Way::number);
    let named = reader.fields.get("list").split_once('.');
    let named = named.and_then(|(number, version)| Some((number.parse().ok()?, version.parse().ok()?)));
    let Some((checklist, version)) = named else {
        return reader.wrong("list", What::Problem(Problem::Unknown));
    };
    let Some(list) = reader.sight.lists.reference.checklist(checklist, version) else {
        return reader.wrong("list", What::Problem(Problem::Unknown));
    };
    let answers: Vec<Answer> = (1..=list.items.len())
        .map(|n| reader.case(&format!("a-{n}"), Answer::ALL, Answer::number).unwrap_or(Answer::Blank))
        .collect();
    let is_blank = answers.iter().all(|answer| *answer == Answer::Blank);
    let answers = if is_blank && way.is_some() { Vec::new() } else { answers };
    Some(Visit { checklist, version, answers, way })
}

fn incident(reader: &mut Reader<'_>) -> Option<Incident> {
    reader.note(Field::Need, "need");
    let category = reader.chosen("category", Category::ALL, Category::number);
    let severity = reader.chosen("severity", Severity::ALL, Severity::number);
    Some(Incident { category: category?, severity: severity? })
}

/// The places of what it is about are copied in where it is written.
fn progress(reader: &mut Reader<'_>) -> Option<IncidentUpdate> {
    let progress = reader.chosen("progress", Progress::ALL, Progress::number);
    let target = reader.fields.get("target");
    let target = match target.parse() {
        Ok(target) => Some(target),
        Err(_) if target.is_empty() => reader.is_missing("target"),
        Err(_) => reader.wrong("target", What::Problem(Problem::Unknown)),
    };
    Some(IncidentUpdate { target: target?, target_places: Vec::new(), progress: progress? })
}

fn turnout(reader: &mut Reader<'_>) -> Option<Turnout> {
    let (hour, voters) = (reader.number("hour"), reader.number("voters"));
    Some(Turnout { hour: hour?, voters: voters? })
}

fn standby(reader: &mut Reader<'_>) -> Option<Standby> {
    let (present, team) = (reader.number("present"), reader.number("team"));
    let situation = reader.chosen("situation", Situation::ALL, Situation::number);
    let no_obstacle = !reader.fields.get("no_obstacle").is_empty();
    Some(Standby { present: present?, team: team?, situation: situation?, no_obstacle })
}
