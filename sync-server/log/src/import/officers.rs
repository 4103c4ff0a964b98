//! `officers.csv`: one row a grant; rows of the same number are one person.
//!
//! Messages never repeat a name or a phone number: they end up in terminals and logs.

use std::collections::BTreeMap;

use pantau_protocol::{place::Place, role::Role};

use super::{OfficerRow, Problems, Source, table, text};

const COLUMNS: [&str; 5] = ["number", "name", "phone", "role", "place"];
const NAME: usize = 1;
const PHONE: usize = 2;

/// Reads the table.
pub(super) fn read(file: &Source<'_>, remarks: &mut Vec<String>, problems: &mut Problems) -> Vec<OfficerRow> {
    let mut people: BTreeMap<u32, OfficerRow> = BTreeMap::new();
    let mut grants: BTreeMap<(u32, Role, Place), u64> = BTreeMap::new();
    let mut rows = Vec::new();
    for row in table::read(file, &COLUMNS, remarks, problems) {
        let Some(mut officer) = officer(&row, file, problems) else { continue };
        let first = people.entry(officer.number).or_insert_with(|| officer.clone());
        inherit(&row, NAME, &first.name, &mut officer.name, (file, first.line), problems);
        inherit(&row, PHONE, &first.phone, &mut officer.phone, (file, first.line), problems);
        let grant = (officer.number, officer.role, officer.place.clone());
        if let Some(line) = grants.insert(grant, officer.line) {
            row.bad(3, file, problems, format!("the same grant is already on line {line}"));
        }
        if officer.name.is_empty() {
            row.bad(NAME, file, problems, "is empty; the first row of a number must have the name");
        }
        rows.push(officer);
    }
    rows
}

/// A later row of a person may leave name and phone empty, and may not differ.
fn inherit(
    row: &table::Row,
    column: usize,
    first: &str,
    mine: &mut String,
    (file, line): (&Source<'_>, u64),
    problems: &mut Problems,
) {
    if mine.is_empty() {
        mine.push_str(first);
    } else if mine != first {
        row.bad(column, file, problems, format!("differs from line {line} of the same number"));
    }
}

fn officer(row: &table::Row, file: &Source<'_>, problems: &mut Problems) -> Option<OfficerRow> {
    let number = row.read(0, file, problems, |text| match text.parse::<u32>() {
        Ok(n) if n > 0 => Ok(n),
        _ => Err(format!("{text:?} is not a whole number from 1")),
    });
    let name = row.read(NAME, file, problems, text::name);
    let phone = row.read(PHONE, file, problems, text::phone);
    let role = row.read(3, file, problems, role);
    let place = row.read(4, file, problems, |text| {
        let place = Place::typed(text).map_err(|e| e.to_string())?;
        if place.level().is_some() {
            Ok(place)
        } else {
            Err(format!("{text:?} is no code of a region or TPS"))
        }
    });
    Some(OfficerRow {
        line: row.line,
        number: number?,
        name: name?,
        phone: phone?,
        role: role?,
        place: place?,
    })
}

fn role(text: &str) -> Result<Role, String> {
    Role::from_name(text).ok_or_else(|| {
        let names: Vec<&str> = Role::ALL.iter().map(|r| r.name()).collect();
        format!("{text:?} is none of {}", names.join(", "))
    })
}
