//! Signing in and out.

use std::sync::Arc;

use axum::{Form, extract::State, http::StatusCode, response::Response};
use serde::Deserialize;

use super::{
    Desk,
    auth::{self, password, session},
    frame::{Frame, SignInPage},
    page, reply,
    visit::{Asked, safe_next},
};
use crate::{Error, store};

/// Longest user name looked at.
const NAME_BYTES: usize = 64;

/// What the sign-in form sends.
#[derive(Deserialize)]
pub(super) struct SignIn {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    next: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
}

/// What every other form sends at least.
#[derive(Deserialize)]
pub(super) struct Plain {
    #[serde(default)]
    csrf: String,
}

/// `GET /sign-in`
pub(super) async fn form(State(desk): State<Arc<Desk>>, asked: Asked) -> Response {
    let next = asked.parameter("next").unwrap_or_default();
    show(&desk, &asked, StatusCode::OK, &next, "")
}

/// `POST /sign-in`
pub(super) async fn enter(State(desk): State<Arc<Desk>>, asked: Asked, Form(sent): Form<SignIn>) -> Response {
    let t = asked.lang().text();
    let bound = asked.cookie_bytes(desk.form_cookie());
    if !bound.is_some_and(|bound| desk.forms.accepts(&bound, &sent.csrf)) {
        return show(&desk, &asked, StatusCode::FORBIDDEN, &sent.next, t.sign_in_again);
    }
    let name = sent.username.trim().to_owned();
    if !desk.admit(&name) {
        return show(&desk, &asked, StatusCode::TOO_MANY_REQUESTS, &sent.next, t.sign_in_asleep);
    }
    match open(&desk, name, sent.password).await {
        Ok(Some(id)) => {
            let mut reply = reply::go(safe_next(&sent.next));
            let secure = desk.secure;
            reply::set_cookie(
                &mut reply,
                desk.session_cookie(),
                Some(&auth::hex(&id)),
                session::LIFE_S,
                secure,
            );
            reply::set_cookie(&mut reply, desk.form_cookie(), None, 0, secure);
            reply
        }
        Ok(None) => show(&desk, &asked, StatusCode::UNAUTHORIZED, &sent.next, t.sign_in_failed),
        Err(e) => page::failed(&desk, &asked, &e),
    }
}

/// `POST /sign-out`
pub(super) async fn leave(State(desk): State<Arc<Desk>>, asked: Asked, Form(sent): Form<Plain>) -> Response {
    let Some(id) = asked.cookie_bytes(desk.session_cookie()) else { return reply::go("/sign-in") };
    let key = session::key(&id);
    if !desk.forms.accepts(&key, &sent.csrf) {
        return page::refused(&desk, &asked);
    }
    let work = {
        let desk = Arc::clone(&desk);
        move || store::write(desk.store(), |tx| tx.delete_session(&key)).map_err(Error::from)
    };
    match super::blocking(work).await {
        Ok(()) => {
            let mut reply = reply::go("/sign-in");
            reply::set_cookie(&mut reply, desk.session_cookie(), None, 0, desk.secure);
            reply
        }
        Err(e) => page::failed(&desk, &asked, &e),
    }
}

/// Judges the password and opens a session; its id, or `None` if it was wrong. Only a few are judged at
/// the same time: each takes 19 MB and a core.
async fn open(desk: &Arc<Desk>, name: String, secret: String) -> Result<Option<[u8; 32]>, Error> {
    let Ok(_turn) = desk.judging.acquire().await else { return Err(Error::Closed) };
    let desk = Arc::clone(desk);
    super::blocking(move || {
        let known = if name.len() > NAME_BYTES {
            None
        } else {
            store::read(desk.store(), |view| view.operator(&name))?.filter(|o| !o.disabled)
        };
        if !password::verify(&secret, known.as_ref().map(|o| o.password_hash.as_str())) {
            return Ok(None);
        }
        let id = desk.env().random::<32>()?;
        let now = desk.env().now();
        store::write(desk.store(), |tx| session::open(tx, &id, &name, now))?;
        desk.welcome(&name);
        Ok(Some(id))
    })
    .await
}

/// The form, bound to a cookie of its own.
fn show(desk: &Desk, asked: &Asked, status: StatusCode, next: &str, problem: &'static str) -> Response {
    let reading = desk.plain_reading(asked.lang());
    let known = asked.cookie_bytes(desk.form_cookie());
    let bound = match known.map_or_else(|| desk.env().random::<32>(), Ok) {
        Ok(bound) => bound,
        Err(e) => return page::failed(desk, asked, &e),
    };
    let template = SignInPage {
        frame: Frame::bare(&reading, reading.lang.text().sign_in, asked.switched())
            .with_alarms(desk.server.health()),
        csrf: desk.forms.token(&bound),
        next: safe_next(next).to_owned(),
        problem,
    };
    let mut reply = reply::page(status, &template);
    if known.is_none() {
        reply::set_cookie(
            &mut reply,
            desk.form_cookie(),
            Some(&auth::hex(&bound)),
            session::LIFE_S,
            desk.secure,
        );
    }
    if let Some(lang) = asked.chosen_lang() {
        reply::keep_lang(&mut reply, lang, desk.secure);
    }
    reply
}
