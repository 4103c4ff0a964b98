//! The accept loop and one connection.

use std::{net::SocketAddr, sync::Arc};

use axum::{Router, extract::ConnectInfo};
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
};
use tokio_rustls::TlsAcceptor;

use super::{ServeConfig, deadline::Deadline};
use crate::Server;

/// What a connection needs.
#[derive(Clone)]
pub(super) struct Door {
    pub(super) server: Arc<Server>,
    pub(super) config: ServeConfig,
    pub(super) router: Router,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) connections: Arc<Semaphore>,
    pub(super) stopped: watch::Receiver<bool>,
}

/// Accepts until told to stop, then waits for what is open.
pub(super) async fn accept(listener: TcpListener, door: Door) {
    let mut stopped = door.stopped.clone();
    let mut open = JoinSet::new();
    loop {
        while open.try_join_next().is_some() {}
        let next = tokio::select! {
            next = next(&listener, &door.connections) => next,
            _ = stopped.changed() => break,
        };
        match next {
            Ok((stream, peer, permit)) => {
                open.spawn(connection(stream, peer, permit, door.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept");
                // Out of descriptors: wait for one to be given back.
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
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

async fn next(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> std::io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(connections).acquire_owned().await.map_err(std::io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, permit))
}

async fn connection(stream: TcpStream, peer: SocketAddr, permit: OwnedSemaphorePermit, door: Door) {
    let gauge = &door.server.metrics().connections;
    gauge.up();
    let _ = stream.set_nodelay(true);
    let stream = Deadline::new(stream, door.config.idle);
    match &door.tls {
        None => serve(stream, peer, &door).await,
        Some(tls) => match tokio::time::timeout(door.config.handshake, tls.accept(stream)).await {
            Ok(Ok(stream)) => serve(stream, peer, &door).await,
            Ok(Err(error)) => tracing::debug!(%error, "no TLS"),
            Err(_) => tracing::debug!("TLS took too long"),
        },
    }
    gauge.down();
    drop(permit);
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(stream: S, peer: SocketAddr, door: &Door) {
    let routes = TowerToHyperService::new(door.router.clone());
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        routes.call(request)
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
