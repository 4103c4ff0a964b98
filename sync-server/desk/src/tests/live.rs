//! Live pages: the stream of news, unchanged pages, compression and form tokens.

use axum::{
    body::Body as HttpBody,
    http::{Request as HttpRequest, Response, StatusCode, header},
};
use http_body_util::BodyExt as _;
use pantau_protocol::{
    body::{Body, Category, Incident, Severity},
    note::Field,
};
use tower::ServiceExt as _;

use super::world::{World, say};
use pantau_log::rig::NOW;

const TPS: &str = "62.06.13.2001/001";

/// An open stream of news.
struct Stream(HttpBody);

impl Stream {
    async fn open(world: &World, cookie: &str) -> Self {
        let reply = ask(world, cookie).await;
        assert_eq!(reply.status(), StatusCode::OK);
        assert!(reply.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
        assert!(!reply.headers().contains_key("content-encoding"), "a compressed stream is kept back");
        Self(reply.into_body())
    }

    /// The next event; `None` at the end.
    async fn event(&mut self) -> Option<String> {
        let frame = self.0.frame().await?.unwrap();
        let text = String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap();
        let (event, data) = text.strip_prefix("event: ").unwrap().split_once("\ndata: ").unwrap();
        assert!(data.ends_with("\n\n") && data.trim().parse::<i64>().is_ok(), "{text}");
        Some(event.to_owned())
    }
}

async fn ask(world: &World, cookie: &str) -> Response<HttpBody> {
    let request =
        HttpRequest::get("/live").header(header::COOKIE, cookie).header("accept-encoding", "gzip, br");
    world.router.clone().oneshot(request.body(HttpBody::empty()).unwrap()).await.unwrap()
}

fn incident() -> Body {
    Body::Incident(Incident { category: Category::Weather, severity: Severity::Medium })
}

#[tokio::test(start_paused = true)]
async fn a_stream_tells_of_a_record_and_beats_while_nothing_happens() {
    let (world, mut phone) = World::with_data();
    let cookie = world.sign_in().await;
    world.server.follow().unwrap();
    let mut stream = Stream::open(&world, &cookie).await;
    assert_eq!(stream.event().await.unwrap(), "news", "a page that was made before asks again");
    assert_eq!(stream.event().await.unwrap(), "beat");
    say(&mut phone, &world, NOW, TPS, &incident(), &[(Field::Note, "banjir")]);
    world.server.follow().unwrap();
    let told = tokio::time::Instant::now();
    assert_eq!(stream.event().await.unwrap(), "news");
    assert!(told.elapsed() <= std::time::Duration::from_secs(1));
    assert_eq!(stream.event().await.unwrap(), "beat", "one event for all steps of one record");
}

#[tokio::test(start_paused = true)]
async fn a_stream_tells_of_a_server_that_is_not_well() {
    let world = World::empty();
    let cookie = world.sign_in().await;
    let mut stream = Stream::open(&world, &cookie).await;
    assert_eq!(stream.event().await.unwrap(), "news");
    assert_eq!(stream.event().await.unwrap(), "beat");
    world.server.health().raise(pantau_log::health::Trouble::Clock, "in 1970");
    assert_eq!(stream.event().await.unwrap(), "news");
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_with_the_session_and_with_the_server() {
    let world = World::empty();
    assert_eq!(world.get("/live", "").await.status, StatusCode::UNAUTHORIZED);
    let cookie = world.sign_in().await;
    let mut stream = Stream::open(&world, &cookie).await;
    stream.event().await.unwrap();
    let form = world.get("/", &cookie).await.csrf();
    world.post("/sign-out", &cookie, &format!("csrf={form}")).await;
    assert_eq!(stream.event().await, None, "signed out");

    let cookie = world.sign_in().await;
    let mut stream = Stream::open(&world, &cookie).await;
    stream.event().await.unwrap();
    world.move_clock(12 * 3600);
    assert_eq!(stream.event().await, None, "the session is over");

    let cookie = world.sign_in().await;
    let mut stream = Stream::open(&world, &cookie).await;
    stream.event().await.unwrap();
    world.server.end_news();
    assert_eq!(stream.event().await, None, "the server stops");
}

#[tokio::test(start_paused = true)]
async fn beyond_so_many_streams_the_answer_is_clear_and_a_place_is_given_back() {
    let world = World::empty();
    let cookie = world.sign_in().await;
    let mut open = Vec::new();
    for _ in 0..crate::limit::LIVE_STREAMS {
        open.push(Stream::open(&world, &cookie).await);
    }
    let full = ask(&world, &cookie).await;
    assert_eq!(full.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(full.headers()["retry-after"], "30");
    open.pop();
    // The stream notices at its next sign of life that nobody reads it.
    while ask(&world, &cookie).await.status() != StatusCode::OK {
        tokio::time::advance(std::time::Duration::from_secs(4)).await;
    }
}

#[tokio::test]
async fn an_unchanged_page_is_not_sent_again() {
    let (world, mut phone) = World::with_data();
    say(&mut phone, &world, NOW, TPS, &incident(), &[(Field::Note, "banjir")]);
    let cookie = world.sign_in().await;
    let again = async |path: &str, cookie: &str, etag: &str| {
        let request =
            HttpRequest::get(path).header(header::COOKIE, cookie).header(header::IF_NONE_MATCH, etag);
        world.send(request.body(HttpBody::empty()).unwrap()).await
    };
    for path in ["/", "/tps/62.06.13.2001/001", "/incidents", "/officers", "/findings"] {
        let first = world.get(path, &cookie).await;
        let etag = first.headers["etag"].to_str().unwrap();
        assert_eq!(first.headers["cache-control"], "private, no-cache", "{path}");
        assert!(first.headers["vary"].to_str().unwrap().contains("cookie"), "{path}");
        assert_ne!(world.get(path, &cookie).await.csrf(), first.csrf(), "{path}: the token is masked anew");
        let second = again(path, &cookie, etag).await;
        assert_eq!((second.status, second.body.as_str()), (StatusCode::NOT_MODIFIED, ""), "{path}");
        assert_eq!(second.headers["etag"], etag);
        assert_eq!(again(&format!("{path}?lang=en"), &cookie, etag).await.status, StatusCode::OK, "{path}");
        let other = world.sign_in().await;
        assert_eq!(again(path, &other, etag).await.status, StatusCode::OK, "{path}: another session");
    }
    let etag = world.get("/incidents", &cookie).await.headers["etag"].to_str().unwrap().to_owned();
    world.move_clock(600);
    assert_eq!(again("/incidents", &cookie, &etag).await.status, StatusCode::NOT_MODIFIED, "only ages grew");
    say(&mut phone, &world, NOW, TPS, &incident(), &[(Field::Note, "surut")]);
    assert_eq!(again("/incidents", &cookie, &etag).await.status, StatusCode::OK);
    let nowhere = world.get("/region/99", &cookie).await;
    assert_eq!(nowhere.headers["cache-control"], "no-store");
    assert!(!nowhere.headers.contains_key("etag"));
}

#[tokio::test]
async fn pages_are_as_old_as_the_newest_record_they_speak_of() {
    let (world, mut phone) = World::with_data();
    say(&mut phone, &world, NOW, TPS, &incident(), &[]);
    let cookie = world.sign_in().await;
    world.move_clock(7200);
    let page = world.get("/", &cookie).await.body;
    let (_, fresh) = page.split_once("id=\"fresh\"").unwrap();
    let fresh = fresh.split("</span>").next().unwrap();
    assert!(fresh.contains("Data per") && fresh.contains("2 jam lalu"), "{fresh}");
    let empty = World::empty();
    let cookie = empty.sign_in().await;
    assert!(!empty.get("/", &cookie).await.body.contains("data-off="));
}

#[tokio::test]
async fn what_is_text_is_compressed_if_the_browser_takes_it() {
    let (world, _) = World::with_data();
    let cookie = world.sign_in().await;
    let css = crate::assets::address("desk.css");
    for path in ["/", css.as_str(), "/api/v1/places", "/export/tps.csv"] {
        for (accepted, used) in [("gzip", Some("gzip")), ("gzip, br", Some("br")), ("identity", None)] {
            let request = HttpRequest::get(path)
                .header(header::COOKIE, &cookie)
                .header(header::ACCEPT_ENCODING, accepted)
                .body(HttpBody::empty())
                .unwrap();
            let reply = world.router.clone().oneshot(request).await.unwrap();
            let encoding = reply.headers().get(header::CONTENT_ENCODING).map(|v| v.to_str().unwrap());
            assert_eq!(encoding, used, "{path} {accepted}");
            let vary = reply.headers().get_all(header::VARY);
            assert!(vary.iter().any(|v| v.to_str().unwrap().contains("accept-encoding")), "{path}");
        }
    }
}

#[tokio::test]
async fn signing_out_has_the_browser_forget_its_pages() {
    let world = World::empty();
    let cookie = world.sign_in().await;
    let form = world.get("/", &cookie).await.csrf();
    let left = world.post("/sign-out", &cookie, &format!("csrf={form}")).await;
    assert_eq!(left.headers["clear-site-data"], "\"cache\"");
}

#[tokio::test]
async fn everybody_is_given_the_assets_and_keeps_them_for_good() {
    let world = World::empty();
    for asset in ["desk.css", "desk.js", "htmx.js", "hx-sse.js", "icon.svg"] {
        let answer = world.get(&crate::assets::address(asset), "").await;
        assert_eq!(answer.status, StatusCode::OK, "{asset}");
        assert!(answer.headers["cache-control"].to_str().unwrap().contains("immutable"), "{asset}");
    }
    assert_eq!(world.get("/assets/0000000000000000/desk.css", "").await.status, StatusCode::NOT_FOUND);
}
