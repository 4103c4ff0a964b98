//! Replies: HTML with strict headers, redirects, cookies.

use askama::Template;
use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};

use pantau_protocol::legible::legible;

use super::{site::Site, text::Lang};

/// Nothing from elsewhere, nothing inline, no frames.
const CSP: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Puts the headers of the desk on every reply. Assets keep their own caching.
pub(crate) async fn harden(mut reply: Response) -> Response {
    let headers = reply.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    reply
}

/// Has the browser forget the pages it kept: whoever uses it next must not read them.
pub(crate) async fn forget(mut reply: Response) -> Response {
    let name = HeaderName::from_static("clear-site-data");
    reply.headers_mut().insert(name, HeaderValue::from_static("\"cache\""));
    reply
}

/// How every value gets onto a page (`askama.toml`): made legible, then escaped. The one place for both.
#[derive(Clone, Copy)]
pub(crate) struct Shown;

impl askama::filters::Escaper for Shown {
    fn write_escaped_str<W: std::fmt::Write>(&self, dest: W, text: &str) -> std::fmt::Result {
        askama::filters::Html.write_escaped_str(dest, &legible(text))
    }
}

/// A page.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => text(status, "text/html; charset=utf-8", html),
        Err(e) => {
            tracing::error!(error = %e, "a page could not be rendered");
            text(StatusCode::INTERNAL_SERVER_ERROR, "text/plain; charset=utf-8", String::new())
        }
    }
}

/// A body of some type.
pub(crate) fn text(status: StatusCode, kind: &'static str, body: impl Into<Body>) -> Response {
    let mut reply = Response::new(body.into());
    *reply.status_mut() = status;
    reply.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    reply
}

/// Sends the browser on by GET.
pub(crate) fn go(to: &str) -> Response {
    let mut reply = Response::new(Body::empty());
    *reply.status_mut() = StatusCode::SEE_OTHER;
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    reply.headers_mut().insert(header::LOCATION, to);
    reply
}

/// Sets a cookie that scripts cannot read and that other sites can send with a link alone, never with a form (`Lax`): a link
/// from a chat opens its page, and what changes something is a form with a token. `None` removes it.
pub(crate) fn set_cookie(reply: &mut Response, name: &str, value: Option<&str>, age_s: i64, site: &Site) {
    let (value, age_s) = value.map_or(("", 0), |v| (v, age_s));
    let line = format!("{name}={value}; {}; Max-Age={age_s}; HttpOnly; SameSite=Lax", site.cookie_scope());
    if let Ok(line) = HeaderValue::from_str(&line) {
        reply.headers_mut().append(header::SET_COOKIE, line);
    }
}

/// Keeps the language for a year.
pub(crate) fn keep_lang(reply: &mut Response, lang: Lang, site: &Site) {
    set_cookie(reply, crate::visit::LANG_COOKIE, Some(lang.code()), 365 * 86_400, site);
}
