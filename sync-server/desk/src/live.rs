//! `GET /live`: tells an open page that something changed, as server-sent events. The page then asks for its own
//! address again; no figure travels here.
//!
//! Events: `news` when the page should look again, and `beat` every few seconds, so that a page can tell a quiet
//! election from a server that hangs. Both carry the time of the server in unix seconds, by which the page lets its
//! ages grow. A stream ends with the session, and when the server stops.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use http_body_util::channel::{Channel, Sender};
use pantau_log::{Error, Shown, health::Trouble};
use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    time::{Instant, sleep_until},
};

use crate::{
    limit, page, reply,
    state::{Desk, blocking},
    visit::Asked,
};

/// Asks a proxy of the common kind not to keep the events back.
const NO_BUFFER: HeaderName = HeaderName::from_static("x-accel-buffering");
const PLAIN: &str = "text/plain; charset=utf-8";

/// Answers with a stream. Not signed in: 401, and no redirect, since no person reads it. As many streams as may be:
/// 503, and the page asks for itself every few seconds.
pub(crate) async fn serve(State(desk): State<Arc<Desk>>, asked: Asked) -> Response {
    match is_signed_in(&desk, &asked).await {
        Ok(true) => {}
        Ok(false) => return reply::text(StatusCode::UNAUTHORIZED, PLAIN, "Masuk dahulu / sign in first\n"),
        Err(error) => return page::failed(&desk, &asked, &error),
    }
    let Ok(place) = Arc::clone(&desk.streams).try_acquire_owned() else {
        let text = "Terlalu banyak halaman terbuka / too many open pages\n";
        let mut full = reply::text(StatusCode::SERVICE_UNAVAILABLE, PLAIN, text);
        full.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
        return full;
    };
    let (sender, body) = Channel::<Bytes, Error>::new(1);
    tokio::spawn(tell(desk, asked, sender, place));
    let mut stream = reply::text(StatusCode::OK, "text/event-stream; charset=utf-8", Body::new(body));
    stream.headers_mut().insert(NO_BUFFER, HeaderValue::from_static("no"));
    stream
}

async fn is_signed_in(desk: &Arc<Desk>, asked: &Asked) -> Result<bool, Error> {
    let (desk, asked) = (Arc::clone(desk), asked.clone());
    blocking(move || Ok(page::visitor(&desk, &asked)?.is_some())).await
}

/// Tells one page until it goes away, its session ends or the server stops.
async fn tell(desk: Arc<Desk>, asked: Asked, mut sender: Sender<Bytes, Error>, place: OwnedSemaphorePermit) {
    let mut shown = desk.server.shown();
    let mut troubles = None;
    let mut event = "news";
    loop {
        shown.mark_unchanged();
        let now_wrong = wrong(&desk);
        if troubles.as_ref().is_some_and(|told| *told != now_wrong) {
            event = "news";
        }
        troubles = Some(now_wrong);
        match is_signed_in(&desk, &asked).await {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                tracing::warn!(%error, "a stream of news ends");
                break;
            }
        }
        let line = format!("event: {event}\ndata: {}\n\n", desk.env().now());
        if sender.send_data(line.into()).await.is_err() || shown.borrow().is_ending {
            break;
        }
        event = next(&mut shown).await;
        if shown.borrow().is_ending {
            break;
        }
    }
    drop(place);
}

/// What to say next, when it is time to. What follows in quick succession is one event.
async fn next(shown: &mut watch::Receiver<Shown>) -> &'static str {
    let told_at = Instant::now();
    let beat_at = told_at + Duration::from_millis(limit::LIVE_BEAT_MS);
    tokio::select! {
        changed = shown.changed() => {
            if changed.is_ok() && !shown.borrow().is_ending {
                sleep_until(told_at + Duration::from_millis(limit::LIVE_REST_MS)).await;
            }
            "news"
        }
        () = sleep_until(beat_at) => "beat",
    }
}

/// What is wrong with the server stands on every page, and no record tells of it.
fn wrong(desk: &Desk) -> Vec<Trouble> {
    desk.server.health().troubles().into_iter().map(|(trouble, _)| trouble).collect()
}
