//! Writing to SQLite.

use std::collections::BTreeSet;

use pantau_protocol::{
    exchange::RowKind,
    frame::Evidence,
    journal::{DeviceId, RecordId},
    note::{Field, Note},
    place::Place,
    receipt::Epoch,
};
use rusqlite::{Connection, Params, params};

use super::{rows, view::Session};
use crate::limit;
use crate::store::{Branch, Entry, Hole, LogTx, LogView as _, MissingNote, StoreError, Stored, bucket};

impl<'c> Session<'c> {
    /// With `room` for so many bytes of rows.
    pub(super) fn writing(c: &'c Connection, room: u64) -> Stored<Self> {
        let mut session = Self::reading(c);
        session.room = room;
        session.head = Some(session.head()?);
        session.newest = session.newest_epoch()?;
        Ok(session)
    }

    /// Writes the position counter: the last thing before the commit.
    pub(super) fn store_head(&self) -> Stored<()> {
        let Some(head) = self.head else { return Ok(()) };
        self.run(
            "UPDATE counter SET value = ?1 WHERE name = 'position' AND value <> ?1",
            [head.cast_signed()],
        )?;
        Ok(())
    }

    /// Takes so many bytes of the room that this transaction has.
    pub(super) fn take_room(&mut self, bytes: u64) -> Stored<()> {
        self.room = self.room.checked_sub(bytes).ok_or(StoreError::Full)?;
        Ok(())
    }

    pub(super) fn run(&self, sql: &str, params: impl Params) -> Stored<usize> {
        Ok(self.c.prepare_cached(sql)?.execute(params)?)
    }

    pub(super) fn own_device_no(&mut self, device: &DeviceId) -> Stored<i64> {
        let no = match self.device_no(device)? {
            Some(no) => no,
            None => {
                self.run("INSERT INTO device (id) VALUES (?)", [device.0.as_slice()])?;
                self.c.last_insert_rowid()
            }
        };
        self.devices.insert(*device, no);
        Ok(no)
    }

    fn index(&self, position: i64, device: i64, entry: &Entry) -> Stored<()> {
        if entry.note.is_none() {
            let keys: BTreeSet<&str> = entry.keys.iter().map(Place::as_str).collect();
            for key in keys {
                self.run("INSERT INTO place_row (place, position) VALUES (?, ?)", params![key, position])?;
            }
        }
        if entry.row == RowKind::Quarantined {
            self.run("INSERT INTO held (device, position) VALUES (?, ?)", [device, position])?;
            return Ok(());
        }
        let mut buckets: Vec<&str> = entry.keys.iter().map(|k| bucket(k.as_str())).collect();
        buckets.sort_unstable();
        buckets.dedup();
        for bucket in buckets {
            self.run("INSERT INTO log_key (bucket, position) VALUES (?, ?)", params![bucket, position])?;
        }
        if entry.note.is_none() && entry.kind.decides_trust() {
            self.run("INSERT INTO reference (position) VALUES (?)", [position])?;
        }
        Ok(())
    }
}

impl LogTx for Session<'_> {
    fn append(&mut self, entry: &Entry) -> Stored<u64> {
        let none = || StoreError::Other("no epoch was started".into());
        let (epoch, _) = self.newest.ok_or_else(none)?;
        let keys = entry.keys.len() as u64 * limit::KEY_WAL_BYTES;
        self.take_room(limit::ROW_WAL_BYTES + keys + entry.payload.len() as u64)?;
        let device = self.own_device_no(&entry.device)?;
        let position = self.head()? + 1;
        self.run(
            "INSERT INTO log (position, device, branch, seq, row, kind, at, received_at, not_before, carrier, \
             epoch, note, target, reason, reason_field, link, id, keys, commitments, payload) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                position.cast_signed(),
                device,
                entry.branch,
                entry.seq.cast_signed(),
                entry.row.number(),
                entry.kind.number(),
                entry.at,
                entry.envelope.received_at,
                entry.envelope.not_before,
                entry.carrier,
                epoch,
                entry.note.map(|(field, _)| field.number()),
                entry.note.map(|(_, target)| target.cast_signed()),
                entry.quarantine.as_ref().map(|(reason, _)| reason.number()),
                entry.quarantine.as_ref().map(|(_, field)| field.as_str()),
                entry.link.0.as_slice(),
                entry.id.as_bytes().as_slice(),
                rows::pack_keys(&entry.keys),
                rows::pack_commitments(&entry.commitments),
                entry.payload,
            ],
        )?;
        self.index(position.cast_signed(), device, entry)?;
        self.head = Some(position);
        Ok(position)
    }

    fn put_note(&mut self, position: u64, note: &Note) -> Stored<bool> {
        self.take_room(note.text.len() as u64)?;
        let added = self.run(
            "INSERT INTO note (position, field, salt, text) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            params![position.cast_signed(), note.field.number(), note.salt.0.as_slice(), note.text],
        )?;
        Ok(added > 0)
    }

    fn put_missing(&mut self, device: &DeviceId, missing: &MissingNote) -> Stored<()> {
        let no = self.own_device_no(device)?;
        self.run(
            "INSERT INTO missing (device, branch, seq, field) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            params![no, missing.branch, missing.seq.cast_signed(), missing.field.number()],
        )?;
        Ok(())
    }

    fn take_missing(&mut self, device: &DeviceId, missing: &MissingNote) -> Stored<bool> {
        let no = self.own_device_no(device)?;
        let removed = self.run(
            "DELETE FROM missing WHERE device = ? AND branch = ? AND seq = ? AND field = ?",
            params![no, missing.branch, missing.seq.cast_signed(), missing.field.number()],
        )?;
        Ok(removed > 0)
    }

    fn put_branch(&mut self, device: &DeviceId, branch: &Branch) -> Stored<()> {
        let no = self.own_device_no(device)?;
        self.run(
            "INSERT INTO branch (device, number, parent, starts, last, link, not_before) \
             VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (device, number) DO UPDATE SET parent = excluded.parent, \
             starts = excluded.starts, last = excluded.last, link = excluded.link, \
             not_before = excluded.not_before",
            params![
                no,
                branch.number,
                branch.parent,
                branch.starts.cast_signed(),
                branch.last.cast_signed(),
                branch.link.0.as_slice(),
                branch.not_before,
            ],
        )?;
        Ok(())
    }

    fn put_hole(&mut self, device: &DeviceId, hole: &Hole) -> Stored<()> {
        let no = self.own_device_no(device)?;
        self.run(
            "INSERT INTO hole (device, branch, first, last, link) VALUES (?, ?, ?, ?, ?) \
             ON CONFLICT DO NOTHING",
            params![
                no,
                hole.branch,
                hole.first.cast_signed(),
                hole.last.cast_signed(),
                hole.link.0.as_slice()
            ],
        )?;
        Ok(())
    }

    fn put_evidence(
        &mut self,
        device: &DeviceId,
        branch: u32,
        (first, last): (u64, u64),
        evidence: &Evidence,
    ) -> Stored<()> {
        let no = self.own_device_no(device)?;
        self.run(
            "INSERT INTO evidence (device, branch, first, last, header, body_hash, signature) \
             VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            params![
                no,
                branch,
                first.cast_signed(),
                last.cast_signed(),
                evidence.header,
                evidence.body_hash.as_slice(),
                evidence.signature.0.as_slice()
            ],
        )?;
        Ok(())
    }

    fn erase(&mut self, id: &RecordId, field: Field) -> Stored<Vec<Note>> {
        let (id, field) = (id.as_bytes().as_slice(), field.number());
        self.run("INSERT INTO erased (id, field) VALUES (?, ?) ON CONFLICT DO NOTHING", params![id, field])?;
        let records = "SELECT position FROM log WHERE id = ?1 AND note IS NULL";
        let gone = self.list(
            &format!("SELECT field, salt, text FROM note WHERE position IN ({records}) AND field = ?2"),
            params![id, field],
            rows::note,
        )?;
        self.run(
            &format!("DELETE FROM note WHERE position IN ({records}) AND field = ?2"),
            params![id, field],
        )?;
        self.run(
            "DELETE FROM missing WHERE field = ?2 AND (device, branch, seq) IN \
             (SELECT device, branch, seq FROM log WHERE id = ?1 AND note IS NULL)",
            params![id, field],
        )?;
        Ok(gone)
    }

    fn start_epoch(&mut self, epoch: Epoch) -> Stored<()> {
        let starts = self.head()? + 1;
        self.run(
            "INSERT INTO epoch (created_at, random, starts) VALUES (?, ?, ?)",
            params![epoch.created_at, epoch.random.as_slice(), starts.cast_signed()],
        )?;
        self.newest = self.newest_epoch()?;
        Ok(())
    }

    fn set_setting(&mut self, name: &str, value: &[u8]) -> Stored<()> {
        self.run(
            "INSERT INTO setting (name, value) VALUES (?, ?) \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            params![name, value],
        )?;
        Ok(())
    }
}
