//! A proxy on loopback that counts what passes on the socket, and can cut.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// What passed, HTTP included, TLS not.
#[derive(Debug, Default)]
pub struct Counts {
    up: AtomicU64,
    down: AtomicU64,
    heads_up: AtomicU64,
    heads_down: AtomicU64,
    requests: AtomicU64,
    /// Bytes up after which the connection is cut; `u64::MAX` for never.
    cut_up: AtomicU64,
    /// The same for bytes down.
    cut_down: AtomicU64,
}

/// Counts at one moment, or between two.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Passed {
    /// Bytes from the phone.
    pub up: u64,
    /// Bytes to the phone.
    pub down: u64,
    /// Bytes of bodies from the phone.
    pub body_up: u64,
    /// Bytes of bodies to the phone.
    pub body_down: u64,
    /// Requests.
    pub requests: u64,
}

impl Counts {
    /// What passed so far.
    pub fn passed(&self) -> Passed {
        let get = |n: &AtomicU64| n.load(SeqCst);
        let (up, down) = (get(&self.up), get(&self.down));
        Passed {
            up,
            down,
            body_up: up - get(&self.heads_up),
            body_down: down - get(&self.heads_down),
            requests: get(&self.requests),
        }
    }

    /// Cuts the connection once so many more bytes have passed up or down.
    pub fn cut_after(&self, up: Option<u64>, down: Option<u64>) {
        let at = |now: &AtomicU64, more: Option<u64>| more.map_or(u64::MAX, |n| now.load(SeqCst) + n);
        self.cut_up.store(at(&self.up, up), SeqCst);
        self.cut_down.store(at(&self.down, down), SeqCst);
    }
}

impl std::ops::Sub for Passed {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            up: self.up - before.up,
            down: self.down - before.down,
            body_up: self.body_up - before.body_up,
            body_down: self.body_down - before.body_down,
            requests: self.requests - before.requests,
        }
    }
}

/// Opens a proxy to `server` on a free port of `host`.
///
/// # Errors
/// No free port.
pub async fn open(host: &str, server: SocketAddr) -> std::io::Result<(SocketAddr, Arc<Counts>)> {
    let listener = TcpListener::bind((host, 0)).await?;
    let addr = listener.local_addr()?;
    let counts = Arc::new(Counts::default());
    counts.cut_after(None, None);
    let shared = Arc::clone(&counts);
    tokio::spawn(async move {
        while let Ok((phone, _)) = listener.accept().await {
            tokio::spawn(carry(phone, server, Arc::clone(&shared)));
        }
    });
    Ok((addr, counts))
}

async fn carry(phone: TcpStream, server: SocketAddr, counts: Arc<Counts>) {
    let Ok(server) = TcpStream::connect(server).await else { return };
    let _ = (phone.set_nodelay(true), server.set_nodelay(true));
    let (phone_read, phone_write) = phone.into_split();
    let (server_read, server_write) = server.into_split();
    let replies = AtomicU64::new(0);
    tokio::select! {
        () = pump(phone_read, server_write, &counts.up, &counts.heads_up, &counts.cut_up, &counts.requests) => {}
        () = pump(server_read, phone_write, &counts.down, &counts.heads_down, &counts.cut_down, &replies) => {}
    }
    // One cut a time.
    counts.cut_after(None, None);
}

async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    count: &AtomicU64,
    heads: &AtomicU64,
    cut: &AtomicU64,
    requests: &AtomicU64,
) {
    let mut buffer = vec![0u8; 16 << 10];
    let mut messages = Messages::default();
    while let Ok(n @ 1..) = from.read(&mut buffer).await {
        let left = cut.load(SeqCst).saturating_sub(count.load(SeqCst));
        let pass = n.min(usize::try_from(left).unwrap_or(usize::MAX));
        let bytes = buffer.get(..pass).unwrap_or_default();
        count.fetch_add(pass as u64, SeqCst);
        let (ended, head) = messages.read(bytes);
        requests.fetch_add(ended, SeqCst);
        heads.fetch_add(head, SeqCst);
        if to.write_all(bytes).await.is_err() || pass < n {
            return;
        }
    }
}

/// Tells heads of HTTP/1.1 messages from their bodies.
#[derive(Debug, Default)]
struct Messages {
    head: Vec<u8>,
    body_left: usize,
}

impl Messages {
    /// Heads that ended in these bytes, and bytes of heads among them.
    fn read(&mut self, bytes: &[u8]) -> (u64, u64) {
        let (mut ended, mut heads) = (0, 0);
        for byte in bytes {
            if self.body_left > 0 {
                self.body_left -= 1;
                continue;
            }
            self.head.push(*byte);
            heads += 1;
            if self.head.ends_with(b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&self.head).to_lowercase();
                let length = head.lines().find_map(|l| l.strip_prefix("content-length:"));
                self.body_left = length.and_then(|l| l.trim().parse().ok()).unwrap_or(0);
                self.head.clear();
                ended += 1;
            }
        }
        (ended, heads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_told_from_bodies_wherever_the_bytes_are_split() {
        let all = b"POST /x HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcPOST /y HTTP/1.1\r\n\r\n";
        for at in 0..all.len() {
            let mut messages = Messages::default();
            let (one, two) = all.split_at(at);
            let (a, b) = (messages.read(one), messages.read(two));
            assert_eq!((a.0 + b.0, a.1 + b.1), (2, all.len() as u64 - 3), "split at {at}");
        }
    }
}
