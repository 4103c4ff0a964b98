//! Reads one line about a place: what is asked, and what the answer must say.

use pantau_protocol::body::Answer;

use super::{Asks, known, last_hands};
use crate::{
    block::{Field, Read},
    cast::Cast,
    say::{SITUATIONS, WAYS},
    words::{list, number, one_of},
};

/// What is asked of the custody line besides its legs.
const CUSTODY: [&str; 4] = ["legs", "last hands", "where", "due"];

/// Values of a place's state that are asked by their name alone.
const VALUES: [&str; 12] = [
    "visits",
    "last visit",
    "way",
    "arrival",
    "bad seals",
    "kit at",
    "incidents",
    "open incidents",
    "standby",
    "records",
    "last word",
    "complete",
];

const ITEM_FACTS: &[(&str, ())] = &[("expected", ()), ("good", ()), ("damaged", ()), ("short", ())];

const PIECES: &[(&str, ())] = &[("sent", ()), ("good", ()), ("damaged", ()), ("missing", ()), ("open", ())];

const LEG_FACTS: &[(&str, ())] = &[
    ("boxes sent", ()),
    ("boxes received", ()),
    ("boxes damaged", ()),
    ("boxes missing", ()),
    ("boxes open", ()),
    ("seals sent", ()),
    ("seals intact", ()),
    ("seals broken", ()),
    ("seals missing", ()),
    ("seals other", ()),
];

const ANSWERS: &[(&str, Answer)] =
    &[("ok", Answer::Ok), ("not ok", Answer::NotOk), ("not applicable", Answer::NotApplicable)];

const VERDICTS: &[(&str, ())] = &[("before", ()), ("after", ()), ("undetermined", ())];

type Facts = Vec<(String, String)>;

fn one(value: String) -> Facts {
    vec![(String::new(), value)]
}

pub(super) fn read(field: &Field, cast: &Cast, is_record: &dyn Fn(&str) -> bool) -> Read<(Asks, Facts)> {
    let value = field.value.as_str();
    if let Some(leg) = field.key.strip_prefix("leg ") {
        let (from, to) = leg
            .split_once(" -> ")
            .ok_or_else(|| format!("expected `leg PPK 62.06.13 -> TPS T1`, found `{}`", field.key))?;
        let facts = list(value).into_iter().map(|part| leg_fact(part, cast, is_record));
        return Ok((Asks::Leg(cast.point(from)?, cast.point(to)?), facts.collect::<Read<_>>()?));
    }
    if let Some(item) = field.key.strip_prefix("item ") {
        let facts = list(value).into_iter().map(|part| {
            let (name, count) = part.split_once(' ').unwrap_or((part, ""));
            one_of(name, ITEM_FACTS)?;
            Ok((name.to_owned(), count_or_unknown(count)?))
        });
        return Ok((Asks::Item(cast.item(item)?), facts.collect::<Read<_>>()?));
    }
    if let Some(code) = field.key.strip_prefix("answer ") {
        one_of(value, ANSWERS)?;
        return Ok((Asks::Answer(code.to_owned()), one(value.to_owned())));
    }
    if let Some(hour) = field.key.strip_prefix("turnout ") {
        return Ok((Asks::Turnout(number(hour)?), one(count_or_unknown(value)?)));
    }
    if let Some(name) = CUSTODY.iter().find(|name| **name == field.key) {
        let value = match *name {
            "legs" => number(value)?.to_string(),
            "last hands" => last_hands(value, cast, is_record)?,
            "where" => place_of(value, cast, is_record)?,
            _ => one_of(value, VERDICTS).map(|()| value.to_owned())?,
        };
        return Ok((Asks::Custody(name), one(value)));
    }
    if let Some(name) = VALUES.iter().find(|name| **name == field.key) {
        return Ok((Asks::Value(name), one(value_of(name, value, cast, is_record)?)));
    }
    let told = "`leg A -> B`, `item NAME`, `answer CODE`, `turnout HOUR`";
    Err(format!("expected {told}, {}, {}, found `{}`", CUSTODY.join(", "), VALUES.join(", "), field.key))
}

fn count_or_unknown(text: &str) -> Read<String> {
    if text == "unknown" { Ok(text.to_owned()) } else { number(text).map(|n| n.to_string()) }
}

/// `given kirim`, `taken nobody`, `boxes sent 5`, `Tinta good 10`.
fn leg_fact(text: &str, cast: &Cast, is_record: &dyn Fn(&str) -> bool) -> Read<(String, String)> {
    let (name, value) = text.rsplit_once(' ').unwrap_or((text, ""));
    if name == "given" || name == "taken" {
        let record = if value == "nobody" { value.to_owned() } else { known(value, is_record)? };
        return Ok((name.to_owned(), record));
    }
    let value = count_or_unknown(value)?;
    if name.starts_with("boxes ") || name.starts_with("seals ") {
        one_of(name, LEG_FACTS)?;
        return Ok((name.to_owned(), value));
    }
    let (item, what) = name.rsplit_once(' ').unwrap_or((name, ""));
    one_of(what, PIECES)?;
    Ok((format!("{} {what}", cast.item(item)?), value))
}

/// `PPS 62.06.13.2001`, `transit from PPK 62.06.13 to PPS 62.06.13.2001 since kirim`, or `unknown`.
fn place_of(text: &str, cast: &Cast, is_record: &dyn Fn(&str) -> bool) -> Read<String> {
    if text == "unknown" {
        return Ok(text.to_owned());
    }
    let Some(way) = text.strip_prefix("on the way from ") else {
        return cast.point(text).map(|point| cast.shown(&point));
    };
    let parts = way.split_once(" to ").and_then(|(from, rest)| {
        let (to, since) = rest.split_once(" since ")?;
        Some((from, to, since))
    });
    let (from, to, since) = parts
        .ok_or_else(|| format!("expected `on the way from POINT to POINT since RECORD`, found `{text}`"))?;
    let (from, to) = (cast.shown(&cast.point(from)?), cast.shown(&cast.point(to)?));
    Ok(format!("on the way from {from} to {to} since {}", known(since, is_record)?))
}

fn value_of(name: &str, value: &str, cast: &Cast, is_record: &dyn Fn(&str) -> bool) -> Read<String> {
    match name {
        "last visit" | "arrival" | "last word" => {
            if value == "none" {
                Ok(value.to_owned())
            } else {
                known(value, is_record)
            }
        }
        "way" => one_of(value, WAYS).map(|_| value.to_owned()),
        "standby" => one_of(value, SITUATIONS).map(|_| value.to_owned()),
        "complete" => one_of(value, &[("yes", ()), ("no", ())]).map(|()| value.to_owned()),
        "kit at" if value == "none" => Ok(value.to_owned()),
        "kit at" => {
            let (point, record) = value
                .rsplit_once(" in ")
                .ok_or_else(|| format!("expected `PPS 62.06.13.2001 in RECORD`, found `{value}`"))?;
            Ok(format!("{} in {}", cast.shown(&cast.point(point)?), known(record, is_record)?))
        }
        _ => number(value).map(|n| n.to_string()),
    }
}
