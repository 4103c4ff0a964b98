//! The page: rows of the log that a scope sees, in position order. Devices stand once at its head, and a row
//! tells position, number and first receipt as differences to the rows before.

use std::{collections::HashMap, convert::Infallible};

use minicbor::{Decode as _, Decoder, Encoder, decode, encode};

use crate::{
    carried,
    cbor::{decode_bytes, encode_bytes},
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
    /// The rows in position order, one after the other.
    #[n(2)]
    #[cbor(encode_with = "encode_bytes", decode_with = "decode_bytes")]
    rows: Vec<u8>,
}

/// What a row tells as a difference to the rows before.
#[derive(Default)]
struct Before {
    position: u64,
    received_at: i64,
    /// By device.
    seq: HashMap<u64, u64>,
}

/// Items of a row: differences of position, number and first receipt, and what is told as it is.
const ROW: u64 = 9;

impl Page {
    /// Packs rows in position order.
    pub fn pack(rows: &[LogRow]) -> Self {
        let (mut e, mut before) = (Encoder::new(Vec::new()), Before::default());
        let (mut devices, mut index) = (Vec::new(), HashMap::new());
        for row in rows {
            let device = *index.entry(row.device).or_insert_with(|| {
                devices.push(row.device);
                devices.len() as u64 - 1
            });
            // Writing to memory cannot fail.
            let _ = put(&mut e, row, device, &mut before);
        }
        Self { devices, count: rows.len() as u64, rows: e.into_writer() }
    }

    /// The rows, in position order.
    ///
    /// # Errors
    /// Rows that are damaged, more of them than [`limit::PAGE_ROWS`], a device that is not listed.
    pub fn unpack(&self) -> Result<Vec<LogRow>, decode::Error> {
        if self.count > limit::PAGE_ROWS as u64 {
            return Err(decode::Error::message("too many rows"));
        }
        let (mut d, mut before) = (Decoder::new(&self.rows), Before::default());
        let rows = (0..self.count).map(|_| self.row(&mut d, &mut before)).collect::<Result<_, _>>()?;
        if d.position() < self.rows.len() {
            return Err(decode::Error::message("something is left over"));
        }
        Ok(rows)
    }

    fn row(&self, d: &mut Decoder<'_>, before: &mut Before) -> Result<LogRow, decode::Error> {
        if carried::at_most(d, ROW)? != ROW {
            return Err(decode::Error::message("too short a row"));
        }
        before.position = before.position.wrapping_add(d.u64()?);
        let kind = RowKind::from_number(d.u32()?);
        let number = d.u64()?;
        let branch = d.u32()?;
        let seq = before.seq.entry(number).or_default();
        *seq = seq.wrapping_add(d.i64()?.cast_unsigned());
        before.received_at = before.received_at.wrapping_add(d.i64()?);
        let not_before = match Option::<i64>::decode(d, &mut ())? {
            None => 0,
            Some(since) => before.received_at.wrapping_sub(since),
        };
        let (position, seq, received_at) = (before.position, *seq, before.received_at);
        let (payload, notes) = carried::take(d, None)?;
        let device = usize::try_from(number).ok().and_then(|n| self.devices.get(n));
        let device = *device.ok_or_else(|| decode::Error::message("a device that is not listed"))?;
        let envelope = Envelope { received_at, not_before };
        Ok(LogRow { position, kind, device, branch, seq, envelope, payload, notes })
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

fn put(
    e: &mut Encoder<Vec<u8>>,
    row: &LogRow,
    device: u64,
    before: &mut Before,
) -> Result<(), encode::Error<Infallible>> {
    let Envelope { received_at, not_before } = row.envelope;
    let since = (not_before != 0).then(|| received_at.wrapping_sub(not_before));
    let seq = before.seq.insert(device, row.seq).unwrap_or(0);
    e.array(ROW)?
        .u64(row.position.wrapping_sub(before.position))?
        .u32(row.kind.number())?
        .u64(device)?
        .u32(row.branch)?
        .i64(row.seq.wrapping_sub(seq).cast_signed())?
        .i64(received_at.wrapping_sub(before.received_at))?
        .encode(since)?;
    (before.position, before.received_at) = (row.position, received_at);
    carried::put(e, &row.payload, &row.notes, None)
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
