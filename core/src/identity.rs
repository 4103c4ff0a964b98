//! The keys of this phone: one journal for each. One is open, closed ones only empty their outbox.

use pantau_protocol::{
    exchange::Succession,
    journal::{self, DeviceId, Link},
    keys::SecretKey,
    time::Anchor,
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::{env::Entropy, error::Error, limit};

/// How a journal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JournalState {
    /// The key is made; the server has not accepted it yet.
    Fresh,
    /// The server knows it.
    Open,
    /// Nothing is added any more.
    Closed,
}

/// A journal of this phone.
#[derive(Debug, Clone)]
pub(crate) struct Journal {
    pub(crate) number: i64,
    pub(crate) device: DeviceId,
    pub(crate) key: SecretKey,
    pub(crate) state: JournalState,
    pub(crate) succession: Option<Succession>,
    pub(crate) head_seq: u64,
    pub(crate) head_link: Link,
    pub(crate) branch: u32,
    pub(crate) held: u64,
    pub(crate) notes_through: u64,
    pub(crate) anchor: Option<Anchor>,
    pub(crate) carried_time: i64,
}

const COLUMNS: &str = "number, seed, state, succession, head_seq, head_link, branch, held, notes_through,
                       anchor_time, anchor_mac, carried_time";

fn from_row(r: &Row<'_>) -> rusqlite::Result<Journal> {
    let key = SecretKey::from_seed(&r.get("seed")?);
    let mac: Option<[u8; 8]> = r.get("anchor_mac")?;
    let time = r.get("anchor_time")?;
    let succession: Option<Vec<u8>> = r.get("succession")?;
    Ok(Journal {
        number: r.get("number")?,
        device: key.public().device_id(),
        key,
        state: match r.get("state")? {
            0i64 => JournalState::Fresh,
            1 => JournalState::Open,
            _ => JournalState::Closed,
        },
        succession: succession.and_then(|b| pantau_protocol::cbor::from_slice(&b).ok()),
        head_seq: r.get("head_seq")?,
        head_link: Link(r.get("head_link")?),
        branch: r.get("branch")?,
        held: r.get("held")?,
        notes_through: r.get("notes_through")?,
        anchor: mac.map(|mac| Anchor { time, mac }),
        carried_time: r.get("carried_time")?,
    })
}

/// All journals, oldest first.
pub(crate) fn all(c: &Connection) -> Result<Vec<Journal>, Error> {
    let mut q = c.prepare_cached(&format!("SELECT {COLUMNS} FROM journal ORDER BY number"))?;
    Ok(q.query_map([], from_row)?.collect::<Result<_, _>>()?)
}

/// The journal with this number.
pub(crate) fn get(c: &Connection, number: i64) -> Result<Option<Journal>, Error> {
    let mut q = c.prepare_cached(&format!("SELECT {COLUMNS} FROM journal WHERE number = ?1"))?;
    Ok(q.query_row([number], from_row).optional()?)
}

/// The journal that new records go to: the newest.
pub(crate) fn newest(c: &Connection) -> Result<Option<Journal>, Error> {
    let mut q = c.prepare_cached(&format!("SELECT {COLUMNS} FROM journal ORDER BY number DESC LIMIT 1"))?;
    Ok(q.query_row([], from_row).optional()?)
}

/// The newest journal; makes the first key if there is none.
pub(crate) fn newest_or_first(c: &Connection, entropy: &dyn Entropy) -> Result<Journal, Error> {
    match newest(c)? {
        Some(journal) => Ok(journal),
        None => make(c, entropy, None),
    }
}

/// Closes a journal and makes its successor's key, signed by the old one. Both keys are stored before
/// the new one is used.
pub(crate) fn succeed(c: &Connection, entropy: &dyn Entropy, old: &Journal) -> Result<Journal, Error> {
    c.execute("UPDATE journal SET state = 2 WHERE number = ?1", [old.number])?;
    make(c, entropy, Some(old))
}

fn make(c: &Connection, entropy: &dyn Entropy, old: Option<&Journal>) -> Result<Journal, Error> {
    let number = old.map_or(1, |o| o.number + 1);
    if number > i64::try_from(limit::JOURNALS).unwrap_or(i64::MAX) {
        return Err(Error::Storage("too many journals on one phone".into()));
    }
    let mut seed = [0; 32];
    entropy.fill(&mut seed)?;
    let key = SecretKey::from_seed(&seed);
    let succession = old.map(|o| pantau_protocol::cbor::to_vec(&Succession::sign(&o.key, &key.public())));
    c.execute(
        "INSERT INTO journal (number, device, seed, state, predecessor, succession, head_link)
         VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6)",
        params![
            number,
            key.public().device_id().0,
            seed,
            old.map(|o| o.device.0),
            succession,
            journal::first_link(&key.public().0).0
        ],
    )?;
    get(c, number)?.ok_or(Error::NotFound)
}

/// Notes that the server knows a fresh key.
pub(crate) fn accepted(c: &Connection, number: i64) -> Result<(), Error> {
    c.execute("UPDATE journal SET state = 1 WHERE number = ?1 AND state = 0", [number])?;
    Ok(())
}

/// Keeps the newest anchor.
pub(crate) fn keep_anchor(c: &Connection, number: i64, anchor: Anchor) -> Result<(), Error> {
    c.execute(
        "UPDATE journal SET anchor_time = ?2, anchor_mac = ?3 WHERE number = ?1 AND anchor_time < ?2",
        params![number, anchor.time, anchor.mac],
    )?;
    Ok(())
}

/// The link after record `seq` of a journal; `None` if that record is not here.
pub(crate) fn link_at(c: &Connection, journal: &Journal, seq: u64) -> Result<Option<Link>, Error> {
    if seq == 0 {
        return Ok(Some(journal::first_link(&journal.key.public().0)));
    }
    if seq == journal.head_seq {
        return Ok(Some(journal.head_link));
    }
    let link: Option<[u8; 32]> = c
        .prepare_cached("SELECT link FROM record WHERE own = ?1 AND seq = ?2")?
        .query_row(params![journal.number, seq], |r| r.get(0))
        .optional()?;
    Ok(link.map(Link))
}
