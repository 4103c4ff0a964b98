//! What the browser tests share: a server process with a small province and a phone ([`Desk`]), Chromium on its pages
//! ([`Browser`]), and a proxy that keeps events back ([`Keeper`]).
//!
//! They run by `cargo xtask test --only browser`, which builds the server and sees to Chromium and axe. Tests may
//! panic: a failed expectation is what they are for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "test support")]

mod browser;
mod desk;
mod keeper;

pub use browser::Browser;
pub use desk::{Desk, PASSWORD};
pub use keeper::Keeper;
