//! The server of Pantau: what phones bring becomes a log, the log becomes a picture for the desk.
//!
//! Reading order follows a record: [`serve`] takes a frame from the network, [`exchange`] opens and
//! answers it, [`intake`] puts it into the log, [`store`] keeps it, [`projector`] folds it into the state of
//! every place. [`access`] knows who may do what, [`enrol`] and [`registration`] let devices in,
//! [`author`] is the desk's own journal, [`ops`] what an administrator does. [`mod@env`] and [`identity`] are
//! handed in.

pub mod caller;
pub mod dirs;
pub mod env;
mod error;
mod files;
pub mod health;
pub mod identity;
pub mod limit;
pub mod logs;
pub mod metrics;
mod tries;

pub mod store;

mod guard;

pub mod access;
mod desk_file;
mod desk_frame;
mod enrol_guard;

pub mod projector;

mod server;

#[cfg(test)]
mod rig;

pub mod intake;

pub mod author;
pub mod registration;

pub mod enrol;
pub mod exchange;

pub mod ops;
pub mod serve;
pub mod verify;

pub mod import;

pub mod desk;

pub use dirs::DataDir;
pub use env::Env;
pub use error::Error;
pub use identity::Identity;
pub use server::Server;
