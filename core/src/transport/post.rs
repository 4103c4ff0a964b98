//! What a transport is given, and what it gives back.

use std::{future::Future, pin::Pin, time::Duration};

/// A future that a trait object can return.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One POST.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Full address.
    pub url: String,
    /// Body.
    pub body: Vec<u8>,
    /// Time left for the whole of it.
    pub within: Duration,
    /// Dates of the server's certificate must hold by this phone's clock (typed enrolment).
    pub strict_dates: bool,
}

/// Whatever came back, from whomever.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// HTTP status: a hint at most.
    pub status: u16,
    /// `Retry-After` in seconds, where there was one.
    pub retry_after_s: Option<u64>,
    /// `Location`, where there was one: no redirect is followed.
    pub location: Option<String>,
    /// Body, at most [`pantau_protocol::limit::FRAME_BYTES`] long.
    pub body: Vec<u8>,
    /// The dates of the server's certificate were judged at its own time: this phone's clock is wrong, or
    /// the certificate ran out.
    pub dates_bent: bool,
}

/// Why nothing usable came back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No connection: no signal, no name, nothing listening. Nothing was sent.
    #[error("not reached: {0}")]
    NotReached(String),
    /// The address is none that can be asked. Nothing was sent.
    #[error("address: {0}")]
    Address(String),
    /// The connection died or stalled after something may have been sent.
    #[error("cut: {0}")]
    Cut(String),
    /// The server's certificate is not acceptable.
    #[error("certificate: {0}")]
    Certificate(String),
}

/// Carries one POST. Implementations are cancelled by dropping the future.
pub trait Transport: Send + Sync {
    /// Sends `post` and waits for the answer, for at most `post.within`.
    fn post(&self, post: Post) -> BoxFuture<'_, Result<Answer, TransportError>>;
}
