//! After a lost key: what an older store of this phone did not deliver is said again under the new key.
//!
//! Nobody can sign for the old journal any more, so each statement becomes a record of the new one that names
//! what it repeats. Should the original turn up after all, every fold counts that one.

use pantau_protocol::record::Record;
use rusqlite::Connection;

use crate::{
    capture, draft,
    env::Env,
    error::Error,
    identity,
    store::{
        lost::{Lost, Unsent},
        setting::{self, get, get_or, set},
    },
};

/// Takes over what `lost` stores, the latest first, hold of this officer and this server; says how many
/// records. Runs in the transaction that opens a new journal: it has no anchor yet, so nothing is said to be
/// later than it was.
pub(crate) fn repeat(c: &Connection, env: &Env, lost: &[Lost]) -> Result<u64, Error> {
    let (server, me) = (get(c, &setting::SERVER_KEY)?, identity::certificate(c)?.map(|c| c.officer));
    let mut taken = get_or(c, &setting::TAKEN, Vec::new())?;
    let mut mine: Vec<&Lost> = Vec::new();
    for store in lost {
        let is_mine = Some(store.server) == server && Some(store.officer) == me;
        if is_mine && !taken.contains(&store.name) {
            taken.push(store.name.clone());
            // What it took over itself is among its own records.
            taken.extend(store.taken.iter().cloned());
            mine.push(store);
        }
    }
    if mine.is_empty() {
        return Ok(0);
    }
    let mut repeated = 0;
    for store in mine.into_iter().rev() {
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
    set(c, &setting::TAKEN, &taken)?;
    Ok(repeated)
}

/// The same statement, naming the first record that made it.
fn copy_of(unsent: &Unsent) -> Record {
    let mut record = unsent.record.clone();
    record.copy_of.get_or_insert(unsent.id);
    record
}
