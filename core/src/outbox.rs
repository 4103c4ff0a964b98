//! The outbox: what no receipt covers yet. Not a table but a query.

use rusqlite::Connection;

use crate::error::Error;

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
             FROM record r JOIN journal j ON j.number = r.own WHERE r.seq > j.held",
        )?
        .query_row([], |r| Ok((r.get(0)?, r.get(1)?)))?;
    let (notes, note_bytes): (u64, u64) = c
        .prepare_cached(
            "SELECT count(*), coalesce(sum(length(n.text) + 16), 0)
             FROM note n JOIN record r ON r.id = n.id JOIN journal j ON j.number = r.own
             WHERE r.seq > j.notes_through
                OR EXISTS (SELECT 1 FROM wanted w WHERE w.journal = r.own AND w.seq = r.seq AND w.field = n.field)",
        )?
        .query_row([], |r| Ok((r.get(0)?, r.get(1)?)))?;
    Ok(Unsent { records, notes, bytes: record_bytes + note_bytes })
}
