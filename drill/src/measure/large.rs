//! A server with a million records of the province: its projection from scratch and with one record more, its memory,
//! its start, and the overview while records arrive.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use pantau_core::env::{Clock as _, SystemClock};
use pantau_desk::{self, auth::session};
use pantau_log::{
    DataDir, Server,
    author::{self, NewDeskRecord},
    intake::Quota,
    ops,
    projector::Followed,
    store::{self, Branch, Entry, Operator, Projection, Rights, Status, Tx},
};
use pantau_protocol::{
    body::{Answer, Body, Device, Visit},
    exchange::RowKind,
    journal::{self, DeviceId, Link, RecordId},
    keys::SecretKey,
    place::Place,
    record::{Fix, Record},
    time::Envelope,
};
use pantau_server::serve::{self, ServeConfig};
use serde_json::json;

use super::{
    NOW,
    child::{Process, commands, peak_mb, say},
    stage::{self, number},
    table::Table,
    workload::CheckIn,
};
use crate::{
    plan::Post,
    province::{self, Person},
    stage::DrillError,
};

/// Records in the log.
const RECORDS: usize = 1_000_000;
/// Records that are folded one by one.
const FOLDED_ALONE: usize = 200;
/// Seconds over which the records were received: the five days before the vote.
const SPAN_S: i64 = 5 * 86_400;
/// Rows appended in one transaction.
const STRIDE: usize = 20_000;
/// Requests for the overview.
const REQUESTS: usize = 200;
/// Records that arrive each second meanwhile, and in one commit.
const ARRIVE: (u64, usize) = (200, 10);
/// The id of the session that asks for pages.
const SESSION: [u8; 32] = [7; 32];

fn around(e: impl std::fmt::Display) -> DrillError {
    DrillError::around(e)
}

/// Takes the figures of a large server.
///
/// # Errors
/// See [`super::measure`].
pub async fn large(all: &[CheckIn], table: &mut Table) -> Result<(), DrillError> {
    let served = ["rss_server_1m_mb", "start_1m_ms", "overview_p99_ms_7830"];
    let is_served = table.wants(&served);
    if !is_served && !table.wants(&["fold_per_s", "fold_rss_mb", "fold_one_us"]) {
        return Ok(());
    }
    let files = tempfile::tempdir().map_err(around)?;
    let dir = files.path().join("server");
    make(&dir, all)?;
    fold(&dir, table)?;
    if is_served { serve(&dir, table).await } else { Ok(()) }
}

/// The projection from scratch, and with one record more, in a process of its own.
fn fold(dir: &Path, table: &mut Table) -> Result<(), DrillError> {
    let mut folding = Process::start(&[], &["fold", &dir.to_string_lossy()])?;
    let said = folding.ask("all")?;
    table.put("fold_per_s", vec![RECORDS as f64 / number(&said, "seconds")]);
    crate::report::tell(&format!(
        "a million records: what was cured is found {:.0} s after pages are served",
        number(&said, "more")
    ));
    table.put("fold_rss_mb", vec![number(&said, "peak_mb")]);
    let said = folding.ask("one")?;
    let all = said["us"].as_array().map(Vec::as_slice).unwrap_or_default();
    table.put("fold_one_us", all.iter().filter_map(serde_json::Value::as_f64).collect());
    Ok(())
}

/// Brings the projection up to date, and then again after each of some records.
pub(super) fn be_folding(dir: &Path) -> Result<(), DrillError> {
    let server = ops::open(&DataDir::new(dir), &stage::env()).map_err(around)?;
    let (posts, clock) = (province::posts().map_err(around)?, SystemClock::new());
    let took = |work: &dyn Fn() -> Result<(), pantau_log::Error>| {
        let started = clock.monotonic();
        work().map_err(around)?;
        Ok::<_, DrillError>((clock.monotonic() - started).as_secs_f64())
    };
    let mut rng = fastrand::Rng::with_seed(1);
    for words in commands() {
        say(&match words.first().map(String::as_str) {
            Some("all") => {
                let seconds = took(&|| until_served(&server))?;
                let more = took(&|| server.follow())?;
                json!({ "seconds": seconds, "more": more, "peak_mb": peak_mb() })
            }
            Some("one") => {
                let mut us = Vec::new();
                for post in std::iter::repeat_with(|| rng.choice(&posts)).flatten().take(FOLDED_ALONE) {
                    author::append(&server, vec![visit(post.place.clone())]).map_err(around)?;
                    us.push(took(&|| server.follow())? * 1e6);
                }
                json!({ "us": us })
            }
            _ => json!({ "failed": format!("unknown command {words:?}") }),
        });
    }
    Ok(())
}

/// Follows the log until pages are served from a projection of all of it.
fn until_served(server: &Server) -> Result<(), pantau_log::Error> {
    let is_served = |p: &Projection| p.status == Status::Serving;
    loop {
        let followed = server.follow_once()?;
        let all = store::read(server.store(), |view| view.projections())?;
        if all.iter().any(is_served) || followed == Followed::UpToDate {
            return Ok(());
        }
    }
}

/// Memory, start and overview of a server on it.
async fn serve(dir: &Path, table: &mut Table) -> Result<(), DrillError> {
    let clock = SystemClock::new();
    let mut starts = Vec::new();
    for _ in 0..5 {
        let started = clock.monotonic();
        drop(start(dir)?);
        starts.push((clock.monotonic() - started).as_secs_f64() * 1e3);
    }
    table.put("start_1m_ms", starts);
    let (mut server, addr) = start(dir)?;
    let seconds = (REQUESTS / 10) as u64;
    server.ask(&format!("arrive {seconds}"))?;
    let mut times = Vec::new();
    while times.len() < REQUESTS {
        let started = clock.monotonic();
        let page = get(addr)?;
        let took = (clock.monotonic() - started).as_secs_f64();
        if !page.contains("Kalimantan Tengah") {
            return Err(around("the overview does not name the province"));
        }
        times.push(took * 1e3);
        let rest = Duration::from_millis(100).saturating_sub(clock.monotonic() - started);
        tokio::time::sleep(rest).await;
    }
    let said = server.ask("peak")?;
    times.sort_by(f64::total_cmp);
    table.put("overview_p99_ms_7830", times.get(REQUESTS * 99 / 100).copied().into_iter().collect());
    table.put("rss_server_1m_mb", vec![number(&said, "peak_mb")]);
    crate::report::tell(&format!(
        "a million records: {} arrived, the projection is {} rows behind, overview median {:.1} ms",
        said["arrived"],
        said["behind"],
        times.get(REQUESTS / 2).copied().unwrap_or(f64::NAN)
    ));
    Ok(())
}

/// Starts a server with its pages on a data directory.
pub(super) fn start(dir: &Path) -> Result<(Process, SocketAddr), DrillError> {
    let mut server = Process::start(&[], &["desk", &dir.to_string_lossy(), "127.0.0.1:0"])?;
    let addr = server.hear()?["addr"].as_str().and_then(|a| a.parse().ok());
    Ok((server, addr.ok_or_else(|| around("the server listens nowhere"))?))
}

/// The overview, as a browser that is signed in asks for it.
fn get(addr: SocketAddr) -> Result<String, DrillError> {
    let mut line = TcpStream::connect(addr).map_err(around)?;
    let cookie = pantau_protocol::hash::hex(&SESSION);
    let asked = format!(
        "GET / HTTP/1.1\r\nHost: {addr}\r\nCookie: pantau_session={cookie}\r\nConnection: close\r\n\r\n"
    );
    line.write_all(asked.as_bytes()).map_err(around)?;
    let mut page = String::new();
    line.read_to_string(&mut page).map_err(around)?;
    Ok(page)
}

/// A data directory with the whole province and a million records of its camats, and its projection.
fn make(dir: &Path, all: &[CheckIn]) -> Result<(), DrillError> {
    let Whole { server, posts, people } = whole_province(dir)?;
    let mut authors = Vec::new();
    for person in &people {
        let key = SecretKey::from_seed(&blake(person.number));
        let public = key.public();
        let body = Body::Device(Device {
            device: public.device_id(),
            public_key: public.0,
            officer: person.number,
            predecessor: None,
            regions: vec![person.place.clone()],
        });
        author::append(&server, vec![NewDeskRecord::new(NOW, person.place.clone(), body)]).map_err(around)?;
        let tps = posts.iter().filter(|p| p.place.is_within(&person.place)).cloned().collect();
        authors.push(Author {
            device: public.device_id(),
            seq: 0,
            link: journal::first_link(&public.0),
            tps,
        });
    }
    let mut written = 0;
    while written < RECORDS {
        store::write(server.store(), |tx| {
            for n in written..written + STRIDE {
                let (count, check_in) = (authors.len(), all.get(n % all.len()));
                if let (Some(author), Some(check_in)) = (authors.get_mut(n % count), check_in) {
                    author.say(tx, check_in, NOW - SPAN_S + n as i64 * SPAN_S / RECORDS as i64)?;
                }
            }
            Ok(())
        })
        .map_err(around)?;
        written += STRIDE;
    }
    let operator = Operator::new("measure", String::new(), NOW, Rights::Desk);
    let open = |tx: &mut dyn Tx| {
        tx.put_operator(&operator)?;
        session::open(tx, &SESSION, &operator.username, NOW)
    };
    store::write(server.store(), open).map_err(around)
}

/// A server of the whole province, not started.
pub(super) struct Whole {
    pub(super) server: Arc<Server>,
    pub(super) posts: Vec<Post>,
    /// Two for each kecamatan.
    pub(super) people: Vec<Person>,
}

/// A data directory with the whole province and its officers.
pub(super) fn whole_province(dir: &Path) -> Result<Whole, DrillError> {
    let posts = province::posts().map_err(around)?;
    let people = province::people(&posts, 272);
    let shipped = super::workload::Province {
        regions: province::REGIONS_CSV.to_owned(),
        tps: province::TPS_CSV.to_owned(),
        checklists: include_str!("../../../protocol/assets/checklists.json").to_owned(),
        officers: province::officers_csv(&people, &mut fastrand::Rng::with_seed(1)),
    };
    Ok(Whole { server: stage::make_server(dir, &shipped)?, posts, people })
}

fn blake(n: u32) -> [u8; 32] {
    pantau_protocol::hash::tagged("pantau/drill/measure", &[&n.to_be_bytes()])
}

/// A phone whose records are put into the log without an exchange.
struct Author {
    device: DeviceId,
    seq: u64,
    link: Link,
    tps: Vec<Post>,
}

impl Author {
    /// Says it at one TPS after the other, standing there, some hours before the server receives it.
    fn say(&mut self, tx: &mut dyn Tx, check_in: &CheckIn, received_at: i64) -> store::Stored<()> {
        let nth = usize::try_from(self.seq).unwrap_or(0);
        let Some(post) = self.tps.get(nth % self.tps.len().max(1)) else { return Ok(()) };
        let at = received_at - (nth % 7) as i64 * 3_600;
        let mut record = Record::new(at, post.place.clone(), &check_in.record.body);
        record.fix = check_in.record.fix.and_then(|fix| Some(Fix { lat: post.lat?, lon: post.lon?, ..fix }));
        let payload = record.to_payload();
        self.seq += 1;
        let digest = journal::digest(&self.device, self.seq, &payload, &[]);
        self.link = journal::next_link(&self.link, &digest);
        tx.append(&Entry {
            device: self.device,
            branch: 0,
            seq: self.seq,
            link: self.link,
            id: RecordId::of_digest(&digest),
            row: RowKind::Record,
            kind: record.kind,
            at: record.at,
            keys: record.place_keys(),
            envelope: Envelope { received_at, not_before: 0 },
            carrier: 0,
            payload,
            commitments: Vec::new(),
            note: None,
            quarantine: None,
        })?;
        let (number, parent, starts, last) = (0, None, 1, self.seq);
        tx.put_branch(&self.device, &Branch { number, parent, starts, last, link: self.link, not_before: 0 })
    }
}

/// A server with its pages, as a process of its own.
pub(super) async fn serve_desk(dir: &Path, listen: SocketAddr) -> Result<(), DrillError> {
    let server = ops::open(&DataDir::new(dir), &stage::env()).map_err(around)?;
    server.set_quota(Quota::UNLIMITED).map_err(around)?;
    let pages = pantau_desk::router(Arc::clone(&server), pantau_desk::Site::default()).map_err(around)?;
    let listener = serve::bind(listen).await.map_err(around)?;
    let running = serve::start(Arc::clone(&server), ServeConfig::default(), vec![listener], Some(pages));
    let running = running.map_err(around)?;
    say(&json!({ "addr": running.addr().map(|a| a.to_string()) }));
    tokio::task::spawn_blocking(move || answer(&server)).await.map_err(around)??;
    running.shutdown().await;
    Ok(())
}

fn answer(server: &Arc<Server>) -> Result<(), DrillError> {
    let arrived = Arc::<AtomicU64>::default();
    for words in commands() {
        if let ["arrive", seconds] = words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            let (server, arrived) = (Arc::clone(server), Arc::clone(&arrived));
            tokio::runtime::Handle::current().spawn(arrive(server, seconds.parse().unwrap_or(0), arrived));
        }
        let behind = store::read(server.store(), |view| {
            let all = view.projections()?;
            let serving = all.iter().find(|p| p.status == Status::Serving);
            Ok(view.head()? - serving.map_or(0, |p| p.position))
        });
        let behind = behind.map_err(around)?;
        say(&json!({ "peak_mb": peak_mb(), "arrived": arrived.load(SeqCst), "behind": behind }));
    }
    Ok(())
}

/// Visits all over the province, a few each time. It ends early where one fails: then fewer arrived.
async fn arrive(server: Arc<Server>, seconds: u64, arrived: Arc<AtomicU64>) -> Result<(), DrillError> {
    let (posts, clock) = (province::posts().map_err(around)?, SystemClock::new());
    let mut rng = fastrand::Rng::with_seed(1);
    let (each, most) = (ARRIVE.1, ARRIVE.0 * seconds);
    let mut count = 0;
    while count < most {
        let places = (0..each).filter_map(|_| rng.choice(&posts)).map(|p| visit(p.place.clone()));
        let (server, new) = (Arc::clone(&server), places.collect());
        tokio::task::spawn_blocking(move || author::append(&server, new))
            .await
            .map_err(around)?
            .map_err(around)?;
        count += each as u64;
        arrived.store(count, SeqCst);
        tokio::time::sleep(Duration::from_millis(count * 1_000 / ARRIVE.0).saturating_sub(clock.monotonic()))
            .await;
    }
    Ok(())
}

fn visit(place: Place) -> NewDeskRecord {
    let answers = vec![Answer::Ok; 12];
    NewDeskRecord::new(NOW, place, Body::Visit(Visit { checklist: 1, version: 1, answers, way: None }))
}
