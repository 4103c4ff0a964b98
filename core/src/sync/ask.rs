//! One exchange: what it needs, and how it can end.

use pantau_protocol::{exchange::Reply, keys::PublicKey};
use rusqlite::Connection;

use super::{
    address, backoff,
    memory::Memory,
    plan::{Gain, Next},
    report::SyncEnd,
    request::{self, Allowed, Outgoing},
};
use crate::{
    contact::NoContact,
    error::Error,
    identity::{self, JournalState},
    outbox,
    store::setting::{self, get_or},
    transport::Answer,
    vault::Vault,
};

/// How one exchange ended.
pub(super) enum Exchanged {
    /// A verified reply was taken in: what it brought, and how the loop goes on.
    Answered(Box<(Gain, Next, Reply)>),
    /// Nothing that counts came back, and perhaps a wish to wait, in seconds.
    Nothing(NoContact, i64),
    /// The line broke after something was sent.
    Cut(NoContact),
    /// Whoever is at the other end could not show the server's certificate.
    Stranger(String),
    /// The frame was too long for something on the way.
    TooLong,
    /// Not even the smallest request fits what is left of the budget.
    TooDear,
    /// What the reply brought, and that there is no room to take in more, or nothing left to send.
    NoRoom(Gain),
    /// Cancelled.
    Cancelled,
}

/// Why no request may be sent at all, if so.
pub(super) fn may_start(c: &Connection, now: i64) -> Result<Option<SyncEnd>, Error> {
    if identity::certificate(c)?.is_none() {
        return Ok(Some(SyncEnd::NotEnrolled));
    }
    Ok(backoff::until(c, now)?.map(|until| SyncEnd::Backoff { until }))
}

/// A request that is ready to go.
pub(super) struct Prepared {
    /// The address to ask, and whether there is another one.
    pub(super) address: (String, bool),
    pub(super) keys: Vec<PublicKey>,
    pub(super) out: Outgoing,
}

pub(super) fn prepare(
    c: &Connection,
    vault: &Vault,
    allowed: &Allowed<'_>,
    failed: Option<&str>,
) -> Result<Option<Prepared>, Error> {
    let address = address::choose(c, allowed.now, failed)?;
    let keys = get_or(c, &setting::SERVER_KEYS, Vec::new())?;
    let out = request::next(c, vault, allowed)?;
    Ok(out.map(|out| Prepared { address, keys, out }))
}

/// Whether every journal has nothing to send and the server knows every key.
pub(super) fn nothing_waits(c: &Connection, memory: &Memory) -> Result<bool, Error> {
    for mut journal in identity::all(c)? {
        memory.add_to(&mut journal);
        let is_done = !journal.introduce && journal.state != JournalState::Fresh;
        if !is_done || outbox::is_waiting(c, &journal)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `Retry-After` of an answer that is no reply: a hint of whoever sent it.
pub(super) fn asked_to_wait(answer: &Answer) -> i64 {
    match answer.status {
        429 | 503 | 507 => answer.retry_after_s.and_then(|s| i64::try_from(s).ok()).unwrap_or(0),
        _ => 0,
    }
}
