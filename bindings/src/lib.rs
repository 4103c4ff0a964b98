//! The phone for Kotlin, Swift and Python: a thin façade over `pantau-core`, made for UniFFI.
//!
//! An app opens a [`Store`] and gets from it [`Places`] to show, [`Capture`] to write, [`Handovers`] between two
//! phones and [`Sync`] to send.
//! Every method that touches disk or network is asynchronous: the work is done on threads of the core's own,
//! and the caller's thread never blocks. Methods that are not asynchronous touch neither and may be called
//! from anywhere. Dropping a call (cancelling the coroutine or task) is safe: what was begun on disk is ended,
//! a sync stops at its next step.
//!
//! What is written here is the façade alone; what a record is and when it counts as held is the core's.

mod capture;
mod card;
mod changes;
mod contact;
mod custody;
mod error;
mod explain;
mod finding;
mod goods;
mod handover;
mod handover_words;
mod keys;
mod log;
mod mirror;
mod places;
mod runtime;
mod shared;
mod state;
mod statement;
mod store;
mod sync;
mod transport;

#[cfg(test)]
mod rig;
#[cfg(test)]
mod story;

pub use capture::Capture;
pub use changes::{Change, ChangeListener};
pub use error::{CallbackError, FailReason, PantauError};
pub use explain::{Locale, explain, explain_delivery, explain_enrolment, explain_sync, legible};
pub use handover::Handovers;
pub use handover_words::{explain_confirm, explain_doubt, explain_give, explain_look, explain_take};
pub use keys::{KeyFailure, KeyProvider};
pub use log::{LogLevel, LogSink};
pub use places::Places;
pub use store::{Store, move_lost_store_aside, open_store};
pub use sync::Sync;
pub use transport::{HttpAnswer, HttpFailure, HttpOutcome, HttpPost, Transport};

uniffi::setup_scaffolding!("pantau_core_ffi");

/// Panics: for tests of what an app sees of a fault in the core. Has an error, as all calls have that do any
/// work: in Swift a panic of one that has none ends the app.
#[cfg(feature = "test-hooks")]
#[uniffi::export]
#[expect(clippy::panic, reason = "that is what it is for")]
pub fn panic_for_test() -> Result<(), PantauError> {
    panic!("panic for a test");
}
