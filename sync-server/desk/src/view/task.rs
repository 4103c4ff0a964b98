//! Directives as the desk works with them: those given at once with the same words are one task, with everyone who is
//! asked and what each answered.

use std::collections::{BTreeMap, BTreeSet};

use pantau_protocol::{
    body::Progress,
    journal::RecordId,
    note::Field,
    place::Place,
    projection::{DirectiveState, ProgressState, Reference, answerer},
};

use super::{
    Look, NoteView, Notes,
    by::{By, by},
    href,
    tag::{self, Tag, Tone, tag},
    tps_list::{Callee, callee},
};
use crate::{
    format::Moment,
    text::{directive, words},
};
use pantau_log::{import::Told, ops};

/// One directive, or those given at once with the same words to several officers.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    /// Where each stands and what it says, by id; there is at least one.
    pub(crate) parts: Vec<(Place, DirectiveState)>,
    /// Who is asked.
    pub(crate) asked: BTreeSet<u32>,
    /// The latest answer of each officer to any of the parts, of those who are not asked, too.
    answers: BTreeMap<u32, ProgressState>,
}

/// How far a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Past its due time, and somebody has neither done it nor said that it cannot be done.
    Overdue,
    /// Not due yet, and not finished.
    Open,
    /// Everyone who is asked has finished it, or nobody is asked.
    Done,
}

/// What an officer who is asked answered last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Answered {
    Nothing,
    Working,
    Impossible,
    Done,
}

impl Answered {
    pub(crate) const ALL: [Self; 4] = [Self::Nothing, Self::Working, Self::Impossible, Self::Done];

    fn of(answer: Option<&ProgressState>) -> Self {
        match answer.map(|answer| answer.progress) {
            None => Self::Nothing,
            Some(Progress::Done) => Self::Done,
            Some(Progress::Impossible) => Self::Impossible,
            Some(Progress::Seen | Progress::Working | Progress::Other(_)) => Self::Working,
        }
    }
}

/// Tasks of all directives that stand, with the notes by which those of one task are known.
pub(crate) fn tasks(reference: &Reference, all: Vec<(Place, DirectiveState)>, notes: &Notes) -> Vec<Task> {
    let text = |id: &RecordId| {
        let told = notes.get(id).into_iter().flatten().find(|(field, _)| *field == Field::Note);
        told.and_then(|(_, told)| if let Told::Text(text) = told { Some(text.clone()) } else { None })
    };
    let mut tasks: BTreeMap<(i64, i64, String), Vec<(Place, DirectiveState)>> = BTreeMap::new();
    for (place, state) in all {
        let id = state.mark.record;
        // Only those to single officers belong together, and without its text one stands alone.
        let of = text(&id).filter(|_| state.officer.is_some()).map(|text| format!("same {text}"));
        let key = (state.mark.at, state.due, of.unwrap_or_else(|| id.to_string()));
        tasks.entry(key).or_default().push((place, state));
    }
    let task = |mut parts: Vec<(Place, DirectiveState)>| {
        parts.sort_by_key(|(_, state)| state.mark.record);
        let asked = parts.iter().flat_map(|(place, state)| ops::asked(reference, place, state)).collect();
        let answers = latest(reference, &parts);
        Task { parts, asked, answers }
    };
    tasks.into_values().map(task).collect()
}

/// The latest answer of each officer.
fn latest(reference: &Reference, parts: &[(Place, DirectiveState)]) -> BTreeMap<u32, ProgressState> {
    let mut latest: BTreeMap<u32, ProgressState> = BTreeMap::new();
    for answer in parts.iter().flat_map(|(_, state)| &state.answers) {
        let Some(officer) = answerer(reference, &answer.mark) else { continue };
        let age = |answer: &ProgressState| (answer.mark.at, answer.mark.record);
        if latest.get(&officer).is_none_or(|known| age(known) <= age(answer)) {
            latest.insert(officer, answer.clone());
        }
    }
    latest
}

impl Task {
    /// The state of its first part: text, due time and author are those of all.
    pub(crate) fn first(&self) -> Option<&(Place, DirectiveState)> {
        self.parts.first()
    }

    /// The ids of its records.
    pub(crate) fn ids(&self) -> impl Iterator<Item = RecordId> + '_ {
        self.parts.iter().map(|(_, state)| state.mark.record)
    }

    /// What an officer answered.
    pub(crate) fn answered(&self, officer: u32) -> Answered {
        Answered::of(self.answers.get(&officer))
    }

    /// How many of those who are asked answered so. The four numbers add up to all of them.
    pub(crate) fn counts(&self) -> [usize; 4] {
        let mut counts = [0; 4];
        for officer in &self.asked {
            let answered = self.answered(*officer);
            let at = Answered::ALL.iter().position(|a| *a == answered);
            at.and_then(|at| counts.get_mut(at)).into_iter().for_each(|n| *n += 1);
        }
        counts
    }

    /// How far it is.
    pub(crate) fn stage(&self, now: i64) -> Stage {
        let [silent, working, ..] = self.counts();
        match (silent + working, self.first().is_some_and(|(_, state)| now > state.due)) {
            (0, _) => Stage::Done,
            (_, true) => Stage::Overdue,
            (_, false) => Stage::Open,
        }
    }

    /// Those who said nothing.
    pub(crate) fn silent(&self) -> BTreeSet<u32> {
        self.asked.iter().copied().filter(|n| self.answered(*n) == Answered::Nothing).collect()
    }
}

/// A task in a list, or at the head of its page.
#[derive(Debug, Clone)]
pub(crate) struct TaskView {
    pub(crate) href: String,
    pub(crate) stage: Tag,
    pub(crate) to: String,
    /// Its place; empty for one to single officers.
    pub(crate) place: String,
    pub(crate) place_href: String,
    pub(crate) due: Moment,
    pub(crate) notes: Vec<NoteView>,
    pub(crate) by: By,
    /// How many answered what, in words: none, under way, impossible, done.
    pub(crate) counts: Vec<(String, &'static str)>,
    /// `129 dari 136 selesai`.
    pub(crate) share: String,
}

/// One officer who is asked.
#[derive(Debug, Clone)]
pub(crate) struct AskedView {
    pub(crate) callee: Callee,
    pub(crate) href: String,
    pub(crate) grants: String,
    pub(crate) answered: Tag,
    pub(crate) by: Option<By>,
    pub(crate) notes: Vec<NoteView>,
    pub(crate) delivered: Tag,
    pub(crate) contact: Option<Moment>,
}

/// What the caller found out about the phones of an officer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Reach {
    /// He has a phone that is trusted.
    pub(crate) has_phone: bool,
    /// One of them has read the directive.
    pub(crate) has_read: bool,
    /// When one of them last called, unix seconds.
    pub(crate) contact: Option<i64>,
}

/// A task.
pub(crate) fn task(look: Look<'_>, task: &Task) -> Option<TaskView> {
    let (place, state) = task.first()?;
    let d = directive::text(look.lang());
    let counts = task.counts();
    let n = |n: usize| look.reading.number(n as u64);
    let words = [d.silent, d.working, d.impossible, d.done];
    let to = match (task.parts.len(), state.officer, state.role) {
        (1, Some(number), _) => look.officer_then(number, state.mark.received_at),
        (parts, Some(_), _) => format!("{} {}", n(parts), d.officers),
        (_, None, Some(role)) => words::role(look.lang(), role),
        (_, None, None) => d.everyone.to_owned(),
    };
    let (tone, text) = match task.stage(look.reading.now) {
        Stage::Overdue => (Tone::Bad, d.overdue),
        Stage::Open => (Tone::Plain, d.open),
        Stage::Done if counts.get(2).is_some_and(|n| *n > 0) => (Tone::Warn, d.done),
        Stage::Done => (Tone::Good, d.done),
    };
    let done = counts.last().copied().unwrap_or_default();
    let is_single = state.officer.is_some();
    Some(TaskView {
        href: format!("/directive/{}", state.mark.record),
        stage: tag(tone, text),
        to,
        place: if is_single { String::new() } else { look.titled(place) },
        place_href: if is_single { String::new() } else { href(place) },
        due: look.reading.moment(state.due),
        notes: look.notes(&state.mark.record),
        by: by(look, &state.mark),
        counts: counts.into_iter().map(n).zip(words).collect(),
        share: format!("{} {} {} {}", n(done), look.t().of, n(task.asked.len()), d.none_done),
    })
}

/// An officer who is asked, with what is known of his phone, and his grants where the reader `sees`.
pub(crate) fn asked(
    look: Look<'_>,
    task: &Task,
    officer: u32,
    reach: Reach,
    sees: impl Fn(&Place) -> bool,
) -> AskedView {
    let d = directive::text(look.lang());
    let answer = task.answers.get(&officer);
    let delivered = match (answer.is_some() || reach.has_read, reach.has_phone) {
        (true, _) => tag(Tone::Good, d.is_delivered),
        (false, true) => tag(Tone::Plain, d.not_confirmed),
        (false, false) => tag(Tone::Warn, d.no_device),
    };
    let grants = look.reference.grants(officer).into_iter().filter(|grant| sees(&grant.place));
    let grants = grants.map(|g| format!("{}, {}", words::role(look.lang(), g.role), look.titled(&g.place)));
    AskedView {
        callee: callee(look, officer),
        href: format!("/officer/{officer}"),
        grants: grants.collect::<Vec<_>>().join(" · "),
        answered: answer
            .map_or_else(|| tag(Tone::Plain, d.silent), |a| tag::progress(look.lang(), a.progress)),
        by: answer.map(|a| by(look, &a.mark)),
        notes: answer.map(|a| look.notes(&a.mark.record)).unwrap_or_default(),
        delivered,
        contact: reach.contact.map(|at| look.reading.moment(at)),
    }
}
