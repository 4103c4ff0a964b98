//! Directives (tugas) with the answers to them.

use std::collections::BTreeSet;

use pantau_protocol::{body::Progress, place::Place, projection::DirectiveState};

use super::{
    Look, NoteView,
    by::{By, by},
    href,
    incident::{ProgressView, progress},
    tag::{Tag, Tone, tag},
};
use crate::{format::Moment, text::words};
use pantau_log::author::DESK_OFFICER;

/// One directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DirectiveView {
    /// Open, done, overdue.
    pub(crate) state: Tag,
    /// To whom.
    pub(crate) to: String,
    /// Where.
    pub(crate) place: String,
    /// Its page.
    pub(crate) place_href: String,
    /// When it must be done.
    pub(crate) due: Moment,
    /// The task.
    pub(crate) notes: Vec<NoteView>,
    /// Who gave it.
    pub(crate) by: By,
    /// Answers.
    pub(crate) answers: Vec<ProgressView>,
    /// There are so many that they are shown only when asked for.
    pub(crate) folded: bool,
}

/// Most answers that are shown unasked.
const UNFOLDED: usize = 6;

/// A directive about a place.
pub(crate) fn directive(look: Look<'_>, place: &Place, state: &DirectiveState) -> DirectiveView {
    DirectiveView {
        state: standing(look, place, state),
        to: to(look, state),
        place: look.titled(place),
        place_href: href(place),
        due: look.reading.moment(state.due),
        notes: look.notes(&state.mark.record),
        by: by(look, &state.mark),
        answers: state.answers.iter().map(|a| progress(look, a)).collect(),
        folded: state.answers.len() > UNFOLDED,
    }
}

fn to(look: Look<'_>, state: &DirectiveState) -> String {
    match (state.officer, state.role) {
        (Some(number), _) => look.officer_then(number, state.mark.received_at),
        (None, Some(role)) => words::role(look.lang(), role),
        (None, None) => look.t().everyone.to_owned(),
    }
}

/// How many officers a task for many is for: those whose grants lie in its place or around it.
fn asked(look: Look<'_>, place: &Place, state: &DirectiveState) -> usize {
    let concerns = |role, at: &Place| {
        state.role.is_none_or(|r| r == role) && (at.is_within(place) || place.is_within(at))
    };
    let all = look
        .reference
        .all_grants()
        .filter(|(officer, role, at)| *officer != DESK_OFFICER && concerns(*role, at));
    all.map(|(officer, ..)| officer).collect::<BTreeSet<_>>().len()
}

/// A task for one officer is done when that officer says so. One for many shows how many of them did: the
/// desk judges whether that is enough.
fn standing(look: Look<'_>, place: &Place, state: &DirectiveState) -> Tag {
    let t = look.t();
    let done = state.answers.iter().filter(|a| a.progress == Progress::Done).count();
    if state.officer.is_some() && done > 0 {
        return tag(Tone::Good, t.closed);
    }
    let is_overdue = look.reading.now > state.due;
    let tone = if is_overdue { Tone::Bad } else { Tone::Plain };
    if state.officer.is_some() {
        return tag(tone, if is_overdue { t.overdue } else { t.open });
    }
    let number = |n| look.reading.number(u32::try_from(n).unwrap_or(u32::MAX));
    let share = format!("{} {} {} {}", number(done), t.of, number(asked(look, place, state)), t.closed);
    tag(tone, if is_overdue { format!("{}, {share}", t.overdue) } else { share })
}

/// How many of those it is for have not said that it is done.
pub(crate) fn missing(look: Look<'_>, place: &Place, state: &DirectiveState) -> usize {
    let done = state.answers.iter().filter(|a| a.progress == Progress::Done).count();
    let asked = if state.officer.is_some() { 1 } else { asked(look, place, state) };
    asked.saturating_sub(done)
}
