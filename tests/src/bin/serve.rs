//! A server process for tests that kill it: `serve DIR` prints its address and answers until it dies.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "test support")]

use std::{net::SocketAddr, sync::Arc};

use pantau_server::{
    DataDir, Env, ops,
    serve::{self, ServeConfig},
};

#[tokio::main]
async fn main() {
    let dir = DataDir::new(std::env::args().nth(1).unwrap());
    let server = ops::open(&dir, &Env::real()).unwrap();
    let listener = serve::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let running = serve::start(Arc::clone(&server), ServeConfig::default(), vec![listener], None).unwrap();
    println!("{}", running.addr().unwrap());
    std::future::pending::<()>().await;
}
