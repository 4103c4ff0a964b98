//! The phone from outside: its public calls, its files, and a small server at the end of a bad line.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests say so by failing")]
#![expect(clippy::await_holding_lock, reason = "guards are dropped by name before the await")]
#![expect(clippy::panic, reason = "tests say so by failing")]

mod capture;
mod delivery;
mod epoch;
mod fork;
mod line;
mod lost;
mod others;
mod private;
mod rig;
mod salts;
mod server;
mod store;
mod vault;
