//! Directives of the desk to this officer: to do, and done. One is answered by an `IncidentUpdate` that
//! names it.

use std::collections::BTreeSet;

use pantau_protocol::{
    body::{Kind, Progress},
    journal::{DeviceId, RecordId},
    note::Field,
    place::Place,
    projection::{DirectiveState, Mark, ProgressState, Reference, answerer},
    role::Role,
};
use rusqlite::Connection;

use crate::{error::Error, identity, places, row};

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
pub(crate) fn list(c: &Connection, reference: &Reference) -> Result<Directives, Error> {
    let (me, grants) = match identity::grants(c, reference) {
        Err(Error::NotEnrolled) => return Ok(Directives::default()),
        granted => granted?,
    };
    let own: Vec<DeviceId> = identity::all(c)?.into_iter().map(|j| j.device).collect();
    let mut all = Directives::default();
    for place in places(c)? {
        // A task for a region is for all whose grants lie in it or around it.
        let mine = |role: Option<Role>| {
            grants.iter().any(|g| {
                role.is_none_or(|r| r == g.role) && (g.place.is_within(&place) || place.is_within(&g.place))
            })
        };
        for state in places::state(c, reference, &place)?.0.directives {
            if state.officer.is_some_and(|o| o != me) || !mine(state.role) {
                continue;
            }
            // What the officer told the desk by phone is his answer, too.
            let is_mine = |m: &Mark| match answerer(reference, m) {
                Some(officer) => officer == me,
                None => own.contains(&m.device),
            };
            let row = shown(c, &place, state, is_mine)?;
            match row.my_answer {
                Some(Progress::Done | Progress::Impossible) => all.done.push(row),
                _ => all.to_do.push(row),
            }
        }
    }
    for rows in [&mut all.to_do, &mut all.done] {
        rows.sort_by_key(|d| (d.due, d.id));
    }
    all.done.reverse();
    Ok(all)
}

/// Places that directives, also corrected ones, are about.
fn places(c: &Connection) -> Result<BTreeSet<Place>, Error> {
    let mut q = c.prepare_cached(&places_statement())?;
    let codes = q.query_map([Kind::Directive.number(), Kind::Correct.number()], |r| r.get(0))?;
    let codes: Vec<String> = codes.collect::<Result<_, _>>()?;
    Ok(codes.iter().filter_map(|p| Place::new(p).ok()).collect())
}

/// The values are the kinds of directives and of corrections.
pub(crate) fn places_statement() -> String {
    let (directives, corrections) = (row::from_above("kind"), row::superseding("kind"));
    format!(
        "SELECT DISTINCT place FROM record WHERE kind = ?1 AND {directives}
         UNION SELECT place FROM record WHERE kind = ?2 AND {corrections}"
    )
}

fn shown(
    c: &Connection,
    place: &Place,
    state: DirectiveState,
    is_mine: impl Fn(&Mark) -> bool,
) -> Result<DirectiveRow, Error> {
    let id = state.mark.record;
    let text = row::texts(c, &id)?.into_iter().find(|(f, _)| *f == Field::Note).map(|(_, t)| t);
    let my_answer = state.answers.iter().filter(|a| is_mine(&a.mark)).max_by_key(|a| a.mark.at);
    Ok(DirectiveRow {
        id,
        place: place.clone(),
        officer: state.officer,
        role: state.role,
        due: state.due,
        given_at: state.mark.at,
        text,
        my_answer: my_answer.map(|a| a.progress),
        answers: state.answers,
    })
}
