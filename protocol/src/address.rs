//! The address of a server: what `serve` and `enrol` are told, what a code carries, what a phone asks.
//!
//! A request goes to the address with `/v1/exchange` or `/v1/enrol` behind it, so a path before that is well
//! (a proxy may keep the server under `https://host/pantau`), but one that leads to a page is not: such a code
//! would look right and never work.

use crate::limit::ADDRESS_BYTES;

/// First parts of the paths that a server itself answers at: an address that ends in one was copied from a browser.
pub const OWN_PATHS: &[&str] = &[
    "api",
    "assets",
    "attention",
    "chart",
    "daily",
    "directive",
    "directives",
    "export",
    "finding",
    "findings",
    "healthz",
    "incidents",
    "live",
    "logistics",
    "metrics",
    "officer",
    "officers",
    "quarantine",
    "region",
    "report",
    "search",
    "shift",
    "sign-in",
    "sign-out",
    "silence",
    "tps",
    "turnout",
    "v1",
];

/// Why a text is no address of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// It begins with neither `https://` nor `http://`.
    #[error("an address begins with https:// or http://")]
    Scheme,
    /// No host, or a port that is none.
    #[error("the address names no host, or an impossible port")]
    Host,
    /// A user name or password before the host.
    #[error("an address has no user name")]
    User,
    /// A question mark.
    #[error("an address has no part after `?`")]
    Query,
    /// A hash sign.
    #[error("an address has no part after `#`")]
    Fragment,
    /// The path leads to a page.
    #[error("the address leads to a page: leave out what follows the server's own address")]
    Page,
    /// A blank or another symbol that no address has.
    #[error("the address has a symbol that no address has")]
    Symbol,
    /// Over [`ADDRESS_BYTES`].
    #[error("the address is too long")]
    TooLong,
}

/// Reads the address of a server: `https://desk.example:8443/pantau`. Comes back without trailing slashes, scheme
/// and host in small letters.
///
/// # Errors
/// [`BadAddress`] says what cannot be.
pub fn read(text: &str) -> Result<String, BadAddress> {
    if text.len() > ADDRESS_BYTES {
        return Err(BadAddress::TooLong);
    }
    let is_symbol = |c: char| !c.is_control() && !c.is_whitespace() && !"\"<>\\^`{|}".contains(c);
    if !text.chars().all(is_symbol) {
        return Err(BadAddress::Symbol);
    }
    let (scheme, rest) = text.split_once("://").ok_or(BadAddress::Scheme)?;
    let scheme = scheme.to_ascii_lowercase();
    if !matches!(scheme.as_str(), "https" | "http") {
        return Err(BadAddress::Scheme);
    }
    // What stands before the first of them decides: `https://host#@x` has a fragment, and no user.
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if authority.contains('@') {
        return Err(BadAddress::User);
    }
    match path.find(['?', '#']).and_then(|at| path.get(at..)) {
        Some(tail) if tail.starts_with('?') => return Err(BadAddress::Query),
        Some(_) => return Err(BadAddress::Fragment),
        None => {}
    }
    let path = path.trim_end_matches('/');
    let authority = authority.to_ascii_lowercase();
    if !is_host(&authority) {
        return Err(BadAddress::Host);
    }
    if path.split('/').skip(1).any(is_page) {
        return Err(BadAddress::Page);
    }
    Ok(format!("{scheme}://{authority}{path}"))
}

/// A host with or without a port.
fn is_host(authority: &str) -> bool {
    let (host, port) = match authority.strip_prefix('[').and_then(|v6| v6.split_once(']')) {
        Some((v6, after)) => {
            if v6.parse::<std::net::Ipv6Addr>().is_err() {
                return false;
            }
            ("v6", if after.is_empty() { None } else { Some(after.strip_prefix(':').unwrap_or("no port")) })
        }
        None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
    };
    let is_label =
        |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || "-_".contains(c));
    let is_number =
        |port: &str| port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|p| p > 0);
    // A name may end in the dot of the root.
    host.strip_suffix('.').unwrap_or(host).split('.').all(is_label) && port.is_none_or(is_number)
}

/// Whether a part of a path belongs to a page rather than to a place where a proxy keeps the server.
fn is_page(part: &str) -> bool {
    let is_file =
        part.rsplit_once('.').is_some_and(|(_, end)| matches!(end, "html" | "htm" | "php" | "aspx" | "jsp"));
    part.is_empty() || matches!(part, "." | "..") || is_file || OWN_PATHS.contains(&part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_have_a_port_and_a_prefix() {
        for (text, is) in [
            ("https://desk.example", "https://desk.example"),
            ("HTTPS://Desk.Example/", "https://desk.example"),
            ("http://127.0.0.1:8413", "http://127.0.0.1:8413"),
            ("http://[::1]:8413/", "http://[::1]:8413"),
            ("https://kpu.example/pemilu/Pantau//", "https://kpu.example/pemilu/Pantau"),
            ("http://localhost", "http://localhost"),
            ("http://here", "http://here"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(is), "{text}");
            assert_eq!(read(is).as_deref(), Ok(is), "{text}");
        }
    }

    #[test]
    fn what_could_never_work_is_named() {
        use BadAddress as B;
        let long = format!("https://{}", "a".repeat(ADDRESS_BYTES));
        for (text, why) in [
            ("desk.example", B::Scheme),
            ("ftp://desk.example", B::Scheme),
            ("https:/desk.example", B::Scheme),
            ("https://", B::Host),
            ("https:///pantau", B::Host),
            ("https://:8413", B::Host),
            ("https://desk..example", B::Host),
            ("https://desk.example:0", B::Host),
            ("https://desk.example:99999", B::Host),
            ("https://desk.example:+80", B::Host),
            ("https://desk.example:", B::Host),
            ("https://[::1", B::Host),
            ("https://[::1]8413", B::Host),
            ("https://user:pw@host/", B::User),
            ("https://user@host", B::User),
            ("https://desk.example/?lang=id", B::Query),
            ("https://desk.example?x", B::Query),
            ("https://desk.example/#main", B::Fragment),
            ("https://desk.example#@x", B::Fragment),
            ("https://desk.example/pantau/sign-in", B::Page),
            ("https://desk.example/v1/exchange", B::Page),
            ("https://desk.example/index.html", B::Page),
            ("https://desk.example//pantau", B::Page),
            ("https://desk.example/a/../b", B::Page),
            ("https://desk.example/a b", B::Symbol),
            ("https://desk.example\\pantau", B::Symbol),
            (long.as_str(), B::TooLong),
        ] {
            assert_eq!(read(text), Err(why), "{text}");
        }
    }
}
