//! A server process for tests that kill or besiege it: `serve DIR [SECONDS]` prints its address and that of its
//! metrics, and answers until it dies. With SECONDS it waits no longer than that for whoever is slow. It trusts
//! the proxy at 127.0.0.9 and shows the desk's pages.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "test support")]

use std::{net::SocketAddr, sync::Arc, time::Duration};

use pantau_log::{DataDir, Env, ops};
use pantau_server::serve::{self, Listeners, ServeConfig};

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let dir = DataDir::new(args.next().unwrap());
    let server = ops::open(&dir, &Env::real()).unwrap();
    let free = || async { serve::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap() };
    let listeners = Listeners { public: vec![free().await], monitor: Some(free().await) };
    let proxies = std::iter::once("127.0.0.9".parse().unwrap()).collect();
    let mut config = ServeConfig { proxies, ..ServeConfig::default() };
    if let Some(seconds) = args.next() {
        let patience = Duration::from_secs(seconds.parse().unwrap());
        config = ServeConfig { header: patience, idle: patience, body: patience, ..config };
    }
    let pages = pantau_desk::router(Arc::clone(&server), pantau_desk::Site::default()).unwrap();
    let running = serve::start(Arc::clone(&server), config, listeners, Some(pages)).unwrap();
    println!("{} {}", running.addr().unwrap(), running.monitor().unwrap());
    std::future::pending::<()>().await;
}
