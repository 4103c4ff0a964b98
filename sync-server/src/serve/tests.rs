//! Over real sockets.

mod broken;
mod renew;

use std::sync::Arc;

use pantau_protocol::{exchange::Outcome, limit, role::Role};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::*;
use pantau_log::{
    health::Trouble,
    rig::{Phone, Rig, incident},
};

async fn running(rig: &Rig, config: ServeConfig) -> Running {
    let free = || async { bind("127.0.0.1:0".parse().unwrap()).await.unwrap() };
    let listeners = Listeners { public: vec![free().await], monitor: Some(free().await) };
    let pages = Router::new().route("/hello", axum::routing::get(async || "halaman"));
    start(Arc::clone(&rig.server), config, listeners, Some(pages)).unwrap()
}

/// One request on a connection of its own: the whole answer.
async fn ask(running: &Running, head: &str, body: &[u8]) -> (String, Vec<u8>) {
    ask_at(running.addr().unwrap(), head, body).await
}

async fn ask_at(addr: SocketAddr, head: &str, body: &[u8]) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let head =
        format!("{head} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await.unwrap();
    // A server that refuses early may close before it has read all.
    let _ = stream.write_all(body).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap_or(0);
    let body = answer.get(end + 4..).unwrap_or_default().to_vec();
    (String::from_utf8_lossy(&answer[..end]).into_owned(), body)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_enrols_and_exchanges_over_http() {
    let rig = Rig::disk();
    rig.grant(7, Role::Camat, "62.06.13");
    let running = running(&rig, ServeConfig::default()).await;
    let invitation = pantau_log::ops::enrol(&rig.server, 7, "http://x", 60).unwrap();
    let mut phone = Phone::new(3);
    let body = pantau_protocol::cbor::to_vec(&pantau_protocol::enrol::EnrolRequest {
        handle: invitation.code.handle.clone(),
        proof: invitation.code.proof(&phone.key.public()),
    });
    use pantau_protocol::frame::{self, FrameKind, Sender};
    let sent = frame::seal(FrameKind::Enrol, &phone.key, Sender::Introduced, None, 1, &body);
    let (head, got) = ask(&running, "POST /v1/enrol", &sent).await;
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    let reply = frame::parse(&got).unwrap();
    assert_eq!(reply.key.map(|k| k.fingerprint()), Some(invitation.fingerprint));
    assert!(reply.open_reply(&[reply.key.unwrap()], &frame::request_hash(&sent)).is_ok());

    phone.write(&incident(), "62.06.13");
    let (request, span) = phone.request(1, 1);
    let sent = phone.seal(&request, span.as_ref());
    let (head, got) = ask(&running, "POST /v1/exchange", &sent).await;
    assert_eq!(head.lines().count(), 3, "few headers cost few bytes: {head}");
    assert_eq!(phone.open(&rig.server, &sent, &got).outcomes, [Outcome::Stored]);
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_bodies_and_routes_are_answered_in_kind() {
    let rig = Rig::memory();
    let running = running(&rig, ServeConfig::default()).await;
    let status = async |head: &str, body: &[u8]| ask(&running, head, body).await.0;
    assert!(status("POST /v1/exchange", b"<html>").await.starts_with("HTTP/1.1 400"));
    assert!(status("POST /v1/exchange", b"").await.starts_with("HTTP/1.1 400"));
    // A frame of another version, and an enrolment whose signature does not fit: nobody is there to be told.
    use pantau_protocol::frame::{self, FrameKind, Sender};
    let enrol = frame::seal(FrameKind::Enrol, &Phone::new(3).key, Sender::Introduced, None, 1, b"");
    let changed = |at: usize, to: u8| [&enrol[..at], &[to], &enrol[at + 1..]].concat();
    for wrong in [changed(2, 2), changed(60, enrol[60] ^ 1)] {
        let (head, body) = ask(&running, "POST /v1/enrol", &wrong).await;
        assert!(head.starts_with("HTTP/1.1 400") && body.is_empty(), "{head}");
    }
    assert!(status("POST /v1/exchange", &changed(2, 2)).await.starts_with("HTTP/1.1 400"));
    let long = vec![0; limit::FRAME_BYTES + 1];
    assert!(status("POST /v1/exchange", &long).await.starts_with("HTTP/1.1 413"));
    assert!(status("GET /v1/exchange", b"").await.starts_with("HTTP/1.1 405"));
    assert!(status("GET /elsewhere", b"").await.starts_with("HTTP/1.1 404"));
    assert_eq!(ask(&running, "GET /healthz", b"").await.1, b"ok\n");
    assert_eq!(ask(&running, "GET /hello", b"").await.1, "halaman".as_bytes());
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_are_told_at_their_own_door_alone() {
    let rig = Rig::memory();
    let running = running(&rig, ServeConfig::default()).await;
    assert!(ask(&running, "POST /v1/exchange", b"<html>").await.0.starts_with("HTTP/1.1 400"));
    assert!(ask(&running, "GET /metrics", b"").await.0.starts_with("HTTP/1.1 404"));
    let monitor = running.monitor().unwrap();
    let (_, metrics) = ask_at(monitor, "GET /metrics", b"").await;
    let metrics = String::from_utf8(metrics).unwrap();
    assert!(metrics.contains("pantau_not_frames_total 1\n"), "{metrics}");
    assert!(metrics.contains("pantau_sign_ins_total{outcome=\"wrong\"} 0\n"), "{metrics}");
    assert_eq!(ask_at(monitor, "GET /healthz", b"").await.1, b"ok\n");
    for elsewhere in ["POST /v1/exchange", "GET /hello", "GET /"] {
        assert!(ask_at(monitor, elsewhere, b"").await.0.starts_with("HTTP/1.1 404"), "{elsewhere}");
    }
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_warning_is_named_and_a_trouble_that_stops_the_server_turns_callers_away() {
    let rig = Rig::memory();
    let running = running(&rig, ServeConfig::default()).await;
    let health = async || {
        let (head, body) = ask(&running, "GET /healthz", b"").await;
        (head.split(' ').nth(1).map(str::to_owned), String::from_utf8(body).unwrap())
    };
    rig.server.health().raise(Trouble::DiskLow, "little");
    assert_eq!(health().await, (Some("200".into()), "ok\ndisk_low\n".into()));
    let metrics = ask_at(running.monitor().unwrap(), "GET /metrics", b"").await.1;
    let metrics = String::from_utf8(metrics).unwrap();
    assert!(metrics.contains("pantau_trouble{trouble=\"disk_low\"} 1\n"), "{metrics}");
    rig.server.health().raise(Trouble::Damage, "a row");
    assert_eq!(health().await, (Some("503".into()), "damage\ndisk_low\n".into()));
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_on_which_nothing_moves_is_closed() {
    let rig = Rig::memory();
    let config = ServeConfig {
        header: Duration::from_millis(100),
        idle: Duration::from_millis(100),
        connections: 2,
        ..ServeConfig::default()
    };
    let running = running(&rig, config).await;
    let mut silent = TcpStream::connect(running.addr().unwrap()).await.unwrap();
    let mut dripping = TcpStream::connect(running.addr().unwrap()).await.unwrap();
    dripping
        .write_all(b"POST /v1/exchange HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\nPT")
        .await
        .unwrap();
    // Both places are taken; the third waits until one of them has to make room.
    assert_eq!(ask(&running, "GET /healthz", b"").await.1, b"ok\n");
    let mut rest = Vec::new();
    let _ = silent.read_to_end(&mut rest).await;
    let _ = dripping.read_to_end(&mut rest).await;
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shutdown_lets_an_open_request_finish_and_frees_the_address() {
    let rig = Rig::memory();
    let mut phone = rig.phone(7, Role::Camat, "62.06.13");
    let running = running(&rig, ServeConfig::default()).await;
    let addr = running.addr().unwrap();
    phone.write(&incident(), "62.06.13");
    let (request, span) = phone.request(1, 1);
    let sent = phone.seal(&request, span.as_ref());
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let head = format!(
        "POST /v1/exchange HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        sent.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // The server asks for the body: the request is open.
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).await.unwrap();
    assert!(go_on.starts_with(b"HTTP/1.1 100 Continue"));
    let stopping = tokio::spawn(running.shutdown());
    stream.write_all(&sent).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    stopping.await.unwrap();
    assert_eq!(rig.rows_of(&phone).len(), 1);
    bind(addr).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_is_served_from_pem_files() {
    use rustls::pki_types::{CertificateDer, pem::PemObject as _};
    let rig = Rig::memory();
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/serve/testdata");
    let files = TlsFiles { certificates: here.join("localhost.pem"), key: here.join("localhost.key") };
    let missing = TlsFiles { certificates: here.join("none.pem"), ..files.clone() };
    let config = ServeConfig { tls: Some(missing), ..ServeConfig::default() };
    assert!(matches!(start(Arc::clone(&rig.server), config, Vec::new(), None), Err(Error::Tls(_))));
    let config = ServeConfig { tls: Some(files.clone()), ..ServeConfig::default() };
    let running = running(&rig, config).await;

    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&files.certificates).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(running.addr().unwrap()).await.unwrap();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(client));
    let mut stream = connector.connect("localhost".try_into().unwrap(), stream).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    stream.write_all(b"GET /hello HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (health, page) = answer.split_once("ok\n").unwrap();
    assert!(page.contains("strict-transport-security: max-age=31536000"), "{answer}");
    assert!(!health.contains("strict-transport-security") && page.ends_with("halaman"), "{answer}");
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plain_pages_do_not_ask_for_tls() {
    let rig = Rig::memory();
    let running = running(&rig, ServeConfig::default()).await;
    assert!(!ask(&running, "GET /hello", b"").await.0.contains("strict-transport"));
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_and_no_stranger_makes_its_connection_known() {
    let rig = Rig::memory();
    let mut phone = rig.phone(7, Role::Camat, "62.06.13");
    // Eight places, one of which is for known callers.
    let config = ServeConfig { connections: 8, per_address: 16, ..ServeConfig::default() };
    let running = running(&rig, config).await;
    let addr = running.addr().unwrap();
    let mut known = TcpStream::connect(addr).await.unwrap();
    phone.write(&incident(), "62.06.13");
    let (request, span) = phone.request(1, 1);
    let sent = phone.seal(&request, span.as_ref());
    let head = format!("POST /v1/exchange HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", sent.len());
    let mut exchange = async || {
        known.write_all(head.as_bytes()).await.unwrap();
        known.write_all(&sent).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(known.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
        let length = head.lines().find_map(|l| l.strip_prefix("content-length: ")).unwrap();
        let mut body = vec![0; length.parse().unwrap()];
        known.read_exact(&mut body).await.unwrap();
    };
    exchange().await;
    // Many more strangers than there are places; none of them says anything.
    let mut strangers = Vec::new();
    for _ in 0..12 {
        strangers.push(TcpStream::connect(addr).await.unwrap());
        assert_eq!(ask(&running, "GET /healthz", b"").await.1, b"ok\n");
    }
    assert!(rig.server.metrics().connections_shed.get() > 4);
    exchange().await;
    running.shutdown().await;
}
