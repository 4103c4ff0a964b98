//! The accept loop and one connection.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{Router, body::HttpBody as _, http::HeaderMap};
use hyper::{Request, body::Incoming, server::conn::http1, service::Service as _};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
    time::Instant,
};

use super::{
    ServeConfig,
    deadline::Deadline,
    line::Line,
    slots::{Place, Slot, Slots},
    tls::Certificates,
};
use pantau_log::caller::{Caller, Proxies, source_of};

/// How soon to look again for a place, or for a descriptor.
const AGAIN: Duration = Duration::from_millis(50);

/// What a connection needs.
#[derive(Clone)]
pub(super) struct Door {
    pub(super) config: ServeConfig,
    pub(super) router: Router,
    pub(super) tls: Option<Arc<Certificates>>,
    pub(super) slots: Arc<Slots>,
    /// Descriptors of connections, those on their way out included.
    pub(super) closing: Arc<Semaphore>,
    pub(super) stopped: watch::Receiver<bool>,
}

/// Accepts until told to stop, then waits for what is open.
pub(super) async fn accept(listener: TcpListener, door: Door) {
    let mut stopped = door.stopped.clone();
    let mut open = JoinSet::new();
    loop {
        while open.try_join_next().is_some() {}
        let next = tokio::select! {
            next = next(&listener, &door) => next,
            _ = stopped.changed() => break,
        };
        match next {
            Ok(Some((stream, peer, place))) => {
                open.spawn(connection(stream, peer, place, door.clone()));
            }
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept");
                // Out of descriptors: wait for one to be given back.
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
    drop(listener);
    let drained = async { while open.join_next().await.is_some() {} };
    if tokio::time::timeout(door.config.drain, drained).await.is_err() {
        tracing::warn!("closing connections that did not finish");
        open.shutdown().await;
    }
}

/// A connection's place, and its share of the descriptors.
type SlotGuard = (Slot, OwnedSemaphorePermit);

/// The next connection; `None` if its address may have no more.
async fn next(
    listener: &TcpListener,
    door: &Door,
) -> std::io::Result<Option<(TcpStream, SocketAddr, SlotGuard)>> {
    let permit = Arc::clone(&door.closing).acquire_owned().await.map_err(std::io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    loop {
        match door.slots.take(peer.ip(), Instant::now()) {
            Place::Taken(slot) => return Ok(Some((stream, peer, (slot, permit)))),
            Place::Refused => return Ok(None),
            Place::Wait => {
                tokio::select! {
                    () = door.slots.freed.notified() => {}
                    () = tokio::time::sleep(AGAIN) => {}
                }
            }
        }
    }
}

/// One connection, until it ends or has to make room.
async fn connection(stream: TcpStream, peer: SocketAddr, guard: SlotGuard, door: Door) {
    let line = Arc::clone(&guard.0.line);
    let _ = stream.set_nodelay(true);
    let stream = Deadline::new(stream, Arc::clone(&line), door.config.idle);
    let served = async {
        match &door.tls {
            None => serve(stream, peer.ip(), &line, &door).await,
            Some(tls) => {
                match tokio::time::timeout(door.config.handshake, tls.acceptor().accept(stream)).await {
                    Ok(Ok(stream)) => serve(stream, peer.ip(), &line, &door).await,
                    Ok(Err(error)) => tracing::debug!(%error, "no TLS"),
                    Err(_) => tracing::debug!("TLS took too long"),
                }
            }
        }
    };
    tokio::select! {
        () = served => {}
        () = line.close.notified() => tracing::debug!("a connection made room"),
    }
    drop(guard);
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(stream: S, peer: IpAddr, line: &Arc<Line>, door: &Door) {
    let routes = TowerToHyperService::new(door.router.clone());
    // After a handshake the connection waits for its first request.
    line.answering(Instant::now());
    line.flushed(Instant::now());
    let service = hyper::service::service_fn(|mut request: Request<Incoming>| {
        if request.body().is_end_stream() {
            line.working(Instant::now());
        }
        let caller = caller(request.headers(), peer, line, &door.config.proxies);
        request.extensions_mut().insert(caller);
        request.extensions_mut().insert(Arc::clone(line));
        let answered = routes.call(request);
        async move {
            let answer = answered.await;
            line.answering(Instant::now());
            answer
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(door.config.header)
        .auto_date_header(false)
        .max_buf_size(64 << 10)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let mut stopped = door.stopped.clone();
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}

fn caller(headers: &HeaderMap, peer: IpAddr, line: &Line, proxies: &Proxies) -> Caller {
    let forwarded = headers.get_all("x-forwarded-for").iter();
    // What is not even text is no address: the proxy itself is then the source.
    let forwarded = forwarded.map(|value| value.to_str().unwrap_or_default());
    Caller::new(source_of(peer, forwarded, proxies), Arc::clone(&line.known))
}
