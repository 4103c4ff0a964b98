//! A province in one command: the real server, real cores, simulated signal.
//!
//! [`play`] is the story. [`province`] is who and where, [`plan`] what everyone does when, [`say`] what they
//! say, [`actor`] one phone with its owner, [`link`] how badly its bytes travel, [`host`] the server,
//! [`report`] what came of it. [`train`] makes the compression dictionary from the same records, [`measure`] takes the figures of
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
