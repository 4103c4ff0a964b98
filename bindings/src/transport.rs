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
use tokio::{sync::oneshot, task::JoinHandle};

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
    /// `Location`, where there was one: no redirect is followed, but an app can say that there was one.
    #[uniffi(default = None)]
    pub location: Option<String>,
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
    /// The address is none that can be asked; nothing was sent.
    BadAddress,
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
    /// Nobody waits for this POST any more: end it. `complete` need not be called. Never before `post` returned.
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
        let (app, post) = (Arc::clone(&self.app), HttpPost { url, body, within, strict_dates });
        let begun = tokio::task::spawn_blocking(move || app.post(id, post));
        // Dropped when the sync is cancelled, too.
        let mut open = Open { of: self, id, begun: Some(begun), is_over: false };
        if !open.has_begun().await {
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
        HttpOutcome::Answered { answer: HttpAnswer { status, retry_after, body, location } } => {
            if body.len() > pantau_protocol::limit::FRAME_BYTES {
                return Err(TransportError::Cut("an answer over the limit".into()));
            }
            let status = u16::try_from(status).unwrap_or(u16::MAX);
            Ok(Answer { status, retry_after_s: retry_after, location, body, ..Answer::default() })
        }
        HttpOutcome::Failed { failure, detail } => Err(match failure {
            HttpFailure::NotReached => TransportError::NotReached(detail),
            HttpFailure::Cut => TransportError::Cut(detail),
            HttpFailure::Certificate => TransportError::Certificate(detail),
            HttpFailure::BadAddress => TransportError::Address(detail),
        }),
    }
}

/// A POST that is under way.
struct Open<'a> {
    of: &'a Foreign,
    id: u64,
    /// The call of `post`, until it returned.
    begun: Option<JoinHandle<Result<(), CallbackError>>>,
    is_over: bool,
}

impl Open<'_> {
    async fn has_begun(&mut self) -> bool {
        let Some(call) = &mut self.begun else { return false };
        let returned = call.await;
        self.begun = None;
        matches!(returned, Ok(Ok(())))
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.of.waiting().remove(&self.id);
        if self.is_over {
            return;
        }
        let (app, id, begun) = (Arc::clone(&self.of.app), self.id, self.begun.take());
        runtime::background(async move {
            // An abort that overtook its `post` would find nothing to end, and the POST would go on for ever.
            if let Some(call) = begun {
                drop(call.await);
            }
            runtime::call_out(move || drop(app.abort(id)));
        });
    }
}

impl pantau_core::transport::Transport for Foreign {
    fn post(&self, post: Post) -> BoxFuture<'_, Result<Answer, TransportError>> {
        Box::pin(self.carry(post))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::Receiver;

    use super::*;
    use crate::rig::{App, Asked, next, wait};

    fn post() -> Post {
        let within = Duration::from_secs(600);
        Post { url: "https://desk.example/v1/exchange".into(), body: vec![1, 2], within, strict_dates: true }
    }

    fn answer(status: u32, body: Vec<u8>) -> HttpOutcome {
        HttpOutcome::Answered { answer: HttpAnswer { status, retry_after: Some(7), body, location: None } }
    }

    /// Begins a POST on the core's runtime; the app is told of it on `asked`.
    fn carry(foreign: &Arc<Foreign>, post: Post) -> JoinHandle<Result<Answer, TransportError>> {
        let (foreign, (begun, call)) = (Arc::clone(foreign), std::sync::mpsc::channel());
        let begin = async move { drop(begun.send(tokio::spawn(async move { foreign.carry(post).await }))) };
        wait(runtime::network(begin)).unwrap();
        next(&call)
    }

    fn posted(asked: &Receiver<Asked>) -> (u64, HttpPost) {
        match next(asked) {
            Asked::Post(id, post) => (id, post),
            other => panic!("{other:?} before its post"),
        }
    }

    fn outcome_of(end: HttpOutcome) -> Result<Answer, TransportError> {
        let (app, asked) = App::new();
        let foreign = Arc::new(Foreign::new(app));
        let call = carry(&foreign, post());
        let (id, _) = posted(&asked);
        assert!(foreign.complete(id, end));
        wait(call).unwrap()
    }

    #[test]
    fn an_answer_comes_back_once() {
        let (app, asked) = App::new();
        let foreign = Arc::new(Foreign::new(app));
        let call = carry(&foreign, post());
        let (id, seen) = posted(&asked);
        assert_eq!((seen.body.as_slice(), seen.strict_dates), ([1, 2].as_slice(), true));
        assert!(!foreign.complete(id + 1, answer(200, Vec::new())), "nobody asked for that one");
        assert!(foreign.complete(id, answer(503, vec![3])));
        assert!(!foreign.complete(id, answer(200, vec![4])), "it is over");
        let got = wait(call).unwrap().unwrap();
        assert_eq!((got.status, got.retry_after_s, got.body), (503, Some(7), vec![3]));
        drop(foreign);
        assert!(asked.recv().is_err(), "what was answered is not aborted");
    }

    #[test]
    fn each_failure_means_what_it_says() {
        let failed = |failure| outcome_of(HttpOutcome::Failed { failure, detail: "x".into() }).unwrap_err();
        assert_eq!(failed(HttpFailure::NotReached), TransportError::NotReached("x".into()));
        assert_eq!(failed(HttpFailure::Cut), TransportError::Cut("x".into()));
        assert_eq!(failed(HttpFailure::Certificate), TransportError::Certificate("x".into()));
        assert_eq!(failed(HttpFailure::BadAddress), TransportError::Address("x".into()));
    }

    #[test]
    fn an_answer_over_the_limit_is_cut() {
        let long = vec![0; pantau_protocol::limit::FRAME_BYTES + 1];
        assert!(matches!(outcome_of(answer(200, long)), Err(TransportError::Cut(_))));
        assert_eq!(outcome_of(answer(70_000, Vec::new())).unwrap().status, u16::MAX);
    }

    #[test]
    fn a_post_that_throws_was_not_reached() {
        let (app, asked) = App::failing();
        let foreign = Arc::new(Foreign::new(app));
        let got = wait(carry(&foreign, post())).unwrap();
        assert!(matches!(got, Err(TransportError::NotReached(_))));
        let (id, _) = posted(&asked);
        assert!(!foreign.complete(id, answer(200, Vec::new())));
    }

    #[test]
    fn cancel_reaches_the_app() {
        let (app, asked) = App::new();
        let foreign = Arc::new(Foreign::new(app));
        let call = carry(&foreign, post());
        let (id, _) = posted(&asked);
        call.abort();
        assert_eq!(next(&asked), Asked::Abort(id));
        assert!(!foreign.complete(id, answer(200, Vec::new())), "nobody waits any more");
    }

    #[test]
    fn no_abort_overtakes_its_post() {
        let (app, asked, open) = App::slow();
        let foreign = Arc::new(Foreign::new(app));
        let call = carry(&foreign, post());
        let Asked::Begun(id) = next(&asked) else { panic!("not begun") };
        call.abort();
        assert!(wait(call).is_err_and(|e| e.is_cancelled()));
        // `post` is still under way, and nobody waits any more: an abort that did not wait for it would be
        // done before these.
        for _ in 0..20 {
            wait(runtime::network(async {})).unwrap();
            wait(runtime::disk(|| Ok(()))).unwrap();
        }
        assert!(asked.try_recv().is_err(), "an abort before its post");
        drop(open);
        assert_eq!(posted(&asked).0, id);
        assert_eq!(next(&asked), Asked::Abort(id));
    }

    #[test]
    fn no_answer_in_time_is_cut_and_ended() {
        let (app, asked) = App::new();
        let foreign = Arc::new(Foreign::new(app));
        let call = carry(&foreign, Post { within: Duration::ZERO, ..post() });
        assert!(matches!(wait(call).unwrap(), Err(TransportError::Cut(_))));
        let (id, _) = posted(&asked);
        assert_eq!(next(&asked), Asked::Abort(id));
    }
}
