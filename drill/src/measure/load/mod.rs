//! `pantau-drill load`: an evening at the desk. All TPS of the province, phones that send without pause, open pages that
//! are told of it and ask for themselves again, as the script of the pages does, and people who sign in.
//!
//! The server is a process of its own. [`phones`] exchange with it, [`pages`] listen and ask, [`sign_ins`] come at a steady
//! pace whether or not the ones before have ended; [`ask`] is what all of them speak HTTP by.

mod ask;
mod pages;
mod phones;
mod sign_ins;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use clap::Args;
use pantau_core::env::SystemClock;
use pantau_desk::auth::{password, session};
use pantau_log::{
    ops,
    store::{self, Operator, Rights, Tx},
};
use pantau_protocol::{enrol::Invitation, hash};
use serde_json::{Value, json};

use super::{NOW, large, table::Table};
use crate::{plan::Post, report::tell, stage::DrillError};

/// How to load a server.
#[derive(Debug, Clone, Args)]
pub struct Load {
    /// A few seconds with few pages and records, for a check that all of it works.
    #[arg(long)]
    pub short: bool,
    /// Print figures and counts as one JSON object in the last line.
    #[arg(long)]
    pub json: bool,
    /// Write the figures into this page; what else is in it stays.
    #[arg(long, value_name = "FILE", conflicts_with = "short")]
    pub write: Option<PathBuf>,
}

/// How much at once.
#[derive(Debug, Clone, Copy)]
struct Size {
    seconds: u64,
    /// Records that arrive in a second.
    records: u64,
    phones: u32,
    /// Open pages.
    pages: usize,
    /// Of them, those that read up to which row of the log they speak.
    readers: usize,
    /// People who sign in, in a second.
    sign_ins: u64,
}

const FULL: Size = Size { seconds: 60, records: 200, phones: 20, pages: 200, readers: 20, sign_ins: 20 };
const SHORT: Size = Size { seconds: 4, records: 20, phones: 4, pages: 8, readers: 2, sign_ins: 2 };

/// People of the desk; each has several pages open.
const OPERATORS: usize = 20;
/// What all of them sign in with.
const PASSWORD: &str = "tiang bendera merah";
/// For how long pages are waited for once nothing arrives any more.
const AFTER: Duration = Duration::from_secs(10);

fn around(e: impl std::fmt::Display) -> DrillError {
    DrillError::around(e)
}

/// A record that the server took, with the row of the log behind which it stands, and when.
#[derive(Debug, Clone, Copy)]
struct Accepted {
    position: u64,
    at: Duration,
}

/// What all that play see.
#[derive(Debug)]
struct Seen {
    addr: SocketAddr,
    clock: SystemClock,
    accepted: Mutex<Vec<Accepted>>,
    overview_ms: Mutex<Vec<f64>>,
    page_s: Mutex<Vec<f64>>,
    sign_in_ms: Mutex<Vec<f64>>,
    records: AtomicU64,
    /// Told to come again later.
    refused: AtomicU64,
    /// Not answered, or otherwise than it had to be.
    failed: AtomicU64,
    /// Nothing arrives any more.
    is_over: AtomicBool,
}

impl Seen {
    fn add(to: &Mutex<Vec<f64>>, value: f64) {
        to.lock().unwrap_or_else(PoisonError::into_inner).push(value);
    }

    fn accepted(&self) -> Vec<Accepted> {
        self.accepted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Counts a request that failed, and says how.
    fn fail(&self, what: &str) {
        // A few say what is wrong; a thousand would hide it.
        if self.failed.fetch_add(1, SeqCst) < 5 {
            tell(&format!("failed: {what}"));
        }
    }
}

/// What came of it.
#[derive(Debug)]
pub struct Loaded {
    is_short: bool,
    /// The figures.
    pub table: Table,
    counts: Value,
    failed: u64,
}

impl Loaded {
    /// Whether no request failed.
    pub fn is_sound(&self) -> bool {
        self.failed == 0
    }

    /// For people: the figures, and what was counted.
    pub fn text(&self) -> String {
        let counts = self.counts.as_object().into_iter().flatten();
        let counts: Vec<String> = counts.map(|(what, n)| format!("{what} {n}")).collect();
        let note = if self.is_short { "A short load: it is not what the figures speak of.\n" } else { "" };
        format!("{note}{}{}", self.table.text(), counts.join(", "))
    }

    /// The same in one line for programs.
    pub fn json(&self) -> String {
        let mut all: Value = serde_json::from_str(&self.table.json()).unwrap_or_default();
        all["counts"] = self.counts.clone();
        all.to_string()
    }
}

/// Makes the server, loads it for a while and says how it bore that.
///
/// # Errors
/// A server or a phone that cannot be made or started.
pub async fn load(options: &Load) -> Result<Loaded, DrillError> {
    let size = if options.short { SHORT } else { FULL };
    let files = tempfile::tempdir().map_err(around)?;
    let dir = files.path().join("server");
    let made = make(&dir, size)?;
    let (_server, addr) = large::start(&dir)?;
    tell(&format!("load: {} TPS, {size:?}", made.posts.len()));
    let phones = phones::enrolled(files.path(), addr, &made).await?;
    let seen = Arc::new(Seen {
        addr,
        clock: SystemClock::new(),
        accepted: Mutex::default(),
        overview_ms: Mutex::default(),
        page_s: Mutex::default(),
        sign_in_ms: Mutex::default(),
        records: AtomicU64::new(0),
        refused: AtomicU64::new(0),
        failed: AtomicU64::new(0),
        is_over: AtomicBool::new(false),
    });
    let mut open = tokio::task::JoinSet::new();
    for n in 0..size.pages {
        open.spawn(pages::stay(Arc::clone(&seen), cookie(n), n < size.readers));
    }
    let signing_in = tokio::spawn(sign_ins::come(Arc::clone(&seen), size));
    phones::send(&seen, &dir, phones, size).await?;
    seen.is_over.store(true, SeqCst);
    signing_in.await.map_err(around)?;
    while let Some(closed) = open.join_next().await {
        closed.map_err(around)?;
    }
    told(&seen, size, options.short)
}

/// Figures and counts.
fn told(seen: &Seen, size: Size, is_short: bool) -> Result<Loaded, DrillError> {
    let mut table = Table::of(&super::table::UNDER_LOAD, &[])?;
    let mut counts = json!({
        "records": seen.records.load(SeqCst),
        "asked_for": size.records * size.seconds,
        "refused": seen.refused.load(SeqCst),
    });
    for (key, name, all) in [
        ("load_overview_p99_ms", "overviews", &seen.overview_ms),
        ("load_page_p99_s", "seen_on_pages", &seen.page_s),
        ("load_sign_in_p99_ms", "sign_ins", &seen.sign_in_ms),
    ] {
        let mut all = all.lock().unwrap_or_else(PoisonError::into_inner).clone();
        all.sort_by(f64::total_cmp);
        counts[name] = json!(all.len());
        let at =
            |percent: usize| all.get((all.len() * percent / 100).min(all.len().saturating_sub(1))).copied();
        match (at(50), at(99)) {
            (Some(median), Some(most)) => {
                table.put_one(key, most, format!("median {median:.3}, {} times", all.len()));
            }
            _ => seen.fail(&format!("nothing was measured for {key}")),
        }
    }
    let failed = seen.failed.load(SeqCst);
    counts["failed"] = json!(failed);
    Ok(Loaded { is_short, table, counts, failed })
}

/// What was made for it.
struct Made {
    posts: Vec<Post>,
    codes: Vec<Invitation>,
}

/// A data directory with the whole province, people of the desk with open sessions, and codes for the phones.
fn make(dir: &Path, size: Size) -> Result<Made, DrillError> {
    let large::Whole { server, posts, people } = large::whole_province(dir)?;
    let code = |n: usize| {
        // All over the province.
        let person = people.get(n * people.len() / size.phones.max(1) as usize);
        let number = person.ok_or_else(|| around("a phone without a person"))?.number;
        ops::enrol(&server, number, "http://127.0.0.1", 1 << 30).map_err(around)
    };
    let codes = (0..size.phones as usize).map(code).collect::<Result<Vec<_>, _>>()?;
    let password_hash = password::hash(PASSWORD, &[7; 16]).map_err(around)?;
    let people = |tx: &mut dyn Tx| {
        for n in 0..OPERATORS {
            tx.put_operator(&Operator::new(operator(n), password_hash.clone(), NOW, Rights::Desk))?;
        }
        (0..size.pages).try_for_each(|n| session::open(tx, &session_id(n), &operator(n % OPERATORS), NOW))
    };
    store::write(server.store(), people).map_err(around)?;
    Ok(Made { posts, codes })
}

fn operator(n: usize) -> String {
    format!("piket-{n}")
}

fn session_id(n: usize) -> [u8; 32] {
    hash::tagged("pantau/drill/load", &[&n.to_be_bytes()])
}

fn cookie(n: usize) -> String {
    format!("pantau_session={}", hash::hex(&session_id(n)))
}
