//! The desk: server-rendered pages for the people of Desk Pemilu (docs/ARCHITECTURE.md).
//!
//! A request passes [`visit`] (who asks, for what), a page of the table in [`pages`] (what to show), [`view`] (in
//! which words) and a template. Programs read the same as JSON ([`api`]) or CSV (`export`). Everything that blocks, the store and the password hash, runs off the async
//! threads, in [`state::blocking`].

mod limit;
mod text;

mod format;

pub mod auth;

mod visit;

mod site;

mod audit;

mod reply;

mod assets;

pub mod qr;

mod unchanged;

mod view;

mod layout;

mod compare;
mod kept;
mod state;

mod page;

mod sent;

mod act;
mod pages;
mod sign_in;

mod ask;
mod find;
mod problem;
mod query;
mod reader;
mod select;
mod walk;

mod live;

mod api;
mod export;
mod spec;

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    response::Response,
    routing::{get, post},
};
use pantau_log::{Error, Server};
use tower_http::compression::CompressionLayer;

pub use format::{Reading, read_local};
pub use page::Page;
pub use pages::PAGES;
pub use site::Site;
pub use spec::openapi;
pub use text::{Lang, kind_name, role_name};

use state::Desk;
use visit::Asked;

/// The routes of the desk, for browsers that reach it at `site`.
///
/// # Errors
/// [`Error::Refused`]: no thread for passwords.
pub fn router(server: Arc<Server>, site: Site) -> Result<Router, Error> {
    let site = Arc::new(site);
    let desk = Arc::new(Desk::new(server, Arc::clone(&site))?);
    let pages =
        PAGES.iter().fold(Router::new(), |router, page| router.route(page.route, page::serve(PAGES, page)));
    Ok(pages
        .route("/sign-in", get(sign_in::form).post(sign_in::enter))
        .route("/sign-out", post(sign_in::leave).layer(axum::middleware::map_response(reply::forget)))
        .route("/live", get(live::serve))
        .route("/assets/{hash}/{name}", get(assets::serve))
        .merge(act::router())
        .merge(api::router())
        .merge(export::router())
        .merge(spec::router())
        .fallback(nowhere)
        .layer(axum::middleware::map_response_with_state(site, site::mount))
        .layer(axum::middleware::map_response(reply::harden))
        // Not on a stream of events, which its predicate knows by the type.
        .layer(CompressionLayer::new())
        .with_state(desk))
}

/// Any other address.
async fn nowhere(desk: State<Arc<Desk>>, asked: Asked) -> Response {
    if asked.path().starts_with("/api/") { api::nowhere() } else { page::nowhere(PAGES, desk, asked).await }
}

#[cfg(test)]
mod tests;
