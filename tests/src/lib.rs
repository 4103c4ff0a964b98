//! What the end-to-end suites share: a small world with a real server on loopback and real phones.
//!
//! Tests may panic: a failed expectation is what they are for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "test support")]

pub mod backups;
pub mod campaign;
pub mod decoders;
pub mod folder;
pub mod phones;
pub mod tamper;
pub mod world;

pub use backups::{backup_key, backup_lock};
pub use campaign::Campaign;
pub use folder::fast_folder;
pub use phones::{new_visit, place, settle, sync, visit};
pub use tamper::{Tamper, Tampering};
pub use world::World;
