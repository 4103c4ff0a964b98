//! What phone and server agree on: records, wire form, keys, projection.
//!
//! This crate does no I/O, reads no clock and draws no randomness; whoever calls it
//! hands those in. `docs/PROTOCOL.md` describes the same things for a second client.
//!
//! Reading order follows a record: [`place`] and [`role`] say where and who,
//! [`body`] what, [`record`] wraps it, [`note`] keeps personal text apart,
//! [`journal`] chains it, [`segment`] and [`frame`] carry it, [`exchange`] is the one
//! round trip, [`receipt`] the proof, [`projection`] what the desk sees.

pub mod address;
pub mod cbor;
pub mod hash;
pub mod legible;
pub mod limit;

pub mod place;
pub mod problem;
pub mod role;

pub mod body;
pub use body::{checklist, profile};
pub mod journal;
pub mod note;
pub mod permit;
pub mod record;
pub mod time;
pub mod validate;

mod carried;
pub mod keys;
pub mod receipt;
pub mod segment;

pub mod election;
pub mod enrol;
pub mod exchange;
pub mod frame;
pub mod handover;

pub mod projection;
