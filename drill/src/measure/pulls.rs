//! Many records at once: intake, a fresh phone's pull, a large store, a camat's first sync.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use pantau_core::{
    Budget, Cancel, Env, OpenOptions, Phone, Silent,
    env::{Clock as _, SystemClock, SystemEntropy},
    transport::{Answer, BoxFuture, HttpTransport, Post, Transport, TransportError},
};
use pantau_protocol::enrol::Invitation;
use rusqlite::Connection;

use super::{
    NOW,
    child::Process,
    proxy, slow,
    stage::{self, Stage, number, sync},
    table::Table,
    workload::CheckIn,
};
use crate::{clock::Clock, province, stage::DrillError};

/// Phones whose frames are sent; each carries a full segment.
const SENDERS: usize = 10;
/// Records of each.
const RECORDS: usize = 2_000;
/// Records of the large store.
const LARGE: u64 = 100_000;
/// The kecamatan whose camat syncs for the first time: 58 TPS.
const CAMAT_TPS: usize = 58;

fn around(e: impl std::fmt::Display) -> DrillError {
    DrillError::around(e)
}

/// A carrier that keeps what it is given once it is told to.
struct Recorder {
    line: HttpTransport,
    keeps: std::sync::Mutex<Option<Vec<u8>>>,
    is_recording: std::sync::atomic::AtomicBool,
}

impl Transport for Recorder {
    fn post(&self, post: Post) -> BoxFuture<'_, Result<Answer, TransportError>> {
        if !self.is_recording.load(SeqCst) {
            return self.line.post(post);
        }
        if let Ok(mut kept) = self.keeps.lock() {
            *kept = Some(post.body);
        }
        Box::pin(async { Err(TransportError::NotReached("recorded".into())) })
    }
}

/// The frame in which a real phone would send `records`.
async fn frame(dir: &Path, code: &Invitation, records: &[CheckIn]) -> Result<Vec<u8>, DrillError> {
    let recorder = Arc::new(Recorder {
        line: HttpTransport::new().map_err(around)?,
        keeps: std::sync::Mutex::default(),
        is_recording: false.into(),
    });
    let env = Env {
        clock: Arc::new(Clock::simulated(NOW)),
        entropy: Arc::new(SystemEntropy),
        transport: Arc::<Recorder>::clone(&recorder),
    };
    let phone = Phone::open(dir, env, OpenOptions::default()).map_err(around)?;
    phone.enrol(code).await.map_err(around)?;
    phone.sync(Budget::PLENTY, &Silent, &Cancel::new()).await.map_err(around)?;
    for check_in in records {
        phone.capture(check_in.record.clone()).map_err(around)?;
    }
    recorder.is_recording.store(true, SeqCst);
    phone.sync(Budget::PLENTY, &Silent, &Cancel::new()).await.map_err(around)?;
    let kept = recorder.keeps.lock().ok().and_then(|mut k| k.take());
    kept.ok_or_else(|| around("a phone with records sent nothing"))
}

/// Sends frames from as many threads as there are cores; seconds until all are answered.
async fn send_all(to: SocketAddr, frames: Vec<Vec<u8>>) -> Result<f64, DrillError> {
    let clock = SystemClock::new();
    let (frames, next) = (Arc::new(frames), Arc::new(AtomicUsize::new(0)));
    let mut senders = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (frames, next) = (Arc::clone(&frames), Arc::clone(&next));
        senders.spawn(async move {
            let line = HttpTransport::new().map_err(around)?;
            while let Some(body) = frames.get(next.fetch_add(1, SeqCst)).cloned() {
                let (url, within) = (format!("http://{to}/v1/exchange"), std::time::Duration::from_secs(120));
                let answer =
                    line.post(Post { url, body, within, strict_dates: false }).await.map_err(around)?;
                if answer.status != 200 {
                    return Err(around(format!("status {}", answer.status)));
                }
            }
            Ok(())
        });
    }
    while let Some(done) = senders.join_next().await {
        done.map_err(around)??;
    }
    Ok(clock.monotonic().as_secs_f64())
}

/// Intake, then a fresh phone that pulls, then its store grown large.
///
/// # Errors
/// See [`super::measure`].
pub async fn pulls(all: &[CheckIn], table: &mut Table) -> Result<(), DrillError> {
    if !table.wants(&["intake_per_s", "pull_10000_s", "pull_bytes", "open_100k_ms"]) {
        return Ok(());
    }
    let stage = Stage::new(all, "127.0.0.1:0")?;
    let to = stage.addr.to_string();
    // Making them is not measured: in memory where there is a place for it.
    let scratch =
        tempfile::Builder::new().tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).map_err(around)?;
    let (mut frames, mut waiting) = (Vec::new(), tokio::task::JoinSet::new());
    for n in 0..SENDERS {
        let (dir, code) = (scratch.path().join(n.to_string()), stage.code(n + 1, &to)?);
        let from = (n * RECORDS) % all.len();
        let records = all.get(from..(from + RECORDS).min(all.len())).unwrap_or_default().to_vec();
        waiting.spawn(async move { frame(&dir, &code, &records).await });
    }
    while let Some(made) = waiting.join_next().await {
        frames.push(made.map_err(around)??);
    }
    let half = frames.split_off(SENDERS / 2);
    let mut rates = Vec::new();
    rates.push((frames.len() * RECORDS) as f64 / send_all(stage.addr, frames).await?);
    let mut pulls = Vec::new();
    let mut bytes = Vec::new();
    let mut phone = stage.phone_under(&[], "fresh")?;
    stage::enrol(&mut phone, &stage.code(SENDERS + 1, &to)?)?;
    let said = sync(&mut phone)?;
    pulls.push(number(&said, "seconds") * 10_000.0 / number(&said, "received"));
    bytes.push(number(&said, "down") / number(&said, "received"));
    rates.push((half.len() * RECORDS) as f64 / send_all(stage.addr, half).await?);
    table.put("intake_per_s", rates);
    table.put("pull_10000_s", pulls);
    table.put("pull_bytes", bytes);
    drop(phone);
    grow(&stage.path("fresh").join("pantau.db"))?;
    let mut opens = Vec::new();
    for _ in 0..5 {
        let dir = stage.path("fresh").to_string_lossy().into_owned();
        opens.push(number(&Process::start(&[], &["phone", &dir])?.hear()?, "open_ms"));
    }
    table.put("open_100k_ms", opens);
    Ok(())
}

/// Copies the records of a store under new ids until it is large: what opening costs depends on how many there
/// are, not on what they say.
fn grow(file: &Path) -> Result<(), DrillError> {
    let mut c = Connection::open(file).map_err(around)?;
    let tx = c.transaction().map_err(around)?;
    loop {
        let count: u64 = tx.query_row("SELECT count(*) FROM record", [], |r| r.get(0)).map_err(around)?;
        if count >= LARGE {
            break;
        }
        tx.execute(
            "INSERT INTO record (id, device, branch, seq, own, kind, at, place, payload, commitments, received_at,
                                 not_before, position, generation)
             SELECT randomblob(16), device, branch, seq, own, kind, at, place, payload, commitments, received_at,
                    not_before, position, generation FROM record WHERE kind < 20 AND own = 0 LIMIT ?1",
            [LARGE - count],
        )
        .map_err(around)?;
    }
    tx.execute("INSERT OR IGNORE INTO place_key (place, row) SELECT place, row FROM record", [])
        .map_err(around)?;
    tx.commit().map_err(around)
}

/// The first sync of a camat over the 2G link, with the real regions and the synthetic TPS of the province.
pub(super) async fn first_sync(table: &mut Table) -> Result<(), DrillError> {
    let posts = province::posts().map_err(around)?;
    let mut counts = std::collections::BTreeMap::<_, usize>::new();
    posts.iter().for_each(|p| *counts.entry(p.place.district()).or_default() += 1);
    let nearest = counts.iter().min_by_key(|(_, n)| n.abs_diff(CAMAT_TPS));
    let (district, tps) = nearest.ok_or_else(|| around("no kecamatan"))?;
    let files = tempfile::tempdir().map_err(around)?;
    let people = province::people(&posts, 272);
    let camat = people.iter().find(|p| p.place == *district).ok_or_else(|| around("no camat"))?;
    let shipped = super::workload::Province {
        regions: province::REGIONS_CSV.to_owned(),
        tps: province::TPS_CSV.to_owned(),
        checklists: include_str!("../../../protocol/assets/checklists.json").to_owned(),
        officers: province::officers_csv(&people, &mut fastrand::Rng::with_seed(1)),
    };
    let dir = files.path().join("server");
    let made = stage::make_server(&dir, &shipped)?;
    let mut codes = Vec::new();
    for _ in 0..3 {
        codes.push(pantau_log::ops::enrol(&made, camat.number, "http://unknown", 1 << 30).map_err(around)?);
    }
    drop(made);
    let mut server = Process::start(&[], &["server", &dir.to_string_lossy(), "127.0.0.1:0"])?;
    let addr = server.hear()?["addr"].as_str().and_then(|a| a.parse().ok());
    let addr = addr.ok_or_else(|| around("the server listens nowhere"))?;
    let (to, passed) = proxy::open(slow::SERVER, addr).await.map_err(around)?;
    let (mut seconds, mut bytes) = (Vec::new(), Vec::new());
    for (code, n) in codes.into_iter().zip(0..) {
        let phone_dir = files.path().join(format!("hp-{n}")).to_string_lossy().into_owned();
        let mut phone = Process::start(&slow::AT_PHONE, &["phone", &phone_dir])?;
        phone.hear()?;
        stage::enrol(&mut phone, &Invitation { url: format!("http://{to}"), ..code })?;
        let before = passed.passed();
        seconds.push(number(&sync(&mut phone)?, "seconds"));
        let passed = passed.passed() - before;
        bytes.push((passed.up + passed.down) as f64);
    }
    crate::report::tell(&format!("first sync: kecamatan {district} with {tps} TPS, enrolled before"));
    table.put("first_sync_bytes", bytes);
    table.put("first_sync_s", seconds);
    Ok(())
}
