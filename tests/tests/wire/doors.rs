//! More callers than there are places, and more passwords than can be judged: whoever is honest gets through,
//! soon, and memory stays bounded.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use pantau_desk::auth::password;
use pantau_log::{
    Env, ops,
    store::{self, Operator, Rights},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
    time::Instant,
};

use crate::{
    process::Besieged,
    proxy::ask,
    siege::{DROP, OPENINGS, metric, raise_descriptors},
};

/// How long an honest caller may wait for a page in the worst siege. Alone it takes milliseconds.
const SOON: Duration = Duration::from_secs(10);
/// When a siege should have taken every place long since.
const PATIENCE: Duration = Duration::from_secs(120);
/// What judging passwords may cost beside the connections that bring them: two times 19 MB, and some change.
const JUDGING_KB: u64 = 48 << 10;
/// What one connection may cost.
const CONNECTION_KB: u64 = 48;

/// Opens a connection that takes its time, and again as often as the server closes it.
async fn besiege(addr: SocketAddr, opening: &'static str, cuts: Arc<AtomicU64>) {
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
        cuts.fetch_add(1, SeqCst);
    }
}

/// Every probe on a connection of its own is answered soon, and a phone is served. In a flood from its own
/// address a probe may be cut before it is heard and calls again.
async fn honest_callers_get_through(besieged: &mut Besieged, when: &str) {
    const PROBE: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let (mut longest, mut calls) = (Duration::ZERO, 0);
    for n in 0..30 {
        let started = Instant::now();
        let addr = besieged.addr;
        let answered = async {
            loop {
                calls += 1;
                if let Some(answer) = ask(addr, PROBE).await {
                    break answer;
                }
            }
        };
        let answer = tokio::time::timeout(SOON, answered).await;
        assert_eq!(answer.unwrap_or_else(|_| panic!("{when}: probe {n}")).body, b"ok\n", "{when}: probe {n}");
        longest = longest.max(started.elapsed());
        if n % 10 == 0 {
            besieged.honest_phone_is_served(when).await;
        }
    }
    println!("{when}: 30 probes took {calls} calls, the longest {longest:?}");
}

async fn siege(mut besieged: Besieged, sockets: usize, openings: &[&'static str], places: u64, when: &str) {
    let (cuts, mut siege) = (Arc::<AtomicU64>::default(), JoinSet::new());
    for n in 0..sockets {
        siege.spawn(besiege(besieged.addr, openings[n % openings.len()], Arc::clone(&cuts)));
    }
    // Every place that one address may have is taken, and others have had to leave.
    let full = async {
        while metric(besieged.monitor, "pantau_connections").await < places * 9 / 10
            || metric(besieged.monitor, "pantau_connections_shed_total").await < 100
        {}
    };
    tokio::time::timeout(PATIENCE, full).await.expect("the siege never took all places");
    honest_callers_get_through(&mut besieged, when).await;
    println!("{when}: {} cuts", cuts.load(SeqCst));
    siege.shutdown().await;
    assert_eq!(besieged.records_of_phones(), besieged.said());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_thousand_idle_sockets_keep_nobody_out() {
    raise_descriptors();
    siege(Besieged::start(None).await, 5_000, &[""], 1_024, "while 5,000 sockets are idle").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_dripping_sockets_keep_nobody_out_of_a_small_server() {
    raise_descriptors();
    // Of 1,024 descriptors 256 are for files; of the other 768 places one in eight is for known callers.
    let besieged = Besieged::start_with(None, Some(1_024)).await;
    siege(besieged, 1_100, &OPENINGS[1..], 672, "while 1,100 sockets drip").await;
}

/// A form of the sign-in page, as its cookie and the beginning of what it sends.
async fn sign_in_form(addr: SocketAddr) -> (String, String) {
    let answer = ask(addr, b"GET /sign-in HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let cookie = answer.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("set-cookie")).unwrap();
    let body = String::from_utf8(answer.body).unwrap();
    let token = body.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    (cookie.1.split(';').next().unwrap().to_owned(), format!("csrf={token}"))
}

/// Tries to sign in through the trusted proxy, for a browser at some address; the status.
async fn sign_in(addr: SocketAddr, from: &str, cookie: &str, form: &str) -> u16 {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 9], 0))).unwrap();
    let mut stream = socket.connect(addr).await.unwrap();
    let request = format!(
        "POST /sign-in HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-forwarded-for: 1.1.1.1, {from}\r\n\
         cookie: {cookie}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let text = String::from_utf8_lossy(&answer).into_owned();
    text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_thousand_wrong_passwords_keep_no_clerk_waiting() {
    const FLOOD: usize = 3_000;
    const OFFICE: &str = "192.0.2.7";
    // The 128 that may wait, and those judged until a place becomes free.
    const AHEAD: u64 = 192;
    raise_descriptors();
    let besieged = Besieged::start(None).await;
    {
        let server = ops::open(&besieged.dir(), &Env::real()).unwrap();
        let password_hash = password::hash("tiang bendera", &[7; 16]).unwrap();
        let operator = Operator::new("siti", password_hash, 0, Rights::Desk);
        store::write(server.store(), |tx| tx.put_operator(&operator)).unwrap();
    }
    let (cookie, form) = sign_in_form(besieged.addr).await;
    // Some other day the clerk signed in from this office, which has an address of its own: wrong tries of
    // strangers at the clerk's name do not count there.
    let right = format!("{form}&username=siti&password=tiang+bendera");
    assert_eq!(sign_in(besieged.addr, OFFICE, &cookie, &right).await, 303);
    let before = besieged.rss_kb();
    let mut flood = JoinSet::new();
    for n in 0..FLOOD {
        let (addr, cookie) = (besieged.addr, cookie.clone());
        // From 1,500 addresses, half of them at the clerk's own name.
        let from = format!("10.1.{}.{}", n / 2 / 250, n / 2 % 250);
        let name = if n % 2 == 0 { "siti".to_owned() } else { format!("n{n}") };
        let form = format!("{form}&username={name}&password=salah");
        flood.spawn(async move { sign_in(addr, &from, &cookie, &form).await });
    }
    // Judging has begun, and more wait than are let into the queue.
    let begun =
        async { while metric(besieged.monitor, "pantau_sign_ins_total{outcome=\"wrong\"}").await < 10 {} };
    tokio::time::timeout(PATIENCE, begun).await.expect("nothing is judged");
    let started = Instant::now();
    let judged = || metric(besieged.monitor, "pantau_sign_ins_total{outcome=\"wrong\"}");
    let judged_before = judged().await;
    // Where the queue is full of others the page says when to come again.
    let signed_in = async { while sign_in(besieged.addr, OFFICE, &cookie, &right).await != 303 {} };
    let waited = tokio::time::timeout(PATIENCE, signed_in).await;
    let ahead = judged().await - judged_before;
    println!("the clerk waited {:?}, {ahead} were judged meanwhile", started.elapsed());
    let ended = flood.join_all().await;
    let of = |status| ended.iter().filter(|s| **s == status).count();
    let counts = [401, 429, 503].map(of);
    let more = besieged.peak_kb() - before;
    println!("401, 429, 503: {counts:?}, +{more} kB");
    waited.expect("the clerk waits");
    // Counted in tries and not in seconds, since a busy machine judges slowly.
    assert!(ahead <= AHEAD, "{ahead} strangers were judged before the clerk");
    assert_eq!(counts.iter().sum::<usize>(), FLOOD, "every one is answered");
    assert!(more <= JUDGING_KB + FLOOD as u64 * CONNECTION_KB, "+{more} kB");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_hundred_wrong_passwords_leave_no_memory_behind() {
    raise_descriptors();
    let besieged = Besieged::start(None).await;
    let (cookie, form) = sign_in_form(besieged.addr).await;
    let before = besieged.rss_kb();
    for round in 0..20 {
        let mut some = JoinSet::new();
        for n in 0..20 {
            let (addr, cookie) = (besieged.addr, cookie.clone());
            let form = format!("{form}&username=n{round}&password=salah");
            let from = format!("10.2.{round}.{n}");
            some.spawn(async move { sign_in(addr, &from, &cookie, &form).await });
        }
        assert!(some.join_all().await.iter().all(|status| *status == 401));
    }
    let judged = metric(besieged.monitor, "pantau_sign_ins_total{outcome=\"wrong\"}").await;
    assert_eq!(judged, 400);
    let more = besieged.peak_kb() - before;
    println!("400 wrong passwords: +{more} kB at most, +{} kB after", besieged.rss_kb() - before);
    assert!(more <= JUDGING_KB, "+{more} kB");
}
