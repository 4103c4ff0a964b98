//! The pages of the desk in Chromium: live, honest about age, readable while the server is away, light and legible.
//!
//! `cargo xtask test --only browser` runs them: they need the built server, Chromium with its driver, and axe.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod acts;
mod away;
mod daily;
mod first;
mod goods;
mod hostile;
mod live;
mod look;
mod officers;
mod province;
mod told;

/// A window of a desk, in CSS pixels.
const DESK: (u32, u32) = (1440, 900);
/// A window of a phone.
const PHONE: (u32, u32) = (360, 740);
