//! What is on the disk when the power goes, and what happens when the disk fails: both sides on the real
//! SQLite, with `pantau-shim` under it.
//!
//! Crash images: a workload is recorded, and cut at every write and sync; what was not synced by then is
//! lost, torn or reordered. Each image is opened with the real code and has to hold what was acknowledged
//! (*acknowledged ⊆ recovered ⊆ tried*), in whole chains, and to go on from there.
//!
//! Faults: each storage call of an act fails in turn, once or from then on, with an I/O error or a full disk.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

mod faults;
mod full;
mod full_phone;
mod full_served;
mod images;
mod journal;
mod log;
mod phone;
mod phone_faults;
mod rig;
mod server;
mod server_faults;
