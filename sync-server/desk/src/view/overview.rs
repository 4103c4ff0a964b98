//! The first screen: the sentence, the cards, what changed since.

use pantau_log::projector::Then;
use pantau_protocol::{place::Place, profile::Profile, projection::Rollup};

use super::{Look, matter::MatterView, tiles::TilesView};
use crate::{
    format::Moment,
    select::{Goods, Selection},
};

/// The first screen.
#[derive(Debug, Clone)]
pub(crate) struct OverviewView {
    /// Whose desk it is.
    pub(crate) title: String,
    /// The day and the hour.
    pub(crate) now: String,
    /// The sentence for those above.
    pub(crate) sentence: String,
    pub(crate) cards: Vec<Card>,
    pub(crate) since: SinceView,
    /// The matters at the top of the list.
    pub(crate) matters: Vec<MatterView>,
    /// How many there are; empty if all are shown.
    pub(crate) more: String,
    pub(crate) tiles: TilesView,
    /// The table of the same regions.
    pub(crate) table_href: String,
}

/// One figure of the first screen.
#[derive(Debug, Clone)]
pub(crate) struct Card {
    pub(crate) title: &'static str,
    /// The list that it counts.
    pub(crate) href: String,
    pub(crate) n: String,
    /// Of how many; empty if of nothing.
    pub(crate) of: String,
    /// What changed; empty where it is not known.
    pub(crate) change: String,
    /// Its parts, each with its list.
    pub(crate) parts: Vec<CardPart>,
    /// What it rests on.
    pub(crate) basis: String,
    /// The newest report in it.
    pub(crate) at: Option<Moment>,
}

/// A part of a figure.
#[derive(Debug, Clone)]
pub(crate) struct CardPart {
    pub(crate) n: String,
    pub(crate) label: &'static str,
    pub(crate) href: String,
}

/// What changed since a moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct SinceView {
    /// Since when, in words.
    pub(crate) label: String,
    /// What the field of the form says, in local time as a browser writes it.
    pub(crate) field: String,
    /// The choice of the form.
    pub(crate) choice: &'static str,
    /// What changed, each with its count.
    pub(crate) lines: Vec<String>,
    /// Why it is not known; may be empty.
    pub(crate) problem: &'static str,
}

/// What is counted beside the sums.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counted {
    /// TPS without logistics that are very remote.
    pub(crate) far_without: u64,
    /// Camats, and those of them without any visit.
    pub(crate) camats: (u64, u64),
    /// Open incidents that nobody has answered.
    pub(crate) unanswered: u64,
    /// Kecamatan with TPS that are silent against expectation, and those where only expected silence is.
    pub(crate) silent: (u64, u64),
    /// Grave incidents that came since.
    pub(crate) new_grave: u64,
    /// Findings that closed themselves since.
    pub(crate) cured: u64,
}

/// A list of TPS within a place.
fn list(within: &Place, goods: Option<Goods>) -> String {
    Selection { within: Some(within.clone()), goods, ..Selection::default() }.href("/tps")
}

/// The sentence for those above: what is known of the goods at this moment, and when they are due.
pub(crate) fn sentence(look: Look<'_>, r: &Rollup, counted: &Counted, profile: Option<&Profile>) -> String {
    let n = |n: u64| look.reading.number(n);
    let share = look.reading.percent(r.arrived.into(), r.tps.into());
    let (arrived, all, not) = (n(r.arrived.into()), n(r.tps.into()), n(r.not_arrived().into()));
    let (far, now) = (n(counted.far_without), look.reading.stamp(look.reading.now));
    let due = profile.map(|p| look.reading.stamp(p.logistics_due));
    let due = due
        .map_or_else(String::new, |due| look.lang().pick(format!(" Tenggat {due}."), format!(" Due {due}.")));
    look.lang().pick(
        format!("{arrived} dari {all} TPS ({share}) telah menerima logistik per {now}; {not} belum, {far} di antaranya di daerah sangat terpencil.{due}"),
        format!("{arrived} of {all} TPS ({share}) have received logistics as of {now}; {not} have not, {far} of them in very remote places.{due}"),
    )
}

/// The six figures of a region.
pub(crate) fn cards(
    look: Look<'_>,
    place: &Place,
    r: &Rollup,
    counted: &Counted,
    then: Option<(&Then, &str)>,
) -> Vec<Card> {
    let t = look.lang().overview();
    let n = |n: u64| look.reading.number(n);
    let at = r.newest.map(|at| look.reading.moment(at));
    let before = then.map(|(then, label)| (then.sums(place), label));
    let change = |now: u32, of: fn(&Rollup) -> u32| {
        let Some((before, label)) = &before else { return String::new() };
        let before = of(before);
        let (sign, by) = if now >= before { ("▲", now - before) } else { ("▼", before - now) };
        if by == 0 { format!("= {label}") } else { format!("{sign} {} {label}", n(by.into())) }
    };
    let within = format!("?place={place}");
    let none = || format!("/officers?role=Camat&visited=none&within={place}");
    let part = |count: u64, label: &'static str, href: String| CardPart { n: n(count), label, href };
    let seen = r.arrived.saturating_sub(r.arrived_told).saturating_sub(r.arrived_document);
    let basis = [(t.seen, seen), (t.told, r.arrived_told), (t.document, r.arrived_document)];
    let basis = basis.map(|(word, count)| format!("{word} {}", n(count.into()))).join(" · ");
    let camats_seen = counted.camats.0.saturating_sub(counted.camats.1);
    let opens_at = look.reference.profile().map(|p| p.opens_at);
    vec![
        Card {
            title: t.logistics_at_tps,
            href: list(place, Some(Goods::NotArrived)),
            n: n(r.arrived.into()),
            of: n(r.tps.into()),
            change: change(r.arrived, |r| r.arrived),
            parts: vec![part(r.not_arrived().into(), t.not_arrived, list(place, Some(Goods::NotArrived)))],
            basis,
            at: at.clone(),
        },
        Card {
            title: t.completeness,
            href: list(place, Some(Goods::Short)),
            n: n(r.complete.into()),
            of: String::new(),
            change: change(r.complete, |r| r.complete),
            parts: vec![
                part(r.complete.into(), t.complete, list(place, Some(Goods::Complete))),
                part(r.short.into(), t.short, list(place, Some(Goods::Short))),
                part(r.uncounted().into(), t.uncounted, list(place, Some(Goods::Uncounted))),
                part(r.not_arrived().into(), t.not_arrived, list(place, Some(Goods::NotArrived))),
            ],
            basis: t.basis_counts.to_owned(),
            at: at.clone(),
        },
        Card {
            title: t.camat_visits,
            href: none(),
            n: n(camats_seen),
            of: format!("{} {}", n(counted.camats.0), t.camats),
            change: String::new(),
            parts: vec![
                part(counted.camats.1, t.no_visit, none()),
                part(
                    r.visited.into(),
                    t.tps_visited,
                    Selection { within: Some(place.clone()), visited: Some(true), ..Selection::default() }
                        .href("/tps"),
                ),
            ],
            basis: t.basis_visits.to_owned(),
            at: at.clone(),
        },
        Card {
            title: t.open_incidents,
            href: format!("/incidents{within}"),
            n: n(r.open_incidents.into()),
            of: String::new(),
            change: String::new(),
            parts: vec![
                part(r.grave_incidents.into(), t.grave, format!("/incidents{within}")),
                part(counted.unanswered, t.unanswered, format!("/incidents{within}")),
            ],
            basis: t.basis_incidents.to_owned(),
            at: at.clone(),
        },
        Card {
            title: t.not_reporting,
            href: format!("/silence{within}"),
            n: n(counted.silent.0),
            of: String::new(),
            change: String::new(),
            parts: match counted.silent {
                (0, 0) => vec![part(r.heard().into(), t.all_heard, format!("/silence{within}"))],
                (abnormal, expected) => vec![
                    part(abnormal, t.abnormal, format!("/silence{within}")),
                    part(expected, t.expected, format!("/silence{within}")),
                ],
            },
            basis: t.basis_silence.to_owned(),
            at: at.clone(),
        },
        match opens_at.filter(|opens_at| r.turnout_tps == 0 && look.reading.now < *opens_at) {
            Some(opens_at) => Card {
                title: t.turnout,
                href: format!("/turnout{within}"),
                n: "–".to_owned(),
                of: String::new(),
                change: format!("{} {}", t.starts, look.reading.stamp(opens_at)),
                parts: Vec::new(),
                basis: t.basis_turnout.to_owned(),
                at: None,
            },
            None => Card {
                title: t.turnout,
                href: format!("/turnout{within}"),
                n: look.reading.percent(r.turnout, r.turnout_voters),
                of: String::new(),
                change: format!("{} {} {} {}", n(r.turnout), t.of, n(r.turnout_voters), t.voters),
                parts: vec![part(r.turnout_tps.into(), t.tps, list(place, None))],
                basis: t.basis_turnout.to_owned(),
                at,
            },
        },
    ]
}

/// What changed since a moment.
pub(crate) fn changes(look: Look<'_>, r: &Rollup, before: &Rollup, counted: &Counted) -> Vec<String> {
    let t = look.lang().overview();
    let more = |now: u32, before: u32| i64::from(now) - i64::from(before);
    let lines = [
        (more(r.arrived, before.arrived), t.more_arrived),
        (more(r.visited, before.visited), t.more_visited),
        (i64::try_from(counted.new_grave).unwrap_or(i64::MAX), t.more_grave),
        (i64::try_from(counted.cured).unwrap_or(i64::MAX), t.cured),
    ];
    let shown = lines.into_iter().filter(|(by, _)| *by != 0);
    let line = |(by, what): (i64, &str)| {
        let sign = if by > 0 { "+" } else { "−" };
        format!("{sign}{} {what}", look.reading.number(by.unsigned_abs()))
    };
    shown.map(line).collect()
}
