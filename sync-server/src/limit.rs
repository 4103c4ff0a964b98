//! Every limit of the listeners, in one place. Sizes in bytes unless the name says otherwise. Each says what
//! happens beyond it.

/// Descriptors kept for files of the store, or a quarter of all if that is less; the rest is for connections.
pub(crate) const FILE_DESCRIPTORS: u64 = 256;
/// Share of the places for connections that only known callers may take: one in so many. A stranger for whom
/// only these are left has to wait until another stranger's connection is closed.
pub(crate) const KNOWN_SHARE: usize = 8;
/// Connections closed in one go to make room: one in so many of all places, so that the search for the worst
/// ones is not made for every single newcomer.
pub(crate) const SHED_SHARE: usize = 64;
/// Connections that may be on their way out beside those that are open; beyond, newcomers wait in the kernel.
pub(crate) const CLOSING: usize = 64;
/// Milliseconds in which a connection is not closed to make room for other addresses. If there are only such
/// ones, newcomers wait in the kernel's queue.
pub(crate) const YOUNG_MS: u64 = 250;
/// Milliseconds without a byte after which a connection counts as idle, and of receiving after which it may
/// count as slow.
pub(crate) const SETTLED_MS: u64 = 1_000;
/// Connections to the listener of the metrics; beyond, idle ones are closed.
pub(crate) const MONITOR_CONNECTIONS: usize = 32;

/// With fewer whole days left a certificate is warned of: who renews has done so by then.
pub(crate) const CERTIFICATE_DAYS: i64 = 21;

/// Milliseconds that a serving projector rests at least between two batches: what arrives meanwhile is folded at
/// once, and intake has the disk to itself. It rests as long as the batch took, if that is longer.
pub(crate) const PROJECT_REST_MS: u64 = 100;
