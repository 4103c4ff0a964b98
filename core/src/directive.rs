//! Directives of the desk to this officer: to do, and done. One is answered by an `IncidentUpdate` that
//! names it.

use pantau_protocol::{
    body::{Kind, Progress},
    journal::RecordId,
    note::Field,
    place::Place,
    projection::{DirectiveState, ProgressState},
    role::Role,
};
use rusqlite::Connection;

use crate::{
    error::Error,
    places, row,
    store::setting::{self, CERTIFICATE, GENERATION},
};

/// A task.
#[derive(Debug, Clone, PartialEq)]
pub struct DirectiveRow {
    /// Its id, the target of the answer.
    pub id: RecordId,
    /// Where.
    pub place: Place,
    /// Only this officer.
    pub officer: Option<u32>,
    /// Only this role.
    pub role: Option<Role>,
    /// When it must be done, unix seconds.
    pub due: i64,
    /// When it was given (effective time), unix seconds.
    pub given_at: i64,
    /// Its text, if here and not erased.
    pub text: Option<String>,
    /// What this officer answered last.
    pub my_answer: Option<Progress>,
    /// What each officer answered last, by officer.
    pub answers: Vec<ProgressState>,
}

/// All tasks that concern this officer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Directives {
    /// Not answered with done or impossible; the earliest due first.
    pub to_do: Vec<DirectiveRow>,
    /// Answered so; the latest due first.
    pub done: Vec<DirectiveRow>,
}

/// The tasks that concern this officer.
pub(crate) fn list(c: &Connection) -> Result<Directives, Error> {
    let Some(certificate) = setting::get(c, &CERTIFICATE)? else { return Ok(Directives::default()) };
    let generation = setting::get_or(c, &GENERATION, 0)?;
    let mut places: Vec<Place> = row::select(c, "r.kind = ?1", "r.row", [Kind::Directive.number()])?
        .iter()
        .filter(|s| s.counts(generation))
        .filter_map(|s| s.record().map(|r| r.place))
        .collect();
    places.sort();
    places.dedup();
    let mut all = Directives::default();
    for place in places {
        // A task for a region is for all whose grants lie in it or around it.
        let mine = |role: Option<Role>| {
            certificate.grants.iter().any(|g| {
                role.is_none_or(|r| r == g.role) && (g.place.is_within(&place) || place.is_within(&g.place))
            })
        };
        for state in places::state(c, &place)?.0.directives {
            if state.officer.is_some_and(|o| o != certificate.officer) || !mine(state.role) {
                continue;
            }
            let row = shown(c, &place, state, certificate.officer)?;
            match row.my_answer {
                Some(Progress::Done | Progress::Impossible) => all.done.push(row),
                _ => all.to_do.push(row),
            }
        }
    }
    all.to_do.sort_by_key(|d| (d.due, d.id));
    all.done.sort_by_key(|d| (std::cmp::Reverse(d.due), d.id));
    Ok(all)
}

fn shown(c: &Connection, place: &Place, state: DirectiveState, me: u32) -> Result<DirectiveRow, Error> {
    let id = state.mark.record;
    let text = row::texts(c, &id)?.into_iter().find(|(f, _)| *f == Field::Note).map(|(_, t)| t);
    let my_answer = state.answers.iter().find(|a| a.mark.officer == Some(me)).map(|a| a.progress);
    Ok(DirectiveRow {
        id,
        place: place.clone(),
        officer: state.officer,
        role: state.role,
        due: state.due,
        given_at: state.mark.at,
        text,
        my_answer,
        answers: state.answers,
    })
}
