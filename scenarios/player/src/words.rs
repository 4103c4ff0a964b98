//! The small things in a line: moments, numbers, names from a list, lists of seals, positions.

use std::fmt::Debug;

use pantau_protocol::record::Fix;

use crate::block::Read;

/// Metres of 1e-5 degrees of latitude.
const METRES: f64 = 1.113_2;

/// Reads a moment in the local time of the election: `H-2 10.02`, `H 07.00`, `H+1 00.30`, or a date as
/// `2024-02-12 10.02`. `midnight` is the one that election day begins with, unix seconds.
///
/// # Errors
/// What is none.
pub fn moment(text: &str, midnight: i64) -> Read<i64> {
    let told = || format!("expected a moment such as `H-2 10.02`, found `{text}`");
    let (day, clock) = text.split_once(' ').ok_or_else(told)?;
    let (hour, minute) = clock.trim().split_once(['.', ':']).ok_or_else(told)?;
    let (hour, minute) = (hour.parse::<i64>(), minute.parse::<i64>());
    let (Ok(hour @ 0..24), Ok(minute @ 0..60)) = (hour, minute) else { return Err(told()) };
    let days = match day.strip_prefix('H') {
        Some("") => 0,
        Some(days) => days.parse::<i64>().map_err(|_| told())?,
        None => date(day, midnight).ok_or_else(told)?,
    };
    let days = if days.abs() <= 40_000 { days } else { return Err(told()) };
    Ok(midnight + days * 86_400 + hour * 3600 + minute * 60)
}

/// Days from election day to a date written as `2024-02-12`. Election day is the day of `midnight` where it is noon.
fn date(text: &str, midnight: i64) -> Option<i64> {
    let mut parts = text.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let fits = (1900..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    (fits && parts.next().is_none())
        .then(|| days_from_epoch(year, month, day) - (midnight + 43_200).div_euclid(86_400))
}

/// Days since 1970-01-01 of a date of the Gregorian calendar (Howard Hinnant, `days_from_civil`).
fn days_from_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// A moment as a file writes it: `H-2 10.02`.
pub fn shown(at: i64, midnight: i64) -> String {
    let (days, rest) = ((at - midnight).div_euclid(86_400), (at - midnight).rem_euclid(86_400));
    let day = if days == 0 { "H".to_owned() } else { format!("H{days:+}") };
    format!("{day} {:02}.{:02}", rest / 3600, rest / 60 % 60)
}

/// Reads a number of pieces, voters or the like.
///
/// # Errors
/// What is none.
pub fn number(text: &str) -> Read<u32> {
    text.trim().parse().map_err(|_| format!("expected a number, found `{text}`"))
}

/// The parts of a list that commas divide; none of an empty text. A comma between quotes divides nothing.
pub fn list(text: &str) -> Vec<&str> {
    let mut quoted = false;
    let parts = text.split(|c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    parts.map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// Reads one of several names: `told by radio` of `[("told by radio", Basis::ToldByRadio), …]`.
///
/// # Errors
/// The names that may stand here.
pub fn one_of<T: Copy + Debug>(text: &str, names: &[(&str, T)]) -> Read<T> {
    let found = names.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
    found.ok_or_else(|| {
        let names: Vec<String> = names.iter().map(|(name, _)| format!("`{name}`")).collect();
        format!("expected one of {}, found `{text}`", names.join(", "))
    })
}

/// Reads numbers of seals: `K01, K07` or `K01..K05` for five in a row.
///
/// # Errors
/// A row whose ends do not belong together.
pub fn seals(text: &str) -> Read<Vec<String>> {
    let mut seals = Vec::new();
    for part in list(text) {
        match part.split_once("..") {
            Some((first, last)) => seals.extend(row(first, last).ok_or_else(|| {
                format!("expected a row of at most 100 seals such as `K01..K05`, found `{part}`")
            })?),
            None => seals.push(part.to_owned()),
        }
    }
    Ok(seals)
}

fn row(first: &str, last: &str) -> Option<Vec<String>> {
    let digits = first.len() - first.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (head, from) = first.split_at(first.len() - digits);
    let to = last.strip_prefix(head).filter(|to| to.len() == digits)?;
    let (from, to): (u64, u64) = (from.parse().ok()?, to.parse().ok()?);
    let fits = from <= to && to - from < 100;
    fits.then(|| (from..=to).map(|n| format!("{head}{n:0digits$}")).collect())
}

/// Reads a text between double quotes.
///
/// # Errors
/// A text without them.
pub fn quoted(text: &str) -> Read<&str> {
    let inner = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.ok_or_else(|| format!("expected a text between \"quotes\", found `{text}`"))
}

/// Reads degrees as `-1.53214 113.21456` into 1e-5 degrees.
///
/// # Errors
/// What is no position.
pub fn degrees(text: &str) -> Read<(i32, i32)> {
    let told = || format!("expected degrees such as `-1.53214 113.21456`, found `{text}`");
    let (lat, lon) = text.split_once(' ').ok_or_else(told)?;
    let scaled = |text: &str| {
        let degrees: f64 = text.trim().parse().ok().filter(|d: &f64| d.abs() <= 180.0)?;
        #[expect(clippy::cast_possible_truncation, reason = "at most 18,000,000")]
        Some((degrees * 100_000.0).round() as i32)
    };
    scaled(lat).zip(scaled(lon)).ok_or_else(told)
}

/// Reads where an author stood: `-1.53214 113.21456` or `200 m from T1`, with `accuracy 30 m` and `mock` if need be.
/// `station` finds the position of a TPS by its name in the file.
///
/// # Errors
/// What is no position, or a TPS without one.
pub fn fix(text: &str, station: impl Fn(&str) -> Read<(i32, i32)>) -> Read<Fix> {
    let mut parts = list(text).into_iter();
    let first = parts.next().unwrap_or_default();
    let metres = |text: &str| {
        let metres = text.strip_suffix(" m").or_else(|| text.strip_suffix(" km"));
        let scale = if text.ends_with("km") { 1000 } else { 1 };
        metres.map(number).transpose().map(|n| n.and_then(|n| n.checked_mul(scale)))
    };
    let (lat, lon) = match first.split_once(" from ") {
        Some((far, from)) => {
            let far = metres(far)?.ok_or_else(|| format!("expected `200 m from T1`, found `{text}`"))?;
            let (lat, lon) = station(from)?;
            #[expect(clippy::cast_possible_truncation, reason = "metres on the globe")]
            let north = (f64::from(far) / METRES).round() as i32;
            (lat.saturating_add(north), lon)
        }
        None => degrees(first)?,
    };
    let mut fix = Fix { lat, lon, accuracy: 10, mock: false };
    for part in parts {
        match part.strip_prefix("accuracy ") {
            Some(far) => {
                fix.accuracy =
                    metres(far)?.ok_or_else(|| format!("expected `accuracy 30 m`, found `{part}`"))?
            }
            None if part == "mock" => fix.mock = true,
            None => return Err(format!("expected `accuracy 30 m` or `mock`, found `{part}`")),
        }
    }
    Ok(fix)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 14 Feb 2024, 00.00 WIB.
    const MIDNIGHT: i64 = 1_707_843_600;

    #[test]
    fn moments_are_read_and_shown() {
        assert_eq!(moment("H-2 10.02", MIDNIGHT), Ok(MIDNIGHT - 2 * 86_400 + 36_120));
        assert_eq!(moment("H 07:00", MIDNIGHT), Ok(MIDNIGHT + 25_200));
        assert_eq!(moment("2024-02-12 10.02", MIDNIGHT), moment("H-2 10.02", MIDNIGHT));
        assert_eq!(moment("1970-01-01 07.00", MIDNIGHT), Ok(0));
        for told in ["H-2 10.02", "H 07.00", "H+1 00.30"] {
            assert_eq!(shown(moment(told, MIDNIGHT).unwrap(), MIDNIGHT), told);
        }
        for bad in ["", "H-2", "H-2 25.00", "H-x 10.00", "10.02", "2024-13-01 10.00", "H-99999999999 10.00"] {
            assert!(moment(bad, MIDNIGHT).is_err(), "{bad}");
        }
    }

    #[test]
    fn seals_are_read_one_by_one_or_in_a_row() {
        let all = |text| seals(text).map(|seals| seals.join(" "));
        assert_eq!(all("K 01, K 09..K 11"), Ok("K 01 K 09 K 10 K 11".to_owned()));
        for bad in ["K1..L5", "K5..K1", "K1..K10", "K001..K999"] {
            assert!(all(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_position_is_told_in_degrees_or_from_a_tps() {
        let station = |name: &str| (name == "T1").then_some((-100_000, 11_300_000)).ok_or("no".to_owned());
        let near = fix("200 m from T1, accuracy 30 m, mock", station).unwrap();
        assert_eq!(near, Fix { lat: -99_820, lon: 11_300_000, accuracy: 30, mock: true });
        assert_eq!(fix("-1.5 113.25", station).unwrap().lon, 11_325_000);
        assert!(fix("200 from T1", station).is_err() && fix("1 2, far", station).is_err());
    }
}
