//! Retry delays: full jitter, doubled at each failure, kept across restarts.

use pantau_protocol::limit::{BACKOFF_BASE_S, BACKOFF_MAX_S};
use rusqlite::Connection;

use crate::{
    env::Env,
    error::Error,
    limit,
    store::setting::{BACKOFF_UNTIL, FAILURES, clear, get, get_or, set},
};

/// When the next request may be sent, if not now. A time further away than any delay that is ever set
/// comes from a clock that was wrong, and is forgotten.
pub(super) fn until(c: &Connection, now: i64) -> Result<Option<i64>, Error> {
    Ok(get(c, &BACKOFF_UNTIL)?
        .filter(|until| *until > now && *until <= now.saturating_add(limit::WAIT_MAX_S)))
}

/// Counts a failure and draws the delay: anything from nothing to the doubled base. A server's wish counts
/// as the least.
pub(super) fn failed(c: &Connection, env: &Env, asked_s: i64) -> Result<i64, Error> {
    let failures = get_or(c, &FAILURES, 0)?;
    let most = BACKOFF_BASE_S.saturating_mul(1 << failures.min(16)).min(BACKOFF_MAX_S);
    let mut random = [0; 8];
    env.entropy.fill(&mut random)?;
    let drawn = (u64::from_le_bytes(random) % (most.unsigned_abs() + 1)).cast_signed();
    let delay = asked_s.clamp(0, limit::WAIT_MAX_S - BACKOFF_MAX_S).saturating_add(drawn);
    let until = env.clock.now().saturating_add(delay);
    set(c, &FAILURES, &failures.saturating_add(1))?;
    set(c, &BACKOFF_UNTIL, &until)?;
    Ok(until)
}

/// The server answered: no delay but what it asks for.
pub(super) fn succeeded(c: &Connection, now: i64, asked_s: i64) -> Result<(), Error> {
    set(c, &FAILURES, &0)?;
    match asked_s.clamp(0, limit::WAIT_MAX_S) {
        0 => clear(c, &BACKOFF_UNTIL),
        s => set(c, &BACKOFF_UNTIL, &now.saturating_add(s)),
    }
}

/// A person wants to try now.
pub(crate) fn forget(c: &Connection) -> Result<(), Error> {
    clear(c, &BACKOFF_UNTIL)
}
