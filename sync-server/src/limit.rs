//! Every limit of the server, in one place; those of the protocol are in [`pantau_protocol::limit`]. Sizes in
//! bytes unless the name says otherwise. Each says what happens beyond it.

/// Idle readers of the store kept open; beyond, one is opened when it is needed and closed after.
pub(crate) const READERS: usize = 4;

/// Longest write-ahead log of the database that stays: SQLite takes it in at this length by itself, unless a
/// reader is in the way. Beyond, it is taken in and cut after the commit.
pub(crate) const WAL_BYTES: u64 = 16 << 20;
/// What a transaction may write beside its rows: pages of indexes and counters. With less than four times this
/// free, new records are refused as on a full disk, and what the desk needs to sign in still fits.
pub(crate) const TRANSACTION_BYTES: u64 = 64 << 10;
/// What a row of the log adds to the write-ahead log beside its payload: its share of pages that are written
/// whole. Counted against the room of a transaction.
pub(crate) const ROW_WAL_BYTES: u64 = 1 << 10;
/// Room a transaction must have for a small push; with less the server calls itself unfit. Larger pushes are
/// refused earlier: none may take more than a quarter of what is free.
pub(crate) const PUSH_BYTES: u64 = 64 << 10;
/// With less free after the write-ahead log was taken in, a full disk releases the reserve.
pub(crate) const ROOM_LEAST: u64 = 256 << 10;
/// The reserve: as long as the write-ahead log may be, so that it can be taken in on a disk that somebody else
/// filled. On a smaller disk an eighth of what is free.
pub(crate) const RESERVE_BYTES: u64 = WAL_BYTES;
/// With less free no reserve is made: records need the room.
pub(crate) const RESERVE_FREE: u64 = 1 << 20;
/// How long a write that worked counts as a sign that writing works; beyond, health tries one. In seconds.
pub(crate) const PROBE_S: u64 = 5;

/// Records one device and those that follow it may add in a day of the server's clock. A camat with 58 TPS who
/// comes back after a week offline has some 3,000; the largest honest device, one that enters all reports of a
/// kabupaten by hand, stays below half of this. Beyond, nothing more is stored that day: the device keeps it
/// and is told to come back the next day.
pub(crate) const QUOTA_RECORDS: u64 = 20_000;
/// Bytes on disk such an account may add in a day: 20,000 records of 800 bytes, the usual size with notes and
/// indexes, make 16 MB; as much again is left for long notes. Beyond, as [`QUOTA_RECORDS`].
pub(crate) const QUOTA_BYTES: u64 = 32 << 20;
/// New branches and holes of such an account in a day: an honest phone makes one when it was
/// copied or damaged. Beyond, as [`QUOTA_RECORDS`].
pub(crate) const QUOTA_BRANCHES: u64 = 64;
/// Records a revoked account may still add in a day, as evidence: more than the stolen phone of a camat writes.
/// Beyond, as [`QUOTA_RECORDS`].
pub(crate) const QUOTA_REVOKED_RECORDS: u64 = 200;
/// Bytes on disk such evidence may take in a day: 200 records of 1,300 bytes. Beyond, as [`QUOTA_RECORDS`].
pub(crate) const QUOTA_REVOKED_BYTES: u64 = 256 << 10;
/// New branches and holes of a revoked account in a day. Beyond, as [`QUOTA_RECORDS`].
pub(crate) const QUOTA_REVOKED_BRANCHES: u64 = 4;
