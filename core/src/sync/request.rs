//! The request: what goes out next, read in one snapshot. No transaction is open when it is sent.

use pantau_protocol::{
    cbor,
    exchange::{Head, LateNote, Lost, Request, ShortCursor},
    frame::{self, FrameKind, Sender},
    journal::Link,
    keys::SecretKey,
    limit::{LATE_NOTES, OLD_RECEIPTS, PAGE_BUDGET_BYTES, SEGMENT_RECORDS},
    note::Field,
    segment::{Segment, SentRecord, Span},
};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{memory::Memory, receipts, weight::raw_bytes};
use crate::{
    error::Error,
    identity::{self, Journal, JournalState},
    limit, outbox, row,
    store::setting::{self, get_or},
    vault::Vault,
};

/// A sealed request with what is needed to read its answer.
#[derive(Debug, Clone)]
pub(super) struct Outgoing {
    /// The journal it speaks for.
    pub(super) journal: i64,
    /// First and last record it carries.
    pub(super) span: Option<(u64, u64)>,
    /// Late notes it carries.
    pub(super) late_notes: u64,
    /// Where the page that it asks for begins.
    pub(super) cursor: Option<ShortCursor>,
    /// Whether it asked for a page.
    pub(super) wants_page: bool,
    /// The frame.
    pub(super) frame: Vec<u8>,
    /// What the reply's signature must cover.
    pub(super) request_hash: [u8; 32],
}

impl Outgoing {
    /// Records or notes it carries: what a smaller request would carry less of.
    pub(super) fn load(&self) -> u64 {
        self.span.map_or(0, |(first, last)| last - first + 1).max(self.late_notes)
    }
}

/// What the caller allows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowed<'a> {
    /// Bytes of bodies left.
    pub(super) bytes: u64,
    /// Ask for the digest of all states.
    pub(super) want_digest: bool,
    /// The phone's clock.
    pub(super) now: i64,
    /// What could not be written down.
    pub(super) memory: &'a Memory,
}

/// Builds the next request: of the oldest journal that still has something to send, else of the newest.
/// `None` if not even the smallest one fits what is allowed.
pub(super) fn next(c: &Connection, vault: &Vault, allowed: &Allowed<'_>) -> Result<Option<Outgoing>, Error> {
    let Some(journal) = speaker(c, allowed.memory)? else { return Ok(None) };
    let key = journal.key(vault)?;
    let most = get_or(c, &setting::SEGMENT, SEGMENT_RECORDS as u64)?;
    let mut most = most.min(allowed.memory.segment.unwrap_or(most)).clamp(1, SEGMENT_RECORDS as u64);
    loop {
        let out = build(c, &journal, &key, allowed, most)?;
        if out.frame.len() as u64 <= allowed.bytes {
            return Ok(Some(out));
        }
        if out.load() < 2 {
            return Ok(None);
        }
        most = out.load() / 2;
    }
}

fn build(
    c: &Connection,
    journal: &Journal,
    key: &SecretKey,
    allowed: &Allowed<'_>,
    most: u64,
) -> Result<Outgoing, Error> {
    let is_newest = journal.state != JournalState::Closed;
    let mut request = Request::new(Head::new(journal.head_seq, &journal.head_link), 0);
    request.time_guess = allowed.now.saturating_add(get_or(c, &setting::CLOCK_OFFSET, 0)?);
    request.cursor = setting::cursor(c)?.map(|cursor| cursor.short());
    // A closed journal only empties its outbox; the newest one reads, unless nothing can be written down.
    request.budget_bytes = if is_newest && !allowed.memory.is_used { page_bytes(c, allowed)? } else { 0 };
    request.want_digest = allowed.want_digest && is_newest;
    // One place is kept for the newest; a request that carries less shows fewer.
    let receipts_most = most.min(OLD_RECEIPTS as u64 - 1);
    let receipts = receipts::beyond(c, journal, receipts_most)?;
    let most = receipts.last().filter(|_| receipts.len() as u64 >= receipts_most).map_or(most, |r| {
        // More would be sent than receipts can be shown for, and lose their times of first receipt.
        most.min(r.receipt.statement.last.saturating_sub(journal.held).max(1))
    });
    let span = add_records(c, journal, most, &mut request)?;
    if span.is_some_and(|s| s.last() == journal.head_seq) {
        request.head = None;
    }
    request.notes = late_notes(c, journal, most)?;
    request.old_receipts = receipts;
    if !request.old_receipts.is_empty() || get_or(c, &setting::SHOW_RECEIPTS, false)? {
        let (known, newest) = (request.old_receipts.clone(), receipts::newest(c, journal)?);
        request.old_receipts.extend(newest.filter(|n| !known.contains(n)));
    }
    request.tail = receipts::tail(c, journal, span.as_ref(), &request, most)?;
    let sender = introduce(journal, &mut request);
    let body = cbor::to_vec(&request);
    let frame = frame::seal(FrameKind::Request, key, sender, span.as_ref(), frame::DICTIONARY, &body);
    Ok(Outgoing {
        journal: journal.number,
        span: span.map(|s| (s.first, s.last())),
        late_notes: request.notes.len() as u64,
        cursor: request.cursor,
        wants_page: request.budget_bytes > 0,
        request_hash: frame::request_hash(&frame),
        frame,
    })
}

/// The journal whose turn it is.
fn speaker(c: &Connection, memory: &Memory) -> Result<Option<Journal>, Error> {
    let mut newest = None;
    for mut journal in identity::all(c)? {
        memory.add_to(&mut journal);
        if journal.introduce || outbox::is_waiting(c, &journal)? {
            return Ok(Some(journal));
        }
        newest = Some(journal);
    }
    Ok(newest)
}

/// Bytes of page to ask for: as the line bore them lately, and half of what is left at most.
fn page_bytes(c: &Connection, allowed: &Allowed<'_>) -> Result<u32, Error> {
    let page = get_or(c, &setting::PAGE, PAGE_BUDGET_BYTES)?;
    Ok(page.min(u32::try_from(allowed.bytes / 2).unwrap_or(u32::MAX)))
}

/// Says who speaks, where the server may not know.
fn introduce(journal: &Journal, request: &mut Request) -> Sender {
    if journal.introduce {
        request.certificate.clone_from(&journal.certificate);
    }
    let follows_untold = journal.introduce && journal.certificate.is_none();
    if journal.state == JournalState::Fresh || follows_untold {
        request.succession.clone_from(&journal.succession);
    }
    let unknown = request.certificate.is_some() || request.succession.is_some();
    if unknown { Sender::Introduced } else { Sender::Known }
}

/// Adds the oldest records that no receipt covers, `most` at most.
fn add_records(
    c: &Connection,
    journal: &Journal,
    most: u64,
    request: &mut Request,
) -> Result<Option<Span>, Error> {
    let stored = row::select(
        c,
        "r.own = ?1 AND r.own > 0 AND r.seq > ?2 AND r.seq <= ?3",
        "r.seq LIMIT ?4",
        params![journal.number, journal.held, journal.head_seq, most],
    )?;
    let Some(first) = stored.first().map(|s| s.seq) else {
        // Not one is left of what must still go out: all of it was lost.
        if journal.held < journal.head_seq {
            let (first, last) = (journal.held + 1, journal.head_seq);
            request.lost = Some(Lost { first, last, link: journal.head_link });
        }
        return Ok(None);
    };
    let base = base_of(c, journal, first)?;
    if first != journal.held + 1 {
        request.lost = Some(Lost { first: journal.held + 1, last: first - 1, link: base });
    }
    let (mut records, mut raw, mut last) = (Vec::new(), 0, first);
    for one in stored {
        let notes = row::carried(c, &one)?;
        let record = SentRecord { payload: one.payload, notes };
        raw += raw_bytes(&record);
        let is_gap = one.seq != first + records.len() as u64;
        if is_gap || !records.is_empty() && raw > limit::SEGMENT_RAW_BYTES {
            break;
        }
        last = one.seq;
        records.push(record);
    }
    let Some(link) = identity::link_at(c, journal, last)? else { return Ok(None) };
    let count = records.len() as u64;
    // Without a note there is nothing that salts would be wanted for.
    let has_notes = records.iter().any(|r| !r.notes.is_empty());
    let seed = journal.salts.filter(|_| has_notes).and_then(|run| run.seed_at(first));
    request.segment = Some(Segment { base: base.short(), seed, records });
    Ok(Some(Span { first, count, link }))
}

/// The link before record `seq`.
fn base_of(c: &Connection, journal: &Journal, seq: u64) -> Result<Link, Error> {
    let base: Option<Option<[u8; 32]>> = c
        .prepare_cached("SELECT base FROM record WHERE own = ?1 AND own > 0 AND seq = ?2")?
        .query_row(params![journal.number, seq], |r| r.get(0))
        .optional()?;
    base.flatten().map(Link).ok_or(Error::NotFound)
}

/// Notes of held records that the server does not have yet, as far as they fit beside the records.
fn late_notes(c: &Connection, journal: &Journal, most: u64) -> Result<Vec<LateNote>, Error> {
    let mut due = outbox::late_notes(c, journal, most.min(LATE_NOTES as u64))?;
    let mut raw = 0;
    let fitting = due.iter().take_while(|n| {
        raw += n.note.text.len() + 24;
        raw <= limit::NOTES_RAW_BYTES
    });
    let fitting = fitting.count();
    due.truncate(fitting);
    Ok(due)
}

/// Remembers that these records were on the wire.
pub(super) fn note_sent(c: &Connection, sent: &Outgoing, now: i64) -> Result<(), Error> {
    if let Some((first, last)) = sent.span {
        c.prepare_cached(
            "UPDATE record SET sent_at = ?4 WHERE own = ?1 AND own > 0 AND seq BETWEEN ?2 AND ?3",
        )?
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
