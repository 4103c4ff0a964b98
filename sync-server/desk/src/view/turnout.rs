//! Turnout by hour and by region. The whole is the voters of the TPS that reported, and how many those are is beside it.

use pantau_protocol::{
    place::{Level, Place},
    projection::{HourSum, Hours, Rollup},
};

use super::{
    Look, href,
    region::{Share, share},
    tag::{self, Tag, Tone},
};
use crate::text::turnout::text;

/// One hour.
#[derive(Debug, Clone)]
pub(crate) struct HourView {
    pub(crate) hour: String,
    pub(crate) percent: String,
    /// `1.200 dari 2.000`.
    pub(crate) voters: String,
    /// How many more than an hour before; may be empty.
    pub(crate) more: String,
    pub(crate) reported: Share,
    /// TPS with a figure for this very hour.
    pub(crate) this_hour: String,
}

/// One region of the table.
#[derive(Debug, Clone)]
pub(crate) struct RegionTurnout {
    pub(crate) href: String,
    pub(crate) name: String,
    /// At the latest hour; says so where nobody reported.
    pub(crate) percent: String,
    /// `1.200 dari 2.000`; empty where nobody reported.
    pub(crate) voters: String,
    /// An hour before.
    pub(crate) before: String,
    pub(crate) reported: Share,
    /// TPS with an open finding about their figures.
    pub(crate) doubtful: Tag,
}

/// The hours to be shown: from the opening of the polls, or the first report, to the latest report.
pub(crate) fn hours(look: Look<'_>, hours: &Hours) -> Vec<u32> {
    let Some(last) = hours.last() else { return Vec::new() };
    let opens = look.reference.profile().map_or(0, |profile| look.reading.hour_of(profile.opens_at));
    let first = (0..=last).find(|hour| hours.at(*hour).reported > 0).unwrap_or(last);
    (first.min(opens)..=last).collect()
}

/// The share of an hour; says so where nobody reported.
fn percent(look: Look<'_>, sum: HourSum) -> String {
    if sum.tps == 0 { text(look.lang()).untold.to_owned() } else { look.reading.percent(sum.voters, sum.of) }
}

fn voters(look: Look<'_>, sum: HourSum) -> String {
    if sum.tps == 0 {
        return String::new();
    }
    format!("{} {} {}", look.reading.number(sum.voters), look.t().of, look.reading.number(sum.of))
}

/// One hour of a set of so many TPS.
pub(crate) fn hour(look: Look<'_>, hours: &Hours, hour: u32, tps: u32) -> HourView {
    let sum = hours.at(hour);
    let before = hour.checked_sub(1).map(|before| hours.at(before)).unwrap_or_default();
    let more = sum.voters.saturating_sub(before.voters);
    HourView {
        hour: look.reading.slot(hour),
        percent: percent(look, sum),
        voters: voters(look, sum),
        more: if sum.tps == 0 { String::new() } else { format!("+{}", look.reading.number(more)) },
        reported: share(look, sum.tps, tps),
        this_hour: look.reading.number(sum.reported),
    }
}

/// What is known by an hour, in one or two sentences.
pub(crate) fn sentence(look: Look<'_>, sums: &Rollup, last: u32) -> String {
    let (d, n) = (text(look.lang()), |n: u64| look.reading.number(n));
    let now = sums.hours.at(last);
    let before = last.checked_sub(1).map(|before| sums.hours.at(before)).unwrap_or_default();
    format!(
        "{} {}: {} ({} {} {} {} {} {}, {} {} {}). {} {}.",
        d.until,
        look.reading.slot(last),
        look.reading.percent(now.voters, now.of),
        n(now.voters),
        look.t().of,
        n(now.of),
        d.of_voters,
        n(now.tps.into()),
        d.that_reported,
        d.of_all,
        n(sums.tps.into()),
        d.all_tps,
        d.before,
        percent(look, before),
    )
}

/// One region or TPS at the latest hour. `doubtful` are its TPS with an open finding about their figures.
pub(crate) fn region(
    look: Look<'_>,
    place: &Place,
    sums: &Rollup,
    last: u32,
    doubtful: u32,
) -> RegionTurnout {
    let now = sums.hours.at(last);
    let before = last.checked_sub(1).map(|before| sums.hours.at(before)).unwrap_or_default();
    RegionTurnout {
        href: match place.level() {
            Some(Level::Tps) => href(place),
            _ => format!("/turnout?place={place}"),
        },
        name: look.place(place),
        percent: percent(look, now),
        voters: voters(look, now),
        before: percent(look, before),
        reported: share(look, now.tps, sums.tps),
        doubtful: tag::problems(Tone::Warn, doubtful, look.reading.number(doubtful)),
    }
}
