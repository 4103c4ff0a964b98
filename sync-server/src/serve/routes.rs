//! The routes of phones and of monitoring. Bodies carry all meaning: no header is read but the one by which
//! trusted proxies say who calls, few are written.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Router,
    body::{Body, HttpBody as _},
    extract::State,
    http::{HeaderValue, Response, StatusCode, header},
    routing::{get, post},
};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use pantau_protocol::limit;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use super::{ServeConfig, line::Line};
use pantau_log::{
    Error, Server,
    caller::Caller,
    enrol,
    exchange::{self, NoAnswer},
    store::{self, StoreError},
};

/// Seconds after which an overloaded server is asked again.
const RETRY_AFTER: &str = "5";
/// A body up to this length always has a place.
const SHORT_BODY_BYTES: usize = 16 << 10;

#[derive(Clone)]
struct Context {
    server: Arc<Server>,
    turns: Arc<Semaphore>,
    long_bodies: Arc<Semaphore>,
    queue: Duration,
    body: Duration,
}

/// For a year browsers come back over TLS only. Not for sub-domains: they may belong to others.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// All routes of the public listeners.
pub(super) fn router(server: Arc<Server>, config: &ServeConfig, pages: Option<Router>) -> Router {
    let context = Context {
        server: Arc::clone(&server),
        turns: Arc::new(Semaphore::new(config.concurrent)),
        long_bodies: Arc::new(Semaphore::new(config.long_bodies)),
        queue: config.queue,
        body: config.body,
    };
    let mut pages = pages.unwrap_or_default();
    if config.tls.is_some() {
        pages = pages.layer(axum::middleware::map_response(async |mut reply: Response<Body>| {
            reply.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
            reply
        }));
    }
    Router::new()
        .route("/v1/exchange", post(exchange))
        .route("/v1/enrol", post(enrol_device))
        .with_state(context)
        .route("/healthz", get(healthz))
        .with_state(server)
        .merge(pages)
}

/// The routes of the monitoring listener.
pub(super) fn monitor(server: Arc<Server>) -> Router {
    Router::new().route("/metrics", get(metrics)).route("/healthz", get(healthz)).with_state(server)
}

/// Who asks, and on which connection.
type Asks = (Extension<Caller>, Extension<Arc<Line>>);

async fn exchange(State(context): State<Context>, asks: Asks, body: Body) -> Response<Body> {
    answer(context, asks, body, |server, caller, bytes| {
        let (reply, is_known) = exchange::answer_known(server, bytes)?;
        if is_known {
            caller.is_known();
        }
        Ok(reply)
    })
    .await
}

async fn enrol_device(State(context): State<Context>, asks: Asks, body: Body) -> Response<Body> {
    answer(context, asks, body, |server, caller, bytes| enrol::answer_to(server, caller.source, bytes)).await
}

/// What is done with a body: it blocks, and gives the answer.
type Work = fn(&Server, &Caller, &[u8]) -> Result<Vec<u8>, NoAnswer>;

/// Reads a body, waits for a turn, and answers it on a thread that may block.
async fn answer(
    context: Context,
    (Extension(caller), Extension(line)): Asks,
    body: Body,
    work: Work,
) -> Response<Body> {
    let metrics = |server: &Server, status: StatusCode| {
        match status {
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE => server.metrics().not_frames.add(1),
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::INSUFFICIENT_STORAGE => {
                server.metrics().overloaded.add(1);
            }
            StatusCode::INTERNAL_SERVER_ERROR => server.metrics().failures.add(1),
            _ => {}
        }
        status
    };
    let (bytes, place) = match read(body, context.body, &context.long_bodies).await {
        Ok(whole) => whole,
        Err(status) => return plain(metrics(&context.server, status)),
    };
    line.working(Instant::now());
    let turn = tokio::time::timeout(context.queue, Arc::clone(&context.turns).acquire_owned()).await;
    let Ok(Ok(turn)) = turn else {
        return plain(metrics(&context.server, StatusCode::SERVICE_UNAVAILABLE));
    };
    let server = Arc::clone(&context.server);
    let answered = tokio::task::spawn_blocking(move || {
        let answered = work(&server, &caller, &bytes);
        drop((turn, place));
        answered
    });
    match answered.await {
        Ok(Ok(frame)) => Response::new(Body::from(frame)),
        Ok(Err(error)) => plain(metrics(&context.server, status_of(&error))),
        Err(_) => plain(metrics(&context.server, StatusCode::INTERNAL_SERVER_ERROR)),
    }
}

/// A body, and the place it takes up among the long ones.
type Whole = (Vec<u8>, Option<OwnedSemaphorePermit>);

/// Reads a body within its limit and time.
async fn read(body: Body, within: Duration, long: &Arc<Semaphore>) -> Result<Whole, StatusCode> {
    match tokio::time::timeout(within, collect(body, long)).await {
        Ok(read) => read,
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

/// Only so many long bodies are kept at a time: those who never end theirs must not fill the memory. One for
/// which there is no place is read and thrown away, so that its sender hears that a shorter one will do.
async fn collect(body: Body, long: &Arc<Semaphore>) -> Result<Whole, StatusCode> {
    let expected = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX).min(limit::FRAME_BYTES);
    let mut body = Limited::new(body, limit::FRAME_BYTES);
    let (mut bytes, mut place, mut is_kept) = (Vec::new(), None, true);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|e| match e.is::<LengthLimitError>() {
            true => StatusCode::PAYLOAD_TOO_LARGE,
            false => StatusCode::BAD_REQUEST,
        })?;
        let Ok(data) = frame.into_data() else { continue };
        if is_kept && place.is_none() && bytes.len() + data.len() > SHORT_BODY_BYTES {
            place = Arc::clone(long).try_acquire_owned().ok();
            is_kept = place.is_some();
            bytes.reserve_exact(if is_kept { expected.saturating_sub(bytes.len()) } else { 0 });
        }
        if is_kept {
            bytes.extend_from_slice(&data);
        }
    }
    if is_kept { Ok((bytes, place)) } else { Err(StatusCode::PAYLOAD_TOO_LARGE) }
}

/// The one place where an error becomes a status.
fn status_of(error: &NoAnswer) -> StatusCode {
    match error {
        NoAnswer::NotAFrame(_) => StatusCode::BAD_REQUEST,
        NoAnswer::Failed(error) => {
            tracing::error!(%error, "a request failed");
            match error {
                // Phones tell their bearers that nothing is lost.
                Error::Store(StoreError::Full) => StatusCode::INSUFFICIENT_STORAGE,
                Error::Store(StoreError::Busy | StoreError::Corrupt(_)) | Error::Closed => {
                    StatusCode::SERVICE_UNAVAILABLE
                }
                Error::Store(_)
                | Error::Io { .. }
                | Error::NoPermission { .. }
                | Error::Identity(_)
                | Error::Field { .. }
                | Error::NotFound(_)
                | Error::Refused(_)
                | Error::Backup(_)
                | Error::Damaged(_)
                | Error::DeskJournal(_)
                | Error::Entropy(_)
                | Error::Tls(_) => StatusCode::INTERNAL_SERVER_ERROR,
            }
        }
    }
}

fn plain(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::INSUFFICIENT_STORAGE) {
        let value = HeaderValue::from_static(RETRY_AFTER);
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

async fn healthz(State(server): State<Arc<Server>>) -> Response<Body> {
    let tried = Arc::clone(&server);
    let look = move || {
        tried.check_write();
        tried.check_room();
        store::read(tried.store(), |view| view.head())
    };
    let head = tokio::task::spawn_blocking(look).await;
    let troubles = server.health().troubles();
    match head {
        Ok(Ok(_)) => {
            let is_fit = troubles.iter().all(|(trouble, _)| !trouble.stops());
            let names = troubles.iter().map(|(trouble, _)| format!("{}\n", trouble.name()));
            let names: String = is_fit.then(|| "ok\n".to_owned()).into_iter().chain(names).collect();
            let status = if is_fit { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            let mut response = plain(status);
            *response.body_mut() = Body::from(names);
            response
        }
        _ => plain(StatusCode::SERVICE_UNAVAILABLE),
    }
}

async fn metrics(State(server): State<Arc<Server>>) -> Response<Body> {
    let mut response = Response::new(Body::from(server.metrics().render() + &server.health().render()));
    let value = HeaderValue::from_static("text/plain; version=0.0.4");
    response.headers_mut().insert(header::CONTENT_TYPE, value);
    response
}
