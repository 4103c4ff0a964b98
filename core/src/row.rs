//! Records in the store: putting them in, reading them back as facts.

use std::ops::Range;

use pantau_protocol::{
    body::Kind,
    cbor,
    exchange::LogRow,
    journal::{self, DeviceId, Link, RecordId},
    note::{CarriedNote, Commitment, Commitments, Field, Note, Salt},
    place::Place,
    projection::Fact,
    record::Record,
    time::Envelope,
};
use rusqlite::{Connection, OptionalExtension as _, Row, params, types::FromSql};

use crate::{
    error::Error,
    store::setting::{self, set},
};

/// A record as it lies in the store.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) row: i64,
    pub(crate) id: RecordId,
    pub(crate) device: DeviceId,
    pub(crate) branch: u32,
    pub(crate) seq: u64,
    /// Number of the own journal; 0 for others'.
    pub(crate) own: i64,
    pub(crate) payload: Vec<u8>,
    pub(crate) commitments: Commitments,
    pub(crate) received_at: Option<i64>,
    pub(crate) not_before: i64,
    pub(crate) sent_at: Option<i64>,
    pub(crate) quarantine: Option<(u32, String)>,
    pub(crate) generation: u64,
    /// For own records: a receipt of this epoch covers it.
    pub(crate) held: bool,
}

/// All of a record `r` and its journal `j`; where from follows.
macro_rules! columns {
    () => {
        "SELECT r.row, r.id, r.device, r.branch, r.seq, r.own, r.payload, r.commitments, r.received_at,
    r.not_before, r.sent_at, r.quarantine, r.quarantine_field, r.generation, r.seq <= coalesce(j.held, 0) AS held
    FROM "
    };
}

/// All of a record; a condition follows.
pub(crate) const SELECT: &str = concat!(columns!(), "record r LEFT JOIN journal j ON j.number = r.own");

/// As [`SELECT`], of the records that carry a place key. Written as a join in the order it is to be walked: at
/// every capture it reads all that was said of the place.
pub(crate) const AT_PLACE: &str = concat!(
    columns!(),
    "place_key k CROSS JOIN record r ON r.row = k.row LEFT JOIN journal j ON j.number = r.own
    WHERE k.place = ?1 ORDER BY k.row"
);

/// The columns of a row one after the other. Finding each by its name took a sixth of a capture.
pub(crate) struct InOrder<'r> {
    row: &'r Row<'r>,
    next: usize,
}

impl<'r> InOrder<'r> {
    pub(crate) fn of(row: &'r Row<'r>) -> Self {
        Self { row, next: 0 }
    }

    pub(crate) fn take<T: FromSql>(&mut self) -> rusqlite::Result<T> {
        self.next += 1;
        self.row.get(self.next - 1)
    }
}

/// In the order of [`columns!`].
fn from_row(r: &Row<'_>) -> rusqlite::Result<Stored> {
    let mut columns = InOrder::of(r);
    Ok(Stored {
        row: columns.take()?,
        id: RecordId::from_bytes(columns.take()?),
        device: DeviceId(columns.take()?),
        branch: columns.take()?,
        seq: columns.take()?,
        own: columns.take()?,
        payload: columns.take()?,
        commitments: cbor::from_slice(&columns.take::<Vec<u8>>()?).unwrap_or_default(),
        received_at: columns.take()?,
        not_before: columns.take()?,
        sent_at: columns.take()?,
        quarantine: set_aside(columns.take()?, columns.take()?),
        generation: columns.take()?,
        held: columns.take()?,
    })
}

fn set_aside(reason: Option<u32>, field: Option<String>) -> Option<(u32, String)> {
    reason.map(|reason| (reason, field.unwrap_or_default()))
}

/// Records for which `condition` holds (over `r`, the record, and `j`, its journal), in `order`.
pub(crate) fn select(
    c: &Connection,
    condition: &str,
    order: &str,
    values: impl rusqlite::Params,
) -> Result<Vec<Stored>, Error> {
    let mut q = c.prepare_cached(&format!("{SELECT} WHERE {condition} ORDER BY {order}"))?;
    Ok(q.query_map(values, from_row)?.collect::<Result<_, _>>()?)
}

/// That the kind in `column` is one of these numbers.
pub(crate) fn of_kinds(column: &str, numbers: Range<u32>) -> String {
    format!("{column} BETWEEN {} AND {}", numbers.start, numbers.end.saturating_sub(1))
}

/// The condition of the index `record_kind`: SQLite uses it only for a statement that repeats this.
pub(crate) fn from_above(column: &str) -> String {
    of_kinds(column, Kind::FROM_ABOVE)
}

/// The condition of the index `record_supersedes`: SQLite uses it only for a statement that repeats this.
pub(crate) fn superseding(column: &str) -> String {
    of_kinds(column, Kind::Correct.number()..Kind::Retract.number() + 1)
}

/// The record with this id.
pub(crate) fn by_id(c: &Connection, id: &RecordId) -> Result<Option<Stored>, Error> {
    Ok(select(c, "r.id = ?1", "r.row", [id.as_bytes()])?.into_iter().next())
}

/// All records that carry this place key, own and others', counted or not.
pub(crate) fn at_place(c: &Connection, place: &Place) -> Result<Vec<Stored>, Error> {
    let mut q = c.prepare_cached(AT_PLACE)?;
    Ok(q.query_map([place.as_str()], from_row)?.collect::<Result<_, _>>()?)
}

impl Stored {
    /// What the server fixed, where it is known in this epoch.
    pub(crate) fn envelope(&self) -> Option<Envelope> {
        let held = self.own == 0 || self.held;
        self.received_at
            .filter(|_| held)
            .map(|received_at| Envelope { received_at, not_before: self.not_before })
    }

    /// Whether the record enters any state: own ones unless set aside, others' of this pull.
    pub(crate) fn counts(&self, generation: u64) -> bool {
        if self.own > 0 { self.quarantine.is_none() } else { self.generation == generation }
    }

    /// The record as the fold sees it; `None` where this version cannot read it.
    pub(crate) fn fact(&self) -> Option<Fact> {
        Fact::new(self.id, (self.device, self.branch, self.seq), self.envelope(), &self.payload).ok()
    }

    /// The record itself.
    pub(crate) fn record(&self) -> Option<Record> {
        Record::from_payload(&self.payload).ok()
    }
}

/// A record about to be put in.
pub(crate) struct NewRow<'a> {
    pub(crate) id: RecordId,
    pub(crate) device: DeviceId,
    pub(crate) branch: u32,
    pub(crate) seq: u64,
    pub(crate) own: i64,
    /// What the payload says; `None` where it cannot be read.
    pub(crate) record: Option<&'a Record>,
    pub(crate) payload: &'a [u8],
    pub(crate) commitments: &'a Commitments,
    pub(crate) links: Option<(Link, Link)>,
    pub(crate) not_before: i64,
    pub(crate) received_at: Option<i64>,
    pub(crate) position: u64,
    pub(crate) generation: u64,
}

/// Puts a record and its place keys in; returns the keys. One that is there already and came from the
/// server takes the new position, envelope and pull.
pub(crate) fn put(c: &Connection, new: &NewRow<'_>) -> Result<Vec<Place>, Error> {
    // What cannot be read is kept under no place: an older phone keeps what a newer server says.
    let record = new.record;
    let keys = record.map(Record::place_keys).unwrap_or_default();
    let row: Option<i64> = c
        .prepare_cached(
            "INSERT INTO record (id, device, branch, seq, own, kind, at, place, payload, commitments, base, link,
                                 not_before, received_at, position, generation)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
             ON CONFLICT (id) DO UPDATE SET position = excluded.position, generation = excluded.generation,
                 branch = excluded.branch, received_at = excluded.received_at, not_before = excluded.not_before
             WHERE own = 0
             RETURNING row",
        )?
        .query_row(
            params![
                new.id.as_bytes(),
                new.device.0,
                new.branch,
                new.seq,
                new.own,
                record.map_or(0, |r| r.kind.number()),
                record.map_or(0, |r| r.at),
                record.map_or("", |r| r.place.as_str()),
                new.payload,
                cbor::to_vec(new.commitments),
                new.links.map(|(base, _)| base.0),
                new.links.map(|(_, link)| link.0),
                new.not_before,
                new.received_at,
                new.position,
                new.generation,
            ],
            |r| r.get(0),
        )
        .optional()?;
    if let Some(row) = row {
        for key in &keys {
            put_key(c, key, row)?;
        }
    }
    Ok(keys)
}

/// Puts in a row of a page with the notes that came along.
pub(crate) fn put_others(
    c: &Connection,
    row: &LogRow,
    record: Option<&Record>,
    generation: u64,
) -> Result<Vec<Place>, Error> {
    let commitments: Commitments = row.notes.iter().map(CarriedNote::commitment).collect();
    let digest = journal::digest(&row.device, row.seq, &row.payload, &commitments);
    let id = RecordId::of_digest(&digest);
    let keys = put(
        c,
        &NewRow {
            id,
            device: row.device,
            branch: row.branch,
            seq: row.seq,
            own: 0,
            record,
            payload: &row.payload,
            commitments: &commitments,
            links: None,
            not_before: row.envelope.not_before,
            received_at: Some(row.envelope.received_at),
            position: row.position,
            generation,
        },
    )?;
    for note in &row.notes {
        if let CarriedNote::Whole(note) = note {
            put_note(c, &id, note)?;
        }
    }
    Ok(keys)
}

/// Writes the place keys of own records anew: they follow from the payloads.
pub(crate) fn index_own(c: &Connection) -> Result<(), Error> {
    for stored in select(c, "r.own > 0", "r.row", [])? {
        for key in stored.record().map(|r| r.place_keys()).unwrap_or_default() {
            put_key(c, &key, stored.row)?;
        }
    }
    Ok(())
}

fn put_key(c: &Connection, key: &Place, row: i64) -> Result<(), Error> {
    c.prepare_cached("INSERT OR IGNORE INTO place_key (place, row) VALUES (?1, ?2)")?
        .execute(params![key.as_str(), row])?;
    Ok(())
}

/// Keeps a note unless it was erased.
pub(crate) fn put_note(c: &Connection, id: &RecordId, note: &Note) -> Result<(), Error> {
    let field = note.field.number();
    let erased = c
        .prepare_cached("SELECT 1 FROM erased WHERE id = ?1 AND field = ?2")?
        .exists(params![id.as_bytes(), field])?;
    if !erased {
        c.prepare_cached("INSERT OR IGNORE INTO note (id, field, salt, text) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![id.as_bytes(), field, note.salt.0, note.text])?;
    }
    Ok(())
}

/// Deletes a note's text and salt and refuses it from now on.
pub(crate) fn erase_note(c: &Connection, id: &RecordId, field: Field) -> Result<(), Error> {
    c.execute(
        "INSERT OR IGNORE INTO erased (id, field) VALUES (?1, ?2)",
        params![id.as_bytes(), field.number()],
    )?;
    c.execute("DELETE FROM note WHERE id = ?1 AND field = ?2", params![id.as_bytes(), field.number()])?;
    set(c, &setting::SCRUB, &true)
}

/// The notes of a record that are here.
pub(crate) fn notes(c: &Connection, id: &RecordId) -> Result<Vec<Note>, Error> {
    let mut q = c.prepare_cached("SELECT field, salt, text FROM note WHERE id = ?1 ORDER BY field")?;
    let notes = q.query_map([id.as_bytes()], |r| {
        Ok(Note { field: Field::from_number(r.get(0)?), salt: Salt(r.get(1)?), text: r.get(2)? })
    })?;
    Ok(notes.collect::<Result<_, _>>()?)
}

/// The notes of a record as texts.
pub(crate) fn texts(c: &Connection, id: &RecordId) -> Result<Vec<(Field, String)>, Error> {
    Ok(notes(c, id)?.into_iter().map(|n| (n.field, n.text)).collect())
}

/// The notes of a record as they travel: whole where the text is here, else as commitments.
pub(crate) fn carried(c: &Connection, stored: &Stored) -> Result<Vec<CarriedNote>, Error> {
    if stored.commitments.is_empty() {
        return Ok(Vec::new());
    }
    let whole = notes(c, &stored.id)?;
    let carry = |(field, commitment): &(Field, Commitment)| match whole.iter().find(|n| n.field == *field) {
        Some(note) => CarriedNote::Whole(note.clone()),
        None => CarriedNote::Committed(*field, *commitment),
    };
    Ok(stored.commitments.iter().map(carry).collect())
}
