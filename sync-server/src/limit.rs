//! Every limit of the server, in one place; those of the protocol are in [`pantau_protocol::limit`]. Sizes in
//! bytes unless the name says otherwise. Each says what happens beyond it.

/// Idle readers of the store kept open; beyond, one is opened when it is needed and closed after.
pub(crate) const READERS: usize = 4;

/// Records one device and those that follow it may add in a day of the server's clock. A camat with 58 TPS who
/// comes back after a week offline has some 3,000; the largest honest device, one that enters all reports of a
/// kabupaten by hand, stays below half of this. Beyond, nothing more is stored that day: the device keeps it
/// and is told to come back the next day.
pub(crate) const QUOTA_RECORDS: u64 = 20_000;
/// Bytes on disk such an account may add in a day: 20,000 records of 800 bytes, the usual size with notes and
/// indexes, make 16 MB; as much again is left for long notes. Beyond, as [`QUOTA_RECORDS`].
pub(crate) const QUOTA_BYTES: u64 = 32 << 20;
/// New branches, holes and successor keys of such an account in a day: an honest phone makes one when it was
/// copied or damaged. Beyond, as [`QUOTA_RECORDS`].
pub(crate) const QUOTA_BRANCHES: u64 = 64;
/// Records a revoked account may still add in a day, as evidence: more than the stolen phone of a camat writes.
/// Beyond, as [`QUOTA_RECORDS`].
pub(crate) const QUOTA_REVOKED_RECORDS: u64 = 200;
/// Bytes on disk such evidence may take in a day: 200 records of 1,300 bytes. Beyond, as [`QUOTA_RECORDS`].
pub(crate) const QUOTA_REVOKED_BYTES: u64 = 256 << 10;
/// New branches, holes and successor keys of a revoked account in a day. Beyond, as [`QUOTA_RECORDS`].
pub(crate) const QUOTA_REVOKED_BRANCHES: u64 = 4;
