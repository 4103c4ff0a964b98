//! The form of a report that is there already, to be corrected: its fields as they would have been typed.

use pantau_protocol::{
    body::{Body, Receive, SealState, Visit},
    note::Field,
    record::Record,
};

use super::{CHANNELS, goods::SEALS, kind_word};
use crate::{format::Reading, sent::Fields};

/// The fields of a told report with its notes.
pub(crate) fn filled(record: &Record, said: &Body, notes: &[(Field, String)], reading: &Reading) -> Fields {
    let mut all: Vec<(String, String)> = Vec::new();
    let mut put = |name: &str, value: String| all.push((name.to_owned(), value));
    put("kind", kind_word(said.kind()).to_owned());
    put("place", record.place.to_string());
    let channel = CHANNELS.iter().find(|(_, basis)| *basis == record.basis).map_or("", |(word, _)| word);
    put("channel", channel.to_owned());
    let called = record.told.map_or(record.at, |told| told.at);
    put("called", reading.typed(called));
    if called != record.at {
        put("held", reading.typed(record.at));
    }
    let note =
        |field| notes.iter().find(|(f, _)| *f == field).map(|(_, text)| text.clone()).unwrap_or_default();
    match record.told.and_then(|told| told.officer) {
        Some(officer) => put("officer", officer.to_string()),
        None => put("informant", note(Field::Informant)),
    }
    for (field, name) in [
        (Field::Note, "note"),
        (Field::Need, "need"),
        (Field::Receiver, "receiver"),
        (Field::Vehicle, "vehicle"),
        (Field::Escort, "escort"),
    ] {
        put(name, note(field));
    }
    body(said, reading, &mut put);
    Fields::of(all)
}

fn body(said: &Body, reading: &Reading, put: &mut impl FnMut(&str, String)) {
    match said {
        Body::Visit(v) => visit(v, put),
        Body::Receive(r) => receive(r, put),
        Body::Dispatch(d) => {
            put("at", d.from.number().to_string());
            put("label", d.from_label.clone().unwrap_or_default());
            put("to", d.to.place.to_string());
            put("to_kind", d.to.kind.number().to_string());
            put("to_label", d.to.label.clone().unwrap_or_default());
            put("packed", d.packed.number().to_string());
            put("kits", lines(d.kits.iter().map(ToString::to_string)));
            if let Some(containers) = d.containers.first() {
                put("c-count", containers.count.to_string());
            }
            for line in &d.lines {
                put(&format!("i-{}-good", line.item), line.pieces.to_string());
            }
            put("seals-intact", lines(d.seals.iter().map(|seal| seal.number.clone())));
            put("due", d.due.map_or_else(String::new, |due| reading.typed(due)));
        }
        Body::Incident(i) => {
            put("category", i.category.number().to_string());
            put("severity", i.severity.number().to_string());
        }
        Body::IncidentUpdate(u) => {
            put("target", u.target.to_string());
            put("progress", u.progress.number().to_string());
        }
        Body::Turnout(t) => {
            put("hour", t.hour.to_string());
            put("voters", t.voters.to_string());
        }
        Body::Standby(s) => {
            put("present", s.present.to_string());
            put("team", s.team.to_string());
            put("situation", s.situation.number().to_string());
            put("no_obstacle", if s.no_obstacle { "1".to_owned() } else { String::new() });
        }
        _ => {}
    }
}

fn visit(v: &Visit, put: &mut impl FnMut(&str, String)) {
    put("list", format!("{}.{}", v.checklist, v.version));
    for (n, answer) in v.answers.iter().enumerate() {
        put(&format!("a-{}", n + 1), answer.number().to_string());
    }
    put("way", v.way.map_or_else(String::new, |way| way.number().to_string()));
}

fn receive(r: &Receive, put: &mut impl FnMut(&str, String)) {
    put("at", r.at.number().to_string());
    put("label", r.label.clone().unwrap_or_default());
    put("rest", r.rest.number().to_string());
    put("kits", lines(r.kits.iter().map(ToString::to_string)));
    put("bttb", r.form.clone().unwrap_or_default());
    if let Some(found) = r.containers.first() {
        put("c-good", found.good.to_string());
        put("c-damaged", found.damaged.to_string());
        put("c-missing", found.missing.to_string());
    }
    for line in &r.lines {
        put(&format!("i-{}-good", line.item), line.good.to_string());
        put(&format!("i-{}-damaged", line.item), line.damaged.to_string());
        put(&format!("i-{}-missing", line.item), line.missing.to_string());
    }
    for (input, state) in SEALS {
        let is_so = |found: SealState| found == state;
        put(input, lines(r.seals.iter().filter(|seal| is_so(seal.state)).map(|seal| seal.number.clone())));
    }
}

fn lines(all: impl Iterator<Item = String>) -> String {
    all.collect::<Vec<_>>().join("\n")
}
