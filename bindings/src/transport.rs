//! A transport of the app's own (OkHttp, URLSession), by plain callbacks: the core calls `post`, the app
//! answers with `Sync.complete`. An asynchronous foreign trait would not compile under Swift 6.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use pantau_core::transport::{Answer, BoxFuture, Post, TransportError};
use tokio::sync::oneshot;

use crate::{error::CallbackError, runtime};

/// One POST.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HttpPost {
    /// Full address.
    pub url: String,
    /// Body; its content type is `application/octet-stream`.
    pub body: Vec<u8>,
    /// Time left for the whole of it.
    pub within: Duration,
    /// Dates of the server's certificate must hold by this phone's clock.
    pub strict_dates: bool,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HttpAnswer {
    /// HTTP status.
    pub status: u32,
    /// `Retry-After` in seconds, where there was one.
    pub retry_after: Option<u64>,
    /// Body.
    pub body: Vec<u8>,
}

/// Why nothing came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum HttpFailure {
    /// No connection; nothing was sent.
    NotReached,
    /// The connection died or stalled after something may have been sent.
    Cut,
    /// The server's certificate is not acceptable.
    Certificate,
}

/// How a POST ended.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum HttpOutcome {
    /// Something came back, from whomever: the core looks at its signature.
    Answered {
        /// What.
        answer: HttpAnswer,
    },
    /// Nothing came back.
    Failed {
        /// Why.
        failure: HttpFailure,
        /// More of it, for the log.
        detail: String,
    },
}

/// Carries POSTs for the core. Called on a thread of the core's; must return at once.
#[uniffi::export(foreign)]
pub trait Transport: Send + Sync {
    /// Begin this POST and call `Sync.complete` with `id` when it ended. Follow no redirects.
    fn post(&self, id: u64, post: HttpPost) -> Result<(), CallbackError>;
    /// Nobody waits for this POST any more: end it. `complete` need not be called.
    fn abort(&self, id: u64) -> Result<(), CallbackError>;
}

/// The app's transport as the core's.
pub(crate) struct Foreign {
    app: Arc<dyn Transport>,
    next: AtomicU64,
    waiting: Mutex<HashMap<u64, oneshot::Sender<HttpOutcome>>>,
}

impl Foreign {
    pub(crate) fn new(app: Arc<dyn Transport>) -> Self {
        Self { app, next: AtomicU64::new(1), waiting: Mutex::default() }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, HashMap<u64, oneshot::Sender<HttpOutcome>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The app's answer. Says whether anybody waited for it.
    pub(crate) fn complete(&self, id: u64, outcome: HttpOutcome) -> bool {
        let waits = self.waiting().remove(&id);
        waits.is_some_and(|answer| answer.send(outcome).is_ok())
    }

    async fn carry(&self, post: Post) -> Result<Answer, TransportError> {
        let Post { url, body, within, strict_dates } = post;
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (answer, outcome) = oneshot::channel();
        self.waiting().insert(id, answer);
        // Dropped when the sync is cancelled, too.
        let mut open = Open { of: self, id, is_over: false };
        let (app, post) = (Arc::clone(&self.app), HttpPost { url, body, within, strict_dates });
        let begun = tokio::task::spawn_blocking(move || app.post(id, post)).await;
        if !matches!(begun, Ok(Ok(()))) {
            return Err(TransportError::NotReached("the app's transport failed".into()));
        }
        let outcome = match tokio::time::timeout(within, outcome).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => return Err(TransportError::Cut("the app's transport went away".into())),
            Err(_) => return Err(TransportError::Cut("no answer in time".into())),
        };
        open.is_over = true;
        answered(outcome)
    }
}

fn answered(outcome: HttpOutcome) -> Result<Answer, TransportError> {
    match outcome {
        HttpOutcome::Answered { answer: HttpAnswer { status, retry_after, body } } => {
            if body.len() > pantau_protocol::limit::FRAME_BYTES {
                return Err(TransportError::Cut("an answer over the limit".into()));
            }
            let status = u16::try_from(status).unwrap_or(u16::MAX);
            Ok(Answer { status, retry_after_s: retry_after, body, ..Answer::default() })
        }
        HttpOutcome::Failed { failure, detail } => Err(match failure {
            HttpFailure::NotReached => TransportError::NotReached(detail),
            HttpFailure::Cut => TransportError::Cut(detail),
            HttpFailure::Certificate => TransportError::Certificate(detail),
        }),
    }
}

/// A POST that is under way.
struct Open<'a> {
    of: &'a Foreign,
    id: u64,
    is_over: bool,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.of.waiting().remove(&self.id);
        if !self.is_over {
            let (app, id) = (Arc::clone(&self.of.app), self.id);
            runtime::call_out(move || drop(app.abort(id)));
        }
    }
}

impl pantau_core::transport::Transport for Foreign {
    fn post(&self, post: Post) -> BoxFuture<'_, Result<Answer, TransportError>> {
        Box::pin(self.carry(post))
    }
}
