//! Every limit of the protocol, in one place. Sizes in bytes unless the name says otherwise.

/// Longest encoded frame (HTTP body) either side accepts.
pub const FRAME_BYTES: usize = 1 << 20;
/// Longest body after decompression. The longest honest one has little over 1 MB. No ratio is asked for
/// beside it: notes that repeat themselves pack to any ratio, and what is refused for ever blocks a journal.
pub const DECODED_BYTES: usize = 2 << 20;
/// Longest address of a server: it must fit a QR code that a cheap camera reads.
pub const ADDRESS_BYTES: usize = 255;
/// Largest zstd window a sender may ask the receiver to keep (2^n bytes).
pub const WINDOW_LOG: u32 = 21;
/// Deepest nesting of CBOR in a payload; a deeper one is malformed.
pub const CBOR_DEPTH: usize = 12;

/// Longest payload of one record.
pub const PAYLOAD_BYTES: usize = 16 << 10;
/// Longest text of one note (docs/PROTOCOL.md#limits).
pub const NOTE_BYTES: usize = 2 << 10;
/// Notes one record may commit to.
pub const NOTES_PER_RECORD: usize = 16;
/// Place keys one record may carry: a `Receive` may answer for many kits. One with more is refused at capture and
/// quarantined by the server.
pub const PLACE_KEYS: usize = 64;
/// Records in one segment.
pub const SEGMENT_RECORDS: usize = 2_000;
/// Late notes in one request.
pub const LATE_NOTES: usize = 4_000;
/// Missing notes one reply names, the oldest first: a shorter list is whole.
pub const WANT_NOTES: usize = 256;
/// Old receipts a phone presents to a restored server.
pub const OLD_RECEIPTS: usize = 64;
/// Digests between a segment and the end of an old receipt.
pub const TAIL: usize = 128;
/// Rows in one page of others' records.
pub const PAGE_ROWS: usize = 4_000;
/// Log rows a server looks at for one page before it answers with how far it came.
pub const PAGE_SCAN: usize = 50_000;
/// Page budget when the phone names none.
pub const PAGE_BUDGET_BYTES: u32 = 256 << 10;
/// Steps (spans of equal first receipt time) in one receipt; the span then ends early.
pub const RECEIPT_STEPS: usize = 256;

/// Branches of one journal the server stores as such; what lies beyond is quarantined (docs/PROTOCOL.md#succession-branches-revocation).
pub const BRANCHES: u32 = 4;
/// Grants a certificate names: of more the first, and the phone knows no others until it has read the log.
pub const GRANTS: usize = 16;
/// Devices that one may follow, one after another, and still be trusted: nothing counts of a device that
/// follows more, or follows itself. A device enrolled anew follows none.
pub const PREDECESSORS: usize = 64;
/// Devices that may come by succession from one enrolled device: a server registers no more.
pub const SUCCESSORS: usize = 64;
/// Registrations that may lie between a device and one that registered itself: what a device beyond says
/// about revocations is not heard.
pub const REGISTRARS: usize = 64;
/// Records one ruling may name.
pub const RULING_RECORDS: usize = 256;
/// Spans of records that count which the outcome `Revoked` names; what it leaves out is shown as not counted.
pub const COUNTED_SPANS: usize = 256;

/// Longest slip of a handover: with it a QR code has 137 modules a side, about what a cheap camera still reads from a
/// cheap screen. One of a whole kit has less than half.
pub const HANDOVER_BYTES: usize = 1_600;
/// Age from which on the slip of a handover is told to be old, in seconds: goods may be two days on a river.
pub const HANDOVER_OLD_S: i64 = 3 * 24 * 3600;

/// Items of one checklist.
pub const CHECKLIST_ITEMS: usize = 64;
/// Items of one kit.
pub const KIT_ITEMS: usize = 64;
/// Lines of one `Receive`.
pub const RECEIVE_LINES: usize = 64;
/// Seals of one `Receive`, or of the packing list of one kit.
pub const SEALS: usize = 64;
/// Lines of one `Dispatch`: it may list the contents of several kits.
pub const DISPATCH_LINES: usize = 256;
/// Seals of one `Dispatch`: it may list those of many kits.
pub const DISPATCH_SEALS: usize = 512;
/// Moments of a place that are looked at again for what cured a finding, at least; of more the last.
pub const FINDING_MOMENTS: usize = 16;
/// Facts looked at again for it, moments times facts: a place that somebody floods has a shorter memory, and what is
/// open there is told all the same.
pub const FINDING_WORK: usize = 40_000;
/// Moments of a place from which on it is worth while to remember what was found at the earlier ones.
pub const FINDING_MEMORY: usize = 8;
/// Seals that the sentence of a finding names; of more it tells how many.
pub const SEALS_NAMED: usize = 10;
/// Regions of a daily report: those directly inside one region (the largest kabupaten has 52 kecamatan, and a kecamatan
/// rarely 60 desa).
pub const DAILY_ROWS: usize = 100;
/// Digits of one part of a region's code: a desa has 4.
pub const PART_DIGITS: usize = 4;
/// Longest short text kept inside a payload (labels, seal numbers, names of places).
pub const LABEL_BYTES: usize = 96;
/// Longest place code: `62.06.13.2001/003` has 17.
pub const PLACE_BYTES: usize = 24;
/// Largest count of anything a report may state.
pub const COUNT: u32 = 1_000_000;
/// Most voters one TPS may have in any profile (Pilkada 2024: 600).
pub const VOTERS: u32 = 2_000;
/// Largest position accuracy accepted, in metres.
pub const ACCURACY_M: u32 = 100_000;

/// Time a server allows a phone's clock to be off before it withholds the page, in seconds.
pub const CLOCK_SKEW_S: i64 = 15 * 60;
/// Wrong tries at one enrolment handle from one address before this address sleeps at it.
pub const ENROL_TRIES: u32 = 5;
/// How long an address sleeps at a handle after too many wrong tries, in seconds; doubled each further time.
/// That 40 bits hold out against many addresses is the server's own limit on all tries at a handle.
pub const ENROL_SLEEP_S: i64 = 15 * 60;
/// Longest such sleep, in seconds.
pub const ENROL_SLEEP_MOST_S: i64 = 4 * 3600;
/// Validity of an enrolment code when the desk names none, in seconds (72 h).
pub const ENROL_VALID_S: i64 = 72 * 3600;
/// Longest retry delay a phone draws, in seconds.
pub const BACKOFF_MAX_S: i64 = 15 * 60;
/// First retry delay, in seconds; doubled at each failure up to [`BACKOFF_MAX_S`].
pub const BACKOFF_BASE_S: i64 = 4;
