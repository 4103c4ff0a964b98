//! The desk: server-rendered pages for the people of Desk Pemilu (docs/ARCHITECTURE.md).
//!
//! A request passes [`visit`] (who asks, for what), a page of the table in [`pages`] (what to show), [`view`] (in
//! which words) and a template. Everything that blocks, the store and the password hash, runs off the async
//! threads, in [`state::blocking`].

mod limit;
mod text;

mod format;

pub mod auth;

mod visit;

mod reply;

mod assets;

mod view;

mod layout;

mod state;

mod page;

mod pages;
mod sign_in;

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    routing::{get, post},
};
use pantau_log::{Error, Server};

pub use format::{Reading, read_local};
pub use page::Page;
pub use pages::PAGES;
pub use text::{Lang, kind_name};

use state::Desk;
use visit::Asked;

/// The routes of the desk. `secure` if browsers reach this server over https, itself or behind a proxy.
///
/// # Errors
/// [`Error::Entropy`]: the key of the forms is random. [`Error::Refused`]: no thread for passwords.
pub fn router(server: Arc<Server>, secure: bool) -> Result<Router, Error> {
    let desk = Arc::new(Desk::new(server, secure)?);
    let pages =
        PAGES.iter().fold(Router::new(), |router, page| router.route(page.route, page::serve(PAGES, page)));
    Ok(pages
        .route("/sign-in", get(sign_in::form).post(sign_in::enter))
        .route("/sign-out", post(sign_in::leave))
        .route("/assets/{name}", get(assets::serve))
        .fallback(|desk: State<Arc<Desk>>, asked: Asked| page::nowhere(PAGES, desk, asked))
        .layer(axum::middleware::map_response(reply::harden))
        .with_state(desk))
}

#[cfg(test)]
mod tests;
