//! Capture: a statement is checked and chained in one transaction, or nothing is written.

mod check;
mod once;
mod saved;

use pantau_protocol::{
    body::{Body, Correct, Handover, IncidentUpdate, Progress, Retract},
    election::Election,
    journal::{self, RecordId},
    limit,
    note::{self, Field, Note, SaltSeed},
    place::{Place, Scope},
    projection::Reference,
    record::{Against, Basis, Fix, Record},
    validate::{self, Problem},
};
use rusqlite::{Connection, params};

pub use self::saved::Saved;

use self::once::once;
use crate::{
    draft,
    env::Env,
    error::Error,
    identity,
    row::{self, NewRow},
};

/// What somebody has to say.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRecord {
    /// The place it is about.
    pub place: Place,
    /// What it rests on.
    pub basis: Basis,
    /// Who told it, where the basis is told.
    pub informant: Option<String>,
    /// Where the author was; absent when there was no position in time. Capture never waits for one.
    pub fix: Option<Fix>,
    /// What is said.
    pub body: Body,
    /// Free text.
    pub note: Option<String>,
    /// Further personal text: receiver, need.
    pub notes: Vec<(Field, String)>,
    /// Claimed time, unix seconds: for a told report the time of the call. The clock's now when absent.
    pub at: Option<i64>,
    /// What the app calls this capture, such as a random name of the form it was filled in: asked for again under
    /// the same key, it is the record that was saved first. [`crate::limit::CAPTURE_KEY_BYTES`] at most.
    pub key: Option<String>,
}

impl NewRecord {
    /// A statement seen by its author, now, without position or text.
    pub fn new(place: Place, body: Body) -> Self {
        Self {
            place,
            basis: Basis::Seen,
            informant: None,
            fix: None,
            body,
            note: None,
            notes: Vec::new(),
            at: None,
            key: None,
        }
    }
}

/// Saves a statement.
pub(crate) fn capture(
    c: &Connection,
    env: &Env,
    reference: &Reference,
    new: &NewRecord,
) -> Result<Saved, Error> {
    once(c, new.key.as_deref(), || {
        let mut new = new.clone();
        check::is_statement(&new.body)?;
        complete(c, reference, &mut new.body)?;
        check::known(c, reference, &new.place, &new.body)?;
        check::granted(c, reference, (&new.place, None), &new.body)?;
        let about =
            About { election: reference.election(), against: reference.plan_of(&new.place, &new.body) };
        let saved = save(c, env, &new, (&new.body, about))?;
        draft::discard(c, new.body.kind(), &new.place)?;
        Ok(saved)
    })
}

/// Says how far an incident or a directive has come. Where it is about a region above the author's, he
/// speaks for his own part of it.
pub(crate) fn report_progress(
    c: &Connection,
    env: &Env,
    reference: &Reference,
    target: &RecordId,
    progress: Progress,
    (note, key): (Option<String>, Option<String>),
) -> Result<Saved, Error> {
    let about = row::by_id(c, target)?
        .and_then(|r| r.record())
        .ok_or_else(|| Error::field("target", Problem::Unknown))?;
    let (_, grants) = identity::grants(c, reference)?;
    let mut scopes = grants.iter().map(|g| &g.place);
    let place = match scopes.clone().any(|s| about.place.is_within(s)) {
        true => Some(&about.place),
        false => scopes.find(|s| s.is_within(&about.place)),
    };
    let place = place.cloned().ok_or_else(|| Error::field("place", Problem::NotAllowed))?;
    let update = IncidentUpdate { target: *target, target_places: Vec::new(), progress };
    let mut new = NewRecord::new(place, Body::IncidentUpdate(update));
    (new.note, new.key) = (note, key);
    capture(c, env, reference, &new)
}

/// Supersedes `target` with a whole new statement.
pub(crate) fn correct(
    c: &Connection,
    env: &Env,
    reference: &Reference,
    target: &RecordId,
    new: &NewRecord,
) -> Result<Saved, Error> {
    once(c, new.key.as_deref(), || {
        let mut new = new.clone();
        check::is_statement(&new.body)?;
        complete(c, reference, &mut new.body)?;
        let old = check::superseded(c, reference, target)?;
        check::known(c, reference, &new.place, &new.body)?;
        let body = Body::Correct(Correct {
            target: *target,
            target_places: old.place_keys(),
            kind: new.body.kind(),
            body: new.body.encode(),
        });
        check::granted(c, reference, (&new.place, Some(&old.place)), &body)?;
        let (election, against) = reference.relation_of_correction(&old, &new.place, &new.body);
        let saved = save(c, env, &new, (&body, About { election, against }))?;
        draft::discard(c, new.body.kind(), &new.place)?;
        Ok(saved)
    })
}

/// Supersedes `target` with nothing.
pub(crate) fn retract(
    c: &Connection,
    env: &Env,
    reference: &Reference,
    target: &RecordId,
    (why, key): (Option<String>, Option<String>),
) -> Result<Saved, Error> {
    once(c, key.as_deref(), || {
        let old = check::superseded(c, reference, target)?;
        let kind = if old.is_from_above() { old.statement().ok().map(|body| body.kind()) } else { None };
        let body = Body::Retract(Retract { target: *target, target_places: old.place_keys(), kind });
        check::granted(c, reference, (&old.place, Some(&old.place)), &body)?;
        let mut new = NewRecord::new(old.place.clone(), body);
        new.note = why;
        save(
            c,
            env,
            &new,
            (&new.body, About { election: reference.election_of(&old, old.at), against: None }),
        )
    })
}

/// Saves what the receiver answered to an own dispatch: of the same place and election as that.
pub(crate) fn hand_over(
    c: &Connection,
    env: &Env,
    reference: &Reference,
    dispatch: &Record,
    handover: &Handover,
) -> Result<Saved, Error> {
    let new = NewRecord::new(dispatch.place.clone(), Body::Handover(handover.clone()));
    check::granted(c, reference, (&new.place, Some(&dispatch.place)), &new.body)?;
    let about = About { election: reference.election_of(dispatch, dispatch.at), against: None };
    save(c, env, &new, (&new.body, about))
}

/// Copies in the places of the record that progress is about, as far as the author may speak for them.
fn complete(c: &Connection, reference: &Reference, body: &mut Body) -> Result<(), Error> {
    if let Body::IncidentUpdate(update) = body {
        let (_, grants) = identity::grants(c, reference)?;
        let scope = Scope::new(grants.into_iter().map(|g| g.place));
        update.target_places = check::matter(c, &update.target)?.place_keys();
        update.target_places.retain(|p| scope.sees([p], true));
    }
    Ok(())
}

/// The texts that say something.
fn texts(new: &NewRecord) -> Vec<(Field, &str)> {
    let named = [(Field::Note, &new.note), (Field::Informant, &new.informant)];
    let named = named.into_iter().filter_map(|(f, t)| t.as_ref().map(|t| (f, t)));
    let all = named.chain(new.notes.iter().map(|(f, t)| (*f, t))).map(|(f, t)| (f, t.as_str()));
    all.filter(|(_, text)| !text.trim().is_empty()).collect()
}

/// Salts the texts. Field errors carry the field's own name.
fn salted(seed: &SaltSeed, texts: &[(Field, &str)]) -> Result<Vec<Note>, Error> {
    let mut notes: Vec<Note> = Vec::new();
    for (field, text) in texts {
        let note = Note { field: *field, salt: seed.salt(*field), text: (*text).to_owned() };
        let name = || field.name().to_lowercase();
        if !note.fits() {
            return Err(Error::field(name(), Problem::TooLong));
        }
        if notes.iter().any(|n| n.field == *field) {
            return Err(Error::field(name(), Problem::Doubled));
        }
        notes.push(note);
    }
    if notes.len() > limit::NOTES_PER_RECORD {
        return Err(Error::field("notes", Problem::TooLong));
    }
    notes.sort_by_key(|n| n.field.number());
    Ok(notes)
}

/// The election a statement is about, unless no profile is known here, and the plan it was made against.
struct About {
    election: Option<Election>,
    against: Option<Against>,
}

/// Checks a statement and makes it part of the journal.
fn save(c: &Connection, env: &Env, new: &NewRecord, (body, about): (&Body, About)) -> Result<Saved, Error> {
    let texts = texts(new);
    let mut record = Record::new(new.at.unwrap_or_else(|| env.clock.now()), new.place.clone(), body);
    record.basis = new.basis;
    record.election = about.election;
    record.against = about.against;
    // A receiver that gives nonsense must not cost what its bearer has seen.
    record.fix = new.fix.filter(Fix::is_possible);
    validate::record(&record, body)?;
    check::distinct(&new.body)?;
    validate::informant(new.basis, texts.iter().any(|(field, _)| *field == Field::Informant))?;
    append(c, env, record, &texts)
}

/// The one transaction of a record: number, chain, notes and place keys. Takes the newest anchor along
/// that no record carries yet.
pub(crate) fn append(
    c: &Connection,
    env: &Env,
    mut record: Record,
    texts: &[(Field, &str)],
) -> Result<Saved, Error> {
    let journal = identity::newest(c)?.ok_or(Error::NotEnrolled)?;
    let seed = match &journal.salts {
        Some(run) => run.next,
        None => {
            let mut fresh = [0; 16];
            env.entropy.fill(&mut fresh)?;
            SaltSeed(fresh)
        }
    };
    let notes = salted(&seed, texts)?;
    // What is said again was said before: no anchor makes it later.
    if record.copy_of.is_none() {
        record.anchor = journal.anchor.filter(|a| a.time > journal.carried_time);
    }
    let payload = record.to_payload();
    if payload.len() > limit::PAYLOAD_BYTES {
        return Err(Error::field("body", Problem::TooLong));
    }
    let seq = journal.head_seq + 1;
    let commitments = note::commitments(&notes);
    let digest = journal::digest(&journal.device, seq, &payload, &commitments);
    let link = journal::next_link(&journal.head_link, &digest);
    let id = RecordId::of_digest(&digest);
    let carried = record.anchor.map_or(journal.carried_time, |a| a.time);
    row::put(
        c,
        &NewRow {
            id,
            device: journal.device,
            branch: journal.branch,
            seq,
            own: journal.number,
            record: Some(&record),
            payload: &payload,
            commitments: &commitments,
            links: Some((journal.head_link, link)),
            not_before: carried,
            received_at: None,
            position: 0,
            generation: 0,
        },
    )?;
    for note in &notes {
        row::put_note(c, &id, note)?;
    }
    c.prepare_cached(
        "UPDATE journal SET head_seq = ?2, head_link = ?3, carried_time = ?4, salt_next = ?6,
             salt_first = coalesce(salt_first, ?2), salt_seed = coalesce(salt_seed, ?5) WHERE number = ?1",
    )?
    .execute(params![journal.number, seq, link.0, carried, seed.0, seed.next().0])?;
    Ok(Saved { id, device: journal.device, seq })
}
