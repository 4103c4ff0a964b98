//! Which programs read what: whoever is signed in what his pages show, a token its region.

use pantau_log::{
    Error,
    store::{self, ReadToken, Stored, View},
};
use pantau_protocol::place::{Place, Scope};

use crate::{
    audit::By,
    auth::{
        session,
        throttle::Who,
        token::{self, Found, Sent},
    },
    problem::{Code, Problem, Refusal},
    state::{Desk, lock},
    visit::Asked,
};

/// Somebody who may read.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    /// The regions that may be read with all that lies in them; `None` for everything.
    pub(crate) scope: Option<Scope>,
    /// It may read names of officers.
    pub(crate) names: bool,
    /// Who it is: user name of an operator, or the id of a token.
    pub(crate) who: String,
    key: Key,
}

/// By what it was let in.
#[derive(Debug, Clone)]
enum Key {
    Session([u8; 32]),
    Token(String),
}

impl Reader {
    /// Where a request reads that asks for this place, or for none: never outside of the reader's own.
    pub(crate) fn narrowed(&self, asked: Option<Place>) -> Result<Option<Place>, Problem> {
        match (asked, self.scope.as_ref().map(Scope::roots)) {
            (Some(place), _) => self.may_read(&place).map(|()| Some(place)),
            (None, Some([mine])) => Ok(Some(mine.clone())),
            // Of several regions, the places that the answer is made from are cut to them.
            (None, _) => Ok(None),
        }
    }

    /// Whether somebody is signed in, and it is no program with a token.
    pub(crate) fn is_person(&self) -> bool {
        matches!(self.key, Key::Session(_))
    }

    /// Whether it may read a place. Decided by the code alone, so that it says nothing of what there is.
    pub(crate) fn may_read(&self, place: &Place) -> Result<(), Problem> {
        match &self.scope {
            Some(mine) if !mine.covers(place) => {
                let mine: Vec<&str> = mine.roots().iter().map(Place::as_str).collect();
                let detail = format!("You may read {}.", mine.join(", "));
                Err(Problem::new(Code::OutsideScope).detail(detail))
            }
            _ => Ok(()),
        }
    }

    /// Writes down that it reads something, if that has names of officers. A program that asks for one place after another
    /// reads one thing: what all of these addresses begin with.
    pub(crate) fn reads(&self, desk: &Desk, asked: &Asked) {
        let address = match &self.key {
            Key::Session(_) => asked.path().to_owned(),
            Key::Token(_) => asked.path().split('/').take(4).collect::<Vec<_>>().join("/"),
        };
        if self.names {
            let by = By { who: &self.who, source: asked.caller.source, now: desk.env().now() };
            desk.audits.read(desk.store(), by, &address);
        }
    }

    /// Whether it may still read the same: a session or a token may end while an export is written, and an operator may be
    /// given another region.
    pub(crate) fn is_still_let_in(&self, view: &dyn View, now: i64) -> Stored<bool> {
        match &self.key {
            Key::Session(id) => {
                Ok(session::operator(view, id, now)?.is_some_and(|operator| operator.scope == self.scope))
            }
            Key::Token(id) => {
                Ok(view.read_token(id)?.is_some_and(|t| t.revoked_at.is_none() && t.expires_at > now))
            }
        }
    }
}

/// Lets in whoever sent a token or has a session. A token that was sent is the only one that counts.
pub(crate) fn admit(desk: &Desk, asked: &Asked) -> Result<Reader, Refusal> {
    match asked.bearer() {
        Some(text) => by_token(desk, asked, text),
        None => by_session(desk, asked),
    }
}

fn by_session(desk: &Desk, asked: &Asked) -> Result<Reader, Refusal> {
    let nobody = || Problem::new(Code::NotSignedIn);
    let id = asked.cookie_bytes(&desk.session_cookie()).ok_or_else(nobody)?;
    let now = desk.env().now();
    let found = store::read(desk.store(), |view| session::operator(view, &id, now)).map_err(Error::from)?;
    let operator = found.ok_or_else(nobody)?;
    asked.caller.is_known();
    Ok(Reader { scope: operator.scope, names: true, who: operator.username, key: Key::Session(id) })
}

/// Wrong tokens are counted as wrong passwords are, the id of a token as a name.
fn by_token(desk: &Desk, asked: &Asked, text: &str) -> Result<Reader, Refusal> {
    let (now, source) = (desk.env().now(), asked.caller.source);
    let counted = &desk.server.metrics().token_tries;
    let sent = Sent::read(text);
    let id = sent.as_ref().map_or("", |sent| &sent.id);
    // Held until the token is judged, which is quick: requests of one program at the same time are not wrong tries.
    let mut throttle = lock(&desk.token_throttle);
    if let Err(wait) = throttle.admit(id, Who::Stranger(source), now) {
        tracing::debug!(%source, wait, "read token: too many wrong ones before");
        counted.throttled.add(1);
        return Err(Problem::new(Code::TooManyTries).wait(wait).into());
    }
    let found = match &sent {
        Some(sent) => store::read(desk.store(), |view| token::find(view, sent, now)).map_err(Error::from)?,
        None => Found::Wrong { is_known: false },
    };
    let ended = |code, at| {
        counted.wrong.add(1);
        let since = crate::format::Reading { now, offset_s: 0, zone: "UTC".into(), lang: crate::Lang::En };
        Err(Problem::new(code).detail(format!("Since {}.", since.iso(at))).into())
    };
    match found {
        Found::InForce(token) => {
            throttle.welcome(id, Who::Stranger(source));
            drop(throttle);
            counted.ok.add(1);
            asked.caller.is_known();
            used(desk, asked, &token, now);
            let scope = Some(Scope::new([token.within]));
            let who = format!("token {}", token.id);
            Ok(Reader { scope, names: token.names, who, key: Key::Token(token.id) })
        }
        // Who has the secret of a token that ended does not guess.
        Found::Expired(at) => {
            throttle.take_back(id, Who::Stranger(source));
            ended(Code::TokenExpired, at)
        }
        Found::Revoked(at) => {
            throttle.take_back(id, Who::Stranger(source));
            ended(Code::TokenRevoked, at)
        }
        Found::Wrong { is_known } => {
            // The log names tokens only: what others send may be a secret.
            tracing::info!(%source, token = is_known.then_some(id), outcome = "wrong", "read token");
            counted.wrong.add(1);
            Err(Problem::new(Code::TokenInvalid).into())
        }
    }
}

/// Keeps and logs the day on which a token is used, once a day. A server that cannot write is read all the same.
fn used(desk: &Desk, asked: &Asked, token: &ReadToken, now: i64) {
    let today = Some(token::day(now));
    if token.used_on == today {
        return;
    }
    tracing::info!(source = %asked.caller.source, token = token.id, outcome = "ok", "read token");
    let written = store::write(desk.store(), |tx| match tx.read_token(&token.id)? {
        // As it is now: it may have been revoked meanwhile.
        Some(token) => tx.put_read_token(&ReadToken { used_on: today, ..token }),
        None => Ok(()),
    });
    if let Err(error) = written {
        tracing::warn!(%error, token = token.id, "the day on which a read token was used is not kept");
    }
}
