//! The desk: server-rendered pages for the people of Desk Pemilu (design §13).

pub mod auth;
pub mod format;
mod frame;
mod reply;
pub mod text;
pub mod view;
mod visit;
