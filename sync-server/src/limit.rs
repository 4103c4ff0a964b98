//! Every limit of the server, in one place; those of the protocol are in [`pantau_protocol::limit`]. Sizes in
//! bytes unless the name says otherwise. Each says what happens beyond it.

/// Idle readers of the store kept open; beyond, one is opened when it is needed and closed after.
pub(crate) const READERS: usize = 4;

/// Rows that a verification reads from one snapshot, so that a running server is not held up; beyond, it goes
/// on with the next snapshot.
pub(crate) const VERIFY_ROWS: usize = 2_000;
/// Newest rows that are verified before a server takes anything in; those before them wait for the full
/// verification.
pub const VERIFY_TAIL_ROWS: u64 = 1_000;
/// Breaks that a report keeps; beyond, they are only counted, and the report is as little clean.
pub const BREAKS_KEPT: usize = 200;
/// Breaks that one verification writes to the log one by one; beyond, only their number.
pub(crate) const BREAKS_LOGGED: usize = 20;
/// Longest line of an exported file that a verification reads, in bytes; a longer one is a break.
pub(crate) const EXPORT_LINE_BYTES: u64 = 32 << 20;
