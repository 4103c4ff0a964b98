//! The desk: server-rendered pages for the people of Desk Pemilu (docs/ARCHITECTURE.md).
//!
//! A request passes [`visit`] (who asks, for what), a page of [`pages`] (what to show), [`view`] (in which
//! words) and a template. Everything that blocks, the store and the password hash, runs off the async
//! threads, in [`blocking`].

mod assets;
pub mod auth;
pub mod format;
mod frame;
mod page;
mod pages;
mod reply;
mod sign_in;
pub mod text;
pub mod view;
mod visit;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::{
    auth::{form::FormKey, judge::Judge, known::KnownKey, throttle::Throttle},
    format::Reading,
    text::Lang,
};
use crate::{Env, Error, Server, store::Store};
use axum::{
    Router,
    routing::{get, post},
};

/// What the pages share.
struct Desk {
    server: Arc<Server>,
    /// Browsers reach this server over TLS: cookies say so.
    secure: bool,
    forms: FormKey,
    throttle: Mutex<Throttle>,
    judge: Judge,
    known: KnownKey,
}

/// The routes of the desk. `secure` if browsers reach this server over https, itself or behind a proxy.
///
/// # Errors
/// [`Error::Entropy`]: the key of the forms is random. [`Error::Refused`]: no thread for passwords.
pub fn router(server: Arc<Server>, secure: bool) -> Result<Router, Error> {
    let forms = FormKey::new(server.env().random()?);
    let known = KnownKey::new(server.identity());
    let desk =
        Arc::new(Desk { server, secure, forms, throttle: Mutex::default(), judge: Judge::start()?, known });
    Ok(Router::new()
        .route("/", get(pages::overview))
        .route("/region/{code}", get(pages::region))
        .route("/tps/{village}/{number}", get(pages::tps))
        .route("/incidents", get(pages::incidents))
        .route("/directives", get(pages::directives))
        .route("/officers", get(pages::officers))
        .route("/quarantine", get(pages::quarantine))
        .route("/search", get(pages::search))
        .route("/sign-in", get(sign_in::form).post(sign_in::enter))
        .route("/sign-out", post(sign_in::leave))
        .route("/assets/{name}", get(assets::serve))
        .fallback(pages::not_found)
        .layer(axum::middleware::map_response(reply::harden))
        .with_state(desk))
}

impl Desk {
    fn env(&self) -> &Env {
        self.server.env()
    }

    fn store(&self) -> &dyn Store {
        self.server.store()
    }

    /// `__Host-` makes browsers insist on TLS and on this very host.
    fn session_cookie(&self) -> &'static str {
        if self.secure { "__Host-pantau_session" } else { "pantau_session" }
    }

    fn form_cookie(&self) -> &'static str {
        if self.secure { "__Host-pantau_form" } else { "pantau_form" }
    }

    /// The cookie by which a browser is known that signed in as `name`.
    fn known_cookie(&self, name: &str) -> String {
        let prefix = if self.secure { "__Host-" } else { "" };
        format!("{prefix}pantau_known_{}", auth::known::cookie_suffix(name))
    }

    /// Time and language for pages that look nothing up.
    fn plain_reading(&self, lang: Lang) -> Reading {
        Reading { now: self.env().now(), offset_s: 25_200, zone: "WIB".into(), lang }
    }
}

/// A lock whose data stays usable after a panic elsewhere: nothing in them is ever half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs work that blocks on a thread that may.
async fn blocking<T: Send + 'static>(
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

#[cfg(test)]
mod tests;
