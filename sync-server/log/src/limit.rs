//! Every limit of the log, in one place; those of the listeners and the pages are in the `limit.rs` of their
//! crates, those of the protocol are in [`pantau_protocol::limit`]. Sizes in
//! bytes unless the name says otherwise. Each says what happens beyond it.

/// Idle readers of the store kept open; beyond, one is opened when it is needed and closed after.
pub(crate) const READERS: usize = 4;

/// Length at which SQLite takes the write-ahead log of the database in by itself, unless a reader is in the way;
/// what is longer by then is cut off when the log begins anew.
pub(crate) const WAL_BYTES: u64 = 16 << 20;
/// Longest write-ahead log, one transaction apart; beyond, it is taken in and cut to nothing after the commit.
pub(crate) const WAL_LONGEST: u64 = 2 * WAL_BYTES;
/// What a transaction may write beside its rows: pages of indexes and counters. With less than four times this
/// free, new records are refused as on a full disk, and what the desk needs to sign in still fits.
pub(crate) const TRANSACTION_BYTES: u64 = 64 << 10;
/// What a row of the log adds to the write-ahead log beside its payload: its share of pages that are written
/// whole. Counted against the room of a transaction.
pub(crate) const ROW_WAL_BYTES: u64 = 1 << 10;
/// What each place key of a row adds likewise: its share of the page of the index of places.
pub(crate) const KEY_WAL_BYTES: u64 = 1 << 10;
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
/// Seconds by which the server's clock may go back before it is told of: less is corrected every day.
pub(crate) const CLOCK_BACK_S: i64 = 120;
/// Seconds that it may gain on the machine's other clock before it counts as leapt ahead: less than a time zone of
/// Indonesia read as UTC, more than a machine is put to sleep for.
pub(crate) const CLOCK_LEAP_S: i64 = 6 * 3_600;
/// Hours between the newest time that the log knows and the start of the server from which on it says so.
pub(crate) const CLOCK_GAP_HOURS: i64 = 24;
/// Seconds beyond the newest time of the log up to which a phone's claim is believed while the server's clock is
/// behind it. A later claim is kept, shown and flagged as impossible, as always.
pub(crate) const CLOCK_BLIND_S: i64 = 7 * 86_400;

/// With less free on the disk of the data directory the server warns, as long as it still works: a day of a busy
/// server takes some hundred megabytes. On a smaller disk an eighth of it.
pub const DISK_LOW_BYTES: u64 = 512 << 20;
/// But never warns later than with this left: a push of the greatest length needs four times its own.
pub const DISK_LOW_LEAST: u64 = 8 << 20;
/// Seconds after which a serving server tries a write by itself, when nobody asks for its health.
pub(crate) const PROBE_IDLE_S: u64 = 60;
/// How long a write that worked counts as a sign that writing works; beyond, health tries one. In seconds.
pub(crate) const PROBE_S: u64 = 5;

/// Seconds by which a directive may be due before today and the election or after them without a question: a year.
pub(crate) const DUE_S: i64 = 366 * 86_400;
/// Seconds between two calls of a phone that are kept where the later one says nothing new; a call within is not kept.
pub(crate) const CONTACT_REST_S: i64 = 60;

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

/// Wrong tries at one enrolment handle over its whole validity, from all sources together. 40 bits hold out:
/// 1,000 / 2^40 is below 2^-30, whatever the validity and however the clock is set. Beyond, no try is judged any
/// more, not even the right one: the desk makes a new code.
pub(crate) const ENROL_HANDLE_TRIES: u32 = 1_000;
/// How many of these may be made at once; the others become free evenly over the validity. Beyond, a try is
/// answered like a wrong one without being judged.
pub(crate) const ENROL_HANDLE_BURST: u32 = 100;
/// Wrong tries at any handles from one source before it sleeps. Generous: a carrier puts thousands of phones
/// behind one address. A source that sleeps enrols nobody until it wakes.
pub(crate) const ENROL_SOURCE_TRIES: u32 = 300;
/// First sleep of a source in seconds; doubled after every [`ENROL_SOURCE_AGAIN`] further wrong tries.
pub(crate) const ENROL_SOURCE_SLEEP_S: i64 = 5 * 60;
/// Wrong tries between two sleeps of a source.
pub(crate) const ENROL_SOURCE_AGAIN: u32 = 100;
/// Longest sleep of a source in seconds.
pub(crate) const ENROL_SOURCE_SLEEP_MOST_S: i64 = 3600;
/// Seconds after which the wrong tries of a source, and of a source at one handle, are forgotten.
pub(crate) const ENROL_FORGET_S: i64 = 24 * 3600;

/// Keys of each table of wrong tries; see [`crate::tries::Policy::most`].
pub const TRIES: usize = 4_096;

/// Letters of a name in an imported table, and of a phone number; beyond, the row is refused. The longest official
/// names of villages stay below half of it.
pub(crate) const NAME_CHARS: usize = 120;
/// Letters of a name without a blank; beyond, the row is refused: no page has room for such a word.
pub(crate) const NAME_WORD_CHARS: usize = 60;

/// Times as many voters at a TPS as before, or as few, that an import takes without asking.
pub(crate) const VOTERS_FACTOR: u32 = 2;
/// Kilometres that an import moves a TPS without asking.
pub(crate) const MOVED_KM: f64 = 50.0;
/// Kilometres between a TPS and the middle of its kabupaten beyond which an import asks: the widest ones measure
/// some 500 across.
pub(crate) const AWAY_KM: f64 = 300.0;

/// Rows of the log that the projector takes in one transaction; the rest comes with the next. Tests of this crate
/// take few, as of the next three, so that a short history needs many batches.
pub(crate) const PROJECT_ROWS: usize = if cfg!(test) { 7 } else { 5_000 };
/// Places that it folds in one transaction, so that intake never waits long for the writer; beyond, as
/// [`PROJECT_ROWS`]. One row always fits, however many places it names.
pub(crate) const PROJECT_PLACES: usize = if cfg!(test) { 4 } else { 250 };
/// Of these, places that are folded again while everything is, however many the newest rows touch.
pub(crate) const PROJECT_AGAIN: usize = if cfg!(test) { 2 } else { 50 };
/// Seconds after which all that the server received at a moment is committed: an exchange takes far less.
pub(crate) const DAILY_SETTLED_S: i64 = 30;
/// Places whose rows may wait in memory to be folded while a projection is built.
pub(crate) const PROJECT_AHEAD: usize = 4;
/// Rows of each table of a replaced projection that are deleted in one transaction.
pub(crate) const PROJECT_DROP: usize = if cfg!(test) { 3 } else { 500 };
/// Seconds by which the clock of the server may be set back without all places being looked at again: a clock that is
/// disciplined moves by less.
pub(crate) const PROJECT_SET_BACK_S: i64 = 60;
/// Signs of findings that one page reads, gravest first: a province of 8,000 TPS with several at each fits.
pub(crate) const SIGNS: usize = 50_000;
/// Shares in goods on their way that one page reads, those past due first: a province of 8,000 TPS fits.
pub(crate) const UNDERWAY: usize = 50_000;
/// States and sums of places that pages keep in memory, each; beyond, they are read again.
pub(crate) const CACHED_PLACES: usize = 2_000;
/// Entries of a list that are read at most where all are wanted.
pub(crate) const LISTED: usize = 1 << 20;

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

/// Forms of told reports that are remembered, so that one sent twice is written once; of one that is older nobody
/// knows any more. A busy desk enters some hundred in an hour.
pub(crate) const TOLD_FORMS: usize = 512;
/// Seconds for which a told report that no form is remembered for is looked for when a form comes: the server died
/// after it had written the record and before it remembered the form. A power cut may last for hours.
pub(crate) const TOLD_AGAIN_S: i64 = 86_400;
