//! Reading from SQLite.

use pantau_protocol::{
    body::Kind,
    frame::Evidence,
    journal::{DeviceId, Link, RecordId},
    keys::Sig,
    note::{Field, Note},
    place::{Place, Scope},
    receipt::Epoch,
};
use rusqlite::{Connection, OptionalExtension as _, Params, params};

use super::{
    kinds, page, places,
    rows::{self, COLUMNS, TABLES, from_blob, keys, number, small},
};
use crate::store::{Branch, Heard, Hole, LogView, MissingNote, PageQuery, Proof, Row, Scan, Stored, Totals};

/// One transaction on one connection.
pub(super) struct Session<'c> {
    pub(super) c: &'c Connection,
    /// In a write transaction: the head with what was appended so far.
    pub(super) head: Option<u64>,
    /// In a write transaction: the newest epoch with its number, if there is one.
    pub(super) newest: Option<(i64, Epoch)>,
    /// In a write transaction: bytes that rows may still add.
    pub(super) room: u64,
    /// In a write transaction: device numbers looked up so far.
    pub(super) devices: std::collections::HashMap<DeviceId, i64>,
}

impl<'c> Session<'c> {
    pub(super) fn reading(c: &'c Connection) -> Self {
        Self { c, head: None, newest: None, room: 0, devices: Default::default() }
    }

    /// All rows that `make` turns a query's rows into.
    pub(super) fn list<T>(
        &self,
        sql: &str,
        params: impl Params,
        make: impl Fn(&rusqlite::Row<'_>) -> Stored<T>,
    ) -> Stored<Vec<T>> {
        let mut statement = self.c.prepare_cached(sql)?;
        let mut found = statement.query(params)?;
        let mut all = Vec::new();
        while let Some(r) = found.next()? {
            all.push(make(r)?);
        }
        Ok(all)
    }

    /// The first row of a query.
    pub(super) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        make: impl FnOnce(&rusqlite::Row<'_>) -> Stored<T>,
    ) -> Stored<Option<T>> {
        let mut statement = self.c.prepare_cached(sql)?;
        let mut found = statement.query(params)?;
        found.next()?.map(make).transpose()
    }

    /// A count or other single number.
    pub(super) fn count(&self, sql: &str) -> Stored<u64> {
        Ok(self.one(sql, [], |r| number(r, 0))?.unwrap_or(0))
    }

    /// Whether a query finds anything.
    pub(super) fn exists(&self, sql: &str, params: impl Params) -> Stored<bool> {
        Ok(self.c.prepare_cached(sql)?.exists(params)?)
    }

    /// The newest epoch and its number.
    pub(super) fn newest_epoch(&self) -> Stored<Option<(i64, Epoch)>> {
        self.one(
            "SELECT no, created_at, random FROM epoch ORDER BY created_at DESC, random DESC LIMIT 1",
            [],
            |r| {
                let random = from_blob(r, 2, |b| b.try_into().ok())?;
                Ok((r.get(0)?, Epoch { created_at: r.get(1)?, random }))
            },
        )
    }

    pub(super) fn device_no(&self, device: &DeviceId) -> Stored<Option<i64>> {
        if let Some(no) = self.devices.get(device) {
            return Ok(Some(*no));
        }
        let mut statement = self.c.prepare_cached("SELECT no FROM device WHERE id = ?")?;
        Ok(statement.query_row([device.0.as_slice()], |r| r.get(0)).optional()?)
    }

    pub(super) fn rows(&self, condition: &str, params: impl Params) -> Stored<Vec<Row>> {
        self.list(&format!("SELECT {COLUMNS} FROM {TABLES} WHERE {condition}"), params, rows::row)
    }

    /// Adds the notes a row has.
    pub(super) fn with_notes(&self, mut row: Row) -> Stored<Row> {
        if row.entry.commitments.is_empty() {
            return Ok(row);
        }
        row.notes = match row.entry.note {
            None => self.list(
                "SELECT field, salt, text FROM note WHERE position = ? ORDER BY field",
                [row.position.cast_signed()],
                rows::note,
            )?,
            Some((field, target)) => self.list(
                "SELECT field, salt, text FROM note WHERE position = ? AND field = ?",
                params![target.cast_signed(), field.number()],
                rows::note,
            )?,
        };
        Ok(row)
    }

    fn journal_rows(&self, device: &DeviceId, rest: &str, params: &[i64]) -> Stored<Vec<Row>> {
        let Some(no) = self.device_no(device)? else { return Ok(Vec::new()) };
        let all: Vec<i64> = std::iter::once(no).chain(params.iter().copied()).collect();
        self.rows(&format!("l.device = ? AND l.note IS NULL AND {rest}"), rusqlite::params_from_iter(all))
    }
}

impl LogView for Session<'_> {
    fn epoch(&self) -> Stored<Option<Epoch>> {
        let newest = match self.newest {
            None => self.newest_epoch()?,
            known => known,
        };
        Ok(newest.map(|(_, epoch)| epoch))
    }

    fn head(&self) -> Stored<u64> {
        match self.head {
            Some(head) => Ok(head),
            None => self.count("SELECT value FROM counter WHERE name = 'position'"),
        }
    }

    fn setting(&self, name: &str) -> Stored<Option<Vec<u8>>> {
        self.one("SELECT value FROM setting WHERE name = ?", [name], |r| Ok(r.get(0)?))
    }

    fn page(&self, scope: &Scope, query: &PageQuery) -> Stored<Scan> {
        page::page(self, scope, query)
    }

    fn reference_rows(&self, after: u64, limit: usize) -> Stored<Vec<Row>> {
        self.rows(
            "l.position IN (SELECT position FROM reference WHERE position > ? ORDER BY position LIMIT ?) \
             ORDER BY l.position",
            params![after.cast_signed(), limit as i64],
        )
    }

    fn rows_after(&self, after: u64, limit: usize) -> Stored<Vec<Row>> {
        self.rows("l.position > ? ORDER BY l.position LIMIT ?", params![after.cast_signed(), limit as i64])
    }

    fn kind_rows(&self, kind: Kind, after: u64, limit: usize) -> Stored<Vec<Row>> {
        let sql = format!(
            "l.position IN (SELECT position FROM log INDEXED BY log_kind WHERE kind = ? AND {} \
             AND note IS NULL AND reason IS NULL AND position > ? ORDER BY position LIMIT ?) ORDER BY l.position",
            *kinds::FROM_ABOVE
        );
        self.rows(&sql, params![kind.number(), after.cast_signed(), limit as i64])
    }

    fn place_rows(&self, place: &Place, through: u64) -> Stored<Vec<Row>> {
        self.rows(
            "l.position IN (SELECT position FROM place_row WHERE place = ? AND position <= ?) ORDER BY l.position",
            params![place.as_str(), through.min(i64::MAX as u64).cast_signed()],
        )
    }

    fn places_after(&self, after: &str, limit: usize) -> Stored<Vec<Place>> {
        // One seek for each place: a place may have a hundred thousand rows.
        let (mut all, mut here) = (Vec::new(), after.to_owned());
        while all.len() < limit {
            let sql = "SELECT place FROM place_row WHERE place > ? ORDER BY place LIMIT 1";
            let Some(place) = self.one(sql, [&here], |r| places::place(r, 0))? else { break };
            place.as_str().clone_into(&mut here);
            all.push(place);
        }
        Ok(all)
    }

    fn wrote(&self, device: &DeviceId, through: u64) -> Stored<bool> {
        let Some(no) = self.device_no(device)? else { return Ok(false) };
        let sql = format!(
            "SELECT 1 FROM log WHERE device = ? AND note IS NULL AND position <= ? AND {} LIMIT 1",
            *kinds::NOT_REFERENCE
        );
        self.exists(&sql, params![no, through.min(i64::MAX as u64).cast_signed()])
    }

    fn heard(&self, device: &DeviceId) -> Stored<Heard> {
        let Some(no) = self.device_no(device)? else { return Ok(Heard::default()) };
        let records =
            self.one("SELECT count(*) FROM log WHERE device = ? AND note IS NULL", [no], |r| number(r, 0))?;
        // Within a branch the last record came last.
        let last = self.one(
            "SELECT max((SELECT l.received_at FROM log l WHERE l.device = b.device AND l.branch = b.number \
             AND l.note IS NULL ORDER BY l.seq DESC LIMIT 1)) FROM branch b WHERE b.device = ?",
            [no],
            |r| Ok(r.get::<_, Option<i64>>(0)?),
        )?;
        Ok(Heard { records: records.unwrap_or(0), last_received_at: last.flatten().unwrap_or(0) })
    }

    fn journal_branches(&self, device: &DeviceId) -> Stored<Vec<Branch>> {
        let Some(no) = self.device_no(device)? else { return Ok(Vec::new()) };
        self.list(
            "SELECT number, parent, starts, last, link, not_before FROM branch \
             WHERE device = ? ORDER BY number",
            [no],
            |r| branch(r, 0),
        )
    }

    fn journal_holes(&self, device: &DeviceId) -> Stored<Vec<Hole>> {
        let Some(no) = self.device_no(device)? else { return Ok(Vec::new()) };
        self.list(
            "SELECT branch, first, last, link FROM hole WHERE device = ? ORDER BY branch, first",
            [no],
            |r| hole(r, 0),
        )
    }

    fn journal_at(&self, device: &DeviceId, seq: u64) -> Stored<Vec<Row>> {
        // Named branches keep the lookup on the index.
        self.journal_rows(
            device,
            "l.branch IN (SELECT number FROM branch WHERE device = l.device) AND l.seq = ? ORDER BY l.branch",
            &[seq.cast_signed()],
        )
    }

    fn journal_span(&self, device: &DeviceId, branch: u32, first: u64, last: u64) -> Stored<Vec<Row>> {
        let last = last.min(i64::MAX as u64);
        self.journal_rows(
            device,
            "l.branch = ? AND l.seq BETWEEN ? AND ? ORDER BY l.seq",
            &[i64::from(branch), first.cast_signed(), last.cast_signed()],
        )
    }

    fn journal_missing_notes(&self, device: &DeviceId, limit: usize) -> Stored<Vec<MissingNote>> {
        let Some(no) = self.device_no(device)? else { return Ok(Vec::new()) };
        self.list(
            "SELECT branch, seq, field FROM missing WHERE device = ? ORDER BY branch, seq, field LIMIT ?",
            params![no, limit as i64],
            |r| {
                let field = Field::from_number(small(r, 2)?);
                Ok(MissingNote { branch: small(r, 0)?, seq: number(r, 1)?, field })
            },
        )
    }

    fn is_missing(&self, device: &DeviceId, missing: &MissingNote) -> Stored<bool> {
        let Some(no) = self.device_no(device)? else { return Ok(false) };
        self.exists(
            "SELECT 1 FROM missing WHERE device = ? AND branch = ? AND seq = ? AND field = ?",
            params![no, missing.branch, missing.seq.cast_signed(), missing.field.number()],
        )
    }

    fn is_erased(&self, id: &RecordId, field: Field) -> Stored<bool> {
        self.exists(
            "SELECT 1 FROM erased WHERE id = ? AND field = ?",
            params![id.as_bytes().as_slice(), field.number()],
        )
    }

    fn desk_rows(&self, after: u64, limit: usize) -> Stored<Vec<Row>> {
        let rows = self
            .rows("l.position > ? ORDER BY l.position LIMIT ?", params![after.cast_signed(), limit as i64])?;
        rows.into_iter().map(|r| self.with_notes(r)).collect()
    }

    fn desk_row(&self, position: u64) -> Stored<Option<Row>> {
        let rows = self.rows("l.position = ?", [position.cast_signed()])?;
        rows.into_iter().next().map(|r| self.with_notes(r)).transpose()
    }

    fn desk_record(&self, id: &RecordId) -> Stored<Vec<Row>> {
        let rows =
            self.rows("l.id = ? AND l.note IS NULL ORDER BY l.position", [id.as_bytes().as_slice()])?;
        rows.into_iter().map(|r| self.with_notes(r)).collect()
    }

    fn desk_notes(&self, id: &RecordId) -> Stored<Vec<Note>> {
        Ok(self.desk_record(id)?.into_iter().next().map(|r| r.notes).unwrap_or_default())
    }

    fn desk_proof(&self, device: &DeviceId, branch: u32, seq: u64) -> Stored<Option<Proof>> {
        let Some(no) = self.device_no(device)? else { return Ok(None) };
        // The last one that starts at or before the record: spans do not overlap, so no other covers it.
        let found = self.one(
            "SELECT header, body_hash, signature, first, last FROM evidence \
             WHERE device = ?1 AND branch = ?2 AND first <= ?3 ORDER BY first DESC LIMIT 1",
            params![no, branch, seq.cast_signed()],
            |r| {
                let evidence = Evidence {
                    header: r.get(0)?,
                    body_hash: from_blob(r, 1, |b| b.try_into().ok())?,
                    signature: from_blob(r, 2, Sig::from_slice)?,
                };
                Ok(Proof { first: number(r, 3)?, last: number(r, 4)?, evidence })
            },
        )?;
        Ok(found.filter(|proof| proof.last >= seq))
    }

    fn desk_branches(&self) -> Stored<Vec<(DeviceId, Branch)>> {
        self.list(
            "SELECT d.id, b.number, b.parent, b.starts, b.last, b.link, b.not_before \
             FROM branch b JOIN device d ON d.no = b.device ORDER BY d.id, b.number",
            [],
            |r| Ok((from_blob(r, 0, DeviceId::from_slice)?, branch(r, 1)?)),
        )
    }

    fn desk_holes(&self) -> Stored<Vec<(DeviceId, Hole)>> {
        self.list(
            "SELECT d.id, h.branch, h.first, h.last, h.link FROM hole h JOIN device d ON d.no = h.device \
             ORDER BY d.id, h.branch, h.first",
            [],
            |r| Ok((from_blob(r, 0, DeviceId::from_slice)?, hole(r, 1)?)),
        )
    }

    fn desk_forks(&self) -> Stored<Vec<(DeviceId, Branch)>> {
        self.list(
            "SELECT d.id, b.number, b.parent, b.starts, b.last, b.link, b.not_before \
             FROM branch b JOIN device d ON d.no = b.device WHERE b.number > 0 ORDER BY d.id, b.number",
            [],
            |r| Ok((from_blob(r, 0, DeviceId::from_slice)?, branch(r, 1)?)),
        )
    }

    fn desk_quarantined(&self, limit: usize) -> Stored<Vec<Row>> {
        let rows = self.rows(
            "l.position IN (SELECT position FROM held ORDER BY position DESC LIMIT ?) ORDER BY l.position DESC",
            [limit as i64],
        )?;
        rows.into_iter().map(|r| self.with_notes(r)).collect()
    }

    fn desk_quarantined_keys(&self) -> Stored<Vec<(u64, Vec<Place>)>> {
        let sql = "SELECT l.position, l.keys FROM log l WHERE l.position IN (SELECT position FROM held) \
             ORDER BY l.position DESC";
        self.list(sql, [], |r| Ok((number(r, 0)?, keys(r, 1)?)))
    }

    fn desk_quarantined_count(&self) -> Stored<u64> {
        self.count("SELECT count(*) FROM held")
    }

    fn desk_totals(&self) -> Stored<Totals> {
        Ok(Totals {
            head: self.head()?,
            records: self.count("SELECT count(*) FROM log WHERE note IS NULL")?,
            quarantined: self.count("SELECT count(*) FROM held")?,
            devices: self.count("SELECT count(DISTINCT device) FROM branch")?,
            notes: self.count("SELECT count(*) FROM note")?,
            missing_notes: self.count("SELECT count(*) FROM missing")?,
            erased_notes: self.count("SELECT count(*) FROM erased")?,
            forks: self.count("SELECT count(*) FROM branch WHERE number > 0")?,
            forked_journals: self.count("SELECT count(DISTINCT device) FROM branch WHERE number > 0")?,
            holes: self.count("SELECT count(*) FROM hole")?,
        })
    }
}

fn branch(r: &rusqlite::Row<'_>, from: usize) -> Stored<Branch> {
    Ok(Branch {
        number: small(r, from)?,
        parent: r.get(from + 1)?,
        starts: number(r, from + 2)?,
        last: number(r, from + 3)?,
        link: from_blob(r, from + 4, Link::from_slice)?,
        not_before: r.get(from + 5)?,
    })
}

fn hole(r: &rusqlite::Row<'_>, from: usize) -> Stored<Hole> {
    Ok(Hole {
        branch: small(r, from)?,
        first: number(r, from + 1)?,
        last: number(r, from + 2)?,
        link: from_blob(r, from + 3, Link::from_slice)?,
    })
}
