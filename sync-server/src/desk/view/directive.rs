//! Directives (tugas) with the answers to them.

use pantau_protocol::{body::Progress, place::Place, projection::DirectiveState};

use super::{
    Look, NoteView,
    by::{By, by},
    href,
    incident::{ProgressView, progress},
    tag::{Tag, Tone, tag},
};
use crate::desk::{format::Moment, text::words};

/// One directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectiveView {
    /// Open, done, overdue.
    pub state: Tag,
    /// To whom.
    pub to: String,
    /// Where.
    pub place: String,
    /// Its page.
    pub place_href: String,
    /// When it must be done.
    pub due: Moment,
    /// The task.
    pub notes: Vec<NoteView>,
    /// Who gave it.
    pub by: By,
    /// Answers.
    pub answers: Vec<ProgressView>,
}

/// A directive about a place.
pub fn directive(look: Look<'_>, place: &Place, state: &DirectiveState) -> DirectiveView {
    DirectiveView {
        state: standing(look, state),
        to: to(look, state),
        place: look.titled(place),
        place_href: href(place),
        due: look.reading.moment(state.due),
        notes: look.notes(&state.mark.record),
        by: by(look, &state.mark),
        answers: state.answers.iter().map(|a| progress(look, a)).collect(),
    }
}

fn to(look: Look<'_>, state: &DirectiveState) -> String {
    match (state.officer, state.role) {
        (Some(number), _) => look.officer(number),
        (None, Some(role)) => words::role(look.lang(), role),
        (None, None) => look.t().everyone.to_owned(),
    }
}

/// A task for one officer is done when that officer says so. One for many shows how many did: the desk
/// judges whether that is enough.
fn standing(look: Look<'_>, state: &DirectiveState) -> Tag {
    let t = look.t();
    let done = state.answers.iter().filter(|a| a.progress == Progress::Done).count();
    if state.officer.is_some() && done > 0 {
        return tag(Tone::Good, t.closed);
    }
    let text = if done > 0 { format!("{done} {}", t.closed) } else { t.open.to_owned() };
    if look.reading.now > state.due {
        return tag(
            Tone::Bad,
            if done > 0 { format!("{}, {text}", t.overdue) } else { t.overdue.to_owned() },
        );
    }
    tag(Tone::Plain, text)
}
