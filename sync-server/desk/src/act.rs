//! Takes the forms by which the desk changes something, one file for each.

mod directive;
mod matter;
mod officer;
mod report;
mod ruling;

use std::sync::Arc;

use axum::{Router, response::Response, routing::post};
use pantau_log::{Error, store::Rights};

use crate::{
    page, reply,
    state::Desk,
    visit::{Asked, Visitor},
};

/// The routes of the forms.
pub(crate) fn router() -> Router<Arc<Desk>> {
    Router::new()
        .route("/finding/{id}", post(ruling::rule))
        .route("/attention", post(matter::attend))
        .route("/shift", post(matter::hand_over))
        .route("/directive/new", post(directive::give))
        .route("/directive/{id}", post(directive::retract))
        .route("/officer/{number}", post(officer::act))
        .route("/officers/cards", post(officer::cards))
        .route("/report", post(report::report))
}

/// Whether somebody may send a form.
enum Sender {
    /// Somebody who may.
    May(Visitor),
    /// Somebody who may not; he is told so.
    Told(Response),
}

/// Who sends a form, if he is signed in, the form is one of ours and he has at least the rights that it takes.
fn sender(desk: &Desk, asked: &Asked, csrf: &str, least: Rights) -> Result<Sender, Error> {
    let Some(visitor) = page::visitor(desk, asked)? else {
        return Ok(Sender::Told(reply::go("/sign-in")));
    };
    if !desk.forms.accepts(&visitor.session, csrf) {
        return Ok(Sender::Told(page::refused(desk, asked)));
    }
    if visitor.rights < least {
        return Ok(Sender::Told(page::only_reads(desk, asked)));
    }
    Ok(Sender::May(visitor))
}
