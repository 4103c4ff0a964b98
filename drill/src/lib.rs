//! A province in one command: the real server, real cores, simulated signal.
//!
//! [`province`] is who and where, [`plan`] what everyone does when, [`say`] what they say, [`link`] how
//! badly it travels.

pub mod link;
pub mod plan;
pub mod province;
pub mod say;
pub mod train;
