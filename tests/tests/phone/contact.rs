//! Who answers where the server should: what a phone then says, and that nothing is lost by it. Over real sockets.

use std::sync::{Arc, Mutex};

use pantau_core::{Cause, Env, Error, Phone, SyncEnd, transport::HttpTransport};
use pantau_protocol::enrol::{BadCode, Invitation};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::rig::{Wire, World, options, visit};

const TPS: &str = "62.06.13.2001/003";
/// Addresses that a code must not carry: each was once given to `enrol --url` and made a code that never worked.
const NEVER_WORK: &str = include_str!("fixtures/urls-that-never-work.txt");

/// Whoever listens at an address.
#[derive(Clone)]
enum Host {
    /// The server, behind a proxy that keeps it under a path.
    Server { under: &'static str },
    /// Somebody who answers everything with this.
    Says(&'static str),
}

/// Listens on a port of its own and answers each connection once.
async fn listen(host: Host, wire: &Arc<Wire>) -> (String, Arc<Mutex<Host>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (host, wire) = (Arc::new(Mutex::new(host)), Arc::clone(wire));
    let now = Arc::clone(&host);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let host = now.lock().unwrap().clone();
            let _ = answer(stream, &host, &wire).await;
        }
    });
    (address, host)
}

async fn answer(mut stream: TcpStream, host: &Host, wire: &Wire) -> std::io::Result<()> {
    let (mut read, mut buffer) = (Vec::new(), [0; 4096]);
    let (path, body) = loop {
        let got = stream.read(&mut buffer).await?;
        read.extend_from_slice(&buffer[..got]);
        let Some(end) = read.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&read[..end]).to_lowercase();
        let length = head.split("content-length: ").nth(1).unwrap().lines().next().unwrap();
        if read.len() >= end + 4 + length.parse::<usize>().unwrap() {
            break (head.split(' ').nth(1).unwrap().to_owned(), read.split_off(end + 4));
        }
    };
    match host {
        Host::Server { under } => match path.strip_prefix(under) {
            Some(inner) => {
                let frame = wire.server.lock().unwrap().answer(inner, &body);
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    frame.len()
                );
                stream.write_all(&[head.as_bytes(), &frame].concat()).await?;
            }
            None => {
                stream
                    .write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                    .await?;
            }
        },
        Host::Says(said) => {
            let (head, body) = said.split_once("\n\n").unwrap_or((said, ""));
            let head = head.replace('\n', "\r\n");
            let length = body.len();
            let all =
                format!("HTTP/1.1 {head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
            stream.write_all(all.as_bytes()).await?;
        }
    }
    stream.shutdown().await
}

fn open(world: &World, dir: &std::path::Path) -> Phone {
    let env = Env { transport: Arc::new(HttpTransport::new().unwrap()), ..world.env(1) };
    Phone::open(dir, env, options()).unwrap()
}

fn invitation(world: &World, url: String) -> Invitation {
    Invitation { url, ..world.server().invitation() }
}

fn cause(end: &SyncEnd) -> Cause {
    let SyncEnd::Offline(why) = end else { panic!("{end:?}") };
    assert!(!why.detail.contains("127.0.0.1"), "an address in a text for the log: {why}");
    why.cause
}

#[tokio::test]
async fn a_phone_says_who_answers_in_the_servers_place() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let (url, host) = listen(Host::Server { under: "" }, &world.wire).await;
    let phone = open(&world, dir.path());
    let code = invitation(&world, url);
    for (says, expected) in [
        ("301 Moved Permanently\nlocation: https://desk.example/", Cause::Moved),
        ("302 Found\nlocation: http://wifi.example/sign-in", Cause::Portal),
        ("303 See Other\nlocation: /sign-in", Cause::Moved),
        ("200 OK\n\n<!doctype html><title>Selamat datang</title>", Cause::Portal),
        ("200 OK\n\n{\"ok\": true}", Cause::NotPantau),
        ("404 Not Found\n\n<html>nothing here</html>", Cause::NotPantau),
        ("405 Method Not Allowed", Cause::NotPantau),
        ("403 Forbidden\n\n<html>no</html>", Cause::Refused),
        ("407 Proxy Authentication Required", Cause::Refused),
        ("413 Content Too Large", Cause::TooLong),
        ("500 Internal Server Error", Cause::ServerTrouble),
        ("503 Service Unavailable\nretry-after: 1", Cause::ServerTrouble),
        ("507 Insufficient Storage", Cause::ServerFull),
    ] {
        *host.lock().unwrap() = Host::Says(says);
        let Err(Error::Offline(why)) = phone.enrol(&code).await else { panic!("{says}") };
        assert_eq!(why.cause, expected, "{says}");
        *host.lock().unwrap() = Host::Server { under: "" };
        phone.enrol(&code).await.unwrap();
        *host.lock().unwrap() = Host::Says(says);
        let saved = phone.capture(visit(TPS)).unwrap();
        phone.forget_backoff().unwrap();
        let report = world.sync(&phone).await;
        assert_eq!(cause(&report.end), expected, "{says}");
        assert!(phone.journal(None, 0).unwrap().iter().any(|row| row.id == saved.id));
    }
    // Whatever they said: all of it goes out once the server answers.
    *host.lock().unwrap() = Host::Server { under: "" };
    phone.forget_backoff().unwrap();
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    assert_eq!(phone.unsent().unwrap().records, 0);
}

#[tokio::test]
async fn no_network_and_a_wrong_address_are_told_apart() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = open(&world, dir.path());
    // Nobody listens at a port that was just free.
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for (url, expected) in
        [(format!("http://{free}"), Cause::NoNetwork), ("http://desk example".into(), Cause::WrongAddress)]
    {
        let Err(Error::Offline(why)) = phone.enrol(&invitation(&world, url.clone())).await else {
            panic!("{url}")
        };
        assert_eq!(why.cause, expected, "{url}: {why}");
    }
}

#[tokio::test]
async fn another_server_at_the_address_is_not_believed_and_named() {
    let (world, other) = (World::new(), World::of(2));
    let dir = tempfile::tempdir().unwrap();
    let (url, _) = listen(Host::Server { under: "" }, &world.wire).await;
    let phone = open(&world, dir.path());
    phone.enrol(&invitation(&world, url)).await.unwrap();
    assert_eq!(world.sync(&phone).await.end, SyncEnd::Done);
    phone.capture(visit(TPS)).unwrap();
    std::mem::swap(&mut *world.server(), &mut *other.server());
    assert_eq!(cause(&world.sync(&phone).await.end), Cause::OtherServer);
    assert_eq!(phone.unsent().unwrap().records, 1);
}

#[tokio::test]
async fn a_server_behind_a_path_is_reached() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let (url, _) = listen(Host::Server { under: "/kpu/pantau" }, &world.wire).await;
    let phone = open(&world, dir.path());
    let code = invitation(&world, format!("{url}/kpu/pantau/"));
    let read = Invitation::parse(&code.to_text()).unwrap();
    phone.enrol(&read).await.unwrap();
    phone.capture(visit(TPS)).unwrap();
    let report = world.sync(&phone).await;
    assert_eq!((report.end, report.records_sent), (SyncEnd::Done, 1));
    assert_eq!(phone.status().unwrap().url, Some(format!("{url}/kpu/pantau")));
}

#[test]
fn a_code_whose_address_never_works_is_refused_when_it_is_read() {
    let print = "ab".repeat(32);
    let urls: Vec<&str> = NEVER_WORK.lines().filter(|line| !line.is_empty()).collect();
    assert!(urls.len() >= 5);
    for url in urls {
        let read = Invitation::parse(&format!("PANTAU1 A1B2 00000000 {print} {url}"));
        assert!(matches!(read, Err(BadCode::Address(_))), "{url}: {read:?}");
    }
}

#[tokio::test]
async fn a_typed_address_that_never_works_is_a_wrong_field() {
    let (world, dir) = (World::new(), tempfile::tempdir().unwrap());
    let phone = world.open(dir.path(), 1);
    for url in ["https://desk.example/sign-in", "https://u:p@desk.example", "desk.example"] {
        let typed = phone.enrol_typed(url, "A1B2", "C3D4E5F6").await;
        assert!(matches!(&typed, Err(Error::Field { field, .. }) if field == "address"), "{url}: {typed:?}");
    }
}
