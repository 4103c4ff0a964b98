//! Records as they came, one line each: who, when by which clock, by which way, and what is odd.

use pantau_protocol::{
    body::Class,
    exchange::RowKind,
    note::Field,
    place::{Level, Place},
    projection::Judgement,
    record::Record,
    time,
};

use super::{Look, NoteView, href, short, summary};
use crate::{
    format::Moment,
    text::{report, words},
};
use pantau_log::{import::Told, store::Row};

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordView {
    /// Its id.
    pub(crate) id: String,
    /// Kind in words.
    pub(crate) kind: String,
    /// What it says.
    pub(crate) summary: String,
    /// Name of its place.
    pub(crate) place: String,
    /// Page of its place; empty if there is none.
    pub(crate) place_href: String,
    /// Its notes.
    pub(crate) notes: Vec<NoteView>,
    /// Author.
    pub(crate) author: String,
    /// Device, shortened.
    pub(crate) device: String,
    /// Number in the device's journal.
    pub(crate) seq: u64,
    /// What it rests on.
    pub(crate) basis: String,
    /// On whose word the desk wrote it, when it was told, and who entered it; empty for whatever else.
    pub(crate) behalf: String,
    /// The desk was told it, and it stands: it may be corrected or taken back at the desk.
    pub(crate) is_told: bool,
    /// The phone's clock.
    pub(crate) claimed: Moment,
    /// The server's.
    pub(crate) received: Moment,
    /// How it came.
    pub(crate) path: String,
    /// How far from the TPS it was made, and how accurate that is; empty without a position.
    pub(crate) position: String,
    /// What is odd.
    pub(crate) flags: Vec<&'static str>,
    /// Why it is held back; empty if it is not.
    pub(crate) reason: String,
    /// The field that is wrong; may be empty.
    pub(crate) field: String,
}

/// One row of the log, and what became of it.
pub(crate) fn record(look: Look<'_>, row: &Row, judgement: &Judgement) -> RecordView {
    let (entry, lang) = (&row.entry, look.lang());
    let record = Record::from_payload(&entry.payload).ok();
    let said = record.as_ref().and_then(|r| r.statement().ok());
    let place = record.as_ref().map(|r| &r.place);
    let received_at = Some(entry.envelope.received_at);
    let held = entry.quarantine.as_ref().filter(|_| entry.row == RowKind::Quarantined);
    RecordView {
        id: entry.id.to_string(),
        kind: words::kind(lang, entry.kind),
        summary: said.map(|body| summary::body(look, &body, received_at)).unwrap_or_default(),
        place: place.map_or_else(String::new, |p| look.place(p)),
        place_href: place.filter(|p| is_known(look, p)).map_or_else(String::new, href),
        notes: look.notes(&entry.id),
        author: look.author(&entry.device, received_at),
        device: short(&entry.device),
        seq: entry.seq,
        // What the desk decides rests on nothing seen.
        basis: match record.as_ref().filter(|_| !entry.kind.is_from_above()) {
            Some(r) => words::basis(lang, r.basis),
            None => String::new(),
        },
        behalf: record.as_ref().map_or_else(String::new, |r| behalf(look, row, r)),
        is_told: record.as_ref().is_some_and(|r| is_told(look, row, r)) && !judgement.is_replaced(&entry.id),
        claimed: look.reading.moment(entry.at),
        received: look.reading.moment(entry.envelope.received_at),
        path: path(look, row),
        position: record.as_ref().map_or_else(String::new, |r| position(look, r)),
        flags: flags(look, row, record.as_ref(), judgement),
        reason: held.map_or_else(String::new, |(reason, _)| words::reason(lang, *reason)),
        field: held.map_or_else(String::new, |(_, field)| field.clone()),
    }
}

/// Whether the desk wrote what it was told.
fn is_told(look: Look<'_>, row: &Row, record: &Record) -> bool {
    let is_field = record.statement().is_ok_and(|said| said.kind().class() == Class::Field);
    look.reference.is_desk(&row.entry.device) && record.basis.is_told() && is_field
}

/// On whose word the desk wrote something. Names are notes, and may be erased.
fn behalf(look: Look<'_>, row: &Row, record: &Record) -> String {
    if !is_told(look, row, record) {
        return String::new();
    }
    let r = report::text(look.lang());
    let note = |wanted: Field| {
        let all = look.notes.get(&row.entry.id).map(Vec::as_slice).unwrap_or_default();
        let text = all.iter().find(|(field, _)| *field == wanted).map(|(_, told)| told);
        if let Some(Told::Text(text)) = text { Some(text.clone()) } else { None }
    };
    let officer = || record.told.and_then(|told| told.officer).map(|officer| look.officer(officer));
    let who = note(Field::Informant).or_else(officer).unwrap_or_else(|| look.t().erased.to_owned());
    let mut all = format!("{} {who}", r.on_word_of);
    if let Some(told) = record.told {
        all.push_str(&format!(", {} {}", r.told_at, look.reading.hour(told.at)));
    }
    if let Some(operator) = note(Field::Name) {
        all.push_str(&format!("; {} {operator}", r.entered_by));
    }
    all
}

/// How far from its TPS the author of a record was, as the phone claims it.
fn position(look: Look<'_>, record: &Record) -> String {
    let Some(fix) = record.fix.filter(|_| record.place.level() == Some(Level::Tps)) else {
        return String::new();
    };
    let d = crate::text::tps::text(look.lang());
    let tps = look.reference.tps(&record.place).and_then(|tps| tps.lat.zip(tps.lon));
    let told = tps.map_or_else(
        || d.no_position.to_owned(),
        |(lat, lon)| format!("{} {}", look.reading.metres(fix.metres_to(lat, lon)), d.from_tps),
    );
    format!("{told} ({} ±{})", d.accuracy, look.reading.metres(f64::from(fix.accuracy)))
}

fn is_known(look: Look<'_>, place: &Place) -> bool {
    look.reference.region(place).is_some() || look.reference.tps(place).is_some()
}

fn path(look: Look<'_>, row: &Row) -> String {
    let t = look.t();
    match row.entry.carrier {
        0 if look.reference.is_desk(&row.entry.device) => t.at_desk.to_owned(),
        0 => t.direct.to_owned(),
        n => format!("{} {n}", t.path.to_lowercase()),
    }
}

fn flags(look: Look<'_>, row: &Row, record: Option<&Record>, judgement: &Judgement) -> Vec<&'static str> {
    let (entry, t) = (&row.entry, look.t());
    let trusted = look.reference.trusts(&entry.id, (entry.device, entry.branch, entry.seq));
    [
        (entry.row == RowKind::Quarantined, t.flag_quarantined),
        (!trusted, t.flag_untrusted),
        (judgement.is_replaced(&entry.id), t.flag_superseded),
        (judgement.is_of_other_election(&entry.id), t.flag_election),
        (time::effective(entry.at, Some(&entry.envelope)).impossible, t.flag_time),
        (record.is_some_and(|r| r.copy_of.is_some()), t.flag_copy),
        (record.is_some_and(|r| r.fix.is_some_and(|f| f.mock)), t.flag_mock),
        (entry.branch > 0, t.flag_branch),
    ]
    .into_iter()
    .filter_map(|(is, word)| is.then_some(word))
    .collect()
}
