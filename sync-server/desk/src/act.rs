//! Takes the forms by which the desk changes something, one file for each.

mod daily;
mod directive;
mod matter;
mod officer;
mod report;
mod ruling;

use std::sync::Arc;

use axum::{Router, extract::DefaultBodyLimit, response::Response, routing::post};
use pantau_log::{
    Error,
    store::{self, Rights},
};

use crate::{
    audit::By,
    limit,
    page::{self, Context},
    pages::PAGES,
    sent::Fields,
    state::{Desk, blocking},
    visit::{Asked, Visitor},
};

/// The routes of the forms.
pub(crate) fn router() -> Router<Arc<Desk>> {
    Router::new()
        .route("/finding/{id}", post(ruling::rule))
        .route("/findings", post(ruling::close_several))
        .route("/attention", post(matter::attend))
        .route("/shift", post(matter::hand_over))
        .route("/daily", post(daily::freeze))
        .route("/directive/new", post(directive::give))
        .route("/directive/{id}", post(directive::retract))
        .route("/officer/{number}", post(officer::act))
        .route("/officers/cards", post(officer::cards))
        .route("/report", post(report::report).layer(DefaultBodyLimit::max(limit::REPORT_FORM_BYTES)))
}

/// What becomes of a form.
enum Judged<T> {
    /// Nothing more is to be shown.
    Replied(Response),
    /// The page of the form is shown again, with what was typed and why it was not taken.
    Again(T),
}

/// Judges a form, and shows its page again where it is not taken.
async fn take<T: Send + 'static>(
    (desk, asked, route): (Arc<Desk>, Asked, &'static str),
    judge: impl FnOnce(&Desk, &Asked) -> Result<Judged<T>, Error> + Send + 'static,
    again: impl FnOnce(&Context<'_>, T) -> Result<Response, Error> + Send + 'static,
) -> Response {
    let work = {
        let (desk, asked) = (Arc::clone(&desk), asked.clone());
        move || judge(&desk, &asked)
    };
    match blocking(work).await {
        Ok(Judged::Replied(reply)) => reply,
        Ok(Judged::Again(refused)) => page::show(desk, asked, (PAGES, route), |c| again(c, refused)).await,
        Err(error) => page::failed(&desk, &asked, &error),
    }
}

/// Judges a form of the desk, if who sends it may: anybody else is told so.
async fn take_from_desk<T: Send + 'static>(
    to: (Arc<Desk>, Asked, &'static str),
    fields: Fields,
    judge: impl FnOnce(&Desk, &Asked, &Visitor, &Fields) -> Result<Judged<T>, Error> + Send + 'static,
    again: impl FnOnce(&Context<'_>, T) -> Result<Response, Error> + Send + 'static,
) -> Response {
    let judge = move |desk: &Desk, asked: &Asked| match sender(desk, asked, fields.csrf(), Rights::Desk)? {
        Sender::May(visitor) => judge(desk, asked, &visitor, &fields),
        Sender::Told(reply) => Ok(Judged::Replied(reply)),
    };
    take(to, judge, again).await
}

/// Whether somebody may send a form.
enum Sender {
    /// Somebody who may.
    May(Visitor),
    /// Somebody who may not; he is told so.
    Told(Response),
}

/// Whether an admin who may sign in has one-time codes: from then on every admin needs them.
fn admins_have_codes(desk: &Desk) -> Result<bool, Error> {
    let all = store::read(desk.store(), |view| view.desk_operators())?;
    Ok(all.iter().any(|o| o.rights == Rights::Admin && !o.disabled && o.totp.is_some()))
}

/// Who sends a form, if he is signed in, the form is one of ours and he has at least the rights that it takes. That he
/// sends it is written down before anything is done.
fn sender(desk: &Desk, asked: &Asked, csrf: &str, least: Rights) -> Result<Sender, Error> {
    let Some(visitor) = page::visitor(desk, asked)? else {
        return Ok(Sender::Told(page::form_to_sign_in(desk, asked)));
    };
    if !desk.forms.accepts(&visitor.session, csrf) {
        return Ok(Sender::Told(page::refused(desk, asked)));
    }
    if visitor.rights < least {
        return Ok(Sender::Told(match least {
            Rights::Viewer | Rights::Desk => page::only_reads(desk, asked),
            Rights::Admin => page::may_not(desk, asked, |p| (p.only_admins, p.only_admins_help)),
        }));
    }
    if least == Rights::Admin && !visitor.has_codes && admins_have_codes(desk)? {
        return Ok(Sender::Told(page::may_not(desk, asked, |p| (p.needs_codes, p.needs_codes_help))));
    }
    write_down(desk, asked, &visitor)?;
    Ok(Sender::May(visitor))
}

/// Writes down that somebody sends a form, before anything is done.
fn write_down(desk: &Desk, asked: &Asked, visitor: &Visitor) -> Result<(), Error> {
    let by = By { who: &visitor.operator, source: asked.caller.source, now: desk.env().now() };
    Ok(desk.audits.act(desk.store(), by, "form", asked.path())?)
}
