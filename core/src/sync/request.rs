//! The request: what goes out next, read in one snapshot. No transaction is open when it is sent.

use pantau_protocol::{
    cbor,
    exchange::{Head, LateNote, Lost, Request},
    frame::{self, FrameKind, Sender},
    journal::Link,
    limit::{LATE_NOTES, OLD_RECEIPTS, SEGMENT_RECORDS},
    note::Field,
    receipt::OldReceipt,
    segment::{Segment, SentRecord, Span},
};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::{
    error::Error,
    identity::{self, Journal, JournalState},
    limit, row,
    store::setting::{self, get, get_or},
};

/// A sealed request with what is needed to read its answer.
#[derive(Debug, Clone)]
pub(super) struct Outgoing {
    /// The journal it speaks for.
    pub(super) journal: i64,
    /// First and last record it carries.
    pub(super) span: Option<(u64, u64)>,
    /// Whether it asked for a page.
    pub(super) wants_page: bool,
    /// The frame.
    pub(super) frame: Vec<u8>,
    /// What the reply's signature must cover.
    pub(super) digest: [u8; 32],
}

/// What the caller allows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowed {
    /// Bytes of bodies left.
    pub(super) bytes: u64,
    /// Ask for the digest of all states.
    pub(super) want_digest: bool,
    /// The phone's clock.
    pub(super) now: i64,
}

/// Builds the next request: of the oldest journal that still has something to send, else of the newest.
pub(super) fn next(c: &Connection, allowed: &Allowed) -> Result<Option<Outgoing>, Error> {
    let Some(journal) = speaker(c)? else { return Ok(None) };
    let is_newest = journal.state != JournalState::Closed;
    let mut request = Request::new(Head::new(journal.head_seq, &journal.head_link), 0);
    request.time_guess = allowed.now.saturating_add(get_or(c, &setting::CLOCK_OFFSET, 0)?);
    request.cursor = setting::cursor(c)?;
    let page = u64::from(request.budget_bytes).min(allowed.bytes / 2);
    // A closed journal only empties its outbox; the newest one reads.
    request.budget_bytes = if is_newest { u32::try_from(page).unwrap_or(u32::MAX) } else { 0 };
    request.want_digest = allowed.want_digest && is_newest;
    let span = add_records(c, &journal, allowed, &mut request)?;
    request.notes = late_notes(c, &journal)?;
    if get_or(c, &setting::SHOW_RECEIPTS, false)? {
        request.old_receipts = old_receipts(c, &journal)?;
    }
    let sender = introduce(c, &journal, &mut request)?;
    let dictionary = frame::DICTIONARY;
    let frame = frame::seal(
        FrameKind::Request,
        &journal.key,
        sender,
        span.as_ref(),
        dictionary,
        &cbor::to_vec(&request),
    );
    Ok(Some(Outgoing {
        journal: journal.number,
        span: span.map(|s| (s.first, s.last())),
        wants_page: request.budget_bytes > 0,
        digest: frame::request_digest(&frame),
        frame,
    }))
}

fn speaker(c: &Connection) -> Result<Option<Journal>, Error> {
    let all = identity::all(c)?;
    let waiting = |j: &&Journal| j.held < j.head_seq || j.notes_through < j.head_seq;
    Ok(all.iter().find(waiting).or(all.last()).cloned())
}

/// Says who speaks, where the server may not know.
fn introduce(c: &Connection, journal: &Journal, request: &mut Request) -> Result<Sender, Error> {
    if get_or(c, &setting::INTRODUCE, false)? {
        request.certificate = get(c, &setting::CERTIFICATE)?.filter(|c| c.device() == journal.device);
    }
    if journal.state == JournalState::Fresh {
        request.succession.clone_from(&journal.succession);
    }
    let unknown = request.certificate.is_some() || request.succession.is_some();
    Ok(if unknown { Sender::Introduced } else { Sender::Known })
}

/// Adds the oldest records that no receipt covers.
fn add_records(
    c: &Connection,
    journal: &Journal,
    allowed: &Allowed,
    request: &mut Request,
) -> Result<Option<Span>, Error> {
    let most = get_or(c, &setting::SEGMENT, SEGMENT_RECORDS as u64)?.clamp(1, SEGMENT_RECORDS as u64);
    let stored = row::select(
        c,
        "r.own = ?1 AND r.seq > ?2 AND r.seq <= ?2 + ?3",
        "r.seq",
        params![journal.number, journal.held, most],
    )?;
    let Some(first) = stored.first().map(|s| s.seq) else { return Ok(None) };
    let base = base_of(c, journal, first)?;
    if first != journal.held + 1 {
        request.lost = Some(Lost { first: journal.held + 1, last: first - 1, link: base });
    }
    // Text compresses about three to one; a budget is kept in the end by what the next request may carry.
    let room =
        limit::SEGMENT_RAW_BYTES.min(usize::try_from(allowed.bytes.saturating_mul(3)).unwrap_or(usize::MAX));
    let (mut records, mut raw, mut last) = (Vec::new(), 0, first);
    for one in stored {
        let notes = row::carried(c, &one)?;
        raw += one.payload.len() + cbor::to_vec(&notes).len();
        let is_gap = one.seq != first + records.len() as u64;
        if is_gap || !records.is_empty() && raw > room {
            break;
        }
        last = one.seq;
        records.push(SentRecord { payload: one.payload, notes });
    }
    let Some(link) = identity::link_at(c, journal, last)? else { return Ok(None) };
    let count = records.len() as u64;
    request.segment = Some(Segment { base: base.short(), records });
    Ok(Some(Span { first, count, link }))
}

/// The link before record `seq`.
fn base_of(c: &Connection, journal: &Journal, seq: u64) -> Result<Link, Error> {
    let base: Option<Option<[u8; 32]>> = c
        .prepare_cached("SELECT base FROM record WHERE own = ?1 AND seq = ?2")?
        .query_row(params![journal.number, seq], |r| r.get(0))
        .optional()?;
    base.flatten().map(Link).ok_or(Error::NotFound)
}

/// Notes of held records that the server does not have yet.
fn late_notes(c: &Connection, journal: &Journal) -> Result<Vec<LateNote>, Error> {
    let due = row::select(
        c,
        "r.own = ?1 AND r.seq <= ?3 AND (r.seq > ?2
            OR EXISTS (SELECT 1 FROM wanted w WHERE w.journal = r.own AND w.seq = r.seq))
         AND EXISTS (SELECT 1 FROM note n WHERE n.id = r.id)",
        "r.seq",
        params![journal.number, journal.notes_through, journal.held],
    )?;
    let (mut late, mut raw) = (Vec::new(), 0);
    for stored in due {
        for note in row::notes(c, &stored.id)? {
            raw += note.text.len() + 24;
            if late.len() >= LATE_NOTES || raw > limit::SEGMENT_RAW_BYTES / 2 {
                return Ok(late);
            }
            late.push(LateNote { seq: stored.seq, note });
        }
    }
    Ok(late)
}

/// Receipts of other epochs for what this one does not hold, and the newest receipt of all.
fn old_receipts(c: &Connection, journal: &Journal) -> Result<Vec<OldReceipt>, Error> {
    let mut q = c.prepare_cached(
        "SELECT content FROM receipt WHERE journal = ?1
         ORDER BY last > ?2 DESC, CASE WHEN last > ?2 THEN last ELSE -last END LIMIT ?3",
    )?;
    let most = i64::try_from(OLD_RECEIPTS).unwrap_or(i64::MAX);
    let blobs = q.query_map(params![journal.number, journal.held, most], |r| r.get::<_, Vec<u8>>(0))?;
    let all: Vec<Vec<u8>> = blobs.collect::<Result<_, _>>()?;
    Ok(all.iter().filter_map(|b| cbor::from_slice(b).ok()).collect())
}

/// Remembers that these records were on the wire.
pub(super) fn note_sent(c: &Connection, sent: &Outgoing, now: i64) -> Result<(), Error> {
    if let Some((first, last)) = sent.span {
        c.prepare_cached("UPDATE record SET sent_at = ?4 WHERE own = ?1 AND seq BETWEEN ?2 AND ?3")?
            .execute(params![sent.journal, first, last, now])?;
    }
    Ok(())
}

/// Remembers which notes the server asked for.
pub(super) fn note_wanted(c: &Connection, journal: i64, wanted: &[(u64, Field)]) -> Result<(), Error> {
    for (seq, field) in wanted {
        c.prepare_cached("INSERT OR IGNORE INTO wanted (journal, seq, field) VALUES (?1, ?2, ?3)")?
            .execute(params![journal, seq, field.number()])?;
    }
    Ok(())
}
