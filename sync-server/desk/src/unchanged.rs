//! A page that a browser has already: it is tagged by a hash of what it says, and one that says the same again is
//! answered with 304 and no body.
//!
//! Left out of the hash is what the page itself keeps up to date, the ages in `<time data-age>`, and what differs at
//! each request without saying anything: form tokens are masked anew (`auth::form`) after the hash is taken.

use axum::{
    body::{Body, to_bytes},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use pantau_protocol::hash;

use crate::visit::Asked;

/// Tags a page of a session, whose form token is replaced by `masked`. What is no page that was found stays untagged,
/// and browsers do not keep it. `now` is server time in unix seconds, told to the script of the page.
pub(crate) async fn tagged(
    reply: Response,
    asked: &Asked,
    session: &[u8; 32],
    (token, masked): (&str, &str),
    now: i64,
) -> Response {
    let (mut head, body) = reply.into_parts();
    let is_html =
        head.headers.get(header::CONTENT_TYPE).is_some_and(|k| k.as_bytes().starts_with(b"text/html"));
    if !is_html {
        return Response::from_parts(head, body);
    }
    // A page is made whole before it is sent, so this reads what is in memory.
    let html = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let html = String::from_utf8_lossy(&html);
    if let Some(date) = chrono::DateTime::from_timestamp(now, 0) {
        let date = date.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        head.headers.extend(HeaderValue::from_str(&date).ok().map(|date| (header::DATE, date)));
    }
    // What nobody may keep is not tagged either: a tag is for asking again.
    let is_kept_nowhere = head.headers.get(header::CACHE_CONTROL).is_some_and(|kept| kept == "no-store");
    if head.status != StatusCode::OK || is_kept_nowhere {
        return Response::from_parts(head, Body::from(html.replace(token, masked)));
    }
    let tag = tag(&html, session);
    head.headers.extend(HeaderValue::from_str(&tag).ok().map(|tag| (header::ETAG, tag)));
    // Kept by the browser alone, to be asked about each time: so that `Back` works while the server is away.
    head.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    head.headers.append(header::VARY, HeaderValue::from_static("cookie"));
    if asked.has(&tag) {
        head.status = StatusCode::NOT_MODIFIED;
        head.headers.remove(header::CONTENT_TYPE);
        return Response::from_parts(head, Body::empty());
    }
    Response::from_parts(head, Body::from(html.replace(token, masked)))
}

/// A weak tag: the same page is sent in several encodings.
fn tag(html: &str, session: &[u8; 32]) -> String {
    let said: Vec<&[u8]> = lasting(html).map(str::as_bytes).collect();
    let tag = hash::tagged("pantau/desk/page", &[session, &said.concat()]);
    format!("W/\"{}\"", hash::hex(tag.first_chunk::<16>().unwrap_or(&[0; 16])))
}

/// The page without the ages that it keeps up to date itself. Only our own templates write a tag as such (values are
/// escaped, see `reply::Shown`), so nothing that people wrote is left out.
fn lasting(html: &str) -> impl Iterator<Item = &str> {
    html.split("<time data-age").enumerate().flat_map(|(n, part)| {
        let age = (n > 0).then(|| part.find('>').zip(part.find("</time>"))).flatten();
        // The moment itself stays in; how long ago it was does not.
        match age.and_then(|(from, to)| part.get(..from).zip(part.get(to..))) {
            Some((moment, rest)) => [moment, rest],
            None => [part, ""],
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_that_grew_is_no_change_and_anything_else_is_one() {
        let page = |at: &str, age: &str, said: &str| {
            let html = format!("<p>{said} <time data-age datetime=\"{at}\">{age}</time></p>");
            tag(&html, &[1; 32])
        };
        let first = page("18:00", "baru saja", "banjir");
        assert_eq!(page("18:00", "3 mnt lalu", "banjir"), first);
        assert_ne!(page("18:01", "baru saja", "banjir"), first, "another moment");
        assert_ne!(page("18:00", "baru saja", "surut"), first, "another text");
        assert_ne!(tag("<p></p>", &[1; 32]), tag("<p></p>", &[2; 32]), "another session");
        assert_ne!(
            tag("<time>1</time>", &[1; 32]),
            tag("<time>2</time>", &[1; 32]),
            "no age that grows by itself"
        );
        assert_ne!(
            tag("a<time data-age", &[1; 32]),
            tag("a<time data-age>x", &[1; 32]),
            "an end that is missing"
        );
    }
}
