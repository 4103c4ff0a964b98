//! What the browser tests share: a server process with a small province and a phone ([`Desk`]), Chromium on its pages
//! ([`Browser`]), a proxy that keeps events back ([`Keeper`]), and texts that break careless pages ([`hostile`]).
//!
//! They run by `cargo xtask test --only browser`, which builds the server and sees to Chromium and axe. Tests may
//! panic: a failed expectation is what they are for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "test support")]

mod browser;
mod desk;
pub mod hostile;
mod keeper;
mod province;

pub use browser::{Browser, ENTER};
pub use desk::{Desk, PASSWORD};
pub use keeper::Keeper;
