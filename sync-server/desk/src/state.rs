//! What the pages share, and how they do what blocks.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pantau_log::{Env, Error, Server, store::Store};

use tokio::sync::Semaphore;

use crate::{
    audit::Audits,
    auth::{self, form::FormKey, judge::Judge, known::KnownKey, throttle::Throttle},
    compare::Compare,
    format::Reading,
    limit,
    site::Site,
    text::Lang,
};

/// What the pages share.
pub(crate) struct Desk {
    pub(crate) server: Arc<Server>,
    /// Where browsers reach this server.
    pub(crate) site: Arc<Site>,
    pub(crate) forms: FormKey,
    pub(crate) throttle: Mutex<Throttle>,
    /// The same for read tokens, which are counted as names are.
    pub(crate) token_throttle: Mutex<Throttle>,
    /// A place for each export that may be written at a time.
    pub(crate) exports: Arc<Semaphore>,
    /// A place for each page that is told of news.
    pub(crate) streams: Arc<Semaphore>,
    pub(crate) judge: Judge,
    pub(crate) compare: Compare,
    pub(crate) known: KnownKey,
    pub(crate) audits: Audits,
}

impl Desk {
    /// What pages need beside the server, for browsers that reach it at `site`.
    ///
    /// # Errors
    /// [`Error::Refused`]: no thread for passwords.
    pub(crate) fn new(server: Arc<Server>, site: Arc<Site>) -> Result<Self, Error> {
        let forms = FormKey::of(server.identity());
        let known = KnownKey::new(server.identity());
        Ok(Self {
            server,
            site,
            forms,
            throttle: Mutex::default(),
            token_throttle: Mutex::default(),
            exports: Arc::new(Semaphore::new(limit::EXPORTS)),
            streams: Arc::new(Semaphore::new(limit::LIVE_STREAMS)),
            judge: Judge::start()?,
            compare: Compare::default(),
            known,
            audits: Audits::default(),
        })
    }

    pub(crate) fn env(&self) -> &Env {
        self.server.env()
    }

    pub(crate) fn store(&self) -> &dyn Store {
        self.server.store()
    }

    pub(crate) fn session_cookie(&self) -> String {
        self.site.cookie("pantau_session")
    }

    pub(crate) fn form_cookie(&self) -> String {
        self.site.cookie("pantau_form")
    }

    /// The token of forms bound to these bytes, as a page carries it.
    ///
    /// # Errors
    /// [`Error::Entropy`].
    pub(crate) fn form_token(&self, bound_to: &[u8; 32]) -> Result<String, Error> {
        Ok(auth::form::masked(&self.forms.token(bound_to), &self.env().random()?))
    }

    /// The cookie by which a browser is known that signed in as `name`.
    pub(crate) fn known_cookie(&self, name: &str) -> String {
        self.site.cookie(&format!("pantau_known_{}", auth::known::cookie_suffix(name)))
    }

    /// Time and language for pages that look nothing up.
    pub(crate) fn plain_reading(&self, lang: Lang) -> Reading {
        Reading { now: self.env().now(), offset_s: 25_200, zone: "WIB".into(), lang }
    }
}

/// A lock whose data stays usable after a panic elsewhere: nothing in them is ever half changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs work that blocks on a thread that may.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(e) => {
            tracing::error!(error = %e, "work for a page did not finish");
            Err(Error::Closed)
        }
    }
}
