//! A province in one command: the real server, real cores, simulated signal.
//!
//! [`play`] is the story. [`truth`] is a world in which things go wrong, [`reports`] what officers write of it, [`actor`] one
//! phone with its owner, [`link`] how badly its bytes travel, [`host`] the server, [`heard`] what is in its log,
//! [`engine`] what is found there, [`compare`] whether that is true, [`report`] what came of it. [`journals`] and [`fold_only`]
//! play a world without phones. Against a server that was started by hand, [`plan`] and [`say`] are what everyone does and
//! says. [`province`] is who and where. [`train`] makes the compression dictionary from the same records, [`measure`] takes the figures of
//! `docs/PERFORMANCE.md`.

pub mod actor;
pub mod clock;
pub mod compare;
pub mod engine;
pub mod fold_only;
pub mod heard;
pub mod host;
pub mod journals;
pub mod link;
pub mod measure;
pub mod options;
pub mod plan;
pub mod play;
pub mod province;
pub mod report;
pub mod reports;
pub mod say;
pub mod stage;
pub mod train;
pub mod truth;
