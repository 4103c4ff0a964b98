//! Many phones with one code: one wins, and it alone may lose a reply.

use std::{collections::HashSet, sync::Arc};

use fastrand::Rng;
use pantau_core::{EnrolOutcome as Phones, Error};
use pantau_log::enrol;
use pantau_protocol::{
    body::Kind,
    enrol::{Code, EnrolOutcome},
    keys::{PublicKey, SecretKey},
    limit,
};
use pantau_tests::{Campaign, Tampering, World, backup_key, backup_lock};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    hand::{redeem, redeemed, redemption},
    rig::Rig,
};

fn keys(rng: &mut Rng, count: usize) -> Vec<SecretKey> {
    let mut key = || {
        let mut seed = [0; 32];
        rng.fill(&mut seed);
        SecretKey::from_seed(&seed)
    };
    (0..count).map(|_| key()).collect()
}

/// Devices of an officer in the log.
fn devices(rig: &Rig, officer: u32) -> Vec<PublicKey> {
    let access = rig.server.access().unwrap();
    let mine = access.reference().devices().filter(|d| d.officer == officer);
    mine.map(|d| PublicKey(d.public_key)).collect()
}

#[test]
fn of_a_thousand_phones_one_gets_the_code() {
    for seed in Campaign::new("enrol-race", 3).seeds() {
        let (rig, mut rng) = (Rig::sqlite(seed), Rng::with_seed(seed));
        let code = enrol::invite(&rig.server, 1, "http://here", 3600).unwrap().code;
        let keys = keys(&mut rng, 1_000);
        // Ten times a hundred threads would be a race of a hundred: all of them wait for the same moment.
        let gate = std::sync::Barrier::new(keys.len());
        let ended: Vec<EnrolOutcome> = std::thread::scope(|scope| {
            let (server, code, gate) = (&rig.server, &code, &gate);
            let run = |key| {
                let small = std::thread::Builder::new().stack_size(512 << 10);
                let work = move || {
                    gate.wait();
                    redeem(server, key, code).outcome
                };
                small.spawn_scoped(scope, work).unwrap()
            };
            let all: Vec<_> = keys.iter().map(run).collect();
            all.into_iter().map(|t| t.join().unwrap()).collect()
        });
        let winners: Vec<&SecretKey> =
            keys.iter().zip(&ended).filter(|(_, e)| **e == EnrolOutcome::Enrolled).map(|(k, _)| k).collect();
        let losers = ended.iter().filter(|e| **e == EnrolOutcome::Used).count();
        assert_eq!((winners.len(), losers), (1, 999), "seed {seed}");
        assert_eq!(devices(&rig, 1), [winners[0].public()], "seed {seed}");
        // The winner may ask again, after restarts and for ever; nobody else may.
        rig.clock.pass(1 << 32);
        for _ in 0..3 {
            let again = redeem(&rig.server, winners[0], &code);
            assert_eq!(again.outcome, EnrolOutcome::Enrolled, "seed {seed}");
            assert!(again.certificate.unwrap().verify(&rig.server.identity().signing_keys()));
        }
        for key in keys.iter().filter(|k| k.public() != winners[0].public()).take(20) {
            assert_eq!(redeem(&rig.server, key, &code).outcome, EnrolOutcome::Used, "seed {seed}");
        }
        let rows = rig.rows();
        let written = rows.iter().filter(|r| r.entry.kind == Kind::Device).count();
        assert_eq!(written, 2, "seed {seed}: the desk's and the winner's");
    }
}

/// One redemption on a connection of its own. A server that is busy says so, and is asked again, as a
/// phone does.
pub(super) async fn over_http(to: std::net::SocketAddr, key: &SecretKey, code: &Code) -> EnrolOutcome {
    let sent = redemption(key, code);
    loop {
        let mut stream = TcpStream::connect(to).await.unwrap();
        let head = format!(
            "POST /v1/enrol HTTP/1.1\r\nhost: desk\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            sent.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&sent).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let end = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
        if answer.starts_with(b"HTTP/1.1 200") {
            return redeemed(&sent, &answer[end + 4..]).outcome;
        }
        assert!(answer.starts_with(b"HTTP/1.1 503"), "{}", String::from_utf8_lossy(&answer));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_race_over_sockets_ends_the_same() {
    for seed in Campaign::new("enrol-race-http", 3).seeds() {
        let (rig, mut rng) = (Rig::memory(seed), Rng::with_seed(seed));
        let running = rig.serve().await;
        let to = running.addr().unwrap();
        let code = enrol::invite(&rig.server, 2, "http://here", 3600).unwrap().code;
        let mut racing = tokio::task::JoinSet::new();
        for key in keys(&mut rng, 200) {
            let code = code.clone();
            racing.spawn(async move { (over_http(to, &key, &code).await, key) });
        }
        let ended = racing.join_all().await;
        let won: HashSet<PublicKey> =
            ended.iter().filter(|e| e.0 == EnrolOutcome::Enrolled).map(|e| e.1.public()).collect();
        assert_eq!(won.len(), 1, "seed {seed}");
        assert_eq!(ended.iter().filter(|e| e.0 == EnrolOutcome::Used).count(), 199, "seed {seed}");
        assert_eq!(devices(&rig, 2), won.into_iter().collect::<Vec<_>>(), "seed {seed}");
        running.shutdown().await;
    }
}

#[test]
fn expired_voided_and_used_codes_enrol_nobody() {
    let (rig, mut rng) = (Rig::disk(61), Rng::with_seed(61));
    let invite = |valid| enrol::invite(&rig.server, 1, "http://here", valid).unwrap().code;
    let [a, b, c] = keys(&mut rng, 3).try_into().unwrap_or_else(|_| unreachable!());
    let short = invite(limit::ENROL_VALID_S);
    rig.clock.pass(limit::ENROL_VALID_S);
    assert_eq!(redeem(&rig.server, &a, &short).outcome, EnrolOutcome::Expired);
    let last_second = invite(limit::ENROL_VALID_S);
    rig.clock.pass(limit::ENROL_VALID_S - 1);
    assert_eq!(redeem(&rig.server, &a, &last_second).outcome, EnrolOutcome::Enrolled);
    assert_eq!(redeem(&rig.server, &b, &last_second).outcome, EnrolOutcome::Used);
    // A code of another server of the same handle, an officer without a grant, a handle nobody made.
    let nobody =
        Code { handle: if short.handle == "0000" { "1111" } else { "0000" }.into(), ..short.clone() };
    assert_eq!(redeem(&rig.server, &b, &nobody).outcome, EnrolOutcome::WrongCode);
    assert!(enrol::invite(&rig.server, 777, "http://here", 60).is_err());
    // A restore voids what nobody had redeemed, and keeps what somebody had.
    let open = invite(1 << 30);
    let backup = rig.files.path().join("backup");
    let dirs = rig.server.dirs().unwrap();
    pantau_log::ops::backup(dirs, &backup, &backup_lock()).unwrap();
    let restored = pantau_log::DataDir::new(rig.files.path().join("restored"));
    let env = crate::rig::env(&rig.clock, 62);
    pantau_log::ops::restore(&backup, &backup_key(), &restored, &env).unwrap();
    let server = pantau_log::ops::open(&restored, &env).unwrap();
    assert_eq!(redeem(&server, &c, &open).outcome, EnrolOutcome::Expired);
    assert_eq!(redeem(&server, &a, &last_second).outcome, EnrolOutcome::Enrolled);
    assert_eq!(redeem(&server, &c, &last_second).outcome, EnrolOutcome::Used);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typed_code_never_goes_over_plain_http() {
    let world = World::new(63).await;
    let transport = Arc::new(Tampering::new());
    let phone = world.open("hp", Arc::<Tampering>::clone(&transport));
    let code = world.code(1).await;
    let plain = code.url.replace("http://", "");
    for url in
        [code.url.clone(), plain.clone(), format!("HTTP://{plain}"), format!("ftp://{plain}"), String::new()]
    {
        let outcome = phone.enrol_typed(&url, &code.code.handle, &code.code.secret).await;
        let is_refused = match &outcome {
            Err(Error::NotTrusted(_)) => url.to_lowercase().starts_with("http"),
            Err(Error::Field { field, .. }) => field == "address",
            _ => false,
        };
        assert!(is_refused, "{url}: {outcome:?}");
    }
    assert_eq!(transport.posts(), 0, "the code left the phone");
    assert!(matches!(phone.enrol(&code).await.unwrap(), Phones::Enrolled(_)), "the QR code pins the server");
}
