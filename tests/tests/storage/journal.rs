//! A phone's journal as it lies in its file.

use std::path::Path;

use pantau_protocol::{
    cbor,
    journal::{DeviceId, Link, RecordId, digest, first_link, next_link},
    keys::SecretKey,
    note::Commitments,
};
use rusqlite::{Connection, OpenFlags};

/// An own record as it lies in the store.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Own {
    pub(crate) seq: u64,
    pub(crate) id: RecordId,
    pub(crate) payload: Vec<u8>,
    pub(crate) commitments: Commitments,
    pub(crate) base: Link,
    pub(crate) link: Link,
    pub(crate) notes: Vec<(u32, String)>,
}

/// All own records of a store, with the head that the journal states and the last record that a receipt covers.
pub(crate) struct Journal {
    pub(crate) rows: Vec<Own>,
    pub(crate) device: DeviceId,
    first: Link,
    head: (u64, Link),
    pub(crate) held: u64,
}

/// Reads the journal past the core: what is in the file, whatever the core makes of it.
pub(crate) fn journal(folder: &Path) -> Journal {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let c = Connection::open_with_flags(folder.join("pantau.db"), flags).unwrap();
    let (device, seed, head, held) = c
        .query_row("SELECT device, seed, head_seq, head_link, held FROM journal", [], |r| {
            Ok((DeviceId(r.get(0)?), r.get::<_, [u8; 32]>(1)?, (r.get(2)?, Link(r.get(3)?)), r.get(4)?))
        })
        .unwrap();
    let mut rows = c
        .prepare("SELECT seq, id, payload, commitments, base, link FROM record WHERE own = 1 ORDER BY seq")
        .unwrap();
    let mut notes = c.prepare("SELECT field, text FROM note WHERE id = ?1 ORDER BY field").unwrap();
    let mut texts = |id: [u8; 16]| {
        let found = notes.query_map([id], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
        found.collect::<Result<Vec<_>, _>>().unwrap()
    };
    let rows = rows.query_map([], |r| {
        let (id, commitments): ([u8; 16], Vec<u8>) = (r.get(1)?, r.get(3)?);
        Ok(Own {
            seq: r.get(0)?,
            id: RecordId::from_bytes(id),
            payload: r.get(2)?,
            commitments: cbor::from_slice(&commitments).unwrap(),
            base: Link(r.get(4)?),
            link: Link(r.get(5)?),
            notes: texts(id),
        })
    });
    let first = first_link(&SecretKey::from_seed(&seed).public().0);
    Journal { rows: rows.unwrap().collect::<Result<_, _>>().unwrap(), device, first, head, held }
}

impl Journal {
    /// Recomputes every digest and link.
    pub(crate) fn is_whole(&self) -> bool {
        let mut link = self.first;
        for (row, seq) in self.rows.iter().zip(1..) {
            let digest = digest(&self.device, row.seq, &row.payload, &row.commitments);
            let sound = row.seq == seq && row.base == link && row.id == RecordId::of_digest(&digest);
            link = next_link(&link, &digest);
            if !sound || row.link != link {
                return false;
            }
        }
        self.head == (self.rows.len() as u64, link) && self.held <= self.head.0
    }
}
