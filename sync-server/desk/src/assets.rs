//! Style sheet, script and icon, out of the binary.

use axum::{
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};

use super::reply;

/// `GET /assets/{name}`; open to everyone, since the sign-in page needs them.
pub(crate) async fn serve(Path(name): Path<String>) -> Response {
    let (kind, body) = match name.as_str() {
        "desk.css" => ("text/css; charset=utf-8", include_str!("../assets/desk.css")),
        "refresh.js" => ("text/javascript; charset=utf-8", include_str!("../assets/refresh.js")),
        "icon.svg" => ("image/svg+xml", include_str!("../assets/icon.svg")),
        _ => return reply::text(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", "no such file"),
    };
    let mut reply = reply::text(StatusCode::OK, kind, body);
    // Short: a new version of the server brings new ones under the same names.
    reply.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=300"));
    reply
}
