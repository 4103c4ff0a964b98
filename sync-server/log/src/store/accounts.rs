//! People and quotas: operators of the desk, their sessions, read tokens, enrolments, and what each device added.

use pantau_protocol::journal::DeviceId;

use super::{Audit, Enrolment, Operator, ReadToken, Session, Stored, Usage};

/// The operator of a name: as it is written, or else the only one whose name differs in case alone. Servers of
/// before December 2026 may have several of those; each is reached by its own writing.
pub fn named<'a>(all: &'a [Operator], name: &str) -> Option<&'a Operator> {
    let mut alike = all.iter().filter(|o| o.username.eq_ignore_ascii_case(name));
    let exact = all.iter().find(|o| o.username == name);
    exact.or_else(|| alike.next().filter(|_| alike.next().is_none()))
}

/// Reading accounts.
pub trait AccountsView {
    /// What a device and those that follow it added last, before or after a revocation.
    fn journal_usage(&self, device: &DeviceId, revoked: bool) -> Stored<Option<Usage>>;

    /// Accounts that were over their quota on the last day that they added anything, the earliest first. For
    /// the desk.
    fn desk_over_quota(&self) -> Stored<Vec<Usage>>;

    /// An enrolment.
    fn enrolment(&self, handle: &str) -> Stored<Option<Enrolment>>;

    /// All enrolments, newest first. For the desk.
    fn desk_enrolments(&self) -> Stored<Vec<Enrolment>>;

    /// An operator of the desk.
    fn operator(&self, username: &str) -> Stored<Option<Operator>>;

    /// All operators, by name. For the desk.
    fn desk_operators(&self) -> Stored<Vec<Operator>>;

    /// What was done and read from one moment to before another, unix seconds, the oldest first; with `who`, by that one
    /// alone.
    fn desk_audit(&self, from: i64, to: i64, who: Option<&str>) -> Stored<Vec<Audit>>;

    /// A session of the desk.
    fn session(&self, id_hash: &[u8; 32]) -> Stored<Option<Session>>;

    /// A read token by its id, whether it is in force or not.
    fn read_token(&self, id: &str) -> Stored<Option<ReadToken>>;

    /// All read tokens, newest first, those that ended, too. For the desk.
    fn desk_read_tokens(&self) -> Stored<Vec<ReadToken>>;
}

/// Writing accounts.
pub trait AccountsTx: AccountsView {
    /// Keeps what a device added.
    fn put_usage(&mut self, usage: &Usage) -> Stored<()>;

    /// Creates or changes an enrolment.
    fn put_enrolment(&mut self, enrolment: &Enrolment) -> Stored<()>;

    /// Voids all enrolments that nobody redeemed; returns how many.
    fn void_enrolments(&mut self) -> Stored<u64>;

    /// Creates or changes an operator.
    fn put_operator(&mut self, operator: &Operator) -> Stored<()>;

    /// Adds to what was done and read. Nothing is ever taken away from it.
    fn add_audit(&mut self, audit: &Audit) -> Stored<()>;

    /// Creates or changes a session.
    fn put_session(&mut self, session: &Session) -> Stored<()>;

    /// Ends a session.
    fn delete_session(&mut self, id_hash: &[u8; 32]) -> Stored<()>;

    /// Ends all sessions of an operator, or of all; with `before`, only those that expired by then.
    fn delete_sessions(&mut self, username: Option<&str>, before: Option<i64>) -> Stored<()>;

    /// Creates or changes a read token.
    fn put_read_token(&mut self, token: &ReadToken) -> Stored<()>;

    /// Revokes all read tokens that are not, at this time in unix seconds; returns how many.
    fn revoke_read_tokens(&mut self, at: i64) -> Stored<u64>;
}
