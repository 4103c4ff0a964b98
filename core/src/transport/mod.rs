//! The way to the server: bytes out, bytes back. A transport understands nothing; whether an answer
//! means anything is decided by its signature alone.

mod http;
mod judge;
mod post;
mod tls;

pub use http::HttpTransport;
pub(crate) use judge::{Failure, no_reply};
pub use post::{Answer, BoxFuture, Post, Transport, TransportError};
