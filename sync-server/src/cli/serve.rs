//! `serve`: the running server, until Ctrl-C or SIGTERM.

use std::sync::Arc;

use pantau_desk::Site;
use pantau_log::{
    DataDir, Error,
    intake::{Daily, Quota},
    verify::watch,
};
use pantau_server::{
    logs,
    serve::{self, Listeners, Running, ServeConfig, TlsFiles},
};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{
    args::Serve,
    fail::{Done, Failure},
    out,
};

/// Runs it.
pub(crate) fn run(dir: &DataDir, args: &Serve) -> Done {
    logs::init(args.log_json, tracing::Level::INFO);
    let tls = match (&args.tls_cert, &args.tls_key) {
        (Some(cert), Some(key)) => Some(TlsFiles { certificates: cert.clone(), key: key.clone() }),
        _ => None,
    };
    if tls.is_none() && !args.listen.ip().is_loopback() {
        out::note("warning: no TLS. Put a proxy with TLS in front, or use --tls-cert and --tls-key.");
    }
    let site = Site::new(args.url.as_deref(), tls.is_some()).map_err(|e| Failure::Usage(e.to_string()))?;
    let server = super::open(dir)?;
    server.set_quota(quota(args))?;
    server.set_moving_to(args.moving_to.clone())?;
    if args.clock_is_right {
        server.believe_clock()?;
    }
    let _watch = watch::start(&server, args.verify_every)?;
    let pages = pantau_desk::router(Arc::clone(&server), site)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::Usage(format!("the server could not start its threads: {e}")))?;
    runtime.block_on(async {
        let signals = Signals::listen()?;
        let proxies = args.trusted_proxies.iter().copied().collect();
        let config = ServeConfig { tls, proxies, ..ServeConfig::default() };
        let scheme = if config.tls.is_some() { "https" } else { "http" };
        let public = vec![serve::bind(args.listen).await?];
        let monitor = match args.metrics_listen {
            Some(addr) => Some(serve::bind(addr).await?),
            None => None,
        };
        let running = serve::start(server, config, Listeners { public, monitor }, Some(pages))?;
        for addr in running.addrs() {
            let shown = args.url.clone().unwrap_or_else(|| format!("{scheme}://{addr}"));
            out::note(format_args!("Desk: {shown}  (listening on {addr}; Ctrl-C stops)"));
        }
        if let Some(addr) = running.monitor() {
            out::note(format_args!("Metrics: http://{addr}/metrics"));
        }
        signals.until_stopped(&running).await;
        out::note("Stopping …");
        running.shutdown().await;
        Ok(())
    })
}

/// The default quota with what was asked for; a revoked phone never has more than one in use.
fn quota(args: &Serve) -> Quota {
    let default = Quota::default();
    let revoked = Daily {
        records: default.revoked.records.min(args.quota_records),
        bytes: default.revoked.bytes.min(args.quota_bytes),
        ..default.revoked
    };
    let trusted = Daily { records: args.quota_records, bytes: args.quota_bytes, ..default.trusted };
    Quota { trusted, revoked }
}

/// What the system and the administrator tell a server.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    /// From now on: without, the system ends the process.
    fn listen() -> Result<Self, Error> {
        let to = |kind| signal(kind).map_err(|e| Error::Refused(format!("no signals from the system: {e}")));
        Ok(Self {
            interrupt: to(SignalKind::interrupt())?,
            terminate: to(SignalKind::terminate())?,
            hangup: to(SignalKind::hangup())?,
        })
    }

    /// Waits for Ctrl-C or SIGTERM. SIGHUP says that the certificate was renewed.
    async fn until_stopped(mut self, running: &Running) {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => return,
                _ = self.terminate.recv() => return,
                _ = self.hangup.recv() => tokio::task::block_in_place(|| running.renew_certificates()),
            }
        }
    }
}
