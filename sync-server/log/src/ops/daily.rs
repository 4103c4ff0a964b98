//! The daily report: how its figures follow from the log, how the desk sets one down, and which there are.

use pantau_protocol::{
    body::{Body, DailyReport, DailyRow, Figures, Kind},
    journal::RecordId,
    note::Field,
    place::{Level, Place},
    projection,
    record::Record,
};

use crate::{
    Error, Server,
    author::{self, DESK_OFFICER, NewDeskRecord},
    limit,
    projector::{Known, Then},
    store::{Row, Stored, View},
};

/// What the desk adds to the figures of a daily report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Letter {
    /// Number of the letter; empty for none.
    pub number: String,
    /// The office of who signs; empty for none.
    pub office: String,
    /// The name of who signs; empty for none.
    pub name: String,
    /// What the desk has to say; empty for nothing.
    pub remark: String,
}

/// What became of a report that was to be frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frozen {
    /// It stands.
    Done(RecordId),
    /// One of this region and moment stands already, and nothing was written.
    Already(RecordId),
    /// Records of that moment may still be on their way into the log.
    TooEarly,
    /// A field is longer than it may be; its name as in docs/PROTOCOL.md.
    TooLong(&'static str),
}

/// A daily report that stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Daily {
    /// Its record.
    pub id: RecordId,
    /// The region.
    pub region: Place,
    /// When it was frozen, unix seconds.
    pub frozen_at: i64,
    /// What it says.
    pub report: DailyReport,
}

/// The figures of a region and of the regions directly inside, from the sums of an earlier moment. Pure.
pub fn figures(then: &Then, known: &Known, region: &Place) -> DailyReport {
    let prefix = format!("{region}.");
    let inside = known.children(region).filter(|child| child.level() != Some(Level::Tps));
    let row = |child: &Place| {
        let figures = Figures::from(&then.sums(child));
        let part = child.as_str().strip_prefix(&prefix)?.to_owned();
        (figures != Figures::default()).then_some(DailyRow { part, figures })
    };
    DailyReport {
        at: then.at,
        number: None,
        office: None,
        fold: projection::VERSION,
        total: Figures::from(&then.sums(region)),
        rows: inside.filter_map(row).collect(),
    }
}

/// Whether all that the server received by a moment, unix seconds, is in the log for certain.
pub fn is_settled(at: i64, now: i64) -> bool {
    at <= now - limit::DAILY_SETTLED_S
}

/// Sets a daily report down as a record of the desk, with the figures of an earlier moment. One of the same region and
/// moment is not set down twice; two callers at the same time must wait for each other to rely on that.
///
/// # Errors
/// Failures of the store and of the desk's file.
pub fn freeze(server: &Server, then: &Then, region: &Place, letter: &Letter) -> Result<Frozen, Error> {
    if !is_settled(then.at, server.now()) {
        return Ok(Frozen::TooEarly);
    }
    let known = server.known()?;
    let same = |daily: &Daily| daily.region == *region && daily.report.at == then.at;
    let standing = crate::store::read(server.store(), |view| daily_reports(view, &known))?;
    if let Some(there) = standing.iter().find(|daily| same(daily)) {
        return Ok(Frozen::Already(there.id));
    }
    let some = |text: &str| Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned);
    let mut report = figures(then, &known, region);
    (report.number, report.office) = (some(&letter.number), some(&letter.office));
    let is_long = |text: &Option<String>| {
        text.as_ref().is_some_and(|text| text.len() > pantau_protocol::limit::LABEL_BYTES)
    };
    if is_long(&report.number) {
        return Ok(Frozen::TooLong("number"));
    }
    if is_long(&report.office) {
        return Ok(Frozen::TooLong("office"));
    }
    let notes = [("name", Field::Name, &letter.name), ("remark", Field::Note, &letter.remark)];
    let mut new = NewDeskRecord::new(server.now(), region.clone(), Body::DailyReport(report));
    for (field, note, text) in notes {
        if text.len() > pantau_protocol::limit::NOTE_BYTES {
            return Ok(Frozen::TooLong(field));
        }
        new = new.with_note(note, text.trim());
    }
    let written = author::append(server, vec![new])?;
    let id = written.first().ok_or_else(|| Error::Refused("nothing was written".into()))?;
    Ok(Frozen::Done(*id))
}

/// The daily reports of this desk, the newest moment first.
///
/// # Errors
/// Failures of the store.
pub fn daily_reports(view: &dyn View, known: &Known) -> Stored<Vec<Daily>> {
    let mut all = Vec::new();
    let mut after = 0;
    loop {
        let rows = view.kind_rows(Kind::DailyReport, after, limit::LISTED)?;
        let Some(last) = rows.last().map(|row| row.position) else { break };
        after = last;
        // What a phone says in the name of the desk is no report of this server.
        let own = rows.iter().filter(|r| known.reference().officer(&r.entry.device) == Some(DESK_OFFICER));
        all.extend(own.filter_map(daily));
    }
    all.sort_by_key(|daily| std::cmp::Reverse((daily.report.at, daily.frozen_at, daily.id)));
    Ok(all)
}

fn daily(row: &Row) -> Option<Daily> {
    let record = Record::from_payload(&row.entry.payload).ok()?;
    let Ok(Body::DailyReport(report)) = record.decode_body() else { return None };
    let (id, frozen_at) = (row.entry.id, row.entry.envelope.received_at);
    Some(Daily { id, region: record.place, frozen_at, report })
}
