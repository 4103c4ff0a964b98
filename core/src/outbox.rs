//! The outbox: what no receipt covers yet. Not a table but a query.

use pantau_protocol::{
    exchange::LateNote,
    note::{Field, Note, Salt},
};
use rusqlite::{Connection, params};

use crate::{
    error::Error,
    identity::Journal,
    row::{self, Stored},
};

/// What still has to go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unsent {
    /// Records.
    pub records: u64,
    /// Notes, those of these records included.
    pub notes: u64,
    /// Bytes of both before compression.
    pub bytes: u64,
}

/// Counts what no receipt of this epoch covers.
pub(crate) fn unsent(c: &Connection) -> Result<Unsent, Error> {
    let (records, record_bytes): (u64, u64) = c
        .prepare_cached(
            "SELECT count(*), coalesce(sum(length(r.payload)), 0)
             FROM journal j CROSS JOIN record r ON r.own = j.number AND r.own > 0 AND r.seq > j.held",
        )?
        .query_row([], |r| Ok((r.get(0)?, r.get(1)?)))?;
    let (notes, note_bytes): (u64, u64) = c
        .prepare_cached(&format!(
            "SELECT count(*), coalesce(sum(length(CAST(text AS BLOB)) + 16), 0) FROM ({DUE_NOTES})"
        ))?
        .query_row([], |r| Ok((r.get(0)?, r.get(1)?)))?;
    Ok(Unsent { records, notes, bytes: record_bytes + note_bytes })
}

/// Texts that the server is not known to have: those of records beyond `notes_through`, and those it asked
/// for. Columns `journal`, `seq`, `id`, `field`, `salt`, `text`.
const DUE_NOTES: &str = "
    SELECT j.number AS journal, r.seq AS seq, n.id AS id, n.field AS field, n.salt AS salt, n.text AS text
    FROM journal j
    CROSS JOIN record r ON r.own = j.number AND r.own > 0 AND r.seq > j.notes_through
    CROSS JOIN note n ON n.id = r.id
    UNION
    SELECT w.journal, w.seq, n.id, n.field, n.salt, n.text
    FROM wanted w
    CROSS JOIN record r ON r.own = w.journal AND r.own > 0 AND r.seq = w.seq
    CROSS JOIN note n ON n.id = r.id AND n.field = w.field";

/// Own records of which something is not known to have arrived, be it only a text, in the order they were saved.
pub(crate) fn due(c: &Connection) -> Result<Vec<Stored>, Error> {
    let due = format!("r.own > 0 AND (r.seq > j.held OR r.id IN (SELECT id FROM ({DUE_NOTES})))");
    row::select(c, &due, "r.own, r.seq", [])
}

/// Whether a journal has anything to send.
pub(crate) fn is_waiting(c: &Connection, journal: &Journal) -> Result<bool, Error> {
    Ok(journal.held < journal.head_seq || !late_notes(c, journal, 1)?.is_empty())
}

/// Texts of held records that the server does not have yet, oldest first, `most` at most.
pub(crate) fn late_notes(c: &Connection, journal: &Journal, most: u64) -> Result<Vec<LateNote>, Error> {
    let mut q = c.prepare_cached(&format!(
        "SELECT seq, field, salt, text FROM ({DUE_NOTES}) WHERE journal = ?1 AND seq <= ?2
             AND (seq > ?3 OR seq IN (SELECT seq FROM wanted WHERE journal = ?1))
         ORDER BY seq, field LIMIT ?4"
    ))?;
    // A sync may know of more notes that are held than the store: see `sync::memory`.
    let notes = q.query_map(params![journal.number, journal.held, journal.notes_through, most], |r| {
        let note = Note { field: Field::from_number(r.get(1)?), salt: Salt(r.get(2)?), text: r.get(3)? };
        Ok(LateNote { seq: r.get(0)?, note })
    })?;
    Ok(notes.collect::<Result<_, _>>()?)
}
