//! After a lost key: what an older store of this phone did not deliver is said again under the new key.
//!
//! Nobody can sign for the old journal any more, so each statement becomes a record of the new one that names
//! what it repeats. Should the original turn up after all, every fold counts that one.

use pantau_protocol::{journal::RecordId, keys::PublicKey, note::Field, record::Record};
use rusqlite::Connection;

use crate::{
    capture,
    draft::{self, Draft},
    env::Env,
    error::Error,
    identity::{self, Journal, JournalState},
    outbox,
    row::{self, Stored},
    store::{
        Db,
        setting::{self, Taken, get, get_or, set},
    },
    vault::Vault,
};

/// What one lost store holds of an officer.
#[derive(Debug)]
struct Lost {
    /// The stores that were taken over into it.
    taken: Vec<Taken>,
    /// In the order they were saved.
    records: Vec<Unsent>,
    drafts: Vec<Draft>,
}

/// A record that its server is not known to have, or not with all its texts.
#[derive(Debug)]
struct Unsent {
    id: RecordId,
    record: Record,
    texts: Vec<(Field, String)>,
}

/// Takes over what lost stores hold of this officer at this server; says how many records. Does so once: what
/// cannot be read now, for want of room perhaps, is left for the next time. Called at every open and after
/// every enrolment.
pub(crate) fn repeat(db: &Db, env: &Env) -> Result<u64, Error> {
    let names = db.lost_names()?;
    if names.is_empty() {
        return Ok(0);
    }
    let Some((server, me, mut taken)) = db.read(whose)? else { return Ok(0) };
    let (before, mut stores) = (taken.len(), Vec::new());
    for store in names.into_iter().map(|name| (name, me)) {
        if taken.contains(&store) {
            continue;
        }
        // The latest first: what it took over is among its own records. So where it cannot be read, those
        // before it must wait.
        let Ok(lost) = db.look_into_lost(&store.0, |c| held(c, &server, me)) else { break };
        let lost = lost.flatten();
        taken.push(store);
        taken.extend(lost.iter().flat_map(|lost| lost.taken.iter().cloned()));
        stores.extend(lost);
    }
    if taken.len() == before {
        return Ok(0);
    }
    stores.reverse();
    db.write(|tx| {
        if stores.iter().any(|store| !store.records.is_empty()) {
            make_way(tx, db.vault(), env)?;
        }
        say_again(tx, env, &stores, &taken)
    })
}

/// Server and officer of this store, and what was taken over. `None` where nothing can be said now: before the first
/// enrolment, for a revoked phone, and while the server is still to meet the key of what was said lately.
fn whose(c: &Connection) -> Result<Option<(PublicKey, u32, Vec<Taken>)>, Error> {
    let is_pending = |j: Journal| j.state == JournalState::Fresh && j.head_seq > 0;
    if get_or(c, &setting::REVOKED, false)? || identity::newest(c)?.is_some_and(is_pending) {
        return Ok(None);
    }
    let (server, me) = (get(c, &setting::SERVER_KEY)?, identity::certificate(c)?.map(|c| c.officer));
    let taken = get_or(c, &setting::TAKEN, Vec::new())?;
    Ok(server.zip(me).map(|(server, me)| (server, me, taken)))
}

/// What a lost store holds of this officer; `None` where it is of another server.
fn held(c: &Connection, server: &PublicKey, officer: u32) -> Result<Option<Lost>, Error> {
    if get(c, &setting::SERVER_KEY)?.as_ref() != Some(server) {
        return Ok(None);
    }
    let is_his = identity::certificate(c)?.is_some_and(|newest| newest.officer == officer);
    Ok(Some(Lost {
        taken: get_or(c, &setting::TAKEN, Vec::new())?,
        records: unsent(c, officer)?,
        drafts: if is_his { draft::all(c)? } else { Vec::new() },
    }))
}

/// Several officers may have had the phone, one after the other. What a revoked key signed is evidence: it must not
/// become trusted.
fn unsent(c: &Connection, officer: u32) -> Result<Vec<Unsent>, Error> {
    let (his, evidence) = (identity::journals_of(c, officer)?, identity::evidence(c)?);
    let is_his = |stored: &Stored| his.contains(&stored.own) && !evidence.contains(&stored.own);
    let mut records = Vec::new();
    for stored in outbox::due(c)?.into_iter().filter(is_his) {
        if let Some(record) = stored.record() {
            records.push(Unsent { id: stored.id, record, texts: row::texts(c, &stored.id)? });
        }
    }
    Ok(records)
}

/// Within a journal the later word counts. What this phone has said since is later, so it stays in a journal of its
/// own, which is closed; between journals the time of each word decides.
fn make_way(c: &Connection, vault: &Vault, env: &Env) -> Result<(), Error> {
    match identity::newest(c)?.filter(|newest| newest.head_seq > 0) {
        Some(newest) => identity::succeed(c, vault, &*env.entropy, &newest),
        None => Ok(()),
    }
}

/// All of it in one transaction, the oldest first.
fn say_again(c: &Connection, env: &Env, stores: &[Lost], taken: &Vec<Taken>) -> Result<u64, Error> {
    let mut repeated = 0;
    for store in stores {
        for unsent in &store.records {
            let texts: Vec<_> = unsent.texts.iter().map(|(field, text)| (*field, text.as_str())).collect();
            match capture::append(c, env, copy_of(unsent), &texts) {
                Ok(_) => repeated += 1,
                // A few bytes longer than the original it may not fit. It stays where it is.
                Err(Error::Field { .. }) => {}
                Err(e) => return Err(e),
            }
        }
        for old in &store.drafts {
            if draft::get(c, old.kind, &old.place)?.is_none_or(|own| own.saved_at < old.saved_at) {
                draft::save(c, old)?;
            }
        }
    }
    set(c, &setting::TAKEN, taken)?;
    Ok(repeated)
}

/// The same statement, naming the first record that made it.
fn copy_of(unsent: &Unsent) -> Record {
    let mut record = unsent.record.clone();
    record.copy_of.get_or_insert(unsent.id);
    // It was for the old key.
    record.anchor = None;
    record
}
