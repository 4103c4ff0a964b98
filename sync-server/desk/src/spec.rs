//! The OpenAPI document. `docs/openapi.json` is this document; a test holds them equal.

use std::sync::Arc;

use axum::{
    Router,
    http::{HeaderValue, header},
    response::Response,
    routing::get,
};
use pantau_protocol::hash;
use utoipa::{
    Modify, OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use crate::{api, ask, export, problem::Problem, state::Desk, visit::Asked};

/// The route of the document.
pub(crate) fn router() -> Router<Arc<Desk>> {
    Router::new().route("/api/v1/openapi.json", get(document))
}

/// All addresses of the API and of the exports.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Pantau read API",
        version = "1",
        description = "What the election desk knows of every polling station (TPS) and region: who says so, on what \
            basis and how old it is. Reading only.\n\n\
            Names are stable: within `/api/v1` fields are added, never renamed, and their meaning stays. A reader must \
            pass over fields and words that it does not know. Unknown is `null` and never 0. Every time is given as \
            RFC 3339 in UTC and in unix seconds.\n\n\
            Answers are not to be cached by anyone between (`Cache-Control: no-store`). A program that keeps one \
            itself may send its `ETag` as `If-None-Match` and is told with 304 that the log says nothing new.",
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT"),
    ),
    paths(
        api::places::places,
        api::place::place,
        api::custody::custody,
        api::rollups::rollups,
        api::findings::findings,
        api::findings::finding,
        document,
        export::tps::tps,
        export::custody::custody,
        export::findings::findings,
        export::silence::silence,
        export::officers::officers,
    ),
    components(schemas(Problem)),
    modifiers(&Schemes),
    security(("token" = []), ("session" = [])),
)]
struct Document;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "A read token, made by `pantau-server token new`: it reads one region, and names of officers only \
                 if it was made with --names.",
            ))
            .build();
        let session = ApiKeyValue::with_description(
            "pantau_session",
            "The session of an operator who is signed in at the desk; over TLS its name begins with `__Host-` or \
             `__Secure-`. It reads everything.",
        );
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(token));
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(session)));
    }
}

/// The OpenAPI document of the read API, JSON with a newline at its end.
pub fn openapi() -> String {
    // Made of our own descriptions: there is nothing in it that JSON cannot write.
    Document::openapi().to_pretty_json().unwrap_or_default() + "\n"
}

/// The OpenAPI document; open to everyone, since it says nothing of what a server holds.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    operation_id = "openapi",
    tag = "read",
    responses((status = 200, description = "This document.", content_type = "application/json", body = Object)),
    security(()),
)]
async fn document(asked: Asked) -> Response {
    let json = openapi();
    let etag = format!("W/\"{}\"", hash::hex(&hash::tagged("pantau/desk/openapi", &[json.as_bytes()])));
    let mut reply = ask::tagged(&asked, &etag, "application/json", json.into_bytes());
    reply.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    reply
}
