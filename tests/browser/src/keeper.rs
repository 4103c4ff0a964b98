//! A proxy that keeps a stream back until it ends, as some do: pages pass, events never arrive.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// The proxy; it ends with the runtime of the test.
#[derive(Debug)]
pub struct Keeper {
    /// Where it listens.
    pub addr: SocketAddr,
}

impl Keeper {
    /// Opens it in front of a server.
    pub async fn open(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((browser, _)) = listener.accept().await {
                tokio::spawn(carry(browser, server));
            }
        });
        Self { addr }
    }
}

/// Carries one connection. A browser asks for one thing at a time on it.
async fn carry(mut browser: TcpStream, server: SocketAddr) {
    let Ok(mut server) = TcpStream::connect(server).await else { return };
    let (mut asked, mut said) = (vec![0; 64 << 10], vec![0; 64 << 10]);
    let mut is_kept = false;
    loop {
        tokio::select! {
            read = browser.read(&mut asked) => {
                let Ok(n @ 1..) = read else { return };
                is_kept |= asked[..n].starts_with(b"GET /live ");
                if server.write_all(&asked[..n]).await.is_err() { return }
            }
            read = server.read(&mut said) => {
                let Ok(n @ 1..) = read else { return };
                if !is_kept && browser.write_all(&said[..n]).await.is_err() { return }
            }
        }
    }
}
