//! The page: rows of the log that a scope sees, in position order, in columns. Devices stand once at its
//! head.

use crate::{
    columns::{self, Damaged, Reader, Writer, carried},
    journal::{self, DeviceId, RecordId},
    limit,
    note::CarriedNote,
    time::Envelope,
};

crate::int_enum!(
    /// What a row of the log is. Whatever a phone may learn late is a new row.
    RowKind {
        /// A record.
        Record = 1,
        /// A note of an earlier record that came after it.
        Note = 2,
        /// A record set aside for a person to look at; sent to its author only.
        Quarantined = 3,
        /// Reserved: a quarantined record let through by the desk, with its payload.
        Released = 4,
    }
);

/// One row of the log as a phone sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRow {
    /// Position in the log.
    pub position: u64,
    /// What it is.
    pub kind: RowKind,
    /// Author's device.
    pub device: DeviceId,
    /// Branch of its journal.
    pub branch: u32,
    /// Sequence number; for a note, that of its record.
    pub seq: u64,
    /// What the server fixed at intake.
    pub envelope: Envelope,
    /// Payload as written; empty for a note.
    pub payload: Vec<u8>,
    /// Notes of the record, whole or committed, in field order; for a note, that one.
    pub notes: Vec<CarriedNote>,
}

impl LogRow {
    /// Id of the record, from the row alone. For a note row this is meaningless: look the record up.
    pub fn record_id(&self) -> RecordId {
        let commitments: Vec<_> = self.notes.iter().map(CarriedNote::commitment).collect();
        RecordId::of_digest(&journal::digest(&self.device, self.seq, &self.payload, &commitments))
    }
}

/// A page in its wire form. Build with [`Page::pack`], read with [`Page::unpack`].
#[derive(Debug, Clone, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Page {
    /// Devices the rows speak of.
    #[n(0)]
    devices: Vec<DeviceId>,
    /// Number of rows.
    #[n(1)]
    count: u64,
    /// The rows in position order.
    #[n(2)]
    #[cbor(encode_with = "crate::segment::encode_bytes", decode_with = "crate::segment::decode_bytes")]
    columns: Vec<u8>,
}

const POSITION: u8 = carried::OWN;
const KIND: u8 = carried::OWN + 1;
const DEVICE: u8 = carried::OWN + 2;
const BRANCH: u8 = carried::OWN + 3;
const SEQ: u8 = carried::OWN + 4;
const RECEIVED: u8 = carried::OWN + 5;
/// 0 without an anchor, else one more than the seconds from it to first receipt, sign in the lowest bit.
const SINCE: u8 = carried::OWN + 6;

impl Page {
    /// Packs rows in position order.
    pub fn pack(rows: &[LogRow]) -> Self {
        if rows.is_empty() {
            return Self::default();
        }
        let (mut w, mut devices) = (Writer::new(rows.len()), Vec::new());
        let mut index = std::collections::HashMap::new();
        for row in rows {
            let device = *index.entry(row.device).or_insert_with(|| {
                devices.push(row.device);
                devices.len() as u64 - 1
            });
            let Envelope { received_at, not_before } = row.envelope;
            let since = 1 + columns::zigzag(received_at.wrapping_sub(not_before).cast_unsigned());
            w.number(POSITION, row.position, 0);
            w.number(KIND, u64::from(row.kind.number()), 0);
            w.number(DEVICE, device, 0);
            w.number(BRANCH, u64::from(row.branch), device);
            w.number(SEQ, row.seq, device);
            w.number(RECEIVED, received_at.cast_unsigned(), 0);
            w.number(SINCE, if not_before == 0 { 0 } else { since }, device);
            carried::put(&mut w, &row.payload, &row.notes, None);
        }
        Self { devices, count: rows.len() as u64, columns: w.finish() }
    }

    /// The rows, in position order.
    ///
    /// # Errors
    /// Columns that are damaged, more rows than [`limit::PAGE_ROWS`], a device that is not listed.
    pub fn unpack(&self) -> Result<Vec<LogRow>, minicbor::decode::Error> {
        if self.count > limit::PAGE_ROWS as u64 {
            return Err(minicbor::decode::Error::message("too many rows"));
        }
        if self.is_left_out() {
            return Ok(Vec::new());
        }
        let mut r = Reader::new(&self.columns)?;
        let rows = (0..self.count).map(|_| self.row(&mut r)).collect::<Result<_, _>>()?;
        r.finish()?;
        Ok(rows)
    }

    fn row(&self, r: &mut Reader<'_>) -> Result<LogRow, Damaged> {
        let position = r.number(POSITION, 0)?;
        let kind = RowKind::from_number(u32::try_from(r.number(KIND, 0)?).map_err(|_| Damaged)?);
        let device = r.number(DEVICE, 0)?;
        let branch = u32::try_from(r.number(BRANCH, device)?).map_err(|_| Damaged)?;
        let seq = r.number(SEQ, device)?;
        let received_at = r.number(RECEIVED, 0)?.cast_signed();
        let not_before = match r.number(SINCE, device)? {
            0 => 0,
            since => received_at.wrapping_sub(columns::unzigzag(since - 1).cast_signed()),
        };
        let (payload, notes) = carried::take(r, None)?;
        let device = usize::try_from(device).ok().and_then(|d| self.devices.get(d)).ok_or(Damaged)?;
        let envelope = Envelope { received_at, not_before };
        Ok(LogRow { position, kind, device: *device, branch, seq, envelope, payload, notes })
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        usize::try_from(self.count).unwrap_or(usize::MAX)
    }

    /// Whether it need not travel: one without rows that has content is damaged, and stays so.
    pub(crate) fn is_left_out(&self) -> bool {
        *self == Self::default()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_unpacks_to_what_was_packed() {
        let row = |position, device: u8, seq, received_at, not_before| LogRow {
            position,
            kind: RowKind::Record,
            device: DeviceId([device; 16]),
            branch: 0,
            seq,
            envelope: Envelope { received_at, not_before },
            payload: vec![position as u8],
            notes: vec![],
        };
        let rows = vec![
            row(7, 1, 5, 1000, 0),
            row(9, 2, 1, 1000, 990),
            row(10, 1, 6, 1400, -5),
            row(11, 1, 2, 3, 3),
        ];
        let packed = Page::pack(&rows);
        let bytes = crate::cbor::to_vec(&packed);
        assert_eq!(crate::cbor::from_slice::<Page>(&bytes).unwrap().unpack().unwrap(), rows);
    }
}
