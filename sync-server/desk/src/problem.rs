//! Why a program got no answer: RFC 9457 `application/problem+json`, with a code that does not change.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::reply;
use pantau_log::Error;

/// What kind of problem it is. The names are part of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Code {
    /// 401: neither a session nor a token was sent.
    NotSignedIn,
    /// 401: there is no such token.
    TokenInvalid,
    /// 401: the token has ended.
    TokenExpired,
    /// 401: the token was revoked.
    TokenRevoked,
    /// 429: too many wrong tokens came before; `Retry-After` says when to come again.
    TooManyTries,
    /// 403: the place lies outside the region of the token.
    OutsideScope,
    /// 400: a parameter is unknown, doubled or not what it must be; `field` names it.
    BadParameter,
    /// 404: there is no such address.
    NotFound,
    /// 404: no region or TPS has this code and nothing was said of one.
    PlaceNotFound,
    /// 404: no finding has this id in what the caller may read.
    FindingNotFound,
    /// 404: only a TPS has a custody line.
    NotATps,
    /// 503: the states of places are not worked out yet; come again.
    NotReady,
    /// 503: as many exports as may are being written; come again.
    TooManyExports,
    /// 500: the server failed; its log says why.
    Internal,
}

impl Code {
    fn status(self) -> StatusCode {
        match self {
            Self::NotSignedIn | Self::TokenInvalid | Self::TokenExpired | Self::TokenRevoked => {
                StatusCode::UNAUTHORIZED
            }
            Self::TooManyTries => StatusCode::TOO_MANY_REQUESTS,
            Self::OutsideScope => StatusCode::FORBIDDEN,
            Self::BadParameter => StatusCode::BAD_REQUEST,
            Self::NotFound | Self::PlaceNotFound | Self::FindingNotFound | Self::NotATps => {
                StatusCode::NOT_FOUND
            }
            Self::NotReady | Self::TooManyExports => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::NotSignedIn => "Sign in, or send a read token",
            Self::TokenInvalid => "This is no token of this server",
            Self::TokenExpired => "The token has expired",
            Self::TokenRevoked => "The token was revoked",
            Self::TooManyTries => "Too many wrong tokens",
            Self::OutsideScope => "The place lies outside the region of the token",
            Self::BadParameter => "A parameter is wrong",
            Self::NotFound => "There is no such address",
            Self::PlaceNotFound => "There is no such place",
            Self::FindingNotFound => "There is no such finding",
            Self::NotATps => "Only a TPS has a custody line",
            Self::NotReady => "The states of places are not worked out yet",
            Self::TooManyExports => "Too many exports at a time",
            Self::Internal => "The server failed",
        }
    }
}

/// A problem, as RFC 9457 describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Always `about:blank`: `code` says what kind of problem it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The kind of problem in words, English.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// This very problem in words, English; absent where the title says all.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// The kind of problem for programs.
    code: Code,
    /// The parameter that is wrong; absent for other problems.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// Seconds to wait before the next try.
    #[serde(skip)]
    wait_s: Option<i64>,
}

/// Seconds after which a server that is not ready is asked again.
const SOON_S: i64 = 5;

impl Problem {
    /// A problem of which the title says all.
    pub(crate) fn new(code: Code) -> Self {
        let wait_s = (code.status() == StatusCode::SERVICE_UNAVAILABLE).then_some(SOON_S);
        let (title, status) = (code.title(), code.status().as_u16());
        Self { kind: "about:blank", title, status, detail: None, code, field: None, wait_s }
    }

    /// The same with a sentence about this one.
    pub(crate) fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }

    /// A parameter is wrong.
    pub(crate) fn field(name: &str, detail: impl Into<String>) -> Self {
        Self { field: Some(name.to_owned()), ..Self::new(Code::BadParameter).detail(detail) }
    }

    /// Whoever asks has to wait for so many seconds.
    pub(crate) fn wait(self, seconds: i64) -> Self {
        Self { wait_s: Some(seconds.max(1)), ..self }
    }

    /// Whether the caller must say first who it is.
    pub(crate) fn is_not_signed_in(&self) -> bool {
        self.code == Code::NotSignedIn
    }

    /// The reply.
    pub(crate) fn reply(&self) -> Response {
        let body = serde_json::to_vec(self).unwrap_or_default();
        let mut reply = reply::text(self.code.status(), "application/problem+json", body);
        if self.code.status() == StatusCode::UNAUTHORIZED {
            let value = HeaderValue::from_static("Bearer realm=\"pantau\"");
            reply.headers_mut().insert(header::WWW_AUTHENTICATE, value);
        }
        if let Some(seconds) = self.wait_s {
            reply.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        reply
    }
}

/// Why there is no answer: what the caller can help, and what it cannot.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// A problem of the request.
    Problem(Problem),
    /// The server failed.
    Failed(Error),
}

impl Refusal {
    /// The problem that the caller is told; a failure is told in the log as well.
    pub(crate) fn told(self) -> Problem {
        match self {
            Self::Problem(problem) => problem,
            Self::Failed(error) => {
                tracing::error!(%error, "an answer to a program failed");
                Problem::new(Code::Internal)
            }
        }
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}
