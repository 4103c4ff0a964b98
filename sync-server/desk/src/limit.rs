//! Every limit of the pages, in one place. Sizes in bytes unless the name says otherwise. Each says what
//! happens beyond it.

/// Wrong passwords for one name from one source before they sleep together.
pub(crate) const SIGN_IN_TRIES: u32 = 5;
/// Wrong passwords from one source, whatever the name, before it sleeps: a whole desk may sit behind one
/// address.
pub(crate) const SIGN_IN_SOURCE_TRIES: u32 = 50;
/// Wrong passwords for one name from all sources together before it sleeps for strangers. Whoever guesses from
/// everywhere has these and then four an hour: 100 + 96 a day, 20,000 in 200 days, against passwords of 79 bits
/// a chance below 2^-64.
pub(crate) const SIGN_IN_NAME_TRIES: u32 = 100;
/// First sleep after wrong passwords in seconds; doubled at each further wrong one.
pub(crate) const SIGN_IN_SLEEP_S: i64 = 30;
/// Longest such sleep in seconds.
pub(crate) const SIGN_IN_SLEEP_MOST_S: i64 = 15 * 60;
/// Seconds after which wrong passwords are forgotten.
pub(crate) const SIGN_IN_FORGET_S: i64 = 3600;
/// Sources that signed in as a name, kept; beyond, the oldest is forgotten and counts as a stranger again.
pub(crate) const SIGN_IN_SOURCES: usize = 4_096;
/// Passwords judged at the same time, each on a thread of its own.
pub(crate) const JUDGES: usize = 2;
/// Blocks of 1 KB that a judging thread keeps from its first password on: 19 MB for hashes of ours. A hash that
/// wants more is not judged, and nobody signs in with it.
pub(crate) const JUDGE_BLOCKS: usize = 64 << 10;
/// Passwords of strangers that wait to be judged, from all sources; beyond, the last of the longest line is
/// turned away.
pub(crate) const SIGN_IN_WAITING: usize = 128;
/// Passwords of one source, or of one browser that is known, that wait; beyond, new ones are turned away.
pub(crate) const SIGN_IN_WAITING_EACH: usize = 16;
/// Passwords of known browsers that wait; beyond, as for strangers. They are judged before those of strangers.
pub(crate) const SIGN_IN_WAITING_KNOWN: usize = 64;
/// Seconds for which a browser that signed in once is known: half a year.
pub(crate) const KNOWN_BROWSER_S: i64 = 183 * 86_400;

/// Seconds from the right password to the one-time code; beyond, the password is asked for again.
pub(crate) const SECOND_STEP_S: i64 = 300;
/// Time steps before and after the present one whose one-time code is taken: clocks differ.
pub(crate) const TOTP_SKEW: i64 = 1;
/// Seconds that a browser keeps the cookie of a session after it ended, so that the sign-in can say that it did.
pub(crate) const ENDED_SESSION_S: i64 = 2 * 86_400;

/// Pages that one operator reads in an hour and that are written down one by one; beyond, one row stands for the rest.
pub(crate) const AUDIT_READS_AN_HOUR: usize = 2_000;
/// Characters of an address that are written down; the rest is cut.
pub(crate) const AUDIT_CHARS: usize = 200;

/// Places on a page of the API where a request names no number.
pub(crate) const API_PAGE: usize = 100;
/// Most places on a page of the API; a request for more is refused.
pub(crate) const API_PAGE_MOST: usize = 500;
/// Places that an export reads from one snapshot and keeps in memory at a time; the rest comes with the next.
pub(crate) const EXPORT_PLACES: usize = 100;
/// Open pages that are told of news at a time; beyond, a page asks for itself every few seconds.
pub(crate) const LIVE_STREAMS: usize = 512;
/// Milliseconds between two signs of life on a stream without news. The script of the pages doubts the server after a
/// little more.
pub(crate) const LIVE_BEAT_MS: u64 = 4_000;
/// Least milliseconds between two events on one stream; what changes meanwhile is told by the next.
pub(crate) const LIVE_REST_MS: u64 = 1_000;
/// Findings that an export writes from one snapshot; the rest comes with the next.
pub(crate) const EXPORT_FINDINGS: usize = 1_000;
/// Exports that are written at a time; beyond, new ones are turned away.
pub(crate) const EXPORTS: usize = 8;
/// TPS on one page of a list; the rest stands on the next.
pub(crate) const LIST_ROWS: usize = 100;
/// Pages of a list that an address may name; a greater number is refused. A million TPS fit.
pub(crate) const LIST_PAGES: usize = 10_000;
/// Earlier moments whose sums are kept in memory, of those that pages offer and of those that somebody chose each;
/// beyond, the one asked for first is worked out again.
pub(crate) const COMPARED: usize = 8;
/// Milliseconds for which a page waits for the sums of an earlier moment; beyond, it says that they are worked out.
pub(crate) const COMPARE_WAIT_MS: u64 = 300;
/// Matters on a page of what needs attention; the rest stands on the next.
pub(crate) const MATTERS: usize = 50;
/// Matters on the first screen; the rest stands on the page of all.
pub(crate) const FIRST_MATTERS: usize = 8;
/// Incidents and directives that are ranked; of more the gravest and the latest.
pub(crate) const RANKED: usize = 2_000;
/// Deeds of an operator that the page of a shift lists, the latest.
pub(crate) const SHIFT_DEEDS: usize = 200;
/// Directives that stand and are read for a list; of more the newest.
pub(crate) const DIRECTIVES: usize = 100_000;
/// Hours for which an enrolment code is valid where the desk sets nothing else, and the most it may set: a month.
pub(crate) const CODE_HOURS: u32 = 72;
pub(crate) const CODE_HOURS_MOST: u32 = 31 * 24;
/// Enrolment cards made at a time; for the rest the form is sent again, which leaves out whoever has a code by then.
pub(crate) const CARDS: usize = 100;
/// Incidents that are not settled and are read for a list; of more the gravest.
pub(crate) const INCIDENTS: usize = 100_000;
/// Counts that are kept for the menu; beyond, all are counted again.
pub(crate) const COUNTS: usize = 256;

/// Places or officers that are offered where a typed text fits several; of more the page says so.
pub(crate) const FOUND: usize = 40;
/// Longest form of a told report; a longer one is refused unread. The longest honest one has 512 seals of 96 bytes, 64
/// lines of kits and five notes of 2 KB whose letters take three bytes each: 90 KB.
pub(crate) const REPORT_FORM_BYTES: usize = 128 << 10;
/// Forms of told reports that are kept for whoever must sign in first, from all sources; beyond, the oldest of the
/// source with the most is forgotten.
pub(crate) const KEPT_FORMS: usize = 256;
/// The same of one source: a whole desk may sit behind one address.
pub(crate) const KEPT_FORMS_EACH: usize = 64;
/// Longest form that is kept; a longer one is lost with the session. One with all kits of a kecamatan has 8 KB.
pub(crate) const KEPT_FORM_BYTES: usize = 24 << 10;
/// Seconds for which such a form is kept.
pub(crate) const KEPT_FORM_S: i64 = 3600;
/// Minutes by which the time of a call may lie ahead: the clock of whoever types it.
pub(crate) const CALL_AHEAD_S: i64 = 5 * 60;
/// Age in seconds from which on the desk is asked whether a report is meant.
pub(crate) const REPORT_OLD_S: i64 = 7 * 86_400;

/// Characters of the text of a daily report for a messenger; sentences beyond are left out.
pub(crate) const MESSAGE_CHARS: usize = 1_000;

/// Findings that one form closes; of more none is.
pub(crate) const SEVERAL_FINDINGS: usize = 100;
