//! The log of the server: what phones bring becomes a log, the log becomes the state of every place.
//!
//! Reading order follows a record: [`exchange`] opens a frame and answers it, [`intake`] puts its records into
//! the log, [`store`] keeps it, [`projector`] folds it into the state of every place. [`access`] knows who may
//! do what, [`enrol`] and [`registration`] let devices in, [`author`] is the desk's own journal, [`import`]
//! brings regions, TPS and officers, [`ops`] is what an administrator does, [`verify`] checks a whole log.
//! [`mod@env`] and [`identity`] are handed in. Listeners and pages are crates above.

pub mod caller;
pub mod dirs;
pub mod env;
mod error;
mod files;
pub mod health;
pub mod identity;
pub mod limit;
pub mod metrics;
pub mod tries;

pub mod store;

mod guard;

pub mod access;
mod desk_file;
mod desk_frame;
mod enrol_guard;

pub mod projector;

mod server;

#[cfg(any(test, feature = "testkit"))]
pub mod rig;

pub mod intake;

pub mod author;
pub mod registration;

pub mod enrol;
pub mod exchange;

pub mod ops;
pub mod verify;

pub mod import;

pub use dirs::DataDir;
pub use env::Env;
pub use error::Error;
pub use identity::Identity;
pub use server::{Server, Shown};
