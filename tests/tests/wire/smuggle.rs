//! Requests that two readers may understand differently, and what is no request at all: nothing hidden in
//! them is carried out, nothing breaks, and the next honest phone is served.

use std::{net::SocketAddr, time::Duration};

use fastrand::Rng;
use pantau_core::SyncEnd;
use pantau_server::serve::{self, ServeConfig};
use pantau_tests::{Campaign, World, sync, visit};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};

use crate::{
    proxy::{Message, Proxy, Rule},
    stage::enrolled,
};

/// Writes bytes, and reads until the server closes.
async fn send(addr: SocketAddr, bytes: &[u8]) -> String {
    let stream = TcpStream::connect(addr).await.unwrap();
    let (mut read, mut write) = stream.into_split();
    let mut answer = Vec::new();
    // A server that has heard enough closes before it has read all.
    let (_, _) = tokio::join!(write.write_all(bytes), read.read_to_end(&mut answer));
    String::from_utf8_lossy(&answer).into_owned()
}

const POST: &str = "POST /v1/exchange HTTP/1.1\r\nhost: x\r\n";

/// Heads after which it is not clear where the body ends; the hidden request follows.
fn ambiguous(hidden: &[u8]) -> Vec<(String, Vec<u8>)> {
    let long = hidden.len();
    let heads = [
        format!("content-length: {}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", long + 5),
        format!("transfer-encoding: chunked\r\ncontent-length: {}\r\n\r\n0\r\n\r\n", long + 5),
        format!("content-length: 3\r\ncontent-length: {long}\r\n\r\nabc"),
        format!("content-length: {long}\r\ncontent-length: 3\r\n\r\nabc"),
        "content-length: 3, 3\r\n\r\nabc".into(),
        "content-length: +3\r\n\r\nabc".into(),
        "content-length: -3\r\n\r\nabc".into(),
        "content-length: 0x3\r\n\r\nabc".into(),
        "content-length: 3 3\r\n\r\nabc".into(),
        "content-length: 18446744073709551615\r\n\r\n".into(),
        "content-length: 18446744073709551617\r\n\r\n".into(),
        "content-length: \r\n\r\n".into(),
        "content-length : 3\r\n\r\nabc".into(),
        " content-length: 3\r\n\r\nabc".into(),
        "content-length\r\n: 3\r\n\r\nabc".into(),
        "content-length: 3\r\n x\r\n\r\nabc".into(),
        "content-length:\x0b3\r\n\r\nabc".into(),
        "transfer-encoding: xchunked\r\n\r\n0\r\n\r\n".into(),
        "transfer-encoding: identity\r\n\r\n0\r\n\r\n".into(),
        "transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n".into(),
        "transfer-encoding : chunked\r\n\r\n0\r\n\r\n".into(),
        "transfer-encoding: chunked\r\n\r\ng\r\n".into(),
        "transfer-encoding: chunked\r\n\r\n-1\r\n".into(),
        "transfer-encoding: chunked\r\n\r\n0x0\r\n\r\n".into(),
        "transfer-encoding: chunked\r\n\r\nffffffffffffffff0\r\n".into(),
        "transfer-encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n".into(),
        "transfer-encoding: chunked\r\n\r\n1;\n\nx\r\n0\r\n\r\n".into(),
        format!("transfer-encoding: chunked\r\n\r\n1;{}\r\nx\r\n0\r\n\r\n", "e".repeat(1 << 20)),
        format!("transfer-encoding: chunked\r\n\r\n0\r\n{}\r\n\r\n", "t: x\r\n".repeat(100_000)),
        "x: a\0b\r\ncontent-length: 0\r\n\r\n".into(),
        "x: a\rb\r\ncontent-length: 0\r\n\r\n".into(),
        format!("content-length: {long}\r\nupgrade: h2c\r\nconnection: upgrade, http2-settings\r\n\r\n"),
    ];
    let whole = |head: &String| [format!("{POST}{head}").as_bytes(), hidden].concat();
    let mut all: Vec<_> = heads.iter().map(|h| (format!("{h:.60?}"), whole(h))).collect();
    let old = b"POST /v1/exchange HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    all.push(("chunks in HTTP/1.0".into(), [old, hidden].concat()));
    for first in ["GET /healthz", "GET /v1/exchange", "HEAD /metrics", "DELETE /elsewhere"] {
        let head = format!("{first} HTTP/1.1\r\nhost: x\r\ncontent-length: {long}\r\n\r\n");
        all.push((format!("in the body of {first}"), [head.as_bytes(), hidden].concat()));
    }
    all
}

/// What is no request, or more of one than anybody needs.
fn strange(rng: &mut Rng) -> Vec<(String, Vec<u8>)> {
    let text = |t: &str| t.as_bytes().to_vec();
    let mut all = vec![
        ("HTTP/2".to_owned(), text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")),
        ("TLS".to_owned(), [&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3][..], &[7; 500]].concat()),
        ("HTTP/0.9".to_owned(), text("GET /healthz\r\n\r\n")),
        ("HTTP/9.9".to_owned(), text("GET /healthz HTTP/9.9\r\nhost: x\r\n\r\n")),
        ("SSH".to_owned(), text("SSH-2.0-OpenSSH_9.6\r\n")),
        ("only line ends".to_owned(), text(&"\r\n".repeat(100_000))),
        ("a tunnel".to_owned(), text("CONNECT x:443 HTTP/1.1\r\nhost: x\r\n\r\n")),
        (
            "a long address".to_owned(),
            text(&format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(1 << 20))),
        ),
        ("a giant header".to_owned(), text(&format!("{POST}x: {}\r\n\r\n", "a".repeat(4 << 20)))),
        ("a header without end".to_owned(), text(&format!("{POST}x: {}", "a".repeat(4 << 20)))),
        ("a long name".to_owned(), text(&format!("{POST}{}: a\r\n\r\n", "x".repeat(1 << 20)))),
        ("many headers".to_owned(), text(&format!("{POST}{}\r\n", "x: a\r\n".repeat(100_000)))),
        ("101 headers".to_owned(), text(&format!("{POST}{}\r\n", "x: a\r\n".repeat(101)))),
        ("10 GB announced".to_owned(), text(&format!("{POST}content-length: 10000000000\r\n\r\nPT"))),
        (
            "a body over the limit".to_owned(),
            [text(&format!("{POST}content-length: 3000000\r\n\r\n")), vec![b'P'; 3_000_000]].concat(),
        ),
        ("an answer".to_owned(), text("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nPT")),
    ];
    for n in 0..200 {
        let mut noise = vec![0; rng.usize(1..3_000)];
        rng.fill(&mut noise);
        if n % 2 == 0 {
            noise = [POST.as_bytes(), &noise].concat();
        }
        all.push((format!("noise {n}"), noise));
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_hidden_is_carried_out() {
    let campaign = Campaign::new("wire-smuggling", 1);
    let world = World::in_memory(campaign.seed()).await;
    let listener = serve::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let patience = Duration::from_secs(1);
    let config = ServeConfig { header: patience, idle: patience, body: patience, ..ServeConfig::default() };
    let running = serve::start(world.server(), config, vec![listener], None).unwrap();
    let addr = running.addr().unwrap();
    let (one, other) = (Proxy::open(addr).await, Proxy::open(addr).await);
    let (honest, victim) = (enrolled(&world, "a", 1, &one).await, enrolled(&world, "b", 2, &other).await);
    // A good request that never reached the server: whoever caught it hides it in others.
    let caught = visit(&victim, "62.06.13.2001/001", "tersembunyi");
    other.obey(Rule::instead(Message::answer(502, b"").bytes()));
    assert!(matches!(sync(&victim).await, SyncEnd::Offline(_)));
    let hidden = other.last().0.bytes();

    let mut rng = campaign.rng();
    let attacks = [ambiguous(&hidden), strange(&mut rng)].concat();
    let exchanges = world.server().metrics().exchanges.get();
    let mut all = JoinSet::new();
    for (name, bytes) in attacks {
        all.spawn(async move { (name, send(addr, &bytes).await) });
    }
    while let Some(answered) = all.join_next().await {
        let (name, answer) = answered.unwrap();
        let status = answer.split(' ').nth(1).unwrap_or("none");
        let is_known =
            matches!(status, "none" | "200" | "400" | "404" | "405" | "408" | "413" | "414" | "431" | "505");
        assert!(is_known, "{name}: {answer}");
        assert!(status != "200" || name.contains("healthz") || name.contains("metrics"), "{name}: {answer}");
    }
    assert_eq!(world.server().metrics().exchanges.get(), exchanges, "a hidden request was carried out");
    assert_eq!(world.server().metrics().failures.get(), 0);
    assert_eq!(world.times_held(&caught.id), 0);
    let saved = visit(&honest, "62.06.13.2002/001", "");
    assert_eq!(sync(&honest).await, SyncEnd::Done);
    assert_eq!(world.times_held(&saved.id), 1);

    // Sent openly, one behind the other, it is what it is: stored once.
    let answers = send(addr, &hidden.repeat(3)).await;
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 3);
    assert_eq!(world.times_held(&caught.id), 1);
    other.obey(Rule::pass());
    pantau_tests::settle(&world, &[&honest, &victim]).await;
    running.shutdown().await;
}
