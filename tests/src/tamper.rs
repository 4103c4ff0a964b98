//! A transport that can be told to lose, replace or spoil what comes back.

use std::{
    collections::VecDeque,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use pantau_core::transport::{Answer, BoxFuture, HttpTransport, Post, Transport, TransportError};

/// What happens to one post.
pub enum Tamper {
    /// Nothing.
    Pass,
    /// It never leaves.
    Unreached,
    /// The server gets it; the answer is lost.
    LoseReply,
    /// The server never gets it; this comes back instead.
    Instead(Answer),
    /// The answer is changed on its way.
    Change(Box<dyn FnOnce(Answer) -> Answer + Send>),
}

/// The transport. What was not told passes.
pub struct Tampering {
    inner: HttpTransport,
    plan: Mutex<VecDeque<Tamper>>,
    posts: AtomicU64,
}

impl Tampering {
    /// Passes everything until told otherwise.
    pub fn new() -> Self {
        let patience = Duration::from_secs(5);
        Self {
            inner: HttpTransport::with_patience(&[], patience, patience).unwrap(),
            plan: Mutex::default(),
            posts: AtomicU64::new(0),
        }
    }

    /// Plans what happens to the next posts, in order.
    pub fn plan(&self, tampers: impl IntoIterator<Item = Tamper>) {
        self.plan.lock().unwrap().extend(tampers);
    }

    /// Posts so far.
    pub fn posts(&self) -> u64 {
        self.posts.load(Ordering::SeqCst)
    }
}

impl Default for Tampering {
    fn default() -> Self {
        Self::new()
    }
}

impl Transport for Tampering {
    fn post(&self, post: Post) -> BoxFuture<'_, Result<Answer, TransportError>> {
        self.posts.fetch_add(1, Ordering::SeqCst);
        let tamper = self.plan.lock().unwrap().pop_front().unwrap_or(Tamper::Pass);
        Box::pin(async move {
            match tamper {
                Tamper::Pass => self.inner.post(post).await,
                Tamper::Unreached => Err(TransportError::NotReached("told so".into())),
                Tamper::LoseReply => {
                    let _ = self.inner.post(post).await;
                    Err(TransportError::Cut("told so".into()))
                }
                Tamper::Instead(answer) => Ok(answer),
                Tamper::Change(change) => self.inner.post(post).await.map(change),
            }
        })
    }
}
