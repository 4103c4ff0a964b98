//! Properties of the findings, one file each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

#[path = "../samples/mod.rs"]
mod samples;

mod cures;
mod flood;
mod legs;
mod order;
mod rulings;
mod scopes;

use proptest::prelude::ProptestConfig;

use samples::{HOUR, TEN};

/// When the desk looks: on the evening of election day.
const NOW: i64 = TEN + 30 * HOUR;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}
