//! Signing in and out.

mod second;

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
    audit::By,
    auth::{self, judge::Verdict, session, throttle::Who},
    layout::{Layout, SignInPage},
    page, reply,
    state::{Desk, blocking, lock},
    text::{Text, people},
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
    /// That the password was right before; then a code is sent.
    #[serde(default)]
    half_in: String,
    #[serde(default)]
    code: String,
}

/// What every other form sends at least.
#[derive(Deserialize)]
pub(crate) struct Plain {
    #[serde(default)]
    csrf: String,
}

/// `GET /sign-in`: the form, or for whoever is signed in the page that he wants. A browser whose session ended is told so.
pub(crate) async fn form(State(desk): State<Arc<Desk>>, asked: Asked) -> Response {
    let next = asked.parameter("next").unwrap_or_default();
    let has_cookie = asked.cookie(&desk.session_cookie()).is_some();
    let visitor = {
        let (desk, asked) = (Arc::clone(&desk), asked.clone());
        blocking(move || page::visitor(&desk, &asked)).await
    };
    match visitor {
        Ok(Some(_)) => reply::go(safe_next(&next)),
        Ok(None) if has_cookie => {
            let problem = people::text(asked.lang()).session_ended.to_owned();
            show(&desk, &asked, StatusCode::OK, Filled { problem, ..Filled::new(&next) })
        }
        // Whoever cannot be looked up may try.
        Ok(None) | Err(_) => show(&desk, &asked, StatusCode::OK, Filled::new(&next)),
    }
}

/// `POST /sign-in`: a name with a password, or the one-time code that follows it.
pub(crate) async fn enter(State(desk): State<Arc<Desk>>, asked: Asked, Form(sent): Form<SignIn>) -> Response {
    let (t, p) = (asked.lang().text(), people::text(asked.lang()));
    let name = sent.username.trim().to_owned();
    let form = |problem: &str| Filled {
        problem: problem.to_owned(),
        username: name.chars().take(NAME_BYTES).collect(),
        ..Filled::new(&sent.next)
    };
    let bound = asked.cookie_bytes(&desk.form_cookie()).filter(|bound| desk.forms.accepts(bound, &sent.csrf));
    let Some(bound) = bound else {
        // A browser keeps the cookies of a site with TLS over TLS alone.
        let is_plain = desk.site.secure && asked.cookie(&desk.form_cookie()).is_none();
        let problem = if is_plain { p.needs_https } else { t.sign_in_again };
        return show(&desk, &asked, StatusCode::FORBIDDEN, form(problem));
    };
    let ended = match sent.half_in.as_str() {
        "" => sign_in(&desk, &asked, name.clone(), sent.password, &bound).await,
        half_in => second::judge(&desk, &asked, half_in, &sent.code, &bound).await,
    };
    let again = |problem: &str| Filled { half_in: sent.half_in.clone(), ..form(problem) };
    match ended {
        Ok(Ended::In(opened)) => welcome(&desk, &sent.next, &opened),
        Ok(Ended::HalfIn(half_in)) => show(&desk, &asked, StatusCode::OK, Filled { half_in, ..form("") }),
        Ok(Ended::Wrong) => show(&desk, &asked, StatusCode::UNAUTHORIZED, form(t.sign_in_failed)),
        Ok(Ended::WrongCode) => show(&desk, &asked, StatusCode::UNAUTHORIZED, again(p.code_wrong)),
        Ok(Ended::TooLate) => show(&desk, &asked, StatusCode::FORBIDDEN, form(t.sign_in_again)),
        Ok(Ended::Throttled(wait)) => {
            let problem = format!("{} {}.", t.sign_in_asleep, time(wait, t));
            later(show(&desk, &asked, StatusCode::TOO_MANY_REQUESTS, again(&problem)), wait)
        }
        Ok(Ended::QueueFull) => {
            let problem = format!("{} {}.", t.sign_in_full, time(QUEUE_S, t));
            later(show(&desk, &asked, StatusCode::SERVICE_UNAVAILABLE, form(&problem)), QUEUE_S)
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
        let (source, now) = (asked.caller.source, desk.env().now());
        move || {
            let left = |tx: &mut dyn store::Tx| {
                if let Some(session) = tx.session(&key)? {
                    tx.add_audit(&By { who: &session.username, source, now }.did("sign-out", ""))?;
                }
                tx.delete_session(&key)
            };
            store::write(desk.store(), left).map_err(Error::from)
        }
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
    /// The password was right, and a one-time code is to follow; what its form carries.
    HalfIn(String),
    Wrong,
    /// The one-time code was wrong.
    WrongCode,
    /// The password was right too long ago, or something of the operator has changed since.
    TooLate,
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

/// Judges a password in its turn, counts and logs how it ended, and opens a session if it is right and all that is
/// asked for. The log names operators only: what others type as a name may be a password.
async fn sign_in(
    desk: &Arc<Desk>,
    asked: &Asked,
    typed: String,
    password: String,
    bound: &[u8; 32],
) -> Result<Ended, Error> {
    let name = written(desk, typed).await?;
    let known = operator(desk, &name).await?;
    let (source, who) = (asked.caller.source, who(desk, asked, known.as_ref()));
    let key = counted_as(&name, known.as_ref());
    let counted = &desk.server.metrics().sign_ins;
    if let Err(wait) = lock(&desk.throttle).admit(&key, who, desk.env().now()) {
        // The wrong ones before it are in the log; whoever polls does not fill it.
        tracing::debug!(%source, wait, "sign-in: too many wrong ones before");
        counted.throttled.add(1);
        return Ok(Ended::Throttled(wait));
    }
    let hash = known.as_ref().map(|o| o.password_hash.clone());
    let verdict = desk.judge.judge(who, password, hash).await;
    let (operator, is_known) = (known.as_ref().map(|o| o.username.as_str()), matches!(who, Who::Browser(_)));
    match (verdict, &known) {
        (Verdict::Fits, Some(known)) if known.totp.is_some() => {
            // Neither forgotten nor counted: whoever has the password alone must not clear the count of wrong codes.
            lock(&desk.throttle).take_back(&key, who);
            tracing::info!(%source, operator, is_known, outcome = "half", "sign-in");
            Ok(Ended::HalfIn(desk.forms.half_in(known, bound, desk.env().now())))
        }
        (Verdict::Fits, Some(known)) => {
            // Codes that he has been given since were not asked for.
            let Some(opened) = open(desk, asked, known.clone(), |_, now| Ok(now.totp.is_none())).await?
            else {
                tracing::info!(%source, operator, is_known, outcome = "changed", "sign-in");
                counted.wrong.add(1);
                return Ok(Ended::Wrong);
            };
            lock(&desk.throttle).welcome(&key, who);
            tracing::info!(%source, operator, is_known, outcome = "ok", "sign-in");
            counted.ok.add(1);
            Ok(Ended::In(opened))
        }
        (Verdict::QueueFull, _) => {
            lock(&desk.throttle).take_back(&key, who);
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

/// The name under which wrong tries are counted. A new password begins anew: whoever was shut out by others is let in
/// with it at once.
fn counted_as(name: &str, known: Option<&Operator>) -> String {
    format!("{name} {}", known.map_or("", |operator| operator.password_hash.as_str()))
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

/// A browser that signed in as this operator before, or a stranger.
fn who(desk: &Desk, asked: &Asked, operator: Option<&Operator>) -> Who {
    let browser = operator.and_then(|operator| {
        let token = asked.cookie(&desk.known_cookie(&operator.username))?;
        desk.known.check(token, &operator.username, &operator.password_hash, desk.env().now())
    });
    browser.map_or(Who::Stranger(asked.caller.source), Who::Browser)
}

/// Opens a session for an operator whose password was right, if he is still as he was `judged` and what `is_let_in` does
/// with him as he is now, in the same transaction, agrees. A password takes long to judge, and meanwhile the command line
/// may have given another one, or have disabled him.
async fn open(
    desk: &Arc<Desk>,
    asked: &Asked,
    judged: Operator,
    is_let_in: impl FnOnce(&mut dyn store::Tx, Operator) -> store::Stored<bool> + Send + 'static,
) -> Result<Option<Opened>, Error> {
    let (desk, source) = (Arc::clone(desk), asked.caller.source);
    blocking(move || {
        let (id, browser) = (desk.env().random::<32>()?, desk.env().random::<16>()?);
        let (now, name) = (desk.env().now(), judged.username);
        let is_in = store::write(desk.store(), |tx| {
            let operator = tx.operator(&name)?;
            let operator = operator.filter(|o| !o.disabled && o.password_hash == judged.password_hash);
            let Some(operator) = operator else { return Ok(false) };
            if !is_let_in(tx, operator)? {
                return Ok(false);
            }
            tx.add_audit(&By { who: &name, source, now }.did("sign-in", ""))?;
            session::open(tx, &id, &name, now)?;
            Ok(true)
        })?;
        let token = desk.known.token(&name, &judged.password_hash, &browser, now);
        Ok(is_in.then_some(Opened { id, name, token }))
    })
    .await
}

/// Sends the browser on with its session, and lets it be known from now on.
fn welcome(desk: &Desk, next: &str, opened: &Opened) -> Response {
    let mut reply = reply::go(safe_next(next));
    let site = &desk.site;
    let session = auth::hex(&opened.id);
    // The browser keeps it longer than it opens anything, so that it can be told that the session ended.
    let age = session::LIFE_S + limit::ENDED_SESSION_S;
    reply::set_cookie(&mut reply, &desk.session_cookie(), Some(&session), age, site);
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

/// What stands in the form.
#[derive(Default)]
struct Filled {
    next: String,
    problem: String,
    username: String,
    half_in: String,
}

impl Filled {
    fn new(next: &str) -> Self {
        Self { next: safe_next(next).to_owned(), ..Self::default() }
    }
}

/// The form, bound to a cookie of its own.
fn show(desk: &Desk, asked: &Asked, status: StatusCode, filled: Filled) -> Response {
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
        p: people::text(reading.lang),
        csrf,
        next: filled.next,
        problem: filled.problem,
        username: filled.username,
        half_in: filled.half_in,
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

#[cfg(test)]
mod tests;
