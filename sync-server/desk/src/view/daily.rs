//! The daily report as text: its figures, the letter, the text for a messenger.

use pantau_log::ops::Daily;
use pantau_protocol::{
    body::{DailyReport, Figures, Severity},
    place::Place,
    projection::{IncidentState, ItemState, Mark, PlaceState, Rollup},
};

use super::Look;
use crate::text::daily::{Text, text};

/// A figure of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Figure {
    Tps,
    Visited,
    Arrived,
    Complete,
    Short,
    Uncounted,
    NotArrived,
    BadSeals,
    Incidents,
    Grave,
    Abnormal,
    TurnoutTps,
}

impl Figure {
    /// In the order of the table.
    pub(crate) const ALL: [Self; 12] = [
        Self::Tps,
        Self::Visited,
        Self::Arrived,
        Self::Complete,
        Self::Short,
        Self::Uncounted,
        Self::NotArrived,
        Self::BadSeals,
        Self::Incidents,
        Self::Grave,
        Self::Abnormal,
        Self::TurnoutTps,
    ];

    /// Its name in addresses.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tps => "tps",
            Self::Visited => "visited",
            Self::Arrived => "arrived",
            Self::Complete => "complete",
            Self::Short => "short",
            Self::Uncounted => "uncounted",
            Self::NotArrived => "not-arrived",
            Self::BadSeals => "bad-seals",
            Self::Incidents => "incidents",
            Self::Grave => "grave",
            Self::Abnormal => "abnormal",
            Self::TurnoutTps => "turnout",
        }
    }

    /// The figure of a name.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|figure| figure.name() == name)
    }

    /// What it is called.
    pub(crate) fn label(self, t: &Text) -> &'static str {
        match self {
            Self::Tps => t.tps,
            Self::Visited => t.visited,
            Self::Arrived => t.arrived,
            Self::Complete => t.complete,
            Self::Short => t.short,
            Self::Uncounted => t.uncounted,
            Self::NotArrived => t.not_arrived,
            Self::BadSeals => t.bad_seals,
            Self::Incidents => t.incidents,
            Self::Grave => t.grave,
            Self::Abnormal => t.abnormal,
            Self::TurnoutTps => t.turnout_tps,
        }
    }

    /// What it says of these figures.
    pub(crate) fn value(self, of: &Figures) -> u32 {
        match self {
            Self::Tps => of.tps,
            Self::Visited => of.visited,
            Self::Arrived => of.arrived,
            Self::Complete => of.complete,
            Self::Short => of.short,
            Self::Uncounted => of.uncounted(),
            Self::NotArrived => of.not_arrived(),
            Self::BadSeals => of.bad_seals,
            Self::Incidents => of.open_incidents,
            Self::Grave => of.grave_incidents,
            Self::Abnormal => of.silent_abnormal,
            Self::TurnoutTps => of.turnout_tps,
        }
    }

    /// Whether a TPS is counted in it, and the records that say so; none where nobody said anything.
    pub(crate) fn behind<'s>(self, sums: &Rollup, state: &'s PlaceState) -> Option<Vec<&'s Mark>> {
        if self.value(&Figures::from(sums)) == 0 {
            return None;
        }
        let arrival = state.arrival.iter().map(|arrival| &arrival.mark);
        Some(match self {
            Self::Visited => state.last_visit.iter().collect(),
            Self::Arrived | Self::Uncounted | Self::BadSeals => arrival.collect(),
            Self::Complete | Self::Short => {
                let is_short =
                    |item: &&ItemState| self == Self::Complete || item.short().is_some_and(|n| n > 0);
                let mut marks: Vec<&Mark> =
                    state.items.iter().filter(is_short).map(|item| &item.mark).collect();
                marks.sort_by_key(|mark| mark.record);
                marks.dedup_by_key(|mark| mark.record);
                marks
            }
            Self::Incidents | Self::Grave => {
                let is_meant = |i: &&IncidentState| {
                    i.is_open() && (self == Self::Incidents || i.severity == Severity::High)
                };
                state.incidents.iter().filter(is_meant).map(|incident| &incident.mark).collect()
            }
            // Who spoke last, if anybody.
            Self::Tps | Self::NotArrived | Self::Abnormal => state.last_word.iter().collect(),
            Self::TurnoutTps => state.turnout.iter().map(|hour| &hour.mark).collect(),
        })
    }
}

/// A row of the table: a region, where its figures open, and the figures.
#[derive(Debug, Clone)]
pub(crate) struct FiguresRow {
    pub(crate) name: String,
    pub(crate) cells: Vec<FigureCell>,
}

/// One figure of a row.
#[derive(Debug, Clone)]
pub(crate) struct FigureCell {
    pub(crate) label: &'static str,
    pub(crate) n: String,
    /// The records behind it; empty in a preview.
    pub(crate) href: String,
}

/// The report as a letter.
#[derive(Debug, Clone)]
pub(crate) struct LetterView {
    /// Whose desk it is.
    pub(crate) desk: String,
    pub(crate) number: String,
    pub(crate) office: String,
    pub(crate) name: String,
    pub(crate) remark: String,
    /// The remark itself is gone, and words say so in its place.
    pub(crate) is_remark_gone: bool,
    /// `Selasa, 13 Feb 2024 pukul 18.05 WIB`.
    pub(crate) moment: String,
    /// The report in sentences.
    pub(crate) sentences: Vec<String>,
    pub(crate) rows: Vec<FiguresRow>,
    pub(crate) total: FiguresRow,
    /// How many TPS are known to have received something by which basis.
    pub(crate) basis: String,
}

/// The letter of a report of a region. Of a frozen one `id` is its record, and figures open.
pub(crate) fn letter(look: Look<'_>, region: &Place, report: &DailyReport, id: Option<&str>) -> LetterView {
    let t = text(look.lang());
    let row = |name: String, place: Option<&Place>, of: &Figures| FiguresRow {
        name,
        cells: Figure::ALL.into_iter().map(|figure| cell(look, figure, of, id.zip(place))).collect(),
    };
    let rows = report.rows.iter().map(|inside| {
        let place = inside.region(region);
        let name = place.as_ref().map_or_else(|| inside.part.clone(), |place| look.place(place));
        row(name, place.as_ref(), &inside.figures)
    });
    let n = |n: u32| look.reading.number(n);
    let of = &report.total;
    let basis = [(t.seen, of.arrived_seen()), (t.told, of.arrived_told), (t.document, of.arrived_document)];
    LetterView {
        desk: look.titled(region),
        number: report.number.clone().unwrap_or_default(),
        office: report.office.clone().unwrap_or_default(),
        name: String::new(),
        remark: String::new(),
        is_remark_gone: false,
        moment: look.reading.dated(report.at),
        sentences: sentences(look, of),
        rows: rows.collect(),
        total: row(t.total.to_owned(), Some(region), of),
        basis: basis.map(|(word, count)| format!("{word} {}", n(count))).join(" · "),
    }
}

/// One figure, and the address of the records behind it in the report and region that it is of.
pub(crate) fn cell(look: Look<'_>, figure: Figure, of: &Figures, at: Option<(&str, &Place)>) -> FigureCell {
    let href = at.map_or_else(String::new, |(id, place)| {
        format!("/daily/{id}/records?figure={}&place={place}", figure.name())
    });
    FigureCell { label: figure.label(text(look.lang())), n: look.reading.number(figure.value(of)), href }
}

/// The report in sentences.
fn sentences(look: Look<'_>, f: &Figures) -> Vec<String> {
    let n = |n: u32| look.reading.number(n);
    let share = |part: u32| look.reading.percent(part.into(), f.tps.into());
    let say = |id: String, en: String| look.lang().pick(id, en);
    let mut all = vec![
        say(
            format!(
                "Logistik: {} dari {} TPS ({}) telah menerima logistik; {} lengkap, {} kurang, {} belum dihitung; {} belum menerima.",
                n(f.arrived),
                n(f.tps),
                share(f.arrived),
                n(f.complete),
                n(f.short),
                n(f.uncounted()),
                n(f.not_arrived())
            ),
            format!(
                "Logistics: {} of {} TPS ({}) have received logistics; {} complete, {} short, {} not counted; {} have not received any.",
                n(f.arrived),
                n(f.tps),
                share(f.arrived),
                n(f.complete),
                n(f.short),
                n(f.uncounted()),
                n(f.not_arrived())
            ),
        ),
        say(
            format!(
                "Kunjungan: {} dari {} TPS ({}) telah dikunjungi.",
                n(f.visited),
                n(f.tps),
                share(f.visited)
            ),
            format!("Visits: {} of {} TPS ({}) were visited.", n(f.visited), n(f.tps), share(f.visited)),
        ),
        say(
            format!(
                "Kendala: {} belum selesai, {} di antaranya berat. Segel bermasalah di {} TPS.",
                n(f.open_incidents),
                n(f.grave_incidents),
                n(f.bad_seals)
            ),
            format!(
                "Incidents: {} not closed, {} of them grave. Bad seals at {} TPS.",
                n(f.open_incidents),
                n(f.grave_incidents),
                n(f.bad_seals)
            ),
        ),
        say(
            format!(
                "Pelaporan: {} TPS tidak melapor secara tidak wajar, {} tidak melapor karena tanpa sinyal, {} belum pernah melapor.",
                n(f.silent_abnormal),
                n(f.silent_expected),
                n(f.never_heard)
            ),
            format!(
                "Reporting: {} TPS silent although there is signal, {} silent without signal, {} never heard.",
                n(f.silent_abnormal),
                n(f.silent_expected),
                n(f.never_heard)
            ),
        ),
    ];
    if f.turnout_tps > 0 {
        let (voters, of) = (look.reading.number(f.turnout), look.reading.number(f.turnout_voters));
        let share = look.reading.percent(f.turnout, f.turnout_voters);
        all.push(say(
            format!(
                "Partisipasi: {voters} dari {of} pemilih ({share}) di {} TPS yang melapor.",
                n(f.turnout_tps)
            ),
            format!(
                "Turnout: {voters} of {of} voters ({share}) at the {} TPS that reported.",
                n(f.turnout_tps)
            ),
        ));
    }
    all
}

/// What a messenger carries, at most so many characters: as many sentences as fit, whole ones.
pub(crate) fn message(letter: &LetterView, t: &Text, most: usize) -> String {
    let mut text = format!("*{} {}*\n{} {}", t.title, letter.desk, t.as_of, letter.moment);
    let remark = Some(&letter.remark).filter(|remark| !remark.is_empty() && !letter.is_remark_gone);
    for part in letter.sentences.iter().chain(remark) {
        if text.chars().count() + part.chars().count() + 1 > most {
            break;
        }
        text.push('\n');
        text.push_str(part);
    }
    text
}

/// A figure beside the columns.
type Count = fn(&Figures) -> u64;

/// What is different between two sets of figures, each in words: `Menerima logistik +182`.
pub(crate) fn differences(look: Look<'_>, before: &Figures, after: &Figures) -> Vec<String> {
    let t = text(look.lang());
    let columns = Figure::ALL
        .map(|figure| (figure.label(t), u64::from(figure.value(before)), u64::from(figure.value(after))));
    // What the sentences say beside the columns.
    let others: [(&str, Count); 8] = [
        (t.voters, |f| f.voters),
        (t.seen_arrivals, |f| f.arrived_seen().into()),
        (t.told_arrivals, |f| f.arrived_told.into()),
        (t.document_arrivals, |f| f.arrived_document.into()),
        (t.never_heard, |f| f.never_heard.into()),
        (t.silent_expected, |f| f.silent_expected.into()),
        (t.turnout, |f| f.turnout),
        (t.turnout_voters, |f| f.turnout_voters),
    ];
    let others = others.map(|(label, of)| (label, of(before), of(after)));
    let line = |(label, before, after): (&str, u64, u64)| {
        let (sign, by) = if after >= before { ("+", after - before) } else { ("−", before - after) };
        (by > 0).then(|| format!("{label} {sign}{}", look.reading.number(by)))
    };
    columns.into_iter().chain(others).filter_map(line).collect()
}

/// A report in the list.
#[derive(Debug, Clone)]
pub(crate) struct ListedDaily {
    pub(crate) href: String,
    pub(crate) region: String,
    pub(crate) moment: String,
    pub(crate) number: String,
}

/// A row of the list.
pub(crate) fn listed(look: Look<'_>, daily: &Daily) -> ListedDaily {
    ListedDaily {
        href: format!("/daily/{}", daily.id),
        region: look.titled(&daily.region),
        moment: look.reading.dated(daily.report.at),
        number: daily.report.number.clone().unwrap_or_default(),
    }
}
