//! `packing.csv`: what was packed into the kit of each TPS: containers, numbers of seals, contents where counted.
//!
//! Numbers of seals and items stand in one cell, with blanks or `;` between.

use std::collections::{BTreeMap, BTreeSet};

use pantau_protocol::{
    body::{Content as _, PackedItem, Packing},
    limit,
    place::{Level, Place},
};

use super::{PackingRow, Problems, Source, table, text};

const COLUMNS: [&str; 4] = ["tps", "containers", "seals", "items"];
const SEALS: usize = 2;
const ITEMS: usize = 3;

/// Reads the table.
pub(super) fn read(file: &Source<'_>, remarks: &mut Vec<String>, problems: &mut Problems) -> Vec<PackingRow> {
    let mut first_line: BTreeMap<Place, u64> = BTreeMap::new();
    let mut rows = Vec::new();
    for row in table::read(file, &COLUMNS, remarks, problems) {
        let Some(packing) = packing(&row, file, problems) else { continue };
        match first_line.get(&packing.place) {
            Some(line) => row.bad(0, file, problems, format!("{} is already on line {line}", packing.place)),
            None => {
                first_line.insert(packing.place.clone(), packing.line);
                rows.push(packing);
            }
        }
    }
    rows
}

fn packing(row: &table::Row, file: &Source<'_>, problems: &mut Problems) -> Option<PackingRow> {
    let place = row.read(0, file, problems, tps);
    let containers = row.read(1, file, problems, |t| table::whole(t, limit::COUNT));
    let seals = row.read(SEALS, file, problems, seals);
    let lines = row.read(ITEMS, file, problems, items);
    let packing = Packing { containers: containers?, seals: seals?, lines: lines? };
    // What the columns let through and the protocol does not would be refused when it is written.
    if let Err(e) = packing.check() {
        row.bad(0, file, problems, e.to_string());
        return None;
    }
    Some(PackingRow { line: row.line, place: place?, packing })
}

fn tps(text: &str) -> Result<Place, String> {
    let place = Place::typed(text).map_err(|e| e.to_string())?;
    match place.level() {
        Some(Level::Tps) => Ok(place),
        _ => Err(format!("{text:?} is no code of a TPS, such as 62.06.13.2001/003")),
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c == ';' || c.is_whitespace()).filter(|word| !word.is_empty())
}

fn seals(cell: &str) -> Result<Vec<String>, String> {
    let mut seen = BTreeSet::new();
    for word in words(cell) {
        let number = text::name(word)?;
        if text::is_scientific(&number) {
            return Err(format!(
                "{number:?} was cut short by a spreadsheet: make the column text and type it again"
            ));
        }
        if number.len() > limit::LABEL_BYTES {
            return Err(format!("{number:?} is longer than {} bytes", limit::LABEL_BYTES));
        }
        if !seen.insert(number.clone()) {
            return Err(format!("seal {number:?} is there twice"));
        }
    }
    if seen.len() > limit::SEALS {
        return Err(format!("names {} seals, and a kit has {} at most", seen.len(), limit::SEALS));
    }
    Ok(seen.into_iter().collect())
}

fn items(cell: &str) -> Result<Vec<PackedItem>, String> {
    let mut pieces = BTreeMap::new();
    for word in words(cell) {
        let (item, count) = word.split_once('=').ok_or_else(|| {
            format!("{word:?} is not an item number, =, and the pieces of it, such as 10=305")
        })?;
        let item = table::whole(item, u32::MAX)?;
        if pieces.insert(item, table::whole(count, limit::COUNT)?).is_some() {
            return Err(format!("item {item} is there twice"));
        }
    }
    if pieces.len() > limit::KIT_ITEMS {
        return Err(format!("names {} items, and a kit has {} at most", pieces.len(), limit::KIT_ITEMS));
    }
    Ok(pieces.into_iter().map(|(item, pieces)| PackedItem { item, pieces }).collect())
}
