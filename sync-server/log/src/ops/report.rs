//! Reports that came to the desk by phone, radio, message or paper, and how the desk takes one back. What is sent twice
//! is written once: each form has a name.

mod forms;
#[cfg(test)]
mod tests;

pub use forms::FormId;

use pantau_protocol::{
    body::{Body, Class, Correct, IncidentUpdate, Kind, Retract},
    hash,
    journal::RecordId,
    limit,
    note::Field,
    place::Place,
    projection::{Judged, Reference, judge},
    record::{Basis, Record, ToldBy},
    validate::{FieldError, Problem},
};

use crate::{
    Error, Server,
    author::{self, NewDeskRecord},
    limit as limits, projector,
    store::{self, Row, View},
};

/// A report that somebody told the desk.
#[derive(Debug, Clone, PartialEq)]
pub struct ToldReport {
    /// The form it was entered with.
    pub form: FormId,
    /// The place it is about.
    pub place: Place,
    /// When it was so, unix seconds.
    pub at: i64,
    /// By which way it came; one that is told.
    pub basis: Basis,
    /// Who told it, and when.
    pub told: ToldBy,
    /// What was told.
    pub body: Body,
    /// Its texts; the name of whoever told it is `Informant`.
    pub notes: Vec<(Field, String)>,
    /// The earlier told report that it corrects.
    pub corrects: Option<RecordId>,
    /// User name of the operator who enters it; `None` for a command.
    pub operator: Option<String>,
}

/// A told report that the desk takes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenBack {
    /// The form it is asked for with.
    pub form: FormId,
    /// The report.
    pub target: RecordId,
    /// Why, kept as a note; may be empty.
    pub why: String,
    /// User name of the operator; `None` for a command.
    pub operator: Option<String>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reported {
    /// It is in the log.
    Written(RecordId),
    /// It was before, by the same form: nothing more was written.
    Before(RecordId),
    /// The form wrote something else before; this was not written.
    FormUsed(RecordId),
    /// A field is wrong; nothing was written.
    Wrong(FieldError),
    /// What it corrects or takes back is no report that was told to the desk.
    NotTold,
    /// What it corrects or takes back was corrected or taken back meanwhile, by this record.
    Superseded(RecordId),
}

/// Writes a told report, or the correction of an earlier one.
///
/// # Errors
/// Failures of store and file.
pub fn report(server: &Server, report: &ToldReport) -> Result<Reported, Error> {
    let known = server.known()?;
    let reference = known.reference().clone();
    if let Err(wrong) = check(&reference, report) {
        return Ok(Reported::Wrong(wrong));
    }
    let body = match store::read(server.store(), |view| Ok(completed(view, &report.body)))? {
        Ok(body) => body,
        Err(wrong) => return Ok(Reported::Wrong(wrong)),
    };
    let corrected = match report.corrects {
        None => None,
        Some(target) => match store::read(server.store(), |view| told_row(view, &reference, &target))? {
            Some(row) => Some((target, row)),
            None => return Ok(Reported::NotTold),
        },
    };
    let new = |body| NewDeskRecord::new(report.at, report.place.clone(), body);
    let new = match &corrected {
        None => new(body),
        Some((target, (row, old))) => {
            let relation = reference.relation_of_correction(old, &report.place, &body);
            let target_places = row.entry.keys.clone();
            let (kind, body) = (body.kind(), body.encode());
            new(Body::Correct(Correct { target: *target, target_places, kind, body })).about(relation)
        }
    };
    let mut new = new.told(report.basis, report.told);
    for (field, text) in &report.notes {
        new = new.with_note(*field, text.trim());
    }
    write(server, new, (report.form, &report.operator), corrected.map(|(target, (_, old))| (target, old)))
}

/// Takes a told report back. Nothing is deleted: it stays in the log and no longer counts.
///
/// # Errors
/// Failures of store and file.
pub fn take_back(server: &Server, back: &TakenBack) -> Result<Reported, Error> {
    let known = server.known()?;
    let reference = known.reference().clone();
    let found = store::read(server.store(), |view| told_row(view, &reference, &back.target))?;
    let Some((row, old)) = found else { return Ok(Reported::NotTold) };
    let body = Retract { target: back.target, target_places: row.entry.keys.clone(), kind: None };
    let new = NewDeskRecord::new(server.now(), old.place.clone(), Body::Retract(body));
    let new = new.with_note(Field::Note, back.why.trim()).about((reference.election_of(&old, old.at), None));
    write(server, new, (back.form, &back.operator), Some((back.target, old)))
}

/// What a phone checks at capture.
fn check(reference: &Reference, report: &ToldReport) -> Result<(), FieldError> {
    let wrong = |field: &str, problem| Err(FieldError { field: field.to_owned(), problem });
    let kind = report.body.kind();
    if kind.class() != Class::Field || !kind.is_statement() {
        return wrong("kind", Problem::NotAllowed);
    }
    if !report.basis.is_told() {
        return wrong("basis", Problem::NotAllowed);
    }
    if report.told.officer.is_some_and(|officer| reference.grants(officer).is_empty()) {
        return wrong("told", Problem::Unknown);
    }
    reference.check_named(&report.place, &report.body)?;
    match &report.body {
        Body::Receive(receive) => receive.check_distinct(),
        _ => Ok(()),
    }
}

/// The same body with the places of the incident or directive that it is about.
fn completed(view: &dyn View, body: &Body) -> Result<Body, FieldError> {
    let Body::IncidentUpdate(update) = body else { return Ok(body.clone()) };
    let wrong = |problem| FieldError { field: "incident_update.target".into(), problem };
    let rows = view.desk_record(&update.target).map_err(|_| wrong(Problem::Unknown))?;
    let row = rows.first().ok_or_else(|| wrong(Problem::Unknown))?;
    let record = Record::from_payload(&row.entry.payload).map_err(|_| wrong(Problem::Unknown))?;
    match record.statement().map(|said| said.kind()) {
        Ok(Kind::Incident | Kind::Directive) => {
            let target_places = row.entry.keys.iter().take(limit::PLACE_KEYS).cloned().collect();
            Ok(Body::IncidentUpdate(IncidentUpdate { target_places, ..update.clone() }))
        }
        _ => Err(wrong(Problem::Contradiction)),
    }
}

/// A report that was told to the desk, as it stands in the log; `None` for any other record.
fn told_row(view: &dyn View, reference: &Reference, id: &RecordId) -> store::Stored<Option<(Row, Record)>> {
    let Some(row) = view.desk_record(id)?.into_iter().next() else { return Ok(None) };
    let Ok(record) = Record::from_payload(&row.entry.payload) else { return Ok(None) };
    let is_statement = record.statement().is_ok_and(|said| said.kind().class() == Class::Field);
    let is_ours = reference.is_desk(&row.entry.device) && record.basis.is_told() && is_statement;
    Ok((is_ours && row.is_folded()).then_some((row, record)))
}

/// The record that supersedes another one of a place, if there is one.
fn superseded(
    view: &dyn View,
    reference: &Reference,
    (target, old): (&RecordId, &Record),
) -> store::Stored<Option<RecordId>> {
    let rows = view.place_rows(&old.place, u64::MAX)?;
    let facts = projector::facts_of(&rows);
    match judge(facts.values().map(|(fact, _)| fact), reference).of(target) {
        Judged::Superseded { by } => Ok(Some(by)),
        Judged::Counts
        | Judged::Copy { .. }
        | Judged::Untrusted(_)
        | Judged::OtherElection
        | Judged::NotAllowed
        | Judged::Quarantined => Ok(None),
    }
}

/// Writes a record unless its form did already, or what it supersedes was superseded meanwhile.
fn write(
    server: &Server,
    new: NewDeskRecord,
    (form, operator): (FormId, &Option<String>),
    target: Option<(RecordId, Record)>,
) -> Result<Reported, Error> {
    let content = content(new.record(), &new.notes);
    let place = new.place.clone();
    let mut records = vec![new.with_note(Field::Name, operator.clone().unwrap_or_default())];
    if let Err(error) = author::prepare(server, &mut records) {
        return match error {
            Error::Field { field, .. } => Ok(Reported::Wrong(field)),
            other => Err(other),
        };
    }
    let reference = server.known()?.reference().clone();
    server.run(move |batch| {
        if let Some((record, is_same)) = forms::written(batch.tx, form, content)? {
            return Ok(if is_same { Reported::Before(record) } else { Reported::FormUsed(record) });
        }
        // What a process wrote into the file of the desk before it died comes into the log without its form.
        author::catch_up(batch)?;
        if let Some(record) = unnamed(batch.tx, &reference, (&place, batch.now), content)? {
            forms::keep(batch.tx, form, content, record)?;
            return Ok(Reported::Before(record));
        }
        if let Some((id, old)) = &target
            && let Some(by) = superseded(batch.tx, &reference, (id, old))?
        {
            return Ok(Reported::Superseded(by));
        }
        let written = author::append_in(batch, &records)?;
        let record = written.into_iter().next().ok_or(Error::Closed)?;
        forms::keep(batch.tx, form, content, record)?;
        Ok(Reported::Written(record))
    })
}

/// A record of the desk that says the same, came to a place of late, and that no form is remembered for.
fn unnamed(
    view: &dyn View,
    reference: &Reference,
    (place, now): (&Place, i64),
    said: [u8; 8],
) -> store::Stored<Option<RecordId>> {
    for row in view.place_rows(place, u64::MAX)?.into_iter().rev() {
        let is_late = row.entry.envelope.received_at >= now.saturating_sub(limits::TOLD_AGAIN_S);
        if !is_late || !reference.is_desk(&row.entry.device) {
            continue;
        }
        let Ok(record) = Record::from_payload(&row.entry.payload) else { continue };
        let notes = view.desk_notes(&row.entry.id)?;
        let notes: Vec<(Field, String)> = notes.into_iter().map(|note| (note.field, note.text)).collect();
        if content(record, &notes) == said && !forms::is_named(view, row.entry.id)? {
            return Ok(Some(row.entry.id));
        }
    }
    Ok(None)
}

/// What a form says, so that another one under the same name is known, and the record that it wrote. What the server
/// adds does not matter: the operator, the election and the plan of now, and when a report is taken back.
fn content(mut record: Record, notes: &[(Field, String)]) -> [u8; 8] {
    if record.kind == Kind::Retract {
        record.at = 0;
    }
    (record.election, record.against) = (None, None);
    let payload = record.to_payload();
    let mut notes: Vec<_> = notes.iter().filter(|(field, _)| *field != Field::Name).collect();
    notes.sort_by_key(|(field, _)| field.number());
    let mut parts = vec![payload.as_slice()];
    parts.extend(notes.into_iter().flat_map(|(field, text)| [field.name().as_bytes(), text.as_bytes()]));
    hash::prefix(&hash::tagged("pantau/desk/told-report", &parts))
}
