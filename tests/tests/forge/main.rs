//! Nothing that was not said is believed: forged, spliced, replayed and damaged bytes against the real answer
//! functions of the server and the real phone.
//!
//! `rig` is the server and a phone played by hand, `flips` turns every bit of sampled frames, `splices` puts
//! honest parts together anew, `words` takes the server's own words apart (replies, receipts, certificates),
//! `phone` gives spoilt replies to a real phone, `edges` are the known edge cases of Ed25519, `decoding` the
//! decoders under damaged input.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod decoding;
mod edges;
mod flips;
mod phone;
mod rig;
mod splices;
mod words;
