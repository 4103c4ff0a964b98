//! A reply is applied in one transaction: receipt, outcomes, page, cursor. What is not signed by the
//! server, or speaks of an older epoch, changes nothing.

use std::collections::BTreeSet;

use pantau_protocol::{
    body::Kind,
    cbor,
    exchange::{Counted, Head, LogRow, Outcome, Reply},
    frame::{self, BadFrame, FrameKind},
    keys::PublicKey,
    limit::WANT_NOTES,
    note::Field,
    place::Place,
    receipt::{OldReceipt, ReceiptContext, Statement},
    time::Anchor,
};
use rusqlite::{Connection, params};

use super::{
    page,
    request::{self, Outgoing},
};
use crate::{
    env::Env,
    error::Error,
    identity::{self, Journal, JournalState},
    row::{self, Stored},
    store::{
        Db,
        setting::{self, get, get_or, set},
    },
};

/// What a reply changed.
#[derive(Debug, Clone, Default)]
pub(super) struct Applied {
    /// The reply came from an older epoch: nothing was changed.
    pub(super) stale: bool,
    /// Own records newly covered by a receipt.
    pub(super) newly_held: u64,
    /// A receipt counted.
    pub(super) receipt: bool,
    /// Others' records that came.
    pub(super) received: u64,
    /// The newest journal was answered: what it says of waiting rows can be relied on.
    pub(super) read: bool,
    /// More is waiting.
    pub(super) more: bool,
    /// The phone or the server has come further.
    pub(super) moved: bool,
    /// The server did not take the request.
    pub(super) refused: bool,
    /// The server asks to come back later.
    pub(super) later_s: Option<u32>,
    /// Uploads only, until the app is updated.
    pub(super) upgrade: Option<u32>,
    /// The newest device was revoked.
    pub(super) revoked: bool,
    /// What of its officer's records counts all the same.
    counted: Vec<Counted>,
    /// Server time less phone time.
    pub(super) offset: i64,
    /// Places to fold anew; `None` for all of them.
    places: Option<Vec<Place>>,
    /// The journal was closed: the log is read again from its start.
    closed: bool,
}

/// A verified reply with its page taken apart.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) reply: Reply,
    pub(super) rows: Vec<LogRow>,
}

/// Opens the bytes of a reply under the server's keys.
pub(super) fn open(bytes: &[u8], keys: &[PublicKey], sent: &Outgoing) -> Result<Opened, BadFrame> {
    let parsed = frame::parse(bytes)?;
    if parsed.kind != FrameKind::Reply {
        return Err(BadFrame::Header);
    }
    let body = parsed.open_reply(keys, &sent.digest)?;
    let reply: Reply = cbor::from_slice(&body).map_err(|_| BadFrame::Body)?;
    let rows = reply.page.unpack().map_err(|_| BadFrame::Body)?;
    Ok(Opened { reply, rows })
}

/// Whether nothing of the request was taken: such an answer says nothing of the log either. Who is told to come
/// back later because of a quota gets a receipt, and reads as ever.
fn is_turned_away(reply: &Reply) -> bool {
    let turned = |o: &Outcome| match o {
        Outcome::Unknown | Outcome::Malformed | Outcome::Refused => true,
        Outcome::Later { .. } => reply.receipt.is_none(),
        _ => false,
    };
    reply.outcomes.iter().any(turned)
}

/// Applies a verified reply. Says what changed; the caller folds the places that are named.
pub(super) fn apply(
    c: &Connection,
    db: &Db,
    env: &Env,
    sent: &Outgoing,
    opened: &Opened,
) -> Result<Applied, Error> {
    let (now, reply) = (env.clock.now(), &opened.reply);
    let mut applied =
        Applied { offset: reply.server_time - now, places: Some(Vec::new()), ..Applied::default() };
    // An enrolment meanwhile may have begun a new pull: this page is no part of it.
    let fits = setting::cursor(c)?.map(|cursor| cursor.short()) == sent.cursor;
    match get(c, &setting::EPOCH)? {
        Some(known) if reply.epoch < known => {
            // A server that was restored by a clock that is behind: a receipt of the newer log shows it so.
            set(c, &setting::SHOW_RECEIPTS, &true)?;
            applied.stale = true;
            return Ok(applied);
        }
        Some(known) if reply.epoch == known => {}
        known => new_epoch(c, reply, known.is_some(), &mut applied)?,
    }
    set(c, &setting::CLOCK_OFFSET, &applied.offset)?;
    set(c, &setting::LAST_SYNC, &now)?;
    set(c, &setting::MIN_VERSION, &reply.min_version)?;
    let Some(journal) = identity::get(c, sent.journal)? else { return Ok(applied) };
    identity::keep_anchor(c, journal.number, Anchor { time: reply.server_time, mac: reply.anchor_mac })?;
    if !reply.outcomes.contains(&Outcome::Unknown) {
        identity::introduced(c, journal.number)?;
    }
    certificate(c, &journal, reply, &mut applied)?;
    receipt(c, &journal, reply, &mut applied)?;
    // Shown once; the server says again if it still stands on less than it did.
    let showed = get_or(c, &setting::SHOW_RECEIPTS, false)?;
    if showed {
        set(c, &setting::SHOW_RECEIPTS, &false)?;
    }
    for outcome in &reply.outcomes {
        act_on(c, db, env, sent, &journal, outcome, &mut applied)?;
    }
    request::note_wanted(c, journal.number, &reply.want_notes)?;
    if sent.wants_page && fits && !is_turned_away(reply) {
        applied.read = true;
        set(c, &setting::REVOKED, &applied.revoked)?;
        set(c, &setting::COUNTED, &applied.counted)?;
        if !applied.revoked && !applied.closed && applied.upgrade.is_none() {
            pull(c, reply, &opened.rows, &mut applied)?;
        }
    }
    Ok(applied)
}

impl Applied {
    fn touch(&mut self, places: impl IntoIterator<Item = Place>) {
        if let Some(all) = &mut self.places {
            all.extend(places);
        }
    }

    fn touch_all(&mut self) {
        self.places = None;
    }

    /// Places to fold anew; `None` for all, reference data included.
    pub(super) fn places(&self) -> Option<&[Place]> {
        self.places.as_deref()
    }
}

/// Another log than before: what this one holds is what its receipts will say, others' records are read
/// again. Old ones stay until that is done, and do not count meanwhile.
fn new_epoch(c: &Connection, reply: &Reply, had_one: bool, applied: &mut Applied) -> Result<(), Error> {
    set(c, &setting::EPOCH, &reply.epoch)?;
    c.execute("UPDATE journal SET held = 0, notes_through = 0", [])?;
    c.execute("DELETE FROM wanted", [])?;
    // An old receipt counts only with all records up to its last: a segment that the line once cut short would
    // lose their times of first receipt.
    setting::clear(c, &setting::SEGMENT)?;
    page::start_over(c)?;
    if had_one {
        applied.moved = true;
        applied.touch_all();
    }
    Ok(())
}

fn certificate(c: &Connection, journal: &Journal, reply: &Reply, applied: &mut Applied) -> Result<(), Error> {
    let Some(new) = &reply.certificate else { return Ok(()) };
    let keys = get_or(c, &setting::SERVER_KEYS, Vec::new())?;
    if new.device() == journal.device && new.verify(&keys) {
        applied.moved |= identity::certified(c, journal, new)?;
    }
    Ok(())
}

/// A receipt counts only over this phone's own link. Its times become the records' envelopes.
fn receipt(c: &Connection, journal: &Journal, reply: &Reply, applied: &mut Applied) -> Result<(), Error> {
    let (Some(receipt), Some(server)) = (&reply.receipt, setting::server(c)?) else { return Ok(()) };
    let statement = &receipt.statement;
    let Some(link) = identity::link_at(c, journal, statement.last)? else { return Ok(()) };
    let context = ReceiptContext { server, epoch: reply.epoch, device: journal.device, link };
    if !receipt.verify(&context, &get_or(c, &setting::SERVER_KEYS, Vec::new())?) {
        return Ok(());
    }
    let old = OldReceipt { epoch: reply.epoch, link, receipt: receipt.clone() };
    c.prepare_cached(
        "INSERT OR IGNORE INTO receipt (journal, epoch, last, content) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![journal.number, reply.epoch.to_bytes(), statement.last, cbor::to_vec(&old)])?;
    for step in &statement.steps {
        c.prepare_cached(
            "UPDATE record SET received_at = ?4 WHERE own = ?1 AND own > 0 AND seq BETWEEN ?2 AND ?3",
        )?
        .execute(params![
            journal.number,
            step.first,
            step.last.min(statement.last),
            step.received_at
        ])?;
    }
    // A reply that was overtaken says less than is known; what was held once in this epoch stays held.
    let held = journal.held.max(statement.last);
    let reached = notes_reached(c, journal, statement, &reply.want_notes)?;
    let notes_through = journal.notes_through.max(reached.min(held));
    c.prepare_cached("UPDATE journal SET held = ?2, notes_through = ?3, branch = ?4 WHERE number = ?1")?
        .execute(params![journal.number, held, notes_through, statement.branch])?;
    c.prepare_cached("DELETE FROM wanted WHERE journal = ?1 AND seq <= ?2")?
        .execute(params![journal.number, notes_through])?;
    identity::rest_salts(c, journal.number)?;
    applied.receipt = true;
    applied.newly_held = held - journal.held;
    applied.moved |= held > journal.held || notes_through > journal.notes_through;
    applied.touch(places_of(c, journal.number, journal.held + 1, held)?);
    for step in &statement.steps {
        applied.touch(places_of(c, journal.number, step.first, step.last.min(statement.last))?);
    }
    Ok(())
}

/// How far the server has every note that is still here. One that was erased or lost on this phone stays
/// missing there for ever, and must not hold up those behind it.
fn notes_reached(
    c: &Connection,
    journal: &Journal,
    statement: &Statement,
    wanted: &[(u64, Field)],
) -> Result<u64, Error> {
    if wanted.is_empty() {
        return Ok(statement.notes_through);
    }
    let mut here = c.prepare_cached(
        "SELECT 1 FROM record r JOIN note n ON n.id = r.id
         WHERE r.own = ?1 AND r.own > 0 AND r.seq = ?2 AND n.field = ?3",
    )?;
    for (seq, field) in wanted {
        if here.exists(params![journal.number, seq, field.number()])? {
            return Ok(seq.saturating_sub(1));
        }
    }
    let last_named =
        wanted.last().map(|(seq, _)| seq.saturating_sub(1)).filter(|_| wanted.len() >= WANT_NOTES);
    Ok(last_named.unwrap_or(statement.last))
}

/// Place keys of own records of a span; many are there more than once.
fn places_of(c: &Connection, journal: i64, first: u64, last: u64) -> Result<Vec<Place>, Error> {
    let mut q = c.prepare_cached(
        "SELECT DISTINCT kind, place FROM record WHERE own = ?1 AND own > 0 AND seq BETWEEN ?2 AND ?3",
    )?;
    let (mut places, mut further) = (Vec::new(), BTreeSet::new());
    let mut rows = q.query(params![journal, first, last])?;
    while let Some(row) = rows.next()? {
        let (kind, code): (u32, String) = (row.get(0)?, row.get(1)?);
        places.extend(Place::new(&code));
        further.extend(Some(kind).filter(|kind| Kind::from_number(*kind).names_places()));
    }
    // Only those need be unpacked.
    let span = "r.own = ?1 AND r.own > 0 AND r.seq BETWEEN ?2 AND ?3 AND r.kind = ?4";
    for kind in further {
        let naming = row::select(c, span, "r.seq", params![journal, first, last, kind])?;
        places.extend(naming.iter().filter_map(Stored::record).flat_map(|r| r.place_keys()));
    }
    Ok(places)
}

fn act_on(
    c: &Connection,
    db: &Db,
    env: &Env,
    sent: &Outgoing,
    journal: &Journal,
    outcome: &Outcome,
    applied: &mut Applied,
) -> Result<(), Error> {
    match outcome {
        Outcome::Stored | Outcome::Duplicate => admitted(c, journal, sent.span, applied)?,
        Outcome::Gap { heads } => gap(c, journal, heads, applied)?,
        Outcome::Behind { .. } => close(c, db, env, journal, applied)?,
        Outcome::Fork { at, branch } => {
            c.execute("UPDATE journal SET branch = ?2 WHERE number = ?1", params![journal.number, branch])?;
            c.execute(
                "UPDATE record SET branch = ?3 WHERE own = ?1 AND own > 0 AND seq >= ?2",
                params![journal.number, at, branch],
            )?;
            applied.touch(places_of(c, journal.number, *at, journal.head_seq)?);
            close(c, db, env, journal, applied)?;
        }
        Outcome::Quarantined(all) => {
            for one in all {
                page::quarantine(c, journal.number, one.seq, one.reason.number(), &one.field)?;
                applied.touch(places_of(c, journal.number, one.seq, one.seq)?);
            }
        }
        // A closed journal that was revoked empties its outbox as evidence; it reads nothing anyway.
        Outcome::Revoked { counted } => {
            applied.revoked = journal.state != JournalState::Closed;
            applied.counted.clone_from(counted);
        }
        Outcome::Unknown => identity::introduce(c, journal)?,
        Outcome::Malformed | Outcome::Refused => applied.refused = true,
        Outcome::Upgrade { min } => applied.upgrade = Some(*min),
        Outcome::Later { after_s } => applied.later_s = Some(*after_s),
        Outcome::Other(_) => {}
    }
    Ok(())
}

/// These records were looked at: what is still set aside stands in an outcome of its own, which follows.
fn admitted(
    c: &Connection,
    journal: &Journal,
    span: Option<(u64, u64)>,
    applied: &mut Applied,
) -> Result<(), Error> {
    let Some((first, last)) = span else { return Ok(()) };
    let released = c
        .prepare_cached(
            "UPDATE record SET quarantine = NULL, quarantine_field = NULL
             WHERE own = ?1 AND own > 0 AND seq BETWEEN ?2 AND ?3 AND quarantine IS NOT NULL",
        )?
        .execute(params![journal.number, first, last])?;
    if released > 0 {
        applied.touch(places_of(c, journal.number, first, last)?);
    }
    Ok(())
}

/// The server lacks what this journal stands on: go back to the last record both have, and show receipts.
fn gap(c: &Connection, journal: &Journal, heads: &[Head], applied: &mut Applied) -> Result<(), Error> {
    let mut common = 0;
    for head in heads.iter().filter(|h| h.seq <= journal.head_seq) {
        if identity::link_at(c, journal, head.seq)?.is_some_and(|l| l.short() == head.link) {
            common = head.seq.max(common);
        }
    }
    // Never forward: only a receipt says that something is held.
    let back = c.execute(
        "UPDATE journal SET held = ?2, notes_through = min(notes_through, ?2) WHERE number = ?1 AND held > ?2",
        params![journal.number, common],
    )?;
    applied.touch(places_of(c, journal.number, common + 1, journal.head_seq)?);
    set(c, &setting::SHOW_RECEIPTS, &true)?;
    applied.moved |= back > 0;
    Ok(())
}

/// This journal lives on elsewhere too: close it and go on under a new key. What it holds there was kept
/// from this device as its own; the new one reads the log from the start.
fn close(c: &Connection, db: &Db, env: &Env, journal: &Journal, applied: &mut Applied) -> Result<(), Error> {
    if journal.state != JournalState::Closed && !applied.closed {
        identity::succeed(c, db.vault(), &*env.entropy, journal)?;
        page::start_over(c)?;
        applied.touch_all();
        (applied.closed, applied.moved) = (true, true);
    }
    Ok(())
}

/// Takes the page in and moves the cursor.
fn pull(c: &Connection, reply: &Reply, rows: &[LogRow], applied: &mut Applied) -> Result<(), Error> {
    let position = |c| get_or(c, &setting::POSITION, 0);
    if get(c, &setting::SCOPE)? != Some(reply.scope) {
        set(c, &setting::SCOPE, &reply.scope)?;
        if position(c)? > 0 {
            page::start_over(c)?;
            applied.touch_all();
        }
    }
    let before = position(c)?;
    if reply.position < before {
        // The log ends before what was read of it: it was rolled back, and read again it tells what is left.
        page::start_over(c)?;
        applied.touch_all();
        (applied.more, applied.moved) = (true, true);
        return Ok(());
    }
    let taken = page::take(c, rows)?;
    applied.received = taken.records;
    match taken.reference {
        true => applied.touch_all(),
        false => applied.touch(taken.places),
    }
    set(c, &setting::POSITION, &reply.position)?;
    set(c, &setting::PULLED, &!reply.more)?;
    applied.more = reply.more;
    applied.moved |= !rows.is_empty() || reply.position != before;
    if !reply.more && page::finish(c)? {
        applied.touch_all();
    }
    Ok(())
}
