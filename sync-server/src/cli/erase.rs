//! `erase`: personal data gone for ever.

use pantau_log::{DataDir, Server, ops, store};
use pantau_protocol::{journal::RecordId, note::Field};

use super::{
    agree::{agree, counted, record_id},
    args::Erase,
    fail::{Done, Failure},
    out,
};

/// Runs it.
pub(crate) fn run(dir: &DataDir, args: &Erase) -> Done {
    let server = super::open(dir)?;
    let targets = match (args.officer, &args.record) {
        (Some(officer), _) => of_officer(&server, officer)?,
        (None, Some(id)) => vec![of_record(id, args.field.as_deref())?],
        (None, None) => return Err(Failure::Usage("name --officer N or --record ID --field FIELD".into())),
    };
    if targets.is_empty() {
        out::line("There was nothing left to erase.");
        return Ok(());
    }
    // Only a person who is asked is shown the texts: what a script prints may be kept.
    for (record, field) in targets.iter().filter(|_| !args.yes) {
        out::note(format_args!("  {}", shown(&server, *record, *field)?));
    }
    let question = format!("Erase {} for ever, here and on every phone?", counted(targets.len(), "note"));
    agree(args.yes, &question, "erase")?;
    for (record, field) in targets {
        ops::erase(&server, record, field)?;
        out::line(format_args!("{} of record {record} is erased.", field.name()));
    }
    out::note("Older backups still hold the text until they are deleted.");
    Ok(())
}

/// A note on one line: what it is, of which record, and its text as it is held.
fn shown(server: &Server, record: RecordId, field: Field) -> Result<String, Failure> {
    let rows = store::read(server.store(), |view| view.desk_record(&record))?;
    let Some(row) = rows.first() else { return Err(Failure::Usage(format!("no record {record} is held"))) };
    let text = row.notes.iter().find(|n| n.field == field).map_or("(no text is held)", |n| n.text.as_str());
    let place = row.entry.keys.first().map_or_else(String::new, ToString::to_string);
    Ok(format!("{} of {} at {place} ({record}): {text:?}", field.name(), row.entry.kind.name()))
}

/// All names and phone numbers the officer ever had in the log: older `Officer` records hold older ones.
fn of_officer(server: &Server, officer: u32) -> Result<Vec<(RecordId, Field)>, Failure> {
    let ids: Vec<RecordId> = server.known()?.officer_records(officer);
    if ids.is_empty() {
        return Err(Failure::Usage(format!("there is no officer {officer}")));
    }
    let mut all = Vec::new();
    store::read(server.store(), |view| {
        for id in ids {
            all.extend(view.desk_notes(&id)?.into_iter().map(|n| (id, n.field)));
        }
        Ok(())
    })?;
    Ok(all)
}

fn of_record(id: &str, field: Option<&str>) -> Result<(RecordId, Field), Failure> {
    let record = record_id(id)?;
    let name = field.unwrap_or_default();
    let field = Field::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = Field::ALL.iter().map(|f| f.name()).collect();
        Failure::Usage(format!("--field {name:?} is none of {}", names.join(", ")))
    })?;
    Ok((record, field))
}
