//! HTTP: an own accept loop with deadlines, HTTP/1.1 only. [`slots`] says who has a connection when there are
//! more callers than places, [`routes`] what they may ask for.

mod deadline;
mod descriptors;
mod line;
mod listen;
mod routes;
mod slots;
mod tls;

#[cfg(test)]
mod tests;

use slots::Slots;
use tls::Certificates;
pub use tls::TlsFiles;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
    task::JoinSet,
};

use crate::limit;
use pantau_log::{Error, Server, caller::Proxies, projector::Followed};

/// How to serve.
#[derive(Debug, Clone)]
pub struct ServeConfig {
    /// Most connections at a time, or fewer if the system gives fewer descriptors; beyond, the idlest ones are
    /// closed, and if there are none, new ones wait in the kernel's queue.
    pub connections: usize,
    /// Most connections of one address that is no trusted proxy; beyond, its own idlest ones are closed, and
    /// if all of them are known callers, its new ones. Generous: a carrier puts thousands of phones behind one address.
    pub per_address: usize,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub proxies: Proxies,
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
            per_address: 1_024,
            proxies: Proxies::default(),
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

/// Where to listen.
#[derive(Debug, Default)]
pub struct Listeners {
    /// For phones and browsers.
    pub public: Vec<TcpListener>,
    /// For monitoring: plain HTTP with `/metrics` and `/healthz` and nothing else, with places of its own, so
    /// that it answers whatever happens at the public ones.
    pub monitor: Option<TcpListener>,
}

impl From<Vec<TcpListener>> for Listeners {
    fn from(public: Vec<TcpListener>) -> Self {
        Self { public, monitor: None }
    }
}

/// A server that answers.
#[derive(Debug)]
pub struct Running {
    addrs: Vec<SocketAddr>,
    monitor: Option<SocketAddr>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
    server: Arc<Server>,
    tls: Option<Arc<Certificates>>,
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

    /// Where it tells its metrics, if anywhere.
    pub fn monitor(&self) -> Option<SocketAddr> {
        self.monitor
    }

    /// Reads the certificate files again, changed or not; new connections have what they hold, or the old one if
    /// that cannot be used, which health and log then say. Without TLS there is nothing to read. Blocks while it
    /// reads.
    pub fn renew_certificates(&self) {
        match &self.tls {
            Some(tls) => tls.renew(&self.server, true),
            None => tracing::info!("there is no certificate to read again: TLS is not used"),
        }
    }

    /// Takes no new connection, lets open requests finish, and returns when all is quiet.
    pub async fn shutdown(mut self) {
        self.server.end_news();
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

/// Starts to answer on these listeners. `pages` takes everything but `/v1/…` and `/healthz`. Raises the
/// process's limit of descriptors as far as the system lets it. Needs a tokio runtime with time and I/O.
///
/// # Errors
/// [`Error::Tls`] for files that cannot be used.
pub fn start(
    server: Arc<Server>,
    config: ServeConfig,
    listeners: impl Into<Listeners>,
    pages: Option<Router>,
) -> Result<Running, Error> {
    let listeners = listeners.into();
    let tls = config.tls.as_ref().map(Certificates::load).transpose()?.map(Arc::new);
    if let Some(tls) = &tls {
        tls.tell(&server);
    }
    let (stop, stopped) = watch::channel(false);
    let (mut tasks, mut addrs) = (JoinSet::new(), Vec::new());
    let most = descriptors::for_connections().map_or(config.connections, |all| all.min(config.connections));
    let told = Some(Arc::clone(&server));
    let door = listen::Door {
        router: routes::router(Arc::clone(&server), &config, pages),
        slots: Arc::new(Slots::new(most, config.per_address, config.proxies.clone(), told)),
        closing: Arc::new(Semaphore::new(most.saturating_add(limit::CLOSING))),
        config,
        tls: tls.clone(),
        stopped: stopped.clone(),
    };
    let (poll, is_tls) = (door.config.poll, door.tls.is_some());
    for listener in listeners.public {
        addrs.extend(listener.local_addr().ok());
        tasks.spawn(listen::accept(listener, door.clone()));
    }
    let monitor = listeners.monitor.as_ref().and_then(|l| l.local_addr().ok());
    if let Some(listener) = listeners.monitor {
        let most = limit::MONITOR_CONNECTIONS;
        let door = listen::Door {
            router: routes::monitor(Arc::clone(&server)),
            slots: Arc::new(Slots::new(most, most, Proxies::default(), None)),
            closing: Arc::new(Semaphore::new(2 * most)),
            tls: None,
            ..door
        };
        tasks.spawn(listen::accept(listener, door));
    }
    tasks.spawn(follow(Arc::clone(&server), tls.clone(), poll, stopped));
    tracing::info!(?addrs, tls = is_tls, connections = most, ?monitor, "listening");
    Ok(Running { addrs, monitor, stop, tasks, server, tls })
}

/// Keeps the projection up to date: at once after own commits, soon after those of other processes. Looks after
/// disk, clock and certificate on the way.
async fn follow(
    server: Arc<Server>,
    tls: Option<Arc<Certificates>>,
    poll: Duration,
    mut stopped: watch::Receiver<bool>,
) {
    let mut changed = server.changed();
    server.drive_projector(true);
    while !*stopped.borrow() {
        changed.mark_unchanged();
        let started = server.env().clock.monotonic();
        let followed = {
            let (server, tls) = (Arc::clone(&server), tls.clone());
            let look = move || {
                server.look_after();
                if let Some(tls) = &tls {
                    tls.renew(&server, false);
                }
                server.follow_once().and_then(|followed| server.refresh().map(|()| followed))
            };
            tokio::task::spawn_blocking(look).await
        };
        let more = match followed {
            Ok(Ok(followed)) => followed == Followed::More,
            Ok(Err(error)) => {
                tracing::error!(%error, "the projection cannot follow the log");
                false
            }
            Err(_) => false,
        };
        let rest = server
            .env()
            .clock
            .monotonic()
            .saturating_sub(started)
            .max(Duration::from_millis(limit::PROJECT_REST_MS))
            .min(poll);
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            _ = stopped.changed() => {}
        }
        if more {
            continue;
        }
        tokio::select! {
            _ = changed.changed() => {}
            () = tokio::time::sleep(poll) => {}
            _ = stopped.changed() => {}
        }
    }
    server.drive_projector(false);
}
