//! The room of the store: one SQLite file, and what its folder holds beside it.

mod aside;
mod cipher;
mod connect;
#[cfg(feature = "sqlcipher")]
mod convert;
mod db;
mod file;
mod lock;
mod lost;
mod migrate;
mod options;
mod reserve;
mod salvage;
mod seal;
pub(crate) mod setting;
mod wal;

pub(crate) use db::{Db, move_aside};
pub use options::{OpenOptions, OpenReport};
