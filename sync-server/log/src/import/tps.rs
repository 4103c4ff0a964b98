//! `tps.csv`: polling stations with voters, position, access and signal.

use std::collections::BTreeMap;

use pantau_protocol::{
    body::{Access, Signal, Tps},
    limit,
    place::{Level, Place},
};

use super::{Problems, Source, TpsRow, table};

const COLUMNS: [&str; 9] =
    ["village_code", "number", "voters", "voters_male", "voters_female", "lat", "lon", "access", "signal"];

/// Reads the table.
pub(super) fn read(file: &Source<'_>, remarks: &mut Vec<String>, problems: &mut Problems) -> Vec<TpsRow> {
    let mut first_line: BTreeMap<Place, u64> = BTreeMap::new();
    let mut rows = Vec::new();
    for row in table::read(file, &COLUMNS, remarks, problems) {
        let Some(tps) = tps(&row, file, problems) else { continue };
        match first_line.get(&tps.place) {
            Some(line) => row.bad(1, file, problems, format!("{} is already on line {line}", tps.place)),
            None => {
                first_line.insert(tps.place.clone(), tps.line);
                rows.push(tps);
            }
        }
    }
    rows
}

fn tps(row: &table::Row, file: &Source<'_>, problems: &mut Problems) -> Option<TpsRow> {
    let village = row.read(0, file, problems, village);
    let number = row.read(1, file, problems, number);
    let voters = row.read(2, file, problems, |t| table::whole(t, limit::VOTERS));
    let male = row.read(3, file, problems, |t| optional(t, |t| table::whole(t, limit::VOTERS)));
    let female = row.read(4, file, problems, |t| optional(t, |t| table::whole(t, limit::VOTERS)));
    let lat = row.read(5, file, problems, |t| optional(t, |t| degrees(t, 90)));
    let lon = row.read(6, file, problems, |t| optional(t, |t| degrees(t, 180)));
    let access = row.read(7, file, problems, access);
    let signal = row.read(8, file, problems, signal);
    let (voters, male, female) = (voters?, male?, female?);
    let (lat, lon) = (lat?, lon?);
    let place = Place::tps(&village?, &number?).ok()?;
    if let (Some(m), Some(f)) = (male, female)
        && m + f != voters
    {
        row.bad(4, file, problems, format!("{m} men and {f} women are not {voters} voters"));
        return None;
    }
    if lat.is_some() != lon.is_some() {
        row.bad(6, file, problems, "a position needs both lat and lon, or neither");
        return None;
    }
    let male = male.or(female.and_then(|f| voters.checked_sub(f)));
    Some(TpsRow {
        line: row.line,
        place,
        tps: Tps { voters, male, lat, lon, access: access?, signal: signal?, ended: None },
    })
}

fn village(text: &str) -> Result<Place, String> {
    let place = Place::typed(text).map_err(|e| e.to_string())?;
    if place.level() == Some(Level::Village) {
        Ok(place)
    } else {
        Err(format!("{text:?} is no code of a desa or kelurahan, such as 62.06.13.2001"))
    }
}

/// A TPS number as printed; a spreadsheet may have eaten the leading zeros.
fn number(text: &str) -> Result<String, String> {
    match text.parse::<u32>() {
        Ok(n) if (1..=999).contains(&n) => Ok(format!("{n:03}")),
        _ => Err(format!("{text:?} is no TPS number from 001 to 999")),
    }
}

/// Decimal degrees to whole 1e-5 degrees, without a detour over floating point.
fn degrees(text: &str, most: i32) -> Result<i32, String> {
    let refused = || format!("{text:?} is not a number of degrees from -{most} to {most}, such as -2.37970");
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || !plain(whole) || !plain(fraction) {
        return Err(refused());
    }
    let fifth: String = fraction.chars().chain(std::iter::repeat('0')).take(5).collect();
    let value = whole.parse::<i32>().ok().zip(fifth.parse::<i32>().ok()).map(|(w, f)| w * 100_000 + f);
    value.filter(|v| *v <= most * 100_000).map(|v| sign * v).ok_or_else(refused)
}

fn access(text: &str) -> Result<Access, String> {
    match text {
        "regular" => Ok(Access::Regular),
        "remote" => Ok(Access::Remote),
        "very_remote" => Ok(Access::VeryRemote),
        _ => Err(format!("{text:?} is none of regular, remote, very_remote")),
    }
}

fn signal(text: &str) -> Result<Signal, String> {
    match text {
        "strong" => Ok(Signal::Strong),
        "medium" => Ok(Signal::Medium),
        "weak" => Ok(Signal::Weak),
        "none" => Ok(Signal::None),
        _ => Err(format!("{text:?} is none of strong, medium, weak, none")),
    }
}

fn optional<T>(text: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Result<Option<T>, String> {
    if text.is_empty() { Ok(None) } else { parse(text).map(Some) }
}
