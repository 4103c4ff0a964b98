//! The page: rows of the log that a scope sees, in position order. Devices stand once at its head;
//! positions and times are differences to the row before.

use crate::{
    journal::{self, DeviceId, RecordId},
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
    /// Rows in position order.
    #[n(1)]
    rows: Vec<WireRow>,
}

/// A row of the log; "the row before" of the first row is all zeros.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
struct WireRow {
    /// Position less that of the row before.
    #[n(0)]
    step: u64,
    /// What the row is.
    #[n(1)]
    kind: RowKind,
    /// Index into `devices`.
    #[n(2)]
    device: u32,
    /// Branch of that device's journal.
    #[n(3)]
    branch: u32,
    /// Sequence number less that of the device's row before in this page.
    #[n(4)]
    seq: i64,
    /// `received_at` less that of the row before.
    #[n(5)]
    received: i64,
    /// `received_at − not_before`; absent if there is no anchor.
    #[n(6)]
    since: Option<i64>,
    /// Payload as written; empty for a note.
    #[n(7)]
    #[cbor(encode_with = "crate::segment::encode_payload", decode_with = "crate::segment::decode_payload")]
    payload: Vec<u8>,
    /// Notes of the record; for a note, that one.
    #[n(8)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    notes: Vec<CarriedNote>,
}

impl Page {
    /// Packs rows in position order.
    pub fn pack(rows: Vec<LogRow>) -> Self {
        let mut page = Self::default();
        let mut index = std::collections::HashMap::new();
        let (mut position, mut received) = (0, 0);
        for row in rows {
            let (device, last_seq) = index.entry(row.device).or_insert_with(|| {
                page.devices.push(row.device);
                (page.devices.len() as u32 - 1, 0u64)
            });
            page.rows.push(WireRow {
                step: row.position.wrapping_sub(position),
                kind: row.kind,
                device: *device,
                branch: row.branch,
                seq: row.seq.wrapping_sub(*last_seq).cast_signed(),
                received: row.envelope.received_at.wrapping_sub(received),
                since: (row.envelope.not_before != 0)
                    .then(|| row.envelope.received_at.wrapping_sub(row.envelope.not_before)),
                payload: row.payload,
                notes: row.notes,
            });
            (position, received, *last_seq) = (row.position, row.envelope.received_at, row.seq);
        }
        page
    }

    /// The rows, in position order.
    ///
    /// # Errors
    /// A row that names a device the page does not list.
    pub fn unpack(self) -> Result<Vec<LogRow>, minicbor::decode::Error> {
        let mut last_seqs = vec![0u64; self.devices.len()];
        let (mut position, mut received) = (0u64, 0i64);
        let mut rows = Vec::with_capacity(self.rows.len());
        for wire in self.rows {
            let index = wire.device as usize;
            let (Some(device), Some(last_seq)) = (self.devices.get(index), last_seqs.get_mut(index)) else {
                return Err(minicbor::decode::Error::message("page row of a device that is not listed"));
            };
            position = position.wrapping_add(wire.step);
            received = received.wrapping_add(wire.received);
            *last_seq = last_seq.wrapping_add(wire.seq.cast_unsigned());
            let not_before = wire.since.map_or(0, |s| received.wrapping_sub(s));
            rows.push(LogRow {
                position,
                kind: wire.kind,
                device: *device,
                branch: wire.branch,
                seq: *last_seq,
                envelope: Envelope { received_at: received, not_before },
                payload: wire.payload,
                notes: wire.notes,
            });
        }
        Ok(rows)
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
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
        let packed = Page::pack(rows.clone());
        let bytes = crate::cbor::to_vec(&packed);
        assert_eq!(crate::cbor::from_slice::<Page>(&bytes).unwrap().unpack().unwrap(), rows);
    }
}
