//! Every limit of the phone, in one place. Sizes in bytes unless the name says otherwise; what phone and
//! server agree on stands in [`pantau_protocol::limit`].

use std::time::Duration;

/// Room kept on disk for records when the rest of it is full.
pub const RESERVE_BYTES: u64 = 256 << 10;
/// Room kept on disk beside that for the receipts of a sync: records may not use it.
pub const RECEIPT_RESERVE_BYTES: u64 = 192 << 10;
/// Longest draft.
pub const DRAFT_BYTES: usize = 256 << 10;
/// Longest key of a capture.
pub const CAPTURE_KEY_BYTES: usize = 64;
/// Rows of one page when the caller names no number.
pub const PAGE_ROWS: u32 = 50;
/// Rows of one list page at most.
pub const LIST_ROWS: u32 = 500;
/// Characters of the day summary at most: what a messenger shows without folding, and a slow line carries.
pub const SUMMARY_CHARS: usize = 1_500;
/// Rows of each list of the day summary at most.
pub const SUMMARY_ROWS: usize = 5;
/// Characters of a name in the day summary at most; the rest is cut.
pub const SUMMARY_NAME_CHARS: usize = 32;
/// Uncompressed bytes of records in one request: with the late notes they fit a frame even if nothing
/// compresses.
pub const SEGMENT_RAW_BYTES: usize = 600 << 10;
/// Uncompressed bytes of late notes in one request.
pub const NOTES_RAW_BYTES: usize = 300 << 10;
/// Bytes before compression of records and what follows of their chain, for each record a request may carry:
/// one of a single record stays below 1 KB, old receipts included.
pub const TAIL_ROOM_BYTES: usize = 448;
/// Fewest records a segment shrinks to when the line breaks once: about two packets.
pub const SEGMENT_LINE_MIN: u64 = 16;
/// Requests in a row without progress before a sync gives up.
pub const IDLE_REQUESTS: u32 = 6;
/// Requests of one sync at most: a server that always says "more" cannot keep a phone busy for ever.
pub const REQUESTS: u32 = 10_000;
/// Time to connect.
pub const CONNECT: Duration = Duration::from_secs(20);
/// Time without a byte before a connection counts as dead.
pub const STALL: Duration = Duration::from_secs(45);
/// Longest wait a server may ask for, in seconds; a longer one is cut, as the phone's clock may be wrong.
pub const WAIT_MAX_S: i64 = 24 * 3600;
/// Time until a new address is asked first again that did not answer while the old one did, in seconds.
pub const NEXT_URL_WAIT_S: i64 = 3600;
/// Journals one phone keeps a key for.
pub const JOURNALS: i64 = 1_000;
/// How long a write waits for a reader of another connection.
pub const BUSY: Duration = Duration::from_secs(10);
/// Time for the whole of an enrolment's one exchange.
pub const ENROL: Duration = Duration::from_secs(120);
/// Smallest page asked for on a line that keeps breaking: about one row.
pub const PAGE_MIN_BYTES: u32 = 256;
/// Bytes that the slip of a handover is to have at most: texts are left out of a longer one.
pub const HANDOVER_WISHED_BYTES: usize = 800;
/// Own dispatches, the latest first, that a spoken code is tried with.
pub const HANDOVER_TRIES: usize = 500;
