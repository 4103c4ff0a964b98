//! What the pages share, and how they do what blocks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pantau_log::{Env, Error, Server, store::Store};

use tokio::sync::Semaphore;

use crate::{
    audit::Audits,
    auth::{self, form::FormKey, judge::Judge, known::KnownKey, throttle::Throttle},
    compare::Compare,
    format::Reading,
    kept::Kept,
    limit,
    site::Site,
    text::Lang,
};

/// What is counted, in which version of the projection, for which regions, in which minute.
pub(crate) type CountKey = (&'static str, (u64, u64, u64), String, i64);

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
    /// Held while a directive is given or taken back: a form that is sent twice must find what the first did.
    pub(crate) directing: Mutex<()>,
    pub(crate) judge: Judge,
    pub(crate) compare: Compare,
    /// Held while a daily report is frozen.
    pub(crate) freezing: Mutex<()>,
    pub(crate) counts: Mutex<HashMap<CountKey, u64>>,
    pub(crate) known: KnownKey,
    /// Forms of reports whose session ended before they were sent.
    pub(crate) kept: Mutex<Kept>,
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
            directing: Mutex::default(),
            judge: Judge::start()?,
            compare: Compare::default(),
            freezing: Mutex::default(),
            counts: Mutex::default(),
            known,
            kept: Mutex::default(),
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

    /// The cookie of a form that is kept.
    pub(crate) fn kept_cookie(&self) -> String {
        self.site.cookie("pantau_kept")
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
