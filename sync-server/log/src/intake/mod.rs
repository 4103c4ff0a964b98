//! Intake: what phones bring is put into the log by the one writer. Signatures and content are checked before,
//! outside of its transaction.

mod append;
mod check;
mod cost;
mod lost;
mod notes;
mod push;
mod receipt;
mod walk;

#[cfg(test)]
mod clones;
#[cfg(test)]
mod doubt;
#[cfg(test)]
mod flood;
#[cfg(test)]
mod tests;

pub use crate::server::{Daily, Quota};
pub use check::{Checked, check};
pub use push::{Push, Pushed};

pub(crate) use push::push;
