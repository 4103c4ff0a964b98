//! What a file says that can hardly be, given what else is known: the operator is asked, with line, old and new value.

use std::collections::BTreeMap;

use pantau_protocol::{
    body::Tps,
    place::{Level, Place},
};

use super::{Known, Plan};
use crate::{
    import::{Content, TpsRow},
    limit,
};

/// Latitude and longitude in 1e-5 degrees.
type Position = (i32, i32);

/// Kilometres of 1e-5 degrees: on the equator of both, elsewhere at most of longitude.
const KM: f64 = 111.2 / 100_000.0;

pub(super) fn tps(content: &Content, known: &Known<'_>, plan: &mut Plan) {
    let middles = middles(content, known);
    for row in &content.tps {
        let old = known.reference.tps(&row.place);
        let found = [voters(row, old), position(row, old, &middles)];
        for (column, text) in found.into_iter().flatten() {
            let file = &content.names.tps;
            plan.asks.push(format!("{file}, line {} ({column}), {}: {text}", row.line, row.place));
        }
    }
}

/// Twice as many voters as before, or half of them: a digit may be missing or doubled.
fn voters(row: &TpsRow, old: Option<&Tps>) -> Option<(&'static str, String)> {
    let (old, new) = (old?.voters, row.tps.voters);
    let is_likely =
        new <= old.saturating_mul(limit::VOTERS_FACTOR) && old <= new.saturating_mul(limit::VOTERS_FACTOR);
    (!is_likely).then(|| ("voters", format!("{old} voters become {new}")))
}

/// Nowhere, far from where it was, or far from the other TPS of the kabupaten.
fn position(
    row: &TpsRow,
    old: Option<&Tps>,
    middles: &BTreeMap<Place, Position>,
) -> Option<(&'static str, String)> {
    let new = at(&row.tps)?;
    let before = old.and_then(at);
    if before == Some(new) {
        return None;
    }
    let told = before.map_or_else(|| "no position".to_owned(), shown);
    if new == (0, 0) {
        return Some(("lat", format!("{told} becomes 0,0, where nobody lives")));
    }
    let middle = regency(&row.place).and_then(|regency| middles.get(&regency));
    let moved = before.map(|before| km(before, new)).filter(|km| *km > limit::MOVED_KM);
    let away = middle.map(|middle| km(*middle, new)).filter(|km| *km > limit::AWAY_KM);
    let why = match (away, moved) {
        (Some(km), _) => format!("{km:.0} km from the other TPS of its kabupaten"),
        (None, Some(km)) => format!("{km:.0} km from where it was"),
        (None, None) => return None,
    };
    Some(("lat", format!("{told} becomes {}, {why}", shown(new))))
}

fn at(tps: &Tps) -> Option<Position> {
    Some((tps.lat?, tps.lon?))
}

fn shown((lat, lon): Position) -> String {
    let degrees = |n: i32| format!("{:.5}", f64::from(n) / 100_000.0);
    format!("{},{}", degrees(lat), degrees(lon))
}

/// Distance near the equator, where all of Indonesia lies: longitude is not shortened by more than a fiftieth.
fn km(a: Position, b: Position) -> f64 {
    (f64::from(a.0) - f64::from(b.0)).hypot(f64::from(a.1) - f64::from(b.1)) * KM
}

fn regency(place: &Place) -> Option<Place> {
    place.ancestors().find(|above| above.level() == Some(Level::Regency))
}

/// The middle of the TPS of each kabupaten: of those the log knows, or where it knows none of those in the file. The
/// median, so that a few wrong ones do not move it.
fn middles(content: &Content, known: &Known<'_>) -> BTreeMap<Place, Position> {
    let mut all: BTreeMap<Place, Vec<Position>> = BTreeMap::new();
    let mut take = |place: &Place, tps: &Tps| {
        if let (Some(regency), Some(position)) = (regency(place), at(tps).filter(|p| *p != (0, 0))) {
            all.entry(regency).or_default().push(position);
        }
    };
    known.reference.all_tps().filter(|(_, t)| t.ended.is_none()).for_each(|(place, tps)| take(place, tps));
    let mut middles: BTreeMap<Place, Position> = std::mem::take(&mut all)
        .into_iter()
        .filter_map(|(regency, at)| Some((regency, median(at)?)))
        .collect();
    for row in &content.tps {
        if let (Some(regency), Some(position)) = (regency(&row.place), at(&row.tps).filter(|p| *p != (0, 0)))
        {
            all.entry(regency).or_default().push(position);
        }
    }
    for (regency, at) in all {
        if let (false, Some(middle)) = (middles.contains_key(&regency), median(at)) {
            middles.insert(regency, middle);
        }
    }
    middles
}

fn median(mut all: Vec<Position>) -> Option<Position> {
    let middle = all.len() / 2;
    all.sort_by_key(|p| p.0);
    let lat = all.get(middle)?.0;
    all.sort_by_key(|p| p.1);
    Some((lat, all.get(middle)?.1))
}

/// Another name for a region, under which all that was said there is shown from then on.
pub(super) fn regions(content: &Content, known: &Known<'_>, plan: &mut Plan) {
    for row in &content.regions {
        let Some(old) = known.reference.region(&row.place).filter(|old| old.name != row.name) else {
            continue;
        };
        let (file, place) = (&content.names.regions, &row.place);
        plan.asks.push(format!(
            "{file}, line {} (name), {place}: {:?} becomes {:?}",
            row.line, old.name, row.name
        ));
    }
}
