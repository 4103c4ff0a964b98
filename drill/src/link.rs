//! The link between one phone and the server: a proxy on loopback that is as slow and as faithless as the
//! signal at the place. Bytes are counted here, on the socket.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use pantau_protocol::body::Signal;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// How much faster than life the drill's links run.
const TIME_SCALE: f64 = 400.0;
/// Bytes forwarded at once: about one packet, so that a cut can fall anywhere.
const CHUNK: usize = 1400;

/// What goes wrong during the next exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection breaks after so many bytes up.
    CutUp(u64),
    /// The connection breaks after so many bytes down.
    CutDown(u64),
    /// After so many bytes up nothing moves any more, and nobody says so.
    Stall(u64),
    /// The server gets the whole request; nothing of the reply comes back.
    LoseReply,
}

/// Counts over all links.
#[derive(Debug, Default)]
pub struct Tally {
    /// Bytes from phones.
    pub up: AtomicU64,
    /// Bytes to phones.
    pub down: AtomicU64,
    /// Connections cut.
    pub cuts: AtomicU64,
    /// Connections stalled.
    pub stalls: AtomicU64,
    /// Replies lost.
    pub lost_replies: AtomicU64,
}

/// Rate and delay of one class of signal.
#[derive(Debug, Clone, Copy)]
struct Pace {
    bytes_per_s: f64,
    delay_s: f64,
}

fn pace(signal: Signal) -> Pace {
    match signal {
        Signal::Strong => Pace { bytes_per_s: 250_000.0, delay_s: 0.06 },
        Signal::Medium => Pace { bytes_per_s: 32_000.0, delay_s: 0.2 },
        // 32 kbit/s and 600 ms: the 2G link of the measurements.
        Signal::Weak | Signal::None | Signal::Other(_) => Pace { bytes_per_s: 4_000.0, delay_s: 0.6 },
    }
}

#[derive(Debug)]
struct State {
    pace: Pace,
    fault: Option<Fault>,
    /// Bytes since the fault was armed.
    up: u64,
    down: u64,
}

/// One phone's link.
#[derive(Debug)]
pub struct Link {
    /// Where the phone connects.
    pub addr: SocketAddr,
    state: Arc<Mutex<State>>,
}

/// What the proxy does with a chunk.
enum Verdict {
    /// Passes so many bytes on.
    Pass(usize),
    /// Passes so many bytes on, then the connection is gone.
    Break(usize),
    /// Swallows this and all that follows.
    Hang,
}

impl Link {
    /// Opens a link to wherever `server` points at the moment of each connection.
    pub async fn open(server: Arc<Mutex<SocketAddr>>, tally: Arc<Tally>) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let addr = listener.local_addr()?;
        let state = Arc::new(Mutex::new(State { pace: pace(Signal::Strong), fault: None, up: 0, down: 0 }));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((phone, _)) = listener.accept().await {
                let to = *server.lock().unwrap_or_else(PoisonError::into_inner);
                tokio::spawn(carry(phone, to, Arc::clone(&shared), Arc::clone(&tally)));
            }
        });
        Ok(Self { addr, state })
    }

    /// Sets the signal and what goes wrong in the exchange that follows.
    pub fn arm(&self, signal: Signal, fault: Option<Fault>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = State { pace: pace(signal), fault, up: 0, down: 0 };
    }

    /// Bytes that came from the phone and from the server since it was armed.
    pub fn carried(&self) -> (u64, u64) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        (state.up, state.down)
    }
}

async fn carry(phone: TcpStream, server: SocketAddr, state: Arc<Mutex<State>>, tally: Arc<Tally>) {
    let Ok(server) = TcpStream::connect(server).await else { return };
    let _ = (phone.set_nodelay(true), server.set_nodelay(true));
    let (phone_read, phone_write) = phone.into_split();
    let (server_read, server_write) = server.into_split();
    // Whichever direction ends first ends the connection, as a broken link does.
    tokio::select! {
        () = pump(phone_read, server_write, true, &state, &tally) => {}
        () = pump(server_read, phone_write, false, &state, &tally) => {}
    }
}

async fn pump(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    up: bool,
    state: &Mutex<State>,
    tally: &Tally,
) {
    let mut buffer = [0u8; CHUNK];
    let mut hung = false;
    let mut fresh = true;
    while let Ok(n @ 1..) = from.read(&mut buffer).await {
        if hung {
            continue;
        }
        let (pace, verdict) = {
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            (state.pace, judge(&mut state, up, n, tally))
        };
        let (pass, broken) = match verdict {
            Verdict::Pass(n) => (n, false),
            Verdict::Break(n) => (n, true),
            Verdict::Hang => {
                hung = true;
                continue;
            }
        };
        // The delay counts once a turn, the rate for every byte.
        let delay = if fresh { pace.delay_s } else { 0.0 };
        fresh = n < CHUNK;
        wait(delay + pass as f64 / pace.bytes_per_s).await;
        if up { &tally.up } else { &tally.down }.fetch_add(pass as u64, Relaxed);
        let sent = to.write_all(buffer.get(..pass).unwrap_or_default()).await;
        if sent.is_err() || broken {
            return;
        }
    }
}

/// Waits `seconds` of drill time; below a scheduler tick nothing is gained by waiting.
async fn wait(seconds: f64) {
    let scaled = seconds / TIME_SCALE;
    if scaled > 0.0005 {
        tokio::time::sleep(Duration::from_secs_f64(scaled)).await;
    }
}

fn judge(state: &mut State, up: bool, n: usize, tally: &Tally) -> Verdict {
    let done = if up { &mut state.up } else { &mut state.down };
    let before = *done;
    *done += n as u64;
    let left = |at: u64| usize::try_from(at.saturating_sub(before)).unwrap_or(usize::MAX);
    match state.fault {
        Some(Fault::CutUp(at)) if up && *done > at => {
            fire(state, &tally.cuts, Verdict::Break(left(at).min(n)))
        }
        Some(Fault::CutDown(at)) if !up && *done > at => {
            fire(state, &tally.cuts, Verdict::Break(left(at).min(n)))
        }
        Some(Fault::LoseReply) if !up => fire(state, &tally.lost_replies, Verdict::Break(0)),
        Some(Fault::Stall(at)) if up && *done > at => fire(state, &tally.stalls, Verdict::Hang),
        _ => Verdict::Pass(n),
    }
}

fn fire(state: &mut State, count: &AtomicU64, verdict: Verdict) -> Verdict {
    state.fault = None;
    count.fetch_add(1, Relaxed);
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that answers `reply` once it has read four bytes.
    async fn server(reply: &'static [u8]) -> Arc<Mutex<SocketAddr>> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let addr = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut s, _)) = listener.accept().await {
                let mut four = [0; 4];
                if s.read_exact(&mut four).await.is_ok() {
                    let _ = s.write_all(reply).await;
                }
            }
        });
        Arc::new(Mutex::new(addr))
    }

    async fn ask(link: &Link) -> Vec<u8> {
        let mut s = TcpStream::connect(link.addr).await.unwrap();
        s.write_all(b"ping").await.unwrap();
        let mut got = Vec::new();
        let _ = s.read_to_end(&mut got).await;
        got
    }

    #[tokio::test]
    async fn each_fault_does_what_it_says_and_only_once() {
        let tally = Arc::new(Tally::default());
        let link = Link::open(server(b"0123456789").await, Arc::clone(&tally)).await.unwrap();
        assert_eq!(ask(&link).await, b"0123456789");
        for (fault, left) in
            [(Fault::CutDown(4), &b"0123"[..]), (Fault::LoseReply, b""), (Fault::CutUp(2), b"")]
        {
            link.arm(Signal::Strong, Some(fault));
            assert_eq!(ask(&link).await, left, "{fault:?}");
            assert_eq!(ask(&link).await, b"0123456789", "after {fault:?}");
        }
        assert_eq!((tally.cuts.load(Relaxed), tally.lost_replies.load(Relaxed)), (2, 1));
    }
}
