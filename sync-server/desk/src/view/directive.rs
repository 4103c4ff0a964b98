//! Directives (instruksi) with the answers to them, as they stand on the page of a place.

use pantau_protocol::{place::Place, projection::DirectiveState};

use super::{
    Look, NoteView,
    by::{By, by},
    href,
    incident::{ProgressView, progress},
    tag::{Tag, Tone, tag},
};
use crate::{format::Moment, text::words};
use pantau_log::ops;

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

/// A directive is done when all who are asked have finished it; only one that is not, and is past its due time, is red.
fn standing(look: Look<'_>, place: &Place, state: &DirectiveState) -> Tag {
    let t = look.t();
    let asked = ops::asked(look.reference, place, state);
    let unfinished = ops::unfinished(look.reference, &asked, state).len();
    let done = asked.len().saturating_sub(unfinished);
    let number = |n| look.reading.number(u32::try_from(n).unwrap_or(u32::MAX));
    let share = format!("{} {} {} {}", number(done), t.of, number(asked.len()), t.closed);
    let is_single = state.officer.is_some();
    match (unfinished, look.reading.now > state.due) {
        (0, _) if is_single || asked.is_empty() => tag(Tone::Good, t.closed),
        (0, _) => tag(Tone::Good, share),
        (_, true) if is_single => tag(Tone::Bad, t.overdue),
        (_, true) => tag(Tone::Bad, format!("{}, {share}", t.overdue)),
        (_, false) if is_single => tag(Tone::Plain, t.open),
        (_, false) => tag(Tone::Plain, share),
    }
}
