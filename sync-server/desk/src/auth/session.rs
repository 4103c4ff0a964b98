//! Sessions: who holds a cookie. Kept in the store under the hash of the cookie, so that neither a copy of
//! the database nor a log gives one away.

use pantau_log::store::{Operator, Session, Stored, Tx, View};

/// Seconds a session lasts: a shift, not a campaign.
pub const LIFE_S: i64 = 12 * 3600;

/// Hash of a session id, under which the store knows it.
pub fn key(id: &[u8; 32]) -> [u8; 32] {
    pantau_protocol::hash::tagged("pantau/desk/session", &[id])
}

/// Opens a session under a random id, and forgets those that ended.
///
/// # Errors
/// Failures of the store.
pub fn open(tx: &mut dyn Tx, id: &[u8; 32], username: &str, now: i64) -> Stored<()> {
    tx.delete_sessions(None, Some(now))?;
    tx.put_session(&Session { id_hash: key(id), username: username.to_owned(), expires_at: now + LIFE_S })
}

/// The session of a cookie, unless it ended or its operator may no longer sign in.
///
/// # Errors
/// Failures of the store.
pub fn find(view: &dyn View, id: &[u8; 32], now: i64) -> Stored<Option<Session>> {
    Ok(opened(view, id, now)?.map(|(session, _)| session))
}

/// The operator whom a session belongs to that did not end.
///
/// # Errors
/// Failures of the store.
pub fn operator(view: &dyn View, id: &[u8; 32], now: i64) -> Stored<Option<Operator>> {
    Ok(opened(view, id, now)?.map(|(_, operator)| operator))
}

fn opened(view: &dyn View, id: &[u8; 32], now: i64) -> Stored<Option<(Session, Operator)>> {
    // One that would last far longer than any was opened under a clock that was ahead.
    let is_open = |s: &Session| (1..=2 * LIFE_S).contains(&s.expires_at.saturating_sub(now));
    let Some(session) = view.session(&key(id))?.filter(is_open) else { return Ok(None) };
    let operator = view.operator(&session.username)?;
    Ok(operator.filter(|o| !o.disabled).map(|operator| (session, operator)))
}
