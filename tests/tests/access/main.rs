//! Who may do and see what, whatever the clocks say, whatever is sent, whoever asks.
//!
//! `clocks` turns clocks, `desk` acts by the forms of its pages on real phones, `poison` writes what cannot be taken, `scope` looks where it may not, `enrol`
//! guesses codes, `api` reads by program, `findings` reads and decides about findings, `canary` follows names and texts to where they must not be, `quota` sends without end. `rig`
//! is the server they do it to, `hand` a phone that says anything, `web` a browser.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod api;
mod canary;
mod clocks;
mod desk;
mod enrol;
mod findings;
mod hand;
mod poison;
mod quota;
mod rig;
mod scope;
mod web;
