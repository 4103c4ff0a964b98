//! Plays scenario files: what officers said, in the order in which it reached the server, against what the desk must
//! learn from it. `docs/SCENARIOS.md` describes the files for people who write them.
//!
//! Reading order: [`block`] cuts the text into blocks, [`words`] reads the small things in them, [`cast`] says who and
//! where, [`say`] makes a body of a block, [`journals`] makes facts of all of them, [`expect`] reads what must come
//! out, [`mod@file`] is the whole file. [`observe`] asks the engine, [`check`] compares, [`play`] does all of it.

pub mod block;
pub mod cast;
pub mod check;
pub mod expect;
pub mod file;
pub mod journals;
pub mod observe;
pub mod play;
pub mod say;
pub mod words;

/// The rules that a finding may be of, by the names that a file uses for them.
pub const RULES: [&str; 21] = [
    "ShortAgainstDispatch",
    "OverAgainstDispatch",
    "ShortAgainstKit",
    "SealBroken",
    "SealMissing",
    "SealOther",
    "ReceivedWithoutDispatch",
    "NotReceivedInTime",
    "WrongDestination",
    "OfficersDiffer",
    "ProfileAgainstVisit",
    "Late",
    "LateUndetermined",
    "FarFromTps",
    "ImpossibleTime",
    "TurnoutFalls",
    "TurnoutAboveVoters",
    "Silent",
    "ForkedDevice",
    "JournalHole",
    "BulkNeedUncovered",
];
