//! `erase`: personal data gone for ever.

use pantau_protocol::{journal::RecordId, note::Field};
use pantau_server::{DataDir, Server, ops, store};

use super::{
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
    if !args.yes && !confirmed(targets.len()) {
        return Err(Failure::Usage("nothing was erased; answer \"erase\", or use --yes".into()));
    }
    let mut erased = 0;
    for (record, field) in targets {
        ops::erase(&server, record, field)?;
        erased += 1;
        out::line(format_args!("{} of record {record} is erased.", field.name()));
    }
    if erased == 0 {
        out::line("There was nothing left to erase.");
    }
    out::note("Older backups still hold the text until they are deleted.");
    Ok(())
}

fn confirmed(count: usize) -> bool {
    let question = format!("Erase {count} notes for ever, here and on every phone? Type erase to go on:");
    out::ask(&question).is_some_and(|answer| answer.trim() == "erase")
}

/// All names and phone numbers the officer ever had in the log: older `Officer` records hold older ones.
fn of_officer(server: &Server, officer: u32) -> Result<Vec<(RecordId, Field)>, Failure> {
    let board = server.board()?;
    let Some(card) = board.officer(officer) else {
        return Err(Failure::Usage(format!("there is no officer {officer}")));
    };
    let mut ids: Vec<RecordId> = vec![card.record];
    let places = board.fold().places().filter(|p| p.level().is_some());
    for place in places {
        ids.extend(board.fold().facts_of(place).filter(|f| is_of(f, officer)).map(|f| f.id));
    }
    ids.sort_unstable();
    ids.dedup();
    let mut all = Vec::new();
    store::read(server.store(), |view| {
        for id in ids {
            all.extend(view.desk_notes(&id)?.into_iter().map(|n| (id, n.field)));
        }
        Ok(())
    })?;
    Ok(all)
}

fn is_of(fact: &pantau_protocol::projection::Fact, officer: u32) -> bool {
    matches!(&fact.body, pantau_protocol::body::Body::Officer(o) if o.officer == officer)
}

fn of_record(id: &str, field: Option<&str>) -> Result<(RecordId, Field), Failure> {
    let plain = id.replace('-', "");
    let bytes = pantau_protocol::hash::unhex(&plain).and_then(|b| RecordId::from_slice(&b));
    let record = bytes.ok_or_else(|| Failure::Usage(format!("{id:?} is no record id")))?;
    let name = field.unwrap_or_default();
    let field = Field::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = Field::ALL.iter().map(|f| f.name()).collect();
        Failure::Usage(format!("--field {name:?} is none of {}", names.join(", ")))
    })?;
    Ok((record, field))
}
