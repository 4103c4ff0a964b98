//! The day in a short plain text, to be sent by a messenger where nothing else gets through: what this phone knows of
//! its own scope. It names officers of the scope and no other person, and repeats no note.

use std::collections::BTreeSet;

use pantau_protocol::{
    body::Body,
    place::{Level, Place},
    projection::{Custody, Judged, Judgement, Mark, PlaceState, Reference, Whereabouts, findings::Lang},
};
use rusqlite::Connection;

use crate::{
    error::Error,
    identity, limit, outbox, places,
    row::{self, Stored},
    store::setting,
    tps,
    words::{NameOf, Words, cut},
};

/// One local day, unix seconds.
struct Day {
    from: i64,
    to: i64,
}

impl Day {
    /// The day that a moment lies in.
    fn of(at: i64, offset_s: i32) -> Self {
        let start = |at: i64| at.saturating_sub(at.saturating_add(i64::from(offset_s)).rem_euclid(86_400));
        let from = start(at);
        Self { from, to: from.saturating_add(86_400) }
    }

    fn has(&self, at: i64) -> bool {
        (self.from..self.to).contains(&at)
    }
}

/// A line of the message, and what may be listed below it: the first of them, as many as there is room for.
struct Section {
    head: String,
    rows: Vec<String>,
}

/// What is counted over the places of the scope.
#[derive(Default)]
struct Counts {
    stations: usize,
    visited_today: usize,
    visited: usize,
    sent: Goods,
    received: Goods,
    /// Since when, and which: kits on the way.
    open: Vec<(i64, Place, Custody)>,
    /// Gravest first when sorted.
    incidents: Vec<(std::cmp::Reverse<u32>, i64, Place, String, Mark)>,
    silent: Vec<Place>,
}

/// Kits of a day, and their containers where somebody counted them.
#[derive(Default)]
struct Goods {
    kits: usize,
    containers: Option<u64>,
}

impl Goods {
    fn add(&mut self, containers: impl Iterator<Item = Option<u32>>) {
        let mut legs = containers.peekable();
        self.kits += usize::from(legs.peek().is_some());
        for n in legs.flatten() {
            self.containers = Some(self.containers.unwrap_or(0).saturating_add(u64::from(n)));
        }
    }

    /// `24 kit (120 koli)`; without the containers where nobody counted any.
    fn told(&self, w: &Words<'_>) -> String {
        let word = w.pick("koli", "containers");
        let containers = self.containers.map_or_else(String::new, |n| format!(" ({n} {word})"));
        format!("{} kit{containers}", self.kits)
    }
}

/// The summary of the local day that `at`, unix seconds, lies in.
pub(crate) fn of(c: &Connection, reference: &Reference, at: i64, lang: Lang) -> Result<String, Error> {
    let (_, grants) = identity::grants(c, reference)?;
    let name = |mark: &Mark| tps::name_of(c, mark.officer?, mark.received_at).ok().flatten();
    let w = Words { lang, reference, name: &name as &NameOf<'_> };
    let day = Day::of(at, reference.profile().map_or(0, |p| p.utc_offset_s));
    let counts = count(c, &w, &day)?;
    let short = |place: &Place| w.short(place, limit::SUMMARY_NAME_CHARS);
    let mut here: Vec<String> =
        grants.iter().map(|g| g.place.clone()).collect::<BTreeSet<_>>().iter().map(short).collect();
    let more = here.len().saturating_sub(limit::SUMMARY_ROWS);
    here.truncate(limit::SUMMARY_ROWS);
    here.extend((more > 0).then(|| w.pick(format!("dan {more} lagi"), format!("and {more} more"))));
    let head = format!("Pantau {}: {}", w.date(day.from), here.join(", "));
    let mut sections = vec![Section { head, rows: Vec::new() }];
    sections.extend(told(&w, counts));
    sections.push(Section { head: waiting(c, &w)?, rows: Vec::new() });
    sections.push(Section { head: last_contact(c, &w)?, rows: Vec::new() });
    Ok(fitted(&w, &sections))
}

/// Counts place by place; only what this phone knows.
fn count(c: &Connection, w: &Words<'_>, day: &Day) -> Result<Counts, Error> {
    let (scope, reference) = (identity::scope(c)?, w.reference);
    let in_use = reference.all_tps().filter(|(p, t)| t.ended.is_none() && scope.covers(p));
    let mut all: BTreeSet<Place> = in_use.map(|(p, _)| p.clone()).collect();
    let mut counts = Counts { stations: all.len(), ..Counts::default() };
    all.extend(places::spoken_of(c)?.into_iter().filter(|p| scope.covers(p)));
    for place in all {
        let about = row::at_place(c, &place)?;
        let (state, _) = places::state(c, reference, &place)?;
        for incident in state.incidents.iter().filter(|i| i.is_open()) {
            let category = w.category(incident.category);
            let told = format!("{} ({})", category, w.severity(incident.severity));
            let rank = std::cmp::Reverse(incident.severity.number());
            counts.incidents.push((rank, incident.mark.at, place.clone(), told, incident.mark.clone()));
        }
        if place.level() != Some(Level::Tps) || reference.is_ended(&place) {
            continue;
        }
        count_station(c, w, day, (&place, &state, &about), &mut counts)?;
    }
    counts.incidents.sort_by(|a, b| (a.0, a.1, &a.2, a.4.record).cmp(&(b.0, b.1, &b.2, b.4.record)));
    counts.open.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    Ok(counts)
}

fn count_station(
    c: &Connection,
    w: &Words<'_>,
    day: &Day,
    (place, state, about): (&Place, &PlaceState, &[Stored]),
    counts: &mut Counts,
) -> Result<(), Error> {
    let judgement = places::judged(c, w.reference, about)?;
    let visits = visits(place, about, &judgement);
    counts.visited_today += usize::from(visits.iter().any(|at| day.has(*at)));
    counts.visited += usize::from(visits.iter().any(|at| *at < day.to));
    if state.is_silent() && w.reference.tps(place).is_some() {
        counts.silent.push(place.clone());
    }
    let Some(line) = places::custody(c, w.reference, place, about)? else { return Ok(()) };
    let today = |mark: &Option<Mark>| mark.as_ref().is_some_and(|mark| day.has(mark.at));
    counts.sent.add(line.legs.iter().filter(|l| today(&l.given)).map(|l| l.boxes.sent));
    counts.received.add(line.legs.iter().filter(|l| today(&l.taken)).map(|l| l.boxes.received));
    if let Whereabouts::OnTheWay { since, .. } = &line.at {
        counts.open.push((since.at, place.clone(), line));
    }
    Ok(())
}

/// When the visits to a place that count were made.
fn visits(place: &Place, about: &[Stored], judgement: &Judgement) -> Vec<i64> {
    let facts = about.iter().filter(|s| judgement.of(&s.id) == Judged::Counts).filter_map(Stored::fact);
    let visits = facts.filter(|f| f.record.place == *place && matches!(f.statement, Body::Visit(_)));
    visits.map(|f| f.effective_at()).collect()
}

fn told(w: &Words<'_>, counts: Counts) -> Vec<Section> {
    let Counts { stations, visited_today, visited, sent, received, open, incidents, silent } = counts;
    let short = |place: &Place| w.short(place, limit::SUMMARY_NAME_CHARS);
    let mut sections = vec![
        Section {
            head: w.pick(
                format!(
                    "Kunjungan: {visited_today} TPS hari itu; {visited} dari {stations} TPS sudah dikunjungi."
                ),
                format!("Visits: {visited_today} TPS that day; {visited} of {stations} TPS visited so far."),
            ),
            rows: Vec::new(),
        },
        Section {
            head: w.pick(
                format!("Kit dikirim: {}; diterima: {}.", sent.told(w), received.told(w)),
                format!("Kits sent: {}; received: {}.", sent.told(w), received.told(w)),
            ),
            rows: Vec::new(),
        },
    ];
    if !open.is_empty() {
        let row = |(since, place, line): &(i64, Place, Custody)| {
            let hands = cut(&w.officer(&line.last_hands), limit::SUMMARY_NAME_CHARS);
            let (since, from) = (w.when(*since), w.pick("sejak", "since"));
            format!("{}, {from} {since}, {hands}", short(place))
        };
        let head = w.pick(
            format!("Dalam perjalanan, belum diterima: {} kit.", open.len()),
            format!("On the way, not received yet: {} kit.", open.len()),
        );
        sections.push(Section { head, rows: open.iter().map(row).collect() });
    }
    let head = w.pick(
        format!("Kendala terbuka: {}.", incidents.len()),
        format!("Open incidents: {}.", incidents.len()),
    );
    let rows = incidents.iter().map(|(_, at, place, told, mark)| {
        let who = cut(&w.officer(mark), limit::SUMMARY_NAME_CHARS);
        format!("{told} {}, {} {}, {who}", short(place), w.pick("sejak", "since"), w.when(*at))
    });
    sections.push(Section { head, rows: rows.collect() });
    if !silent.is_empty() {
        let n = silent.len();
        let head = w.pick(format!("Belum ada laporan: {n} TPS."), format!("No report yet: {n} TPS."));
        sections.push(Section { head, rows: silent.iter().map(short).collect() });
    }
    sections
}

/// What has not reached the server, and since when.
fn waiting(c: &Connection, w: &Words<'_>) -> Result<String, Error> {
    let due = outbox::due(c)?;
    let oldest = due.iter().filter_map(Stored::record).map(|r| r.at).min();
    let Some(oldest) = oldest else {
        return Ok(w
            .pick("Semua catatan HP ini sudah di server.", "The server has every record.")
            .to_owned());
    };
    let (n, since) = (due.len(), w.when(oldest));
    Ok(w.pick(
        format!("Belum terkirim: {n} catatan HP ini, sejak {since}."),
        format!("Not sent yet: {n} records of this phone, since {since}."),
    ))
}

/// How old is what this phone knows of others.
fn last_contact(c: &Connection, w: &Words<'_>) -> Result<String, Error> {
    let last = setting::get(c, &setting::LAST_SYNC)?.map(|at| w.when(at));
    let last = last.unwrap_or_else(|| w.pick("belum pernah", "never").to_owned());
    Ok(format!("{} {last}.", w.pick("Terakhir terhubung dengan server:", "Last heard of the server:")))
}

/// The message: every head, and of each list the first rows, as long as all stays within the limit. What is left out
/// is counted.
fn fitted(w: &Words<'_>, sections: &[Section]) -> String {
    let more = |n: usize| w.pick(format!("- dan {n} lagi"), format!("- and {n} more"));
    let chars = |text: &str| text.chars().count() + 1;
    let rest = |s: &Section| if s.rows.is_empty() { 0 } else { chars(&more(s.rows.len())) };
    let fixed: usize = sections.iter().map(|s| chars(&s.head) + rest(s)).sum();
    let mut room = limit::SUMMARY_CHARS.saturating_sub(fixed);
    let mut lines: Vec<String> = Vec::new();
    for section in sections {
        lines.push(section.head.clone());
        let mut listed = 0;
        for row in section.rows.iter().take(limit::SUMMARY_ROWS) {
            let row = format!("- {row}");
            if chars(&row) > room {
                break;
            }
            room -= chars(&row);
            listed += 1;
            lines.push(row);
        }
        let left = section.rows.len() - listed;
        lines.extend((left > 0).then(|| more(left)));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests;
