//! A region and what lies in it: one table for provinces, kabupaten/kota, kecamatan and villages.

use pantau_protocol::{
    place::{Level, Place},
    projection::{PlaceState, Rollup},
};

use super::{
    Look, href,
    tag::{self, Tag, Tone},
    timeline::RecordView,
};
use crate::format::Moment;

/// The page of a region.
#[derive(Debug, Clone, Default)]
pub(crate) struct RegionView {
    /// Name.
    pub(crate) name: String,
    /// What the page is about, or the regions above.
    pub(crate) under: String,
    /// Its open incidents.
    pub(crate) incidents_href: String,
    /// What follows the address of an export of its TPS.
    pub(crate) export_query: String,
    /// The head of the page.
    pub(crate) figures: Option<Vec<FigureView>>,
    /// Camats whose scope this very region is.
    pub(crate) camats: Vec<CamatView>,
    /// Title of the table.
    pub(crate) caption: String,
    /// Title of its first column.
    pub(crate) column: &'static str,
    /// Its own address.
    pub(crate) here: String,
    /// The word for the order of the table; empty where it has none.
    pub(crate) sort: &'static str,
    /// The place that the table of silence is narrowed to, as a query.
    pub(crate) silence_query: String,
    /// Whether the table says what the camats visited.
    pub(crate) with_camat: bool,
    /// The regions inside.
    pub(crate) rows: Vec<RowView>,
    /// All of them together.
    pub(crate) total: Option<CountsView>,
    /// The TPS inside, for a village.
    pub(crate) tps: Vec<TpsRow>,
    /// What to say when there is nothing.
    pub(crate) empty: &'static str,
    /// Records about the region itself, newest first.
    pub(crate) own: Vec<RecordView>,
    /// There are older ones.
    pub(crate) cut: bool,
}

/// A figure at the head of the page.
#[derive(Debug, Clone)]
pub(crate) struct FigureView {
    /// What it counts.
    pub(crate) label: &'static str,
    /// The count.
    pub(crate) n: String,
    /// Of how many; empty if of nothing.
    pub(crate) of: String,
    /// A word more; may be empty.
    pub(crate) sub: String,
    /// It leads to the list of incidents.
    pub(crate) to_incidents: bool,
}

/// `n of m` with a bar.
#[derive(Debug, Clone)]
pub(crate) struct Share {
    /// `12 of 58`.
    pub(crate) text: String,
    /// Part.
    pub(crate) n: u32,
    /// Whole, at least 1 for the bar's sake.
    pub(crate) of: u32,
}

/// What one camat visited.
#[derive(Debug, Clone)]
pub(crate) struct CamatView {
    /// Name.
    pub(crate) name: String,
    /// Visited in person or by report, of all TPS of the kecamatan.
    pub(crate) share: Share,
}

/// A camat and the number of TPS visited, as counted by the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CamatCount {
    /// The officer.
    pub(crate) officer: u32,
    /// TPS with a standing visit by this officer.
    pub(crate) visited: u32,
}

/// One region of the table.
#[derive(Debug, Clone)]
pub(crate) struct RowView {
    /// Its page.
    pub(crate) href: String,
    /// Name.
    pub(crate) name: String,
    /// Code.
    pub(crate) code: String,
    /// Its camats.
    pub(crate) camats: Vec<CamatView>,
    /// Its counts.
    pub(crate) counts: CountsView,
}

/// The counts of a region.
#[derive(Debug, Clone)]
pub(crate) struct CountsView {
    /// TPS.
    pub(crate) tps: String,
    /// Visited.
    pub(crate) visited: Share,
    /// Logistics arrived.
    pub(crate) arrived: Share,
    /// Kit complete.
    pub(crate) complete: String,
    /// Kit short.
    pub(crate) short: Tag,
    /// Open incidents.
    pub(crate) incidents: Tag,
    /// No word yet.
    pub(crate) silent: String,
    /// Newest word.
    pub(crate) newest: Option<Moment>,
    /// Oldest last word.
    pub(crate) oldest: Option<Moment>,
}

/// One TPS of a village.
#[derive(Debug, Clone)]
pub(crate) struct TpsRow {
    /// Its page.
    pub(crate) href: String,
    /// `TPS 003`.
    pub(crate) name: String,
    /// Registered voters.
    pub(crate) voters: String,
    /// How hard to reach.
    pub(crate) access: Tag,
    /// Usual signal.
    pub(crate) signal: Tag,
    /// Visited.
    pub(crate) visited: Tag,
    /// Logistics arrived.
    pub(crate) arrived: Tag,
    /// Open incidents.
    pub(crate) incidents: Tag,
    /// Last word.
    pub(crate) last_word: Option<Moment>,
}

/// `n of m`.
pub(crate) fn share(look: Look<'_>, n: u32, of: u32) -> Share {
    let text = format!("{} {} {}", look.reading.number(n), look.t().of, look.reading.number(of));
    Share { text, n, of: of.max(1) }
}

/// The camats of a kecamatan with `tps` TPS.
pub(crate) fn camats(look: Look<'_>, counts: &[CamatCount], tps: u32) -> Vec<CamatView> {
    let view =
        |c: &CamatCount| CamatView { name: look.officer(c.officer), share: share(look, c.visited, tps) };
    counts.iter().map(view).collect()
}

/// One region of the table.
pub(crate) fn row(look: Look<'_>, place: &Place, rollup: &Rollup, camat: &[CamatCount]) -> RowView {
    RowView {
        href: href(place),
        name: look.place(place),
        code: place.to_string(),
        camats: camats(look, camat, rollup.tps),
        counts: counts(look, rollup),
    }
}

/// The counts of a region.
pub(crate) fn counts(look: Look<'_>, r: &Rollup) -> CountsView {
    let n = |n: u32| look.reading.number(n);
    let tone = if r.grave_incidents > 0 { Tone::Bad } else { Tone::Warn };
    let grave = if r.grave_incidents > 0 {
        format!("{} ({} {})", n(r.open_incidents), n(r.grave_incidents), look.lang().pick("berat", "grave"))
    } else {
        n(r.open_incidents)
    };
    CountsView {
        tps: n(r.tps),
        visited: share(look, r.visited, r.tps),
        arrived: share(look, r.arrived, r.tps),
        complete: n(r.complete),
        short: tag::problems(Tone::Bad, r.short, n(r.short)),
        incidents: tag::problems(tone, r.open_incidents, grave),
        silent: n(r.silent),
        newest: r.newest.map(|at| look.reading.moment(at)),
        oldest: r.oldest.map(|at| look.reading.moment(at)),
    }
}

/// The head of a page.
pub(crate) fn figures(look: Look<'_>, r: &Rollup) -> Vec<FigureView> {
    let (t, n) = (look.t(), |n: u32| look.reading.number(n));
    let age = |at: Option<i64>| at.map_or_else(|| t.no_word.to_owned(), |at| look.reading.age(at));
    let figure = |label, count: u32, of: String, sub: String| FigureView {
        label,
        n: n(count),
        of,
        sub,
        to_incidents: false,
    };
    let newest = format!("{}: {}", t.newest, age(r.newest));
    let grave =
        if r.grave_incidents > 0 { format!("{} {}", n(r.grave_incidents), t.grave) } else { String::new() };
    let seals = if r.bad_seals > 0 { format!("{}: {}", t.bad_seals, n(r.bad_seals)) } else { String::new() };
    let oldest = format!("{}: {}", t.oldest, age(r.oldest));
    let voters = format!("{} {}", look.reading.number(r.voters), t.voters.to_lowercase());
    let replanned =
        if r.replanned > 0 { format!("{} {}", n(r.replanned), t.replanned) } else { String::new() };
    let mut all = vec![
        figure(t.tps, r.tps, String::new(), voters),
        figure(t.visited, r.visited, n(r.tps), newest),
        figure(t.arrived, r.arrived, n(r.tps), seals),
        figure(t.complete, r.complete, n(r.tps), String::new()),
        figure(t.short, r.short, String::new(), replanned),
        FigureView { to_incidents: true, ..figure(t.open_incidents, r.open_incidents, String::new(), grave) },
        figure(t.silent, r.silent, n(r.tps), oldest),
    ];
    if r.turnout_tps > 0 {
        all.push(FigureView {
            label: t.turnout,
            n: look.reading.number(r.turnout),
            of: look.reading.number(r.turnout_voters),
            sub: format!("{} {}", n(r.turnout_tps), t.turnout_of),
            to_incidents: false,
        });
    }
    all
}

/// One TPS of a village.
pub(crate) fn tps_row(look: Look<'_>, place: &Place, state: &PlaceState) -> TpsRow {
    let lang = look.lang();
    let tps = look.reference.tps(place);
    let unknown = || tag::tag(Tone::Plain, look.t().unknown);
    let open: Vec<_> = state.incidents.iter().filter(|i| i.is_open()).collect();
    let grave = open.iter().any(|i| i.severity == pantau_protocol::body::Severity::High);
    let open = u32::try_from(open.len()).unwrap_or(u32::MAX);
    let number = place.as_str().rsplit('/').next().unwrap_or_default();
    TpsRow {
        href: href(place),
        name: match look.reference.is_ended(place) {
            true => format!("TPS {number} ({})", look.t().ended),
            false => format!("TPS {number}"),
        },
        voters: tps.map_or_else(|| "?".to_owned(), |t| look.reading.number(t.voters)),
        access: tps.map_or_else(unknown, |t| tag::access(lang, t.access)),
        signal: tps.map_or_else(unknown, |t| tag::signal(lang, t.signal)),
        visited: tag::yes(lang, state.visits > 0),
        arrived: tag::yes(lang, state.arrival.is_some()),
        incidents: tag::problems(if grave { Tone::Bad } else { Tone::Warn }, open, open.to_string()),
        last_word: state.last_word.as_ref().map(|m| look.reading.moment(m.at)),
    }
}

/// The title of the first column: the level below.
pub(crate) fn column(look: Look<'_>, place: &Place) -> &'static str {
    let t = look.t();
    match place.level() {
        Some(Level::Province) => t.kabupaten_kota,
        Some(Level::Regency) => t.kecamatan,
        Some(Level::District) => t.desa,
        _ => t.place,
    }
}
