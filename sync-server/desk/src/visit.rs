//! One request to the desk: who asks, in which language, for what.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Uri, header, request::Parts},
};

use crate::{auth, text::Lang};
use pantau_log::{caller::Caller, store::Rights};
use pantau_protocol::place::Scope;

/// Cookie of the language.
pub(crate) const LANG_COOKIE: &str = "pantau_lang";

/// What a request asks for, taken from it without looking anything up.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    headers: HeaderMap,
    uri: Uri,
    /// Who asks.
    pub(crate) caller: Caller,
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let caller = parts.extensions.get::<Caller>().cloned().unwrap_or_default();
        Ok(Self { headers: parts.headers.clone(), uri: parts.uri.clone(), caller })
    }
}

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Visitor {
    /// User name.
    pub(crate) operator: String,
    /// Key of the session, to which form tokens are bound.
    pub(crate) session: [u8; 32],
    /// Has one-time codes.
    pub(crate) has_codes: bool,
    /// What the operator may do.
    pub(crate) rights: Rights,
    /// The regions that the operator may see and act in; `None` for everything.
    pub(crate) scope: Option<Scope>,
}

impl Asked {
    /// A cookie.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        let all = self.headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
        all.flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(k, v)| (k == name).then_some(v))
    }

    /// Whether the browser says that another site sent it here.
    pub(crate) fn is_from_elsewhere(&self) -> bool {
        let site = self.headers.get("sec-fetch-site").map(|site| site.as_bytes());
        site.is_some_and(|site| !matches!(site, b"same-origin" | b"none"))
    }

    /// The 32 bytes of a cookie.
    pub(crate) fn cookie_bytes(&self, name: &str) -> Option<[u8; 32]> {
        self.cookie(name).and_then(auth::unhex)
    }

    /// The token of an `Authorization: Bearer` header. Another scheme is for a proxy in front of us.
    pub(crate) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    }

    /// Whether the caller has an answer with this tag already.
    pub(crate) fn has(&self, etag: &str) -> bool {
        let all = self.headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|v| v.to_str().ok());
        // Weak comparison, as a condition for reading asks for.
        let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        all.flat_map(|line| line.split(',')).any(|one| bare(one) == bare(etag) || one.trim() == "*")
    }

    /// The host that was asked, with its port, as the request names it.
    pub(crate) fn host(&self) -> Option<&str> {
        self.headers.get(header::HOST).and_then(|host| host.to_str().ok())
    }

    /// All parameters of the address, decoded.
    pub(crate) fn parameters(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(self.query().as_bytes()).into_owned().collect()
    }

    /// The path of the address as it was sent.
    pub(crate) fn path(&self) -> &str {
        self.uri.path()
    }

    /// The language asked for in the address, then in the cookie.
    pub(crate) fn lang(&self) -> Lang {
        self.chosen_lang().or_else(|| self.cookie(LANG_COOKIE).and_then(Lang::from_code)).unwrap_or_default()
    }

    /// The language asked for in the address, to be kept in the cookie.
    pub(crate) fn chosen_lang(&self) -> Option<Lang> {
        self.parameter("lang").and_then(|code| Lang::from_code(&code))
    }

    /// A parameter of the address, decoded.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(self.query().as_bytes()).find(|(k, _)| k == name).map(|(_, v)| v.into_owned())
    }

    /// Path and query without the language.
    pub(crate) fn here(&self) -> String {
        let is_kept = |pair: &&str| !pair.is_empty() && *pair != "lang" && !pair.starts_with("lang=");
        let kept: Vec<&str> = self.query().split('&').filter(is_kept).collect();
        let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
        format!("{}{query}", self.uri.path())
    }

    /// This very page in the other language.
    pub(crate) fn switched(&self) -> String {
        let here = self.here();
        let join = if here.contains('?') { '&' } else { '?' };
        format!("{here}{join}lang={}", self.lang().other().code())
    }

    /// The page of ours that a form was sent from, by the `Referer` that our pages send to ourselves; the overview if it is
    /// not said. `prefix` is the path under which a proxy keeps the site.
    pub(crate) fn came_from(&self, prefix: &str) -> String {
        let referer = self.headers.get(header::REFERER).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let path =
            referer.split_once("://").and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..)));
        let path = path.and_then(|path| path.strip_prefix(prefix)).unwrap_or_default();
        safe_next(path).to_owned()
    }

    fn query(&self) -> &str {
        self.uri.query().unwrap_or_default()
    }
}

/// A place on this site to go on to after signing in; anything else leads to the overview.
pub(crate) fn safe_next(next: &str) -> &str {
    let is_ours = next.starts_with('/')
        && !next.starts_with("//")
        && next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if is_ours { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(uri: &str, cookies: &[&str]) -> Asked {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(header::COOKIE, cookie.parse().unwrap());
        }
        Asked { headers, uri: uri.parse().unwrap(), caller: Caller::default() }
    }

    #[test]
    fn the_address_outranks_the_cookie() {
        assert_eq!(asked("/", &[]).lang(), Lang::Id);
        assert_eq!(asked("/", &["a=b; pantau_lang=en"]).lang(), Lang::En);
        assert_eq!(asked("/?lang=id", &["pantau_lang=en"]).lang(), Lang::Id);
        assert_eq!(asked("/?lang=xx", &["pantau_lang=en"]).lang(), Lang::En);
    }

    #[test]
    fn the_switch_keeps_the_page() {
        assert_eq!(asked("/search?q=a%20b&lang=en", &[]).switched(), "/search?q=a%20b&lang=id");
        assert_eq!(asked("/", &[]).switched(), "/?lang=en");
    }

    #[test]
    fn parameters_are_decoded_without_harm() {
        let q = |uri: &str| asked(uri, &[]).parameter("q").unwrap();
        assert_eq!(q("/search?q=Tumbang+Gagu%2F1"), "Tumbang Gagu/1");
        assert_eq!(q("/search?q=%"), "%");
        assert_eq!(q("/search?q=%zz%e4"), "%zz\u{FFFD}");
    }

    #[test]
    fn nobody_is_sent_elsewhere_after_signing_in() {
        assert_eq!(safe_next("/tps/62.06.13.2001/003?x=1"), "/tps/62.06.13.2001/003?x=1");
        for bad in ["//evil.example", "https://evil.example", "/\\evil.example", "", "/a\r\nb"] {
            assert_eq!(safe_next(bad), "/");
        }
    }
}
