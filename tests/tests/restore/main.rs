//! Servers restored or rolled back, phones cloned, stolen, restored or short of rows: nothing is lost, nothing is
//! held that is not, and who was put out stays out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

mod backup;
mod clones;
mod damage;
mod rig;
mod rollback;
mod tampering;
mod thief;
