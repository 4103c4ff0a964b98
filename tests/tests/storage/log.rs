//! A server's log as it lies in its store.

use std::collections::{BTreeMap, BTreeSet};

use pantau_log::{
    Server,
    store::{self, Row},
};
use pantau_protocol::{
    body::Body,
    journal::{DeviceId, RecordId, digest, first_link, next_link},
    note::Field,
    record::Record,
};

/// All rows, notes included.
pub(crate) fn log(server: &Server) -> Vec<Row> {
    store::read(server.store(), |view| view.desk_rows(0, 1_000_000)).unwrap()
}

/// Which notes the rows erase.
fn erased(rows: &[Row]) -> BTreeSet<(RecordId, Field)> {
    let body = |r: &Row| Record::from_payload(&r.entry.payload).ok()?.decode_body().ok();
    let target = |b| if let Body::Erase(e) = b { Some((e.target, e.field)) } else { None };
    rows.iter().filter_map(body).filter_map(target).collect()
}

/// Whether rows are what was once there, in a log that consists of `all`: of their notes each is there unless
/// one of these rows erases it.
pub(crate) fn are_still(rows: &[Row], once: &[Row], all: &[Row]) -> Result<(), String> {
    let erased = erased(all);
    for (row, once) in rows.iter().zip(once) {
        let mut once = once.clone();
        once.notes.retain(|n| !erased.contains(&(once.entry.id, n.field)));
        if *row != once {
            return Err(format!("row {} was\n{once:?}\nand is\n{row:?}", once.position));
        }
    }
    Ok(())
}

/// Looks through a log: positions without a hole, every record once, every journal without a hole, each
/// link recomputed, and each branch ending where its rows do.
pub(crate) fn sound(server: &Server, rows: &[Row]) -> Result<(), String> {
    let mut journals: BTreeMap<DeviceId, Vec<&Row>> = BTreeMap::new();
    for (row, position) in rows.iter().zip(1..) {
        if row.position != position {
            return Err(format!("row {position} stands at {}", row.position));
        }
        if row.entry.note.is_none() {
            journals.entry(row.entry.device).or_default().push(row);
        }
    }
    for (device, rows) in journals {
        let admission = server.admission(&device).map_err(|e| e.to_string())?;
        let mut link = first_link(&admission.ok_or_else(|| format!("{device} is not known"))?.key.0);
        for (row, seq) in rows.iter().zip(1..) {
            let entry = &row.entry;
            let digest = digest(&device, entry.seq, &entry.payload, &entry.commitments);
            link = next_link(&link, &digest);
            if (entry.seq, entry.branch, entry.link) != (seq, 0, link)
                || entry.id != RecordId::of_digest(&digest)
            {
                return Err(format!("{device}: record {seq} is not on the chain"));
            }
        }
        let branches = store::read(server.store(), |view| view.journal_branches(&device)).unwrap();
        if branches.len() != 1 || (branches[0].last, branches[0].link) != (rows.len() as u64, link) {
            return Err(format!("{device}: {} rows and {branches:?}", rows.len()));
        }
    }
    Ok(())
}
