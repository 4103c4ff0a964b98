//! The server of Pantau: listeners, command line and wiring around the log and the desk's pages.
//!
//! [`serve`] takes frames from the network and hands them to [`pantau_log`]; pages come from [`pantau_desk`].

mod limit;
pub mod logs;
pub mod serve;
