//! Directives that stand, and how one is taken back.

use pantau_protocol::{
    body::{Body, Kind, Retract},
    journal::RecordId,
    note::Field,
    place::Place,
    projection::DirectiveState,
};

use crate::{
    Error, Server,
    author::{self, NewDeskRecord},
    limit, store,
};

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

/// Takes a directive back: phones stop showing it at their next sync. Answers to it stay in the log. `why` goes
/// along as a note; an empty one is none.
///
/// # Errors
/// [`Error::NotFound`] where no directive of this id stands.
pub fn retract_directive(server: &Server, directive: RecordId, why: &str) -> Result<RecordId, Error> {
    let standing = directives(server)?.into_iter().find(|d| d.state.mark.record == directive);
    let Some(standing) = standing else {
        return Err(Error::NotFound(format!("a directive {directive} that stands")));
    };
    let rows = store::read(server.store(), |view| view.desk_record(&directive))?;
    let target_places = rows.first().map(|r| r.entry.keys.clone()).unwrap_or_default();
    let body = Body::Retract(Retract { target: directive, target_places, kind: Some(Kind::Directive) });
    let record = NewDeskRecord::new(server.now(), standing.place, body).with_note(Field::Note, why);
    let written = author::append(server, vec![record])?;
    written.into_iter().next().ok_or_else(|| Error::Refused("nothing was written".into()))
}
