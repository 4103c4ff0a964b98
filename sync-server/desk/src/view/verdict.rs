//! Whether a TPS is ready, in one line: what is known to be amiss and what nobody has told yet.

use pantau_protocol::{
    body::{Answer, Severity, Situation},
    checklist::Venue,
    place::Place,
    projection::{ItemState, PlaceState},
};

use super::{
    Look,
    summary::item_name,
    tag::{self, Tag, Tone},
    tps::kit_lines,
};
use crate::text::tps::text;

/// Exceptions that are told; of more the rest is counted.
const TOLD: usize = 8;
/// Items that nobody counted and that are named; more are counted.
const NAMED: usize = 2;

/// The verdict about a TPS.
#[derive(Debug, Clone)]
pub(crate) struct VerdictView {
    pub(crate) tag: Tag,
    /// What is the matter, with `;` between.
    pub(crate) text: String,
}

impl Default for VerdictView {
    fn default() -> Self {
        Self { tag: tag::tag(Tone::Plain, ""), text: String::new() }
    }
}

/// Judges the state of a TPS. What nobody told is never ready.
pub(crate) fn verdict(look: Look<'_>, place: &Place, state: &PlaceState) -> VerdictView {
    let d = text(look.lang());
    if state.is_silent() {
        return VerdictView { tag: tag::tag(Tone::Plain, d.unknown), text: d.nothing_said.to_owned() };
    }
    let mut amiss = readiness(look, state);
    amiss.extend(goods(look, place, state));
    amiss.extend(trouble(look, state));
    let is_seen = state.visits > 0 && state.arrival.is_some();
    let tag = match (amiss.is_empty(), is_seen) {
        (true, _) => tag::tag(Tone::Good, d.ready),
        (false, true) => tag::tag(Tone::Warn, d.except),
        (false, false) => tag::tag(Tone::Warn, d.not_yet),
    };
    if amiss.is_empty() {
        amiss.push(d.all_well.to_owned());
    }
    let more = amiss.len().saturating_sub(TOLD);
    amiss.truncate(TOLD);
    if more > 0 {
        amiss.push(format!("+ {} {}", look.reading.number(more as u64), d.more));
    }
    VerdictView { tag, text: amiss.join("; ") }
}

/// The items of the checklist that were answered otherwise than ready, and how many were not answered.
fn readiness(look: Look<'_>, state: &PlaceState) -> Vec<String> {
    let d = text(look.lang());
    let Some(list) = look.reference.checklist_for(Venue::Tps) else { return vec![d.no_checklist.to_owned()] };
    let (mut amiss, mut blank) = (Vec::new(), 0_u32);
    if state.visits == 0 {
        amiss.push(d.not_visited.to_owned());
    }
    for item in &list.items {
        let said = state.answers.iter().find(|a| a.item == item.code && a.checklist == list.number);
        match said.map_or(Answer::Blank, |said| said.answer) {
            Answer::Ok | Answer::NotApplicable => {}
            Answer::NotOk => amiss.push(format!("{}: {}", look.lang().pick(&item.id, &item.en), d.no)),
            // An answer that this version cannot read makes nothing ready.
            Answer::Blank | Answer::Other(_) => blank += 1,
        }
    }
    if state.visits > 0 && blank > 0 {
        amiss.push(format!("{} {}", look.reading.number(blank), d.unanswered));
    }
    amiss
}

/// What is amiss with the goods: not there, seals, short, not counted.
fn goods(look: Look<'_>, place: &Place, state: &PlaceState) -> Vec<String> {
    let (d, n) = (text(look.lang()), |n: u32| look.reading.number(n));
    let Some(arrival) = &state.arrival else { return vec![d.not_arrived.to_owned()] };
    let mut amiss = Vec::new();
    if arrival.bad_seals > 0 {
        amiss.push(format!("{} {}", n(arrival.bad_seals), d.bad_seals));
    }
    let lines = kit_lines(look.reference, place, state);
    if lines.is_empty() {
        amiss.push(d.no_kit.to_owned());
    }
    let mut unknown = Vec::new();
    for (item, _, said) in &lines {
        match said.and_then(ItemState::short) {
            Some(0) => {}
            Some(short) => amiss.push(format!("{} {} {}", item_name(look, *item), d.short, n(short))),
            None => unknown.push(*item),
        }
    }
    match unknown.len() {
        all if all > NAMED && all == lines.len() => amiss.push(d.kit_uncounted.to_owned()),
        many if many > NAMED => {
            amiss.push(format!("{} {}", look.reading.number(many as u64), d.items_uncounted));
        }
        _ => amiss.extend(unknown.iter().map(|item| format!("{} {}", item_name(look, *item), d.uncounted))),
    }
    amiss
}

/// Grave incidents, and an obstacle that the team on stand-by reports.
fn trouble(look: Look<'_>, state: &PlaceState) -> Vec<String> {
    let d = text(look.lang());
    let is_grave =
        |i: &&pantau_protocol::projection::IncidentState| i.is_open() && i.severity == Severity::High;
    let grave = state.incidents.iter().filter(is_grave).count();
    let mut amiss = Vec::new();
    if grave > 0 {
        amiss.push(format!("{} {}", look.reading.number(grave as u64), d.grave));
    }
    if state.standby.as_ref().is_some_and(|standby| standby.said.situation == Situation::Obstacle) {
        amiss.push(d.obstacle.to_owned());
    }
    amiss
}
