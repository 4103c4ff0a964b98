//! A thousand sockets that take their time, and bodies that never end: memory stays bounded, honest phones are
//! served.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use pantau_core::SyncEnd;
use pantau_protocol::limit;
use pantau_server::serve::{self, ServeConfig};
use pantau_tests::{World, place, sync, visit};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};

use crate::{
    process::Besieged,
    proxy::{Proxy, ask},
    stage::enrolled,
};

const SOCKETS: usize = 1_000;
/// Time between two drops. It paces the attack; nobody waits for it.
pub(crate) const DROP: Duration = Duration::from_millis(250);
/// When a siege should be over long since.
const PATIENCE: Duration = Duration::from_secs(180);
/// What a thousand connections may take beside the bodies.
const SOCKETS_KB: u64 = 64 << 10;
/// What unfinished bodies may take together, however many there are.
const BODIES_KB: u64 = 256 << 10;

/// How a socket begins that wants to be waited for.
pub(crate) const OPENINGS: [&str; 4] = [
    "",
    "POST /v1/exchange HTTP/1.1\r\nhost: x\r\nx-slow: ",
    "POST /v1/exchange HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\nPT",
    "POST /v1/exchange HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nfffff\r\nPT",
];

/// Both ends of a thousand connections: more descriptors than some systems give unasked.
pub(crate) fn raise_descriptors() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
}

/// How often the server has had enough, of each opening.
type Cuts = Arc<[AtomicU64; OPENINGS.len()]>;

/// Drips until the server has had enough, again and again.
async fn drip(addr: SocketAddr, how: usize, cuts: Cuts) {
    let opening = OPENINGS[how];
    loop {
        let Ok(stream) = TcpStream::connect(addr).await else { continue };
        let (mut read, mut write) = stream.into_split();
        let _ = write.write_all(opening.as_bytes()).await;
        let mut rest = Vec::new();
        let dripping = async {
            while !opening.is_empty() && write.write_all(b"x").await.is_ok() {
                tokio::time::sleep(DROP).await;
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            _ = read.read_to_end(&mut rest) => {}
            () = dripping => {}
        }
        cuts[how].fetch_add(1, SeqCst);
    }
}

/// A number the server counts, as it says itself at the address of its metrics.
pub(crate) async fn metric(monitor: SocketAddr, name: &str) -> u64 {
    let request = b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let answer = ask(monitor, request).await.unwrap();
    let text = String::from_utf8(answer.body).unwrap();
    let line = text.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(' ')).unwrap();
    line.parse().unwrap()
}

/// Connections the server has.
async fn connections(monitor: SocketAddr) -> usize {
    metric(monitor, "pantau_connections").await as usize
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dripping_sockets_starve_nobody() {
    raise_descriptors();
    // Long enough that a busy machine opens most of them before the first are cut.
    let mut besieged = Besieged::start(Some(10)).await;
    let before = besieged.rss_kb();
    let (cuts, mut siege) = (Cuts::default(), JoinSet::new());
    for n in 0..SOCKETS {
        siege.spawn(drip(besieged.addr, n % OPENINGS.len(), Arc::clone(&cuts)));
    }
    // A few of them are always on their way back.
    let there = async { while connections(besieged.monitor).await < SOCKETS * 3 / 4 {} };
    tokio::time::timeout(PATIENCE, there).await.expect("not even most of a thousand connections are taken");
    // As many as there are, of each kind, are cut twice: the siege is as heavy all the while.
    let is_over = || cuts.iter().all(|n| n.load(SeqCst) >= 2 * (SOCKETS / OPENINGS.len()) as u64);
    let mut syncs = 0;
    let served = async {
        while !is_over() {
            besieged.honest_phone_is_served("while 1,000 sockets drip").await;
            syncs += 1;
        }
    };
    tokio::time::timeout(PATIENCE, served).await.expect("some may drip as long as they like");
    let more = besieged.peak_kb() - before;
    println!("{syncs} honest syncs, {cuts:?} cuts, +{more} kB");
    assert!(more <= SOCKETS_KB, "+{more} kB");
    siege.shutdown().await;
    let gone = async { while connections(besieged.monitor).await > 2 {} };
    tokio::time::timeout(PATIENCE, gone).await.expect("connections are kept that nobody has any more");
    assert_eq!(besieged.records_of_phones(), besieged.said());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_never_end_do_not_fill_the_memory() {
    raise_descriptors();
    let mut besieged = Besieged::start(None).await;
    let before = besieged.rss_kb();
    let mut all = JoinSet::new();
    for _ in 0..SOCKETS {
        let addr = besieged.addr;
        all.spawn(async move {
            let mut stream = TcpStream::connect(addr).await.unwrap();
            let head = format!(
                "POST /v1/exchange HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n",
                limit::FRAME_BYTES
            );
            let _ = stream.write_all(head.as_bytes()).await;
            // All but the last byte, or as much as is taken.
            let _ = stream.write_all(&vec![b'P'; limit::FRAME_BYTES - 1]).await;
            stream
        });
    }
    let streams = all.join_all().await;
    // More than is let in at once while others wait: it goes in smaller pieces.
    let notes = "panjang ".repeat(200);
    for n in 0..60 {
        besieged.says(&format!("{n}{notes}{}", n * 7919));
    }
    besieged.honest_phone_is_served("while bodies do not end").await;
    let more = besieged.peak_kb() - before;
    println!("{} unfinished bodies: +{more} kB", streams.len());
    assert!(more <= BODIES_KB, "+{more} kB");
    drop(streams);
    assert_eq!(besieged.records_of_phones(), besieged.said());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn places_of_the_silent_are_given_on() {
    let world = World::in_memory(31).await;
    let listener = serve::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let patience = Duration::from_millis(200);
    let config = ServeConfig { connections: 16, header: patience, idle: patience, ..ServeConfig::default() };
    let running = serve::start(world.server(), config, vec![listener], None).unwrap();
    let proxy = Proxy::open(running.addr().unwrap()).await;
    let phone = enrolled(&world, "camat", 1, &proxy).await;
    let (cuts, mut siege) = (Cuts::default(), JoinSet::new());
    for _ in 0..64 {
        siege.spawn(drip(running.addr().unwrap(), 0, Arc::clone(&cuts)));
    }
    let connections = || world.server().metrics().connections.get();
    for n in 0..3 {
        let saved = visit(&phone, "62.06.13.2001/001", &format!("catatan {n}"));
        assert_eq!(sync(&phone).await, SyncEnd::Done);
        assert_eq!(world.times_held(&saved.id), 1);
        assert!(connections() <= 16, "{} connections", connections());
    }
    assert!(cuts[0].load(SeqCst) > 0);
    siege.shutdown().await;
    assert_eq!(phone.tps_card(&place("62.06.13.2001/001")).unwrap().timeline.len(), 3);
    running.shutdown().await;
}
