//! Capture: a statement is checked, chained and folded in one transaction, or nothing is written.

use pantau_protocol::{
    body::{Body, Correct, IncidentUpdate, Progress, Retract},
    journal::{self, DeviceId, RecordId},
    limit,
    note::{self, Field, Note, Salt},
    place::Place,
    projection::Reference,
    record::{Basis, Fix, Record},
    role::may_state,
    validate::{self, Problem},
};
use rusqlite::{Connection, params};

use crate::{
    draft,
    env::Env,
    error::Error,
    identity, places,
    row::{self, NewRow},
    store::setting::{self, CERTIFICATE, PULLED},
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
        }
    }
}

/// A record that is now part of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saved {
    /// Its id.
    pub id: RecordId,
    /// The journal it stands in.
    pub device: DeviceId,
    /// Its number there.
    pub seq: u64,
}

/// Saves a statement.
pub(crate) fn capture(
    c: &Connection,
    env: &Env,
    reference: &Reference,
    new: &NewRecord,
) -> Result<Saved, Error> {
    let mut new = new.clone();
    if let Body::IncidentUpdate(update) = &mut new.body {
        update.target_places = target_keys(c, &update.target, "incident_update.target")?;
    }
    check_known(c, reference, &new.place, &new.body)?;
    let saved = save(c, env, reference, &new, &new.body)?;
    draft::discard(c, new.body.kind(), &new.place)?;
    Ok(saved)
}

/// Says how far an incident or a directive has come. Where it is about a region above the author's, he
/// speaks for his own part of it.
pub(crate) fn report_progress(
    c: &Connection,
    env: &Env,
    reference: &Reference,
    target: &RecordId,
    progress: Progress,
    note: Option<String>,
) -> Result<Saved, Error> {
    let about = row::by_id(c, target)?
        .and_then(|r| r.record())
        .ok_or_else(|| Error::field("target", Problem::Unknown))?;
    let certificate = setting::get(c, &CERTIFICATE)?.ok_or(Error::NotEnrolled)?;
    let mut scopes = certificate.grants.iter().map(|g| &g.place);
    let place = match scopes.clone().any(|s| about.place.is_within(s)) {
        true => Some(&about.place),
        false => scopes.find(|s| s.is_within(&about.place)),
    };
    let place = place.cloned().ok_or_else(|| Error::field("place", Problem::NotAllowed))?;
    let update = IncidentUpdate { target: *target, target_places: Vec::new(), progress };
    let mut new = NewRecord::new(place, Body::IncidentUpdate(update));
    new.note = note;
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
    let target_places = own_target_keys(c, reference, target)?;
    check_known(c, reference, &new.place, &new.body)?;
    let body = Body::Correct(Correct {
        target: *target,
        target_places,
        kind: new.body.kind(),
        body: new.body.encode(),
    });
    let saved = save(c, env, reference, new, &body)?;
    draft::discard(c, new.body.kind(), &new.place)?;
    Ok(saved)
}

/// Supersedes `target` with nothing.
pub(crate) fn retract(
    c: &Connection,
    env: &Env,
    reference: &Reference,
    target: &RecordId,
    why: Option<String>,
) -> Result<Saved, Error> {
    let target_places = own_target_keys(c, reference, target)?;
    let place = row::by_id(c, target)?.and_then(|r| r.record()).ok_or(Error::NotFound)?.place;
    let body = Body::Retract(Retract { target: *target, target_places });
    let mut new = NewRecord::new(place, body);
    new.note = why;
    save(c, env, reference, &new, &new.body)
}

/// Place keys of a record that another one names.
fn target_keys(c: &Connection, target: &RecordId, field: &str) -> Result<Vec<Place>, Error> {
    let record = row::by_id(c, target)?.and_then(|r| r.record());
    record.map(|r| r.place_keys()).ok_or_else(|| Error::field(field, Problem::Unknown))
}

/// The same for a record to be superseded, which must be this officer's own unless the desk writes.
fn own_target_keys(c: &Connection, reference: &Reference, target: &RecordId) -> Result<Vec<Place>, Error> {
    let stored = row::by_id(c, target)?.ok_or_else(|| Error::field("target", Problem::Unknown))?;
    let certificate = setting::get(c, &CERTIFICATE)?.ok_or(Error::NotEnrolled)?;
    let mine = stored.own > 0 || reference.officer(&stored.device) == Some(certificate.officer);
    if !mine && !certificate.grants.iter().any(|g| g.role.is_desk()) {
        return Err(Error::field("target", Problem::NotAllowed));
    }
    target_keys(c, target, "target")
}

/// Whether what the statement names is known here. Before the first pull nothing is, and nothing is asked.
fn check_known(c: &Connection, reference: &Reference, place: &Place, body: &Body) -> Result<(), Error> {
    if !setting::get_or(c, &PULLED, false)? {
        return Ok(());
    }
    let known = |p: &Place| reference.region(p).is_some() || reference.tps(p).is_some();
    if !known(place) {
        return Err(Error::field("place", Problem::Unknown));
    }
    match body {
        Body::Visit(v) => {
            let list = reference
                .checklist(v.checklist, v.version)
                .ok_or_else(|| Error::field("visit.checklist", Problem::Unknown))?;
            match v.answers.len().cmp(&list.items.len()) {
                std::cmp::Ordering::Less => Err(Error::field("visit.answers", Problem::Missing)),
                std::cmp::Ordering::Greater => Err(Error::field("visit.answers", Problem::TooLong)),
                std::cmp::Ordering::Equal => Ok(()),
            }
        }
        Body::Receive(r) => {
            if let Some(n) = r.kits.iter().position(|k| !known(k)) {
                return Err(Error::field(format!("receive.kits[{n}]"), Problem::Unknown));
            }
            let Some(profile) = reference.profile() else { return Ok(()) };
            match r.lines.iter().position(|l| profile.item(l.item).is_none()) {
                Some(n) => Err(Error::field(format!("receive.lines[{n}].item"), Problem::Unknown)),
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// Whether a grant of this officer covers the place and lets its role write this.
fn check_role(c: &Connection, place: &Place, body: &Body) -> Result<(), Error> {
    let certificate = setting::get(c, &CERTIFICATE)?.ok_or(Error::NotEnrolled)?;
    let mut covering = certificate.grants.iter().filter(|g| place.is_within(&g.place)).peekable();
    if covering.peek().is_none() {
        return Err(Error::field("place", Problem::NotAllowed));
    }
    if !covering.any(|g| may_state(g.role, body)) {
        return Err(Error::field("kind", Problem::NotAllowed));
    }
    Ok(())
}

/// Salts the texts. Field errors carry the field's own name.
fn salted(env: &Env, new: &NewRecord) -> Result<Vec<Note>, Error> {
    let named = [(Field::Note, &new.note), (Field::Informant, &new.informant)];
    let named = named.into_iter().filter_map(|(f, t)| t.as_ref().map(|t| (f, t)));
    let mut notes: Vec<Note> = Vec::new();
    for (field, text) in named.chain(new.notes.iter().map(|(f, t)| (*f, t))) {
        if text.trim().is_empty() {
            continue;
        }
        let mut salt = [0; 16];
        env.entropy.fill(&mut salt)?;
        let note = Note { field, salt: Salt(salt), text: text.clone() };
        let name = || field.name().to_lowercase();
        if !note.fits() {
            return Err(Error::field(name(), Problem::TooLong));
        }
        if notes.iter().any(|n| n.field == field) {
            return Err(Error::field(name(), Problem::Doubled));
        }
        notes.push(note);
    }
    notes.sort_by_key(|n| n.field.number());
    Ok(notes)
}

/// The one transaction of a record: number, chain, notes, place keys and states.
fn save(
    c: &Connection,
    env: &Env,
    reference: &Reference,
    new: &NewRecord,
    body: &Body,
) -> Result<Saved, Error> {
    check_role(c, &new.place, body)?;
    let journal = identity::newest(c)?.ok_or(Error::NotEnrolled)?;
    let notes = salted(env, new)?;
    validate::informant(new.basis, notes.iter().any(|n| n.field == Field::Informant))?;
    let mut record = Record::new(new.at.unwrap_or_else(|| env.clock.now()), new.place.clone(), body);
    record.basis = new.basis;
    record.fix = new.fix;
    record.anchor = journal.anchor.filter(|a| a.time > journal.carried_time);
    validate::record(&record, body)?;
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
    let keys = row::put(
        c,
        &NewRow {
            id,
            device: journal.device,
            branch: journal.branch,
            seq,
            own: journal.number,
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
        "UPDATE journal SET head_seq = ?2, head_link = ?3, carried_time = ?4 WHERE number = ?1",
    )?
    .execute(params![journal.number, seq, link.0, carried])?;
    places::refold(c, reference, keys)?;
    Ok(Saved { id, device: journal.device, seq })
}
