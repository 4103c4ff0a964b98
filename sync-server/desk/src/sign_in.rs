//! Signing in and out.

use std::sync::Arc;

use axum::{
    Form,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use serde::Deserialize;

use crate::limit;
use crate::{
    auth::{self, judge::Verdict, session, throttle::Who},
    layout::{Layout, SignInPage},
    page, reply,
    state::{Desk, blocking, lock},
    text::Text,
    visit::{Asked, safe_next},
};
use pantau_log::{
    Error,
    store::{self, Operator, named},
};

/// Longest user name looked at.
const NAME_BYTES: usize = 64;
/// Seconds after which a browser that was turned away may ask again: the longest queue is judged by then.
const QUEUE_S: i64 = 5;

/// What the sign-in form sends.
#[derive(Deserialize)]
pub(crate) struct SignIn {
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
pub(crate) struct Plain {
    #[serde(default)]
    csrf: String,
}

/// `GET /sign-in`
pub(crate) async fn form(State(desk): State<Arc<Desk>>, asked: Asked) -> Response {
    let next = asked.parameter("next").unwrap_or_default();
    show(&desk, &asked, StatusCode::OK, &next, String::new())
}

/// `POST /sign-in`
pub(crate) async fn enter(State(desk): State<Arc<Desk>>, asked: Asked, Form(sent): Form<SignIn>) -> Response {
    let t = asked.lang().text();
    let bound = asked.cookie_bytes(&desk.form_cookie());
    if !bound.is_some_and(|bound| desk.forms.accepts(&bound, &sent.csrf)) {
        return show(&desk, &asked, StatusCode::FORBIDDEN, &sent.next, t.sign_in_again.to_owned());
    }
    let name = sent.username.trim().to_owned();
    match sign_in(&desk, &asked, name, sent.password).await {
        Ok(Ended::In(opened)) => welcome(&desk, &sent.next, &opened),
        Ok(Ended::Wrong) => {
            show(&desk, &asked, StatusCode::UNAUTHORIZED, &sent.next, t.sign_in_failed.to_owned())
        }
        Ok(Ended::Throttled(wait)) => {
            let problem = format!("{} {}.", t.sign_in_asleep, time(wait, t));
            later(show(&desk, &asked, StatusCode::TOO_MANY_REQUESTS, &sent.next, problem), wait)
        }
        Ok(Ended::QueueFull) => {
            let problem = format!("{} {}.", t.sign_in_full, time(QUEUE_S, t));
            later(show(&desk, &asked, StatusCode::SERVICE_UNAVAILABLE, &sent.next, problem), QUEUE_S)
        }
        Err(e) => page::failed(&desk, &asked, &e),
    }
}

/// `POST /sign-out`
pub(crate) async fn leave(State(desk): State<Arc<Desk>>, asked: Asked, Form(sent): Form<Plain>) -> Response {
    let Some(id) = asked.cookie_bytes(&desk.session_cookie()) else { return reply::go("/sign-in") };
    let key = session::key(&id);
    if !desk.forms.accepts(&key, &sent.csrf) {
        return page::refused(&desk, &asked);
    }
    let work = {
        let desk = Arc::clone(&desk);
        move || store::write(desk.store(), |tx| tx.delete_session(&key)).map_err(Error::from)
    };
    match blocking(work).await {
        Ok(()) => {
            let mut reply = reply::go("/sign-in");
            reply::set_cookie(&mut reply, &desk.session_cookie(), None, 0, &desk.site);
            reply
        }
        Err(e) => page::failed(&desk, &asked, &e),
    }
}

/// How a try to sign in ended.
enum Ended {
    In(Opened),
    Wrong,
    /// Not judged; how many seconds to wait.
    Throttled(i64),
    QueueFull,
}

/// A session that was opened.
struct Opened {
    id: [u8; 32],
    name: String,
    /// By which the browser is known from now on.
    token: String,
}

/// Judges a password in its turn, counts and logs how it ended, and opens a session if it is right. The log
/// names operators only: what others type as a name may be a password.
async fn sign_in(desk: &Arc<Desk>, asked: &Asked, typed: String, password: String) -> Result<Ended, Error> {
    let name = written(desk, typed).await?;
    let (source, who) = (asked.caller.source, who(desk, asked, &name).await?);
    let counted = &desk.server.metrics().sign_ins;
    if let Err(wait) = lock(&desk.throttle).admit(&name, who, desk.env().now()) {
        // The wrong ones before it are in the log; whoever polls does not fill it.
        tracing::debug!(%source, wait, "sign-in: too many wrong ones before");
        counted.throttled.add(1);
        return Ok(Ended::Throttled(wait));
    }
    let known = operator(desk, &name).await?;
    let hash = known.as_ref().map(|o| o.password_hash.clone());
    let verdict = desk.judge.judge(who, password, hash).await;
    let (operator, is_known) = (known.as_ref().map(|o| o.username.as_str()), matches!(who, Who::Browser(_)));
    match (verdict, &known) {
        (Verdict::Fits, Some(known)) => {
            lock(&desk.throttle).welcome(&name, who);
            let opened = open(desk, known.clone()).await?;
            tracing::info!(%source, operator, is_known, outcome = "ok", "sign-in");
            counted.ok.add(1);
            Ok(Ended::In(opened))
        }
        (Verdict::QueueFull, _) => {
            lock(&desk.throttle).take_back(&name, who);
            tracing::debug!(%source, operator, "sign-in: too many are waiting");
            counted.queue_full.add(1);
            Ok(Ended::QueueFull)
        }
        (Verdict::Fits | Verdict::Wrong, _) => {
            tracing::info!(%source, operator, is_known, outcome = "wrong", "sign-in");
            counted.wrong.add(1);
            Ok(Ended::Wrong)
        }
    }
}

/// A name as its operator writes it, whose case makes no difference: wrong passwords count for him either way.
async fn written(desk: &Arc<Desk>, typed: String) -> Result<String, Error> {
    let desk = Arc::clone(desk);
    blocking(move || {
        let all = store::read(desk.store(), |view| view.desk_operators())?;
        Ok(named(&all, &typed).map_or(typed, |operator| operator.username.clone()))
    })
    .await
}

/// The operator of a name, if there is one who may sign in.
async fn operator(desk: &Arc<Desk>, name: &str) -> Result<Option<Operator>, Error> {
    if name.len() > NAME_BYTES {
        return Ok(None);
    }
    let (desk, name) = (Arc::clone(desk), name.to_owned());
    blocking(move || Ok(store::read(desk.store(), |view| view.operator(&name))?.filter(|o| !o.disabled)))
        .await
}

/// A browser that signed in as this operator before, or a stranger. The store is asked only where there is a
/// token.
async fn who(desk: &Arc<Desk>, asked: &Asked, name: &str) -> Result<Who, Error> {
    let stranger = Who::Stranger(asked.caller.source);
    let Some(token) = asked.cookie(&desk.known_cookie(name)) else { return Ok(stranger) };
    let Some(operator) = operator(desk, name).await? else { return Ok(stranger) };
    let browser = desk.known.check(token, name, &operator.password_hash, desk.env().now());
    Ok(browser.map_or(stranger, Who::Browser))
}

/// Opens a session for an operator whose password was right.
async fn open(desk: &Arc<Desk>, operator: Operator) -> Result<Opened, Error> {
    let desk = Arc::clone(desk);
    blocking(move || {
        let (id, browser) = (desk.env().random::<32>()?, desk.env().random::<16>()?);
        let (now, name) = (desk.env().now(), operator.username);
        store::write(desk.store(), |tx| session::open(tx, &id, &name, now))?;
        let token = desk.known.token(&name, &operator.password_hash, &browser, now);
        Ok(Opened { id, name, token })
    })
    .await
}

/// Sends the browser on with its session, and lets it be known from now on.
fn welcome(desk: &Desk, next: &str, opened: &Opened) -> Response {
    let mut reply = reply::go(safe_next(next));
    let site = &desk.site;
    let session = auth::hex(&opened.id);
    reply::set_cookie(&mut reply, &desk.session_cookie(), Some(&session), session::LIFE_S, site);
    reply::set_cookie(&mut reply, &desk.form_cookie(), None, 0, site);
    let known = desk.known_cookie(&opened.name);
    reply::set_cookie(&mut reply, &known, Some(&opened.token), limit::KNOWN_BROWSER_S, site);
    reply
}

/// A time to wait: `45 detik`, `15 menit`.
fn time(seconds: i64, t: &Text) -> String {
    if seconds < 60 {
        format!("{} {}", seconds.max(1), t.seconds)
    } else {
        format!("{} {}", (seconds + 59) / 60, t.minutes)
    }
}

/// Says to machines, too, when to come again.
fn later(mut reply: Response, seconds: i64) -> Response {
    reply.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
    reply
}

/// The form, bound to a cookie of its own.
fn show(desk: &Desk, asked: &Asked, status: StatusCode, next: &str, problem: String) -> Response {
    let reading = desk.plain_reading(asked.lang());
    let known = asked.cookie_bytes(&desk.form_cookie());
    let bound = match known.map_or_else(|| desk.env().random::<32>(), Ok) {
        Ok(bound) => bound,
        Err(e) => return page::failed(desk, asked, &e),
    };
    let csrf = match desk.form_token(&bound) {
        Ok(csrf) => csrf,
        Err(e) => return page::failed(desk, asked, &e),
    };
    let template = SignInPage {
        layout: Layout::bare(&reading, reading.lang.text().sign_in, asked.switched())
            .with_alarms(desk.server.health()),
        csrf,
        next: safe_next(next).to_owned(),
        problem,
    };
    let mut reply = reply::page(status, &template);
    if known.is_none() {
        reply::set_cookie(
            &mut reply,
            &desk.form_cookie(),
            Some(&auth::hex(&bound)),
            session::LIFE_S,
            &desk.site,
        );
    }
    if let Some(lang) = asked.chosen_lang() {
        reply::keep_lang(&mut reply, lang, &desk.site);
    }
    reply
}
