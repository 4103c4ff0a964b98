//! A server process for tests that kill or besiege it: `serve DIR [SECONDS]` prints its address and answers
//! until it dies. With SECONDS it waits no longer than that for whoever is slow.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "test support")]

use std::{net::SocketAddr, sync::Arc, time::Duration};

use pantau_server::{
    DataDir, Env, ops,
    serve::{self, ServeConfig},
};

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let dir = DataDir::new(args.next().unwrap());
    let server = ops::open(&dir, &Env::real()).unwrap();
    let listener = serve::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let mut config = ServeConfig::default();
    if let Some(seconds) = args.next() {
        let patience = Duration::from_secs(seconds.parse().unwrap());
        config = ServeConfig { header: patience, idle: patience, body: patience, ..config };
    }
    let running = serve::start(Arc::clone(&server), config, vec![listener], None).unwrap();
    println!("{}", running.addr().unwrap());
    std::future::pending::<()>().await;
}
