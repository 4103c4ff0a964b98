//! Sync: the loop of exchanges, within a budget.

mod address;
mod apply;
mod ask;
pub(crate) mod backoff;
mod cancel;
mod memory;
mod page;
mod plan;
mod receipts;
mod reply;
mod report;
mod request;
mod run;
mod weight;

pub use cancel::Cancel;
pub use report::{Advance, Budget, Comparison, Progress, Silent, SyncEnd, SyncReport};
pub(crate) use run::{Task, sync};
