//! One phone from outside: its public calls, its files, and the real server in the same process, at the end of a bad
//! line.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, reason = "tests")]
#![allow(clippy::await_holding_lock, reason = "guards are dropped by name before the await")]

mod capture;
mod colleague;
mod contact;
mod custody;
mod delivery;
mod epoch;
mod fork;
mod handover;
mod line;
mod lost;
mod moves;
mod others;
mod plan;
mod private;
mod rig;
mod salts;
mod server;
mod store;
mod template;
mod turn;
mod vault;
