//! Directives: how one is given, which stand, and how one is taken back. The one way for the pages and for the command
//! line.

mod to;

use std::collections::BTreeSet;

use pantau_protocol::{
    body::{Body, Directive, Kind, Progress, Retract},
    journal::RecordId,
    note::Field,
    place::Place,
    profile::Profile,
    projection::{DirectiveState, Reference, answerer},
};

use crate::{
    Error, Server,
    author::{self, NewDeskRecord},
    limit, store,
};

pub(super) use to::in_use;
pub use to::{NotAddressed, To, asked, camats_of};

/// A directive that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The place it is given to.
    pub place: Place,
    /// Addressees, due time and answers; its record is that of its latest wording.
    pub state: DirectiveState,
    /// Its text, unless erased.
    pub text: Option<String>,
}

/// All directives that stand, by due time.
///
/// # Errors
/// Failures of the store.
pub fn directives(server: &Server) -> Result<Vec<Standing>, Error> {
    let mut all = Vec::new();
    for (place, state) in server.places()?.directives(limit::LISTED)? {
        let notes = store::read(server.store(), |view| view.desk_notes(&state.mark.record))?;
        let text = notes.into_iter().find(|n| n.field == Field::Note).map(|n| n.text);
        all.push(Standing { place, state, text });
    }
    all.sort_by_key(|d| (d.state.due, d.state.mark.record));
    Ok(all)
}

/// Who is asked and did not say that it is done or cannot be: whoever said nothing, or only that it is seen or under
/// way. Whose an answer is, [`answerer`] says.
pub fn unfinished(reference: &Reference, asked: &BTreeSet<u32>, state: &DirectiveState) -> BTreeSet<u32> {
    let ended = state.answers.iter().filter(|a| matches!(a.progress, Progress::Done | Progress::Impossible));
    let ended: BTreeSet<u32> = ended.filter_map(|a| answerer(reference, &a.mark)).collect();
    asked.difference(&ended).copied().collect()
}

/// A directive to be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDirective {
    /// To whom.
    pub to: To,
    /// When it must be done, unix seconds.
    pub due: i64,
    /// What is to be done.
    pub text: String,
}

/// What became of a directive that was to be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// It stands: one record, or one for each of several officers.
    Done(Vec<RecordId>),
    /// The same stands already, and nothing was written: the form or command was sent twice.
    Already(Vec<RecordId>),
    /// There is no text.
    NoText,
    /// The text has more bytes than a note may: [`pantau_protocol::limit::NOTE_BYTES`].
    TextTooLong,
    /// Nobody can be addressed so.
    NotAddressed(NotAddressed),
}

/// Gives a directive. One that stands already word by word, for the same officers and due at the same time, is not given
/// twice; two callers at the same time must wait for each other to rely on that.
///
/// # Errors
/// Failures of the store and of the desk's file.
pub fn give(server: &Server, new: &NewDirective) -> Result<Given, Error> {
    let text = new.text.trim();
    if text.is_empty() {
        return Ok(Given::NoText);
    }
    if text.len() > pantau_protocol::limit::NOTE_BYTES {
        return Ok(Given::TextTooLong);
    }
    let addresses = match new.to.addresses(server.known()?.reference()) {
        Ok(addresses) => addresses,
        Err(why) => return Ok(Given::NotAddressed(why)),
    };
    let mut standing = directives(server)?;
    standing.retain(|d| d.state.due == new.due && d.text.as_deref() == Some(text));
    let same = |(officer, role, place): &to::Address| {
        let is_same = |d: &&Standing| {
            d.state.officer == *officer && d.state.role == *role && (d.place == *place || officer.is_some())
        };
        standing.iter().find(is_same).map(|d| d.state.mark.record)
    };
    let already: Vec<RecordId> = addresses.iter().filter_map(same).collect();
    if already.len() == addresses.len() {
        return Ok(Given::Already(already));
    }
    let record = |(officer, role, place): to::Address| {
        let body = Body::Directive(Directive { officer, role, due: new.due });
        NewDeskRecord::new(server.now(), place, body).with_note(Field::Note, text)
    };
    Ok(Given::Done(author::append(server, addresses.into_iter().map(record).collect())?))
}

/// Whether a due time lies more than a year away from both today and the election: a digit of the year may be wrong.
pub fn is_unlikely_due(due: i64, now: i64, profile: &Profile) -> bool {
    let (first, last) = (now.min(profile.opens_at) - limit::DUE_S, now.max(profile.closes_at) + limit::DUE_S);
    !(first..=last).contains(&due)
}

/// Takes a directive back: phones stop showing it at their next sync. Answers to it stay in the log. `why` goes
/// along as a note; an empty one is none.
///
/// # Errors
/// [`Error::NotFound`] where no directive of this id stands.
pub fn retract_directive(server: &Server, directive: RecordId, why: &str) -> Result<RecordId, Error> {
    let written = retract_directives(server, &[directive], why)?;
    written.into_iter().next().ok_or_else(|| Error::Refused("nothing was written".into()))
}

/// Takes several directives back, all or none.
///
/// # Errors
/// [`Error::NotFound`] where one of them does not stand.
pub fn retract_directives(
    server: &Server,
    directives: &[RecordId],
    why: &str,
) -> Result<Vec<RecordId>, Error> {
    let standing = self::directives(server)?;
    let mut records = Vec::new();
    for id in directives {
        let Some(found) = standing.iter().find(|d| d.state.mark.record == *id) else {
            return Err(Error::NotFound(format!("a directive {id} that stands")));
        };
        let rows = store::read(server.store(), |view| view.desk_record(id))?;
        let target_places = rows.first().map(|r| r.entry.keys.clone()).unwrap_or_default();
        let body = Body::Retract(Retract { target: *id, target_places, kind: Some(Kind::Directive) });
        records.push(NewDeskRecord::new(server.now(), found.place.clone(), body).with_note(Field::Note, why));
    }
    author::append(server, records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_due_time_in_another_century_is_unlikely() {
        let profile = Profile::shipped().remove(0);
        let (day, later, year) = (profile.opens_at, profile.opens_at + 900 * 86_400, limit::DUE_S);
        let is = |due, now| is_unlikely_due(due, now, &profile);
        assert!(!is(day - 86_400, day) && !is(day - 86_400, later) && !is(later + 60, later));
        assert!(is(day + 184 * year, day) && is(day - 2 * year, day) && is(day + 3 * year, day));
    }
}
