//! Others' records: a cache of one pull. What the next pull does not bring again goes.

use pantau_protocol::{
    body::{Body, Erase, KeyState, KeyUse, ServerKeys},
    exchange::{LogRow, RowKind},
    keys::PublicKey,
    note::CarriedNote,
    place::Place,
    record::Record,
};
use rusqlite::{Connection, params};

use crate::{
    error::Error,
    identity, row,
    store::setting::{self, GENERATION, POSITION, PULLED, get_or, set},
};

/// What a page brought.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// Places they speak of.
    pub(super) places: Vec<Place>,
    /// Reference data among them.
    pub(super) reference: bool,
}

/// Begins a new pull from the start of the log.
pub(super) fn start_over(c: &Connection) -> Result<(), Error> {
    set(c, &GENERATION, &(get_or(c, &GENERATION, 0)? + 1))?;
    set(c, &POSITION, &0)?;
    set(c, &PULLED, &false)
}

/// Takes rows in.
pub(super) fn take(c: &Connection, rows: &[LogRow]) -> Result<Taken, Error> {
    let generation = get_or(c, &GENERATION, 0)?;
    let mut taken = Taken::default();
    for row in rows {
        match row.kind {
            RowKind::Record | RowKind::Released => record(c, row, generation, &mut taken)?,
            RowKind::Note => late_note(c, row)?,
            RowKind::Quarantined => own_quarantined(c, row, &mut taken)?,
            // A kind of a newer server. The version of the app that knows it reads the log from its start.
            RowKind::Other(_) => {}
        }
    }
    Ok(taken)
}

fn record(c: &Connection, row: &LogRow, generation: u64, taken: &mut Taken) -> Result<(), Error> {
    let record = Record::from_payload(&row.payload).ok();
    taken.places.extend(row::put_others(c, row, record.as_ref(), generation)?);
    if row.kind == RowKind::Released {
        c.prepare_cached("UPDATE record SET quarantine = NULL, quarantine_field = NULL WHERE id = ?1")?
            .execute([row.record_id().as_bytes()])?;
    }
    if let Some(record) = record.filter(|r| r.kind.is_reference()) {
        taken.reference = true;
        obey(c, &record)?;
    }
    Ok(())
}

/// What some records of the desk ask of the phone itself.
fn obey(c: &Connection, record: &Record) -> Result<(), Error> {
    match record.decode_body() {
        Ok(Body::Erase(target)) => erase(c, &target),
        Ok(Body::ServerKeys(all)) => server_keys(c, &all),
        _ => Ok(()),
    }
}

/// Erases a note and, of an own record, what its salt follows from.
fn erase(c: &Connection, erase: &Erase) -> Result<(), Error> {
    row::erase_note(c, &erase.target, erase.field)?;
    match row::by_id(c, &erase.target)?.filter(|stored| stored.own > 0) {
        Some(stored) => identity::forget_salts(c, stored.own, stored.seq),
        None => Ok(()),
    }
}

/// Keys of the server, added or retired. One always stays: without any nothing would be believed again.
fn server_keys(c: &Connection, all: &ServerKeys) -> Result<(), Error> {
    let mut keys: Vec<PublicKey> = get_or(c, &setting::SERVER_KEYS, Vec::new())?;
    for key in all.keys.iter().filter(|k| k.used_for == KeyUse::Signing) {
        let public = PublicKey(key.public_key);
        match key.state {
            KeyState::Active if !keys.contains(&public) => keys.push(public),
            KeyState::Retired if keys.iter().any(|k| *k != public) => keys.retain(|k| *k != public),
            KeyState::Active | KeyState::Retired | KeyState::Other(_) => {}
        }
    }
    set(c, &setting::SERVER_KEYS, &keys)
}

/// A note that came after its record.
fn late_note(c: &Connection, row: &LogRow) -> Result<(), Error> {
    let about = row::select(
        c,
        "r.own = 0 AND r.device = ?1 AND r.seq = ?2 AND r.branch = ?3
            OR r.own > 0 AND r.own = (SELECT number FROM journal WHERE device = ?1) AND r.seq = ?2",
        "r.row",
        params![row.device.0, row.seq, row.branch],
    )?;
    for stored in about {
        for note in &row.notes {
            let CarriedNote::Whole(note) = note else { continue };
            // The commitment binds the text to the record, whoever says it is the record's.
            if stored.commitments.contains(&(note.field, note.commitment())) {
                row::put_note(c, &stored.id, note)?;
            }
        }
    }
    Ok(())
}

/// The server's word that one of this phone's own records was set aside.
fn own_quarantined(c: &Connection, row: &LogRow, taken: &mut Taken) -> Result<(), Error> {
    let own = row::by_id(c, &row.record_id())?;
    let Some(stored) = own.filter(|s| s.own > 0 && s.quarantine.is_none()) else { return Ok(()) };
    quarantine(c, stored.own, stored.seq, 0, "")?;
    taken.places.extend(stored.record().map(|r| r.place_keys()).unwrap_or_default());
    Ok(())
}

/// Sets an own record aside: it keeps its place in the journal and is no longer folded.
pub(super) fn quarantine(
    c: &Connection,
    journal: i64,
    seq: u64,
    reason: u32,
    field: &str,
) -> Result<(), Error> {
    c.prepare_cached(
        "UPDATE record SET quarantine = ?3, quarantine_field = ?4 WHERE own = ?1 AND own > 0 AND seq = ?2",
    )?
    .execute(params![journal, seq, reason, field])?;
    Ok(())
}

/// A pull is complete: what it did not bring is no longer there, or no longer this phone's to see. Says
/// whether anything went.
pub(super) fn finish(c: &Connection) -> Result<bool, Error> {
    // Numbers of pulls only grow.
    const GONE: &str = "SELECT row FROM record WHERE own = 0 AND generation < ?1";
    let generation: u64 = get_or(c, &GENERATION, 0)?;
    let any: bool = c.prepare_cached(GONE)?.exists([generation])?;
    if any {
        // Reads all keys, which follow from the payloads: an index back from each row would cost every capture.
        c.execute(&format!("DELETE FROM place_key WHERE row IN ({GONE})"), [generation])?;
        c.execute(
            "DELETE FROM note WHERE id IN (SELECT id FROM record WHERE own = 0 AND generation < ?1)",
            [generation],
        )?;
        c.execute("DELETE FROM record WHERE own = 0 AND generation < ?1", [generation])?;
        set(c, &setting::SCRUB, &true)?;
    }
    Ok(any)
}
