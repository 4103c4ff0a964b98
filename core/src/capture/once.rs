//! A capture that was named by the app is saved once, however often it is asked for: a second tap, or a retry after a
//! kill, gives the record that is there.

use pantau_protocol::{journal::RecordId, validate::Problem};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::saved::Saved;
use crate::{error::Error, limit, row};

/// Saves by `save`, unless `key` names what was saved before.
pub(super) fn once(
    c: &Connection,
    key: Option<&str>,
    save: impl FnOnce() -> Result<Saved, Error>,
) -> Result<Saved, Error> {
    let Some(key) = key else { return save() };
    if key.is_empty() {
        return Err(Error::field("key", Problem::Missing));
    }
    if key.len() > limit::CAPTURE_KEY_BYTES {
        return Err(Error::field("key", Problem::TooLong));
    }
    if let Some(saved) = saved(c, key)? {
        return Ok(saved);
    }
    let saved = save()?;
    c.prepare_cached("INSERT OR REPLACE INTO capture_key (key, id) VALUES (?1, ?2)")?
        .execute(params![key, saved.id.as_bytes()])?;
    Ok(saved)
}

/// What was saved under a key, if it is still here: a damaged store may have lost it.
fn saved(c: &Connection, key: &str) -> Result<Option<Saved>, Error> {
    let id: Option<[u8; 16]> = c
        .prepare_cached("SELECT id FROM capture_key WHERE key = ?1")?
        .query_row([key], |r| r.get(0))
        .optional()?;
    let Some(id) = id else { return Ok(None) };
    let stored = row::by_id(c, &RecordId::from_bytes(id))?;
    Ok(stored.map(|s| Saved { id: s.id, device: s.device, seq: s.seq }))
}
