//! Style sheet, scripts and icon, out of the binary. Their addresses name their content, so that browsers keep them
//! for good and a new version of the server is a new address.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use pantau_protocol::hash;

use super::reply;

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Name, type and content.
type Asset = (&'static str, &'static str, &'static str);

static ALL: [Asset; 5] = [
    ("desk.css", "text/css; charset=utf-8", include_str!("../assets/desk.css")),
    ("desk.js", SCRIPT, include_str!("../assets/desk.js")),
    ("htmx.js", SCRIPT, include_str!("../assets/vendor/htmx.min.js")),
    ("hx-sse.js", SCRIPT, include_str!("../assets/vendor/hx-sse.min.js")),
    ("icon.svg", "image/svg+xml", include_str!("../assets/icon.svg")),
];

/// The hash of each, shortened.
static HASHES: LazyLock<[String; ALL.len()]> = LazyLock::new(|| {
    ALL.map(|(_, _, text)| {
        let whole = hash::hex(&hash::tagged("pantau/desk/asset", &[text.as_bytes()]));
        whole.chars().take(16).collect()
    })
});

/// Where browsers find an asset; an address that answers 404 if there is none of this name.
pub(crate) fn address(name: &str) -> String {
    let hash = ALL.iter().zip(HASHES.iter()).find_map(|(asset, hash)| (asset.0 == name).then_some(hash));
    format!("/assets/{}/{name}", hash.map_or("none", String::as_str))
}

/// `GET /assets/{hash}/{name}`; open to everyone, since the sign-in page needs them.
pub(crate) async fn serve(Path((sent, name)): Path<(String, String)>) -> Response {
    let is_asked = |(asset, hash): &(&Asset, &String)| asset.0 == name && **hash == sent;
    let Some(((_, kind, text), _)) = ALL.iter().zip(HASHES.iter()).find(is_asked) else {
        return reply::text(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", "no such file");
    };
    let mut reply = reply::text(StatusCode::OK, kind, *text);
    let for_good = HeaderValue::from_static("public, max-age=31536000, immutable");
    reply.headers_mut().insert(header::CACHE_CONTROL, for_good);
    reply
}
