//! `regions.csv`: provinces, kabupaten/kota, kecamatan, desa and kelurahan in Kemendagri codes.

use std::collections::BTreeMap;

use pantau_protocol::{
    body::RegionLevel,
    limit,
    place::{Level, Place},
};

use super::{Problems, RegionRow, Source, table, text};

const COLUMNS: [&str; 4] = ["code", "parent", "level", "name"];

/// Reads the table.
pub(super) fn read(file: &Source<'_>, remarks: &mut Vec<String>, problems: &mut Problems) -> Vec<RegionRow> {
    let mut first_line: BTreeMap<Place, u64> = BTreeMap::new();
    let mut rows = Vec::new();
    for row in table::read(file, &COLUMNS, remarks, problems) {
        let Some(region) = region(&row, file, problems) else { continue };
        match first_line.get(&region.place) {
            Some(line) => row.bad(0, file, problems, format!("{} is already on line {line}", region.place)),
            None => {
                first_line.insert(region.place.clone(), region.line);
                rows.push(region);
            }
        }
    }
    rows
}

fn region(row: &table::Row, file: &Source<'_>, problems: &mut Problems) -> Option<RegionRow> {
    let place = row.read(0, file, problems, |text| Place::typed(text).map_err(|e| e.to_string()));
    let level = row.read(2, file, problems, level);
    let name = row.read(3, file, problems, name);
    let (place, level, name) = (place?, level?, name?);
    if place.level() != Some(shape(level)) {
        row.bad(0, file, problems, format!("{place} is no code of a {}", row.text(2)));
        return None;
    }
    let parent = place.parent().map(String::from).unwrap_or_default();
    // A parent may be written without dots, like the code itself.
    if Place::typed(row.text(1)).map_or_else(|_| row.text(1).to_owned(), String::from) != parent {
        row.bad(1, file, problems, format!("must be {parent:?}, the code above {place}"));
        return None;
    }
    Some(RegionRow { line: row.line, place, level, name })
}

/// The level with this word.
fn level(text: &str) -> Result<RegionLevel, String> {
    match text.to_ascii_lowercase().as_str() {
        "province" | "provinsi" => Ok(RegionLevel::Province),
        "kabupaten" => Ok(RegionLevel::Regency),
        "kota" => Ok(RegionLevel::City),
        "kecamatan" => Ok(RegionLevel::District),
        "desa" => Ok(RegionLevel::Village),
        "kelurahan" => Ok(RegionLevel::UrbanVillage),
        _ => Err(format!("{text:?} is none of province, kabupaten, kota, kecamatan, desa, kelurahan")),
    }
}

/// The shape a code of this level has.
fn shape(level: RegionLevel) -> Level {
    match level {
        RegionLevel::Province | RegionLevel::Other(_) => Level::Province,
        RegionLevel::Regency | RegionLevel::City => Level::Regency,
        RegionLevel::District => Level::District,
        RegionLevel::Village | RegionLevel::UrbanVillage => Level::Village,
    }
}

fn name(text: &str) -> Result<String, String> {
    let name = text::name(text)?;
    match name.len() {
        0 => Err("is empty".into()),
        n if n > limit::LABEL_BYTES => Err(format!("is longer than {} bytes", limit::LABEL_BYTES)),
        _ => Ok(name),
    }
}
