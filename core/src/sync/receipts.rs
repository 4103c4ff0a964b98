//! Old receipts: what a restored server is shown, so that it learns what it once held and since when.

use pantau_protocol::{
    cbor,
    exchange::Request,
    journal::{self, Digest},
    limit::TAIL,
    receipt::OldReceipt,
    segment::Span,
};
use rusqlite::{Connection, params};

use super::weight::raw_bytes;
use crate::{error::Error, identity::Journal, limit, row};

/// Receipts of what this epoch is not known to hold, oldest first: a restored server takes the times of
/// first receipt from them. Receipts that state no time are of no use here.
pub(super) fn beyond(c: &Connection, journal: &Journal, most: u64) -> Result<Vec<OldReceipt>, Error> {
    let mut q = c.prepare_cached(
        "SELECT content FROM receipt WHERE journal = ?1 AND last > ?2 ORDER BY last, epoch",
    )?;
    let mut rows = q.query(params![journal.number, journal.held])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()?
        && (all.len() as u64) < most
    {
        let bytes: Vec<u8> = row.get(0)?;
        let old: Result<OldReceipt, _> = cbor::from_slice(&bytes);
        all.extend(old.ok().filter(|o| !o.receipt.statement.steps.is_empty()));
    }
    Ok(all)
}

/// The receipt of the highest log position in the newest epoch: proof that a log was rolled back.
pub(super) fn newest(c: &Connection, journal: &Journal) -> Result<Option<OldReceipt>, Error> {
    let mut q = c.prepare_cached(
        "SELECT content FROM receipt WHERE journal = ?1 ORDER BY epoch DESC, last DESC LIMIT 16",
    )?;
    let blobs = q.query_map([journal.number], |r| r.get::<_, Vec<u8>>(0))?;
    let blobs: Vec<Vec<u8>> = blobs.collect::<Result<_, _>>()?;
    let all = blobs.iter().filter_map(|b| cbor::from_slice::<OldReceipt>(b).ok());
    Ok(all.max_by_key(|o| (o.epoch, o.receipt.statement.position)))
}

/// Digests of the records behind a segment, up to the end of the furthest old receipt of this request that
/// speaks of the segment: a receipt proves times only for records that are shown to lie on its chain, and
/// `most` records are fewer where the line bears no more. What is beyond the room for so few is left out, so
/// that a request can always be made as short as one record.
pub(super) fn tail(
    c: &Connection,
    journal: &Journal,
    span: Option<&Span>,
    request: &Request,
    most: u64,
) -> Result<Vec<Digest>, Error> {
    let (Some(span), Some(segment)) = (span, &request.segment) else { return Ok(Vec::new()) };
    let taken: usize = segment.records.iter().map(raw_bytes).sum();
    let room = usize::try_from(most).unwrap_or(usize::MAX).saturating_mul(limit::TAIL_ROOM_BYTES);
    let longest = (room.saturating_sub(taken) / size_of::<Digest>()).min(TAIL) as u64;
    let (first, end) = (span.first, span.last());
    let statements = request.old_receipts.iter().map(|o| &o.receipt.statement);
    let speaking = statements.filter(|s| s.steps.iter().any(|t| t.first <= end && t.last >= first));
    let within = speaking.map(|s| s.last).filter(|last| *last > end && last - end <= longest);
    let Some(last) = within.max() else { return Ok(Vec::new()) };
    let condition = "r.own = ?1 AND r.own > 0 AND r.seq > ?2 AND r.seq <= ?3";
    let behind = row::select(c, condition, "r.seq", params![journal.number, end, last])?;
    let digest = |r: &row::Stored| journal::digest(&r.device, r.seq, &r.payload, &r.commitments);
    Ok(if behind.len() as u64 == last - end { behind.iter().map(digest).collect() } else { Vec::new() })
}
