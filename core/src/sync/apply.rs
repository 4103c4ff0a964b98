//! Applies the steps of a plan, one by one, inside the caller's transaction.

use std::collections::{BTreeMap, BTreeSet};

use pantau_protocol::{
    body::Kind,
    cbor,
    exchange::{LogRow, Outcome, Reply},
    limit::{PAGE_BUDGET_BYTES, SEGMENT_RECORDS},
    note::Field,
    place::Place,
    receipt::OldReceipt,
};
use rusqlite::{Connection, params};

use super::{
    address, backoff, page,
    plan::{Known, Speaker, Step},
    request::{self, Outgoing},
};
use crate::{
    env::Env,
    error::Error,
    identity::{self, Journal},
    row::{self, Stored},
    store::setting::{self, get, get_or, set},
    vault::Vault,
};

/// What the steps of one reply work with.
pub(super) struct Work<'a> {
    pub(super) c: &'a Connection,
    pub(super) vault: &'a Vault,
    pub(super) env: &'a Env,
    pub(super) sent: &'a Outgoing,
    /// Rows of the page.
    pub(super) rows: &'a [LogRow],
    /// The journal that the request spoke for; `None` if it is gone.
    pub(super) journal: Option<Journal>,
}

/// Places that must be folded anew.
#[derive(Debug)]
pub(super) enum Touched {
    /// These.
    Places(Vec<Place>),
    /// All of them, reference data included.
    All,
}

impl Touched {
    pub(super) fn none() -> Self {
        Self::Places(Vec::new())
    }

    pub(super) fn and(self, more: Self) -> Self {
        match (self, more) {
            (Self::Places(all), Self::Places(more)) => Self::Places([all, more].concat()),
            (Self::All, _) | (_, Self::All) => Self::All,
        }
    }
}

/// What the phone knows when `reply` comes, and the journal that the request spoke for.
pub(super) fn known(
    c: &Connection,
    now: i64,
    asked: &str,
    sent: &Outgoing,
    reply: &Reply,
) -> Result<(Known, Option<Journal>), Error> {
    let journal = identity::get(c, sent.journal)?;
    let speaker = journal.as_ref().map(|journal| speaker(c, journal, reply)).transpose()?;
    let fits = setting::cursor(c)?.map(|cursor| cursor.short()) == sent.cursor;
    let known = Known {
        now,
        addresses: address::known(c, asked)?,
        span: sent.span,
        is_page_next: sent.wants_page && fits,
        epoch: get(c, &setting::EPOCH)?,
        server: setting::server(c)?,
        keys: get_or(c, &setting::SERVER_KEYS, Vec::new())?,
        scope: get(c, &setting::SCOPE)?,
        position: get_or(c, &setting::POSITION, 0)?,
        shows_receipts: get_or(c, &setting::SHOW_RECEIPTS, false)?,
        speaker,
    };
    Ok((known, journal))
}

fn speaker(c: &Connection, journal: &Journal, reply: &Reply) -> Result<Speaker, Error> {
    let of_heads = reply.outcomes.iter().flat_map(|outcome| match outcome {
        Outcome::Gap { heads } => heads.as_slice(),
        _ => &[],
    });
    let named = of_heads.map(|head| head.seq).chain(reply.receipt.iter().map(|r| r.statement.last));
    let mut links = BTreeMap::new();
    for seq in named {
        if let Some(link) = identity::link_at(c, journal, seq)? {
            links.insert(seq, link);
        }
    }
    Ok(Speaker {
        device: journal.device,
        state: journal.state,
        head_seq: journal.head_seq,
        held: journal.held,
        notes_through: journal.notes_through,
        links,
        first_wanted: first_wanted(c, journal, &reply.want_notes)?,
    })
}

/// First record of which a wanted note is still here.
fn first_wanted(c: &Connection, journal: &Journal, wanted: &[(u64, Field)]) -> Result<Option<u64>, Error> {
    let mut here = c.prepare_cached(
        "SELECT 1 FROM record r JOIN note n ON n.id = r.id
         WHERE r.own = ?1 AND r.own > 0 AND r.seq = ?2 AND n.field = ?3",
    )?;
    for (seq, field) in wanted {
        if here.exists(params![journal.number, seq, field.number()])? {
            return Ok(Some(*seq));
        }
    }
    Ok(None)
}

/// Applies one step. Says which places must be folded anew.
pub(super) fn apply(work: &Work<'_>, step: &Step) -> Result<Touched, Error> {
    let (c, own) = (work.c, work.sent.journal);
    match step {
        Step::ShowReceipts(show) => set(c, &setting::SHOW_RECEIPTS, show)?,
        Step::NewEpoch { epoch, had_one } => {
            set(c, &setting::EPOCH, epoch)?;
            new_epoch(c)?;
            if *had_one {
                return Ok(Touched::All);
            }
        }
        Step::Answered { at, offset, min_version } => {
            set(c, &setting::CLOCK_OFFSET, offset)?;
            set(c, &setting::LAST_SYNC, at)?;
            set(c, &setting::MIN_VERSION, min_version)?;
        }
        Step::Address(change) => address::apply(c, change)?,
        Step::Anchor(anchor) => identity::keep_anchor(c, own, *anchor)?,
        Step::Introduced => identity::introduced(c, own)?,
        Step::Introduce => identity::introduce(c, journal(work)?)?,
        Step::Certified(certificate) => identity::certified(c, own, certificate)?,
        Step::Receipt { receipt, before, held, notes_through } => {
            return receipted(c, own, receipt, (*before, *held), *notes_through);
        }
        Step::Admitted { first, last } => return admitted(c, own, *first, *last),
        Step::GoBack { common, head_seq } => {
            go_back(c, own, *common)?;
            return places_of(c, own, *common + 1, *head_seq);
        }
        Step::Branch { at, branch, head_seq } => {
            take_branch(c, own, *at, *branch)?;
            return places_of(c, own, *at, *head_seq);
        }
        Step::Succeed => {
            identity::succeed(c, work.vault, &*work.env.entropy, journal(work)?)?;
            page::start_over(c)?;
            return Ok(Touched::All);
        }
        Step::SetAside { seq, reason, field } => {
            page::quarantine(c, own, *seq, *reason, field)?;
            return places_of(c, own, *seq, *seq);
        }
        Step::Want(wanted) => request::note_wanted(c, own, wanted)?,
        Step::Standing { revoked, counted } => {
            set(c, &setting::REVOKED, revoked)?;
            set(c, &setting::COUNTED, counted)?;
        }
        Step::Scope(scope) => set(c, &setting::SCOPE, scope)?,
        Step::StartOver => {
            page::start_over(c)?;
            return Ok(Touched::All);
        }
        Step::Page => {
            let taken = page::take(c, work.rows)?;
            return Ok(if taken.reference { Touched::All } else { Touched::Places(taken.places) });
        }
        Step::Cursor { position, pulled } => {
            set(c, &setting::POSITION, position)?;
            set(c, &setting::PULLED, pulled)?;
        }
        Step::Sweep => return Ok(if page::finish(c)? { Touched::All } else { Touched::none() }),
        Step::Through { backoff_s } => {
            backoff::succeeded(c, work.env.clock.now(), i64::from(*backoff_s))?;
            grow(c, work.sent)?;
        }
    }
    Ok(Touched::none())
}

fn journal<'a>(work: &'a Work<'_>) -> Result<&'a Journal, Error> {
    work.journal.as_ref().ok_or(Error::NotFound)
}

fn new_epoch(c: &Connection) -> Result<(), Error> {
    c.execute("UPDATE journal SET held = 0, notes_through = 0", [])?;
    c.execute("DELETE FROM wanted", [])?;
    // An old receipt counts only with all records up to its last: a segment that the line once cut short would
    // lose their times of first receipt.
    setting::clear(c, &setting::SEGMENT)?;
    page::start_over(c)
}

/// Keeps a receipt. Its times become the records' envelopes.
fn receipted(
    c: &Connection,
    journal: i64,
    old: &OldReceipt,
    (before, held): (u64, u64),
    notes_through: u64,
) -> Result<Touched, Error> {
    let statement = &old.receipt.statement;
    c.prepare_cached(
        "INSERT OR IGNORE INTO receipt (journal, epoch, last, content) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![journal, old.epoch.to_bytes(), statement.last, cbor::to_vec(old)])?;
    let mut touched = places_of(c, journal, before + 1, held)?;
    for step in &statement.steps {
        let last = step.last.min(statement.last);
        c.prepare_cached(
            "UPDATE record SET received_at = ?4 WHERE own = ?1 AND own > 0 AND seq BETWEEN ?2 AND ?3",
        )?
        .execute(params![journal, step.first, last, step.received_at])?;
        touched = touched.and(places_of(c, journal, step.first, last)?);
    }
    c.prepare_cached("UPDATE journal SET held = ?2, notes_through = ?3, branch = ?4 WHERE number = ?1")?
        .execute(params![journal, held, notes_through, statement.branch])?;
    c.prepare_cached("DELETE FROM wanted WHERE journal = ?1 AND seq <= ?2")?
        .execute(params![journal, notes_through])?;
    identity::rest_salts(c, journal)?;
    Ok(touched)
}

/// Place keys of own records of a span; many are there more than once.
fn places_of(c: &Connection, journal: i64, first: u64, last: u64) -> Result<Touched, Error> {
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
    Ok(Touched::Places(places))
}

/// What was set aside of these records counts again.
fn admitted(c: &Connection, journal: i64, first: u64, last: u64) -> Result<Touched, Error> {
    let released = c
        .prepare_cached(
            "UPDATE record SET quarantine = NULL, quarantine_field = NULL
             WHERE own = ?1 AND own > 0 AND seq BETWEEN ?2 AND ?3 AND quarantine IS NOT NULL",
        )?
        .execute(params![journal, first, last])?;
    if released > 0 { places_of(c, journal, first, last) } else { Ok(Touched::none()) }
}

/// Never forward: only a receipt says that something is held.
fn go_back(c: &Connection, journal: i64, common: u64) -> Result<(), Error> {
    c.execute(
        "UPDATE journal SET held = ?2, notes_through = min(notes_through, ?2) WHERE number = ?1 AND held > ?2",
        params![journal, common],
    )?;
    Ok(())
}

fn take_branch(c: &Connection, journal: i64, at: u64, branch: u32) -> Result<(), Error> {
    c.execute("UPDATE journal SET branch = ?2 WHERE number = ?1", params![journal, branch])?;
    c.execute(
        "UPDATE record SET branch = ?3 WHERE own = ?1 AND own > 0 AND seq >= ?2",
        params![journal, at, branch],
    )?;
    Ok(())
}

/// Lets the next request carry twice as much: this one came through.
fn grow(c: &Connection, sent: &Outgoing) -> Result<(), Error> {
    if let Some(segment) = get(c, &setting::SEGMENT)?.filter(|_| sent.load() > 0) {
        set(c, &setting::SEGMENT, &segment.saturating_mul(2).min(SEGMENT_RECORDS as u64))?;
    }
    if let Some(page) = get(c, &setting::PAGE)?.filter(|_| sent.wants_page) {
        set(c, &setting::PAGE, &page.saturating_mul(2).min(PAGE_BUDGET_BYTES))?;
    }
    Ok(())
}
