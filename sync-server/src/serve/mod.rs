//! HTTP: an own accept loop with deadlines and a cap on connections, HTTP/1.1 only.

mod deadline;
mod listen;
mod routes;
mod tls;

#[cfg(test)]
mod tests;

pub use tls::TlsFiles;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

use crate::{Error, Server};

/// How to serve.
#[derive(Debug, Clone)]
pub struct ServeConfig {
    /// Most connections at a time; beyond, new ones wait in the kernel's queue.
    pub connections: usize,
    /// Most requests worked on at a time.
    pub concurrent: usize,
    /// Most bodies over 16 KB kept at a time; beyond, senders are asked for shorter ones.
    pub long_bodies: usize,
    /// How long a request may wait for its turn before it is turned away.
    pub queue: Duration,
    /// First byte to end of the header of a request; also how long a kept connection may lie idle.
    pub header: Duration,
    /// How long nothing may move on a connection.
    pub idle: Duration,
    /// How long a whole body may take: a megabyte over 2G takes minutes.
    pub body: Duration,
    /// How long a TLS handshake may take.
    pub handshake: Duration,
    /// How long open requests are waited for at shutdown.
    pub drain: Duration,
    /// How often to look for what other processes committed.
    pub poll: Duration,
    /// Certificate and key; plain HTTP behind a proxy without.
    pub tls: Option<TlsFiles>,
}

impl Default for ServeConfig {
    fn default() -> Self {
        Self {
            connections: 4_096,
            concurrent: 256,
            long_bodies: 64,
            queue: Duration::from_secs(5),
            header: Duration::from_secs(60),
            idle: Duration::from_secs(60),
            body: Duration::from_secs(900),
            handshake: Duration::from_secs(20),
            drain: Duration::from_secs(10),
            poll: Duration::from_millis(500),
            tls: None,
        }
    }
}

/// A server that answers.
#[derive(Debug)]
pub struct Running {
    addrs: Vec<SocketAddr>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Running {
    /// Where it listens, in the order of the listeners.
    pub fn addrs(&self) -> &[SocketAddr] {
        &self.addrs
    }

    /// Where it listens first.
    pub fn addr(&self) -> Option<SocketAddr> {
        self.addrs.first().copied()
    }

    /// Takes no new connection, lets open requests finish, and returns when all is quiet.
    pub async fn shutdown(mut self) {
        let _ = self.stop.send(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Binds an address; port 0 takes any free one.
///
/// # Errors
/// [`Error::Refused`] if it is taken or not ours.
pub async fn bind(addr: SocketAddr) -> Result<TcpListener, Error> {
    TcpListener::bind(addr).await.map_err(|e| Error::Refused(format!("cannot listen on {addr}: {e}")))
}

/// Starts to answer on these listeners. `pages` takes everything but `/v1/…`, `/healthz` and `/metrics`.
/// Needs a tokio runtime with time and I/O.
///
/// # Errors
/// [`Error::Tls`] for files that cannot be used.
pub fn start(
    server: Arc<Server>,
    config: ServeConfig,
    listeners: Vec<TcpListener>,
    pages: Option<Router>,
) -> Result<Running, Error> {
    let tls = config.tls.as_ref().map(tls::acceptor).transpose()?;
    let router = routes::router(Arc::clone(&server), &config, pages);
    let (stop, stopped) = watch::channel(false);
    let (mut tasks, mut addrs) = (JoinSet::new(), Vec::new());
    let connections = Arc::new(tokio::sync::Semaphore::new(config.connections));
    for listener in listeners {
        addrs.extend(listener.local_addr().ok());
        let door = listen::Door {
            server: Arc::clone(&server),
            config: config.clone(),
            router: router.clone(),
            tls: tls.clone(),
            connections: Arc::clone(&connections),
            stopped: stopped.clone(),
        };
        tasks.spawn(listen::accept(listener, door));
    }
    tasks.spawn(follow(server, config.poll, stopped));
    tracing::info!(?addrs, tls = tls.is_some(), "listening");
    Ok(Running { addrs, stop, tasks })
}

/// Keeps the board up to date: at once after own commits, soon after those of other processes.
async fn follow(server: Arc<Server>, poll: Duration, mut stopped: watch::Receiver<bool>) {
    let mut changed = server.changed();
    while !*stopped.borrow() {
        let followed = {
            let server = Arc::clone(&server);
            let look = move || {
                server.look_after();
                server.follow_board().and_then(|()| server.refresh())
            };
            tokio::task::spawn_blocking(look).await
        };
        if let Ok(Err(error)) = followed {
            tracing::error!(%error, "the board cannot follow the log");
        }
        tokio::select! {
            _ = changed.changed() => {}
            () = tokio::time::sleep(poll) => {}
            _ = stopped.changed() => {}
        }
    }
}
