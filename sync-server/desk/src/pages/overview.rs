//! The first screen of a desk: the sentence, six figures, what needs attention, the map of tiles, what changed.

use std::{collections::BTreeSet, sync::Arc};

use axum::{http::StatusCode, response::Response};
use pantau_log::{Error, projector::Then};
use pantau_protocol::{
    body::{Access, Severity},
    place::{Level, Place},
    projection::{
        Rollup,
        findings::{Finding, Status},
    },
};

use super::attention;
use crate::{
    format::read_local,
    layout::OverviewPage,
    limit,
    page::Context,
    reply,
    select::Goods,
    view::{
        Look, Notes, href,
        overview::{Counted, OverviewView, SinceView, cards, changes, sentence},
        tiles,
    },
};
use pantau_log::store::Rights;

/// `GET /`: the region of the desk, or the regions if there are several.
pub(crate) fn overview(c: &Context<'_>) -> Result<Response, Error> {
    match c.places.roots().as_slice() {
        [one] if one.level() != Some(Level::Tps) && c.is_known(one) => first_screen(c, one),
        many => super::region::several(c, many),
    }
}

/// With what the page compares.
struct Since {
    /// Unix seconds.
    at: i64,
    choice: &'static str,
    is_known: bool,
}

/// What `?since=` asks for: an hour ago, yesterday at 18.00, or a local time. Rounded to a quarter of an hour, so that
/// pages share what was worked out.
fn since(c: &Context<'_>) -> Since {
    const QUARTER_S: i64 = 900;
    const DAY_S: i64 = 86_400;
    let now = c.reading.now;
    let hour = || c.reading.floor(now - 3_600, QUARTER_S);
    let read = |text: &str| read_local(text, c.reading.offset_s).filter(|at| (0..=now).contains(at));
    match c.asked.parameter("since").as_deref() {
        None | Some("" | "hour") => Since { at: hour(), choice: "hour", is_known: true },
        Some("evening") => {
            Since { at: c.reading.floor(now, DAY_S) - 6 * 3_600, choice: "evening", is_known: true }
        }
        // The form sends the chosen time beside the choice.
        Some("time") => match c.asked.parameter("at").as_deref().and_then(read) {
            Some(at) => Since { at: c.reading.floor(at, QUARTER_S), choice: "time", is_known: true },
            None => Since { at: hour(), choice: "time", is_known: false },
        },
        Some(_) => Since { at: hour(), choice: "hour", is_known: false },
    }
}

fn first_screen(c: &Context<'_>, place: &Place) -> Result<Response, Error> {
    let since = since(c);
    let then = c.compare(since.at, since.choice == "time");
    let sums = c.places.sums(place)?;
    let notes = Notes::new();
    let look = c.look(&notes);
    let ranked = attention::ranked(c, None)?;
    // The menu of this page asks for it again.
    c.counted("attention", "", || Ok(attention::more_than_to_know(&ranked)))?;
    let counted = counted(c, look, place, since.at)?;
    let owners = attention::owners(c)?;
    let first: Vec<_> = ranked.iter().take(limit::FIRST_MATTERS).collect();
    let inside = super::tiled(c, c.places.children(place))?;
    let t = look.lang().overview();
    let label = label(look, &since);
    let now = look.reading.stamp(look.reading.now);
    let view = OverviewView {
        title: format!("{} {}", look.t().desk, look.titled(place)),
        now: [eve(look), now].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", "),
        sentence: sentence(look, &sums, &counted, look.reference.profile()),
        cards: cards(look, place, &sums, &counted, then.as_deref().map(|then| (then, label.as_str()))),
        since: since_view(look, &since, then.as_ref(), (&sums, place), (&counted, &label)),
        matters: attention::shown(c, look, &first, &owners)?,
        more: if ranked.len() > first.len() {
            look.reading.number(ranked.len() as u64)
        } else {
            String::new()
        },
        tiles: tiles::tiles(look, &inside),
        table_href: href(place),
    };
    let page = OverviewPage {
        layout: c.layout(look.t().overview.to_owned(), Vec::new()),
        o: t,
        csrf: c.csrf(),
        may_act: c.visitor.rights != Rights::Viewer,
        here: c.asked.here(),
        view,
    };
    Ok(reply::page(StatusCode::OK, &page))
}

/// `H-1`, counted from the day of the election; empty long before and after it.
fn eve(look: Look<'_>) -> String {
    let Some(profile) = look.reference.profile() else { return String::new() };
    let day = |at: i64| (at + i64::from(look.reading.offset_s)).div_euclid(86_400);
    match day(profile.opens_at) - day(look.reading.now) {
        0 => look.lang().pick("Hari H", "Election day").to_owned(),
        days @ 1..=90 => look.lang().pick(format!("H-{days}"), format!("E-{days}")),
        days @ -90..=-1 => look.lang().pick(format!("H+{}", -days), format!("E+{}", -days)),
        _ => String::new(),
    }
}

/// `sejak pukul 17.00`.
fn label(look: Look<'_>, since: &Since) -> String {
    let t = look.lang().overview();
    let text = match since.choice {
        "hour" => look.lang().pick("pukul ", "").to_owned() + &look.reading.clock(since.at),
        _ => look.reading.stamp(since.at),
    };
    format!("{} {text}", t.since)
}

fn since_view(
    look: Look<'_>,
    since: &Since,
    then: Option<&Arc<Then>>,
    (sums, place): (&Rollup, &Place),
    (counted, label): (&Counted, &str),
) -> SinceView {
    let t = look.lang().overview();
    let problem = match (then, since.is_known) {
        (_, false) => t.bad_time,
        (None, _) => t.comparing,
        _ => "",
    };
    SinceView {
        label: label.to_owned(),
        field: look.reading.typed(since.at),
        choice: since.choice,
        lines: then.map_or_else(Vec::new, |then| changes(look, sums, &then.sums(place), counted)),
        problem,
    }
}

/// What the sums do not say.
fn counted(c: &Context<'_>, look: Look<'_>, place: &Place, since: i64) -> Result<Counted, Error> {
    let mut counted = Counted::default();
    counted.far_without = c.counted("far", place.as_str(), || {
        let is_far =
            |tps: &Place| c.places.reference().tps(tps).is_some_and(|tps| tps.access == Access::VeryRemote);
        let all = c.places.tps_sums(Some(place))?;
        let without = all.iter().filter(|(tps, sums)| is_far(tps) && Goods::of(sums) == Goods::NotArrived);
        Ok(without.count() as u64)
    })?;
    let visited = c.places.visited(place)?;
    let visitors: std::collections::HashSet<u32> = visited.into_iter().map(|(officer, _)| officer).collect();
    // A camat may stand in for the one of another kecamatan, and is one person.
    let camats = super::region::camats(look).into_iter().filter(|(region, _)| region.is_within(place));
    let camats: BTreeSet<u32> = camats.flat_map(|(_, camats)| camats).collect();
    counted.camats.0 = camats.len() as u64;
    counted.camats.1 = camats.iter().filter(|officer| !visitors.contains(officer)).count() as u64;
    for (_, incident) in c.places.incidents(Some(place), limit::RANKED)? {
        counted.unanswered += u64::from(incident.progress.is_none());
        let is_new = incident.mark.received_at.is_some_and(|at| at > since);
        counted.new_grave += u64::from(is_new && incident.severity == Severity::High);
    }
    let districts = c.places.reference().regions().map(|(place, _)| place);
    let districts = districts.filter(|p| p.level() == Some(Level::District) && p.is_within(place));
    // Of a desa there is none; it speaks for itself.
    let own = (place.level() == Some(Level::Village)).then_some(place);
    for district in districts.chain(own) {
        let sums = c.places.rollup(district)?;
        counted.silent.0 += u64::from(sums.silent_abnormal > 0);
        counted.silent.1 += u64::from(sums.silent_abnormal == 0 && sums.silent_expected > 0);
    }
    let of = format!("{place} {since}");
    counted.cured = c.counted("cured", &of, || cured(c, &c.places.findings(None)?, since))?;
    Ok(counted)
}

/// Findings whose cure the server received after a moment.
fn cured(c: &Context<'_>, findings: &[Finding], since: i64) -> Result<u64, Error> {
    let cures = findings.iter().filter_map(|finding| match finding.status {
        Status::Cured { by } => Some(by),
        Status::Open | Status::Ruled { .. } => None,
    });
    c.read(|view| {
        let mut count = 0;
        for by in cures {
            let rows = view.desk_record(&by)?;
            let came = rows.iter().map(|row| row.entry.envelope.received_at).min();
            count += u64::from(came.is_some_and(|at| at > since));
        }
        Ok(count)
    })
}
