//! The phone: store, capture, outbox, sync client.

pub mod env;
pub mod error;
pub mod limit;
pub mod transport;

mod capture;
mod directive;
mod draft;
mod enrol;
mod identity;
mod journal;
mod outbox;
mod phone;
mod places;
mod row;
mod status;
mod store;
mod sync;
mod tps;

pub use capture::{NewRecord, Saved};
pub use directive::{DirectiveRow, Directives};
pub use draft::Draft;
pub use enrol::{EnrolOutcome, Enrolled};
pub use env::Env;
pub use error::{Error, Retry};
pub use journal::{Delivery, JournalCursor, JournalRow};
pub use outbox::Unsent;
pub use phone::{OpenOptions, OpenReport, Phone};
pub use status::Status;
pub use sync::{Advance, Budget, Cancel, Comparison, Progress, Silent, SyncEnd, SyncReport};
pub use tps::{TimelineRow, TpsCard, TpsQuery, TpsRow};
