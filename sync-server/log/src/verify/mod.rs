//! Verification: whether the log is still what was written.
//!
//! Whoever can write to the database file can change it past the server. What phones signed cannot be
//! changed with it, so every row can be held against that:
//!
//! - payload, commitments and number make the digest; the digest makes the id, and with the link before it the
//!   link ([`journal`]);
//! - the device signed the number and the link of the last record of every frame ([`signed`]);
//! - each note is what its commitment says, or has a reason not to be there ([`walk`]);
//! - the columns beside the payload follow from it ([`content`]);
//! - positions have no gap, epochs do not go back, and the tables of branches and holes fit the rows ([`walk`]);
//! - the database itself finds its file sound and its tables of one mind ([`crate::store::Store::check`]).
//!
//! What it cannot see: records that were cut off the end of a journal together with their signatures and the
//! table of branches, if the end of the log went with them; a device left out with everything about it; the
//! time of receipt and other columns that no device signs. Phones hold receipts against the first two.
//!
//! [`log()`] verifies a store, [`file::export`] an exported file without any store, [`watch`] a running server.

mod content;
pub mod file;

mod finding;
mod journal;
mod line;
mod log;
mod script;
mod signed;
mod source;
mod walk;
pub mod watch;
mod whole;

pub use finding::{Break, Report, Spot};
pub use log::{Extent, Progress, Watcher, log};
pub use whole::{database, directory, running};

#[cfg(test)]
mod tests;
