//! What is known in words for people, in Indonesian or English.

mod card;
mod naming;

pub(crate) use card::card;
pub use card::{CardWords, RecordWords};
pub(crate) use naming::{NameOf, Words, cut};
