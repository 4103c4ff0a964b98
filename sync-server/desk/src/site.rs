//! Where browsers reach the desk: over TLS or not, and under which path. A proxy that keeps the server under a
//! path (`https://host/pantau`) takes that path off before it asks, so every route here begins at `/`; what goes
//! back to the browser, links and cookies, has the path again.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, header},
    response::Response,
};
use std::sync::Arc;

use pantau_log::Error;
use pantau_protocol::address::{self, BadAddress};

/// Where browsers reach the desk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Site {
    /// Over TLS: cookies say so.
    pub(crate) secure: bool,
    /// Path before every link, such as `/pantau`; empty for none.
    pub(crate) prefix: String,
    /// The whole public address, which phones are told in codes; `None` where the server does not know it.
    pub(crate) address: Option<String>,
}

impl Site {
    /// The site at a public address as [`address::read`] takes it, or at the root of any host without. It is
    /// secure if the address begins with `https` or if the server itself speaks TLS (`is_tls`).
    ///
    /// # Errors
    /// [`Error::Refused`] for an address that cannot be, or whose path no cookie can name.
    pub fn new(address: Option<&str>, is_tls: bool) -> Result<Self, Error> {
        let Some(address) = address else { return Ok(Self { secure: is_tls, ..Self::default() }) };
        let refused = |e: BadAddress| Error::Refused(format!("--url: {e}"));
        let address = address::read(address).map_err(refused)?;
        let path = address.split('/').skip(3).map(|part| format!("/{part}"));
        let prefix: String = path.collect();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "/-._~".contains(c);
        if !prefix.chars().all(is_plain) {
            return Err(Error::Refused(format!(
                "--url: the path {prefix} may have letters a to z, digits, and - . _ ~ only"
            )));
        }
        let secure = is_tls || address.starts_with("https://");
        Ok(Self { secure, prefix, address: Some(address) })
    }

    /// Name of a cookie that tells nothing in plain HTTP: `__Host-` makes browsers insist on TLS and on this very
    /// host. It demands the path `/`; a site below it has `__Secure-` and its own path, so that neither another
    /// program of that host is sent our sessions nor a second Pantau there takes them for its own.
    pub(crate) fn cookie(&self, name: &str) -> String {
        let first = match (self.secure, self.prefix.is_empty()) {
            (false, _) => "",
            (true, true) => "__Host-",
            (true, false) => "__Secure-",
        };
        format!("{first}{name}")
    }

    /// The end of a `Set-Cookie` line: path, and whether TLS is needed.
    pub(crate) fn cookie_scope(&self) -> String {
        let path = if self.prefix.is_empty() { "/" } else { &self.prefix };
        format!("Path={path}{}", if self.secure { "; Secure" } else { "" })
    }
}

/// Puts the prefix of the site before every link of a page and before the target of a redirect.
pub(crate) async fn mount(State(site): State<Arc<Site>>, mut reply: Response) -> Response {
    if site.prefix.is_empty() {
        return reply;
    }
    let location = reply.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
    let location = location.filter(|to| to.starts_with('/'));
    if let Some(to) = location.and_then(|to| HeaderValue::from_str(&format!("{}{to}", site.prefix)).ok()) {
        reply.headers_mut().insert(header::LOCATION, to);
    }
    let is_html = |kind: &HeaderValue| kind.as_bytes().starts_with(b"text/html");
    if !reply.headers().get(header::CONTENT_TYPE).is_some_and(is_html) {
        return reply;
    }
    let (mut head, body) = reply.into_parts();
    // A page is made whole before it is sent, so this reads what is in memory.
    let html = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, Body::from(linked(&String::from_utf8_lossy(&html), &site.prefix)))
}

/// The page with the prefix in each link. Only our own templates write a quotation mark as such (values are
/// escaped, see `reply::Shown`), so nothing that people wrote looks like a link.
fn linked(html: &str, prefix: &str) -> String {
    ["href", "src", "action", "hx-sse:connect"].iter().fold(html.to_owned(), |html, name| {
        html.replace(&format!(" {name}=\"/"), &format!(" {name}=\"{prefix}/"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_says_where_cookies_belong() {
        let site = |address, is_tls| Site::new(address, is_tls).unwrap();
        let scope = |site: &Site| (site.cookie("s"), site.cookie_scope());
        assert_eq!(scope(&site(None, false)), ("s".into(), "Path=/".into()));
        assert_eq!(scope(&site(None, true)), ("__Host-s".into(), "Path=/; Secure".into()));
        let root = site(Some("https://desk.example/"), false);
        assert_eq!(scope(&root), ("__Host-s".into(), "Path=/; Secure".into()));
        let below = site(Some("https://kpu.example:8443/pemilu/pantau/"), false);
        assert_eq!(scope(&below), ("__Secure-s".into(), "Path=/pemilu/pantau; Secure".into()));
        let plain = site(Some("http://kpu.example/pantau"), false);
        assert_eq!(scope(&plain), ("s".into(), "Path=/pantau".into()));
        for bad in ["https://kpu.example/a;b", "https://kpu.example/caf\u{e9}", "https://kpu.example/sign-in"]
        {
            assert!(matches!(Site::new(Some(bad), true), Err(Error::Refused(_))), "{bad}");
        }
    }

    #[test]
    fn only_links_of_the_template_get_the_prefix() {
        let page =
            r##"<a class="x" href="/tps/1">a href=&#34;/x</a><a href="#main"><input value="/region/62">"##;
        let mounted =
            r##"<a class="x" href="/p/tps/1">a href=&#34;/x</a><a href="#main"><input value="/region/62">"##;
        assert_eq!(linked(page, "/p"), mounted);
    }

    #[test]
    fn no_route_of_the_desk_is_taken_for_a_place_where_a_proxy_keeps_the_server() {
        for page in crate::PAGES {
            let first = page.route.split('/').nth(1).unwrap();
            let is_known = first.is_empty() || address::OWN_PATHS.contains(&first);
            assert!(is_known, "{} is missing in OWN_PATHS", page.route);
        }
    }
}
