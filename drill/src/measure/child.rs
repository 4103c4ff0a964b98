//! Phone and server as processes of their own. The measuring process starts itself again and talks to them
//! line by line: a command in, one JSON value out.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Arc,
};

use pantau_core::{
    Budget, Cancel, Env, OpenOptions, Phone, Silent, env::SystemEntropy, transport::HttpTransport,
};
use pantau_env::Clock as _;
use pantau_log::{DataDir, intake::Quota, ops};
use pantau_protocol::enrol::Invitation;
use pantau_server::serve::{self, ServeConfig};
use serde_json::{Value, json};

use super::{NOW, baseline, large, workload};
use crate::{clock::Clock, stage::DrillError};

/// What a child process is to be.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Role {
    /// A server on a data directory.
    Server {
        /// Its data directory.
        dir: PathBuf,
        /// Address to listen on.
        listen: SocketAddr,
    },
    /// A projector without a server, which folds what is in a log.
    Fold {
        /// Its data directory.
        dir: PathBuf,
    },
    /// A server with the pages of the desk, at which records arrive when it is told so.
    Desk {
        /// Its data directory.
        dir: PathBuf,
        /// Address to listen on.
        listen: SocketAddr,
    },
    /// A phone. It is given check-ins line by line: holding the workload would count as its memory.
    Phone {
        /// Its folder.
        dir: PathBuf,
    },
    /// A server that takes plain zstd.
    Baseline {
        /// Its database.
        file: PathBuf,
        /// Address to listen on.
        listen: SocketAddr,
    },
    /// A client that posts plain zstd: level, address, records.
    Poster {
        /// Where to.
        to: SocketAddr,
        /// The workload; the fixture without.
        ndjson: Option<PathBuf>,
    },
}

/// A child process.
#[derive(Debug)]
pub struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Process {
    /// Starts this program again under `wrapper` (such as `strace -c`), in the part of `args`.
    ///
    /// # Errors
    /// It does not start.
    pub fn start(wrapper: &[&str], args: &[&str]) -> Result<Self, DrillError> {
        let own = std::env::current_exe().map_err(DrillError::around)?;
        let mut words = wrapper.iter().map(std::ffi::OsStr::new).chain([own.as_os_str()]);
        let mut command = Command::new(words.next().unwrap_or(own.as_os_str()));
        command.args(words).args(["measure-child"]).args(args);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(DrillError::around)?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let (Some(input), Some(output)) = (input, output) else {
            return Err(DrillError::around("a child without pipes"));
        };
        Ok(Self { child, input, output: BufReader::new(output) })
    }

    /// The next line it says.
    ///
    /// # Errors
    /// It died, or says that something failed.
    pub fn hear(&mut self) -> Result<Value, DrillError> {
        let mut line = String::new();
        self.output.read_line(&mut line).map_err(DrillError::around)?;
        let said: Value = serde_json::from_str(&line)
            .map_err(|_| DrillError::around(format!("a child process ended early: {line:?}")))?;
        match said.get("failed").and_then(Value::as_str) {
            Some(why) => Err(DrillError::around(why)),
            None => Ok(said),
        }
    }

    /// Gives it a command with the check-ins it is about, and waits for the answer.
    ///
    /// # Errors
    /// See [`Process::hear`].
    pub fn give(&mut self, command: &str, all: &[workload::CheckIn]) -> Result<Value, DrillError> {
        let lines: String = all.iter().map(|c| format!("\n{}", c.json)).collect();
        self.ask(&format!("{command} {}{lines}", all.len()))
    }

    /// Gives it a command and waits for the answer.
    ///
    /// # Errors
    /// See [`Process::hear`].
    pub fn ask(&mut self, command: &str) -> Result<Value, DrillError> {
        writeln!(self.input, "{command}").map_err(DrillError::around)?;
        self.hear()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It ends when its input does; under a wrapper the wrapper must see it end.
        let _ = self.input.write_all(b"end\n");
        let _ = self.child.wait();
    }
}

/// Plays the part of a child process until its input ends.
///
/// # Errors
/// What goes wrong; it is also said to the measuring process.
pub async fn play(role: &Role) -> Result<(), DrillError> {
    match role {
        Role::Server { dir, listen } => serve_log(dir, *listen).await,
        Role::Desk { dir, listen } => large::serve_desk(dir, *listen).await,
        Role::Fold { dir } => large::be_folding(dir),
        Role::Phone { dir } => be_phone(dir).await,
        Role::Baseline { file, listen } => baseline::serve(file, *listen),
        Role::Poster { to, ndjson } => baseline::post_all(*to, ndjson.as_deref()),
    }
}

/// Says one value.
pub(super) fn say(value: &Value) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{value}").and_then(|()| out.flush());
}

/// Lines of input, one at a time: nobody holds the input while another reads.
fn lines() -> impl Iterator<Item = String> {
    std::iter::from_fn(|| {
        let mut line = String::new();
        let read = std::io::stdin().read_line(&mut line).unwrap_or(0);
        (read > 0).then(|| line.trim_end().to_owned())
    })
}

/// Commands, until the measuring process has no more.
pub(super) fn commands() -> impl Iterator<Item = Vec<String>> {
    lines().take_while(|l| l != "end").map(|l| l.split(' ').map(str::to_owned).collect())
}

/// The most memory this process held at once, in MB.
pub(super) fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kib = line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kib.unwrap_or(f64::NAN) / 1024.0
}

async fn serve_log(dir: &Path, listen: SocketAddr) -> Result<(), DrillError> {
    let around = |e: pantau_log::Error| DrillError::around(e);
    let mut env = pantau_log::Env::real();
    env.clock = Arc::new(Clock::simulated(NOW));
    let server = ops::open(&DataDir::new(dir), &env).map_err(around)?;
    // One phone pushes what a whole kecamatan does.
    server.set_quota(Quota::UNLIMITED).map_err(around)?;
    let listener = serve::bind(listen).await.map_err(around)?;
    let running = serve::start(server, ServeConfig::default(), vec![listener], None).map_err(around)?;
    say(&json!({ "addr": running.addr().map(|a| a.to_string()) }));
    // Reading blocks; the server answers on its own threads.
    tokio::task::spawn_blocking(|| {
        for _ in commands() {
            say(&json!({ "peak_mb": peak_mb() }));
        }
    })
    .await
    .map_err(DrillError::around)?;
    running.shutdown().await;
    Ok(())
}

async fn be_phone(dir: &Path) -> Result<(), DrillError> {
    let clock = Arc::new(Clock::simulated(NOW));
    let transport = HttpTransport::new().map_err(DrillError::around)?;
    let env = Env {
        clock: Arc::<Clock>::clone(&clock),
        entropy: Arc::new(SystemEntropy),
        transport: Arc::new(transport),
    };
    let started = clock.monotonic();
    let phone = Phone::open(dir, env, OpenOptions::default()).map_err(DrillError::around)?;
    say(&json!({ "open_ms": (clock.monotonic() - started).as_secs_f64() * 1e3 }));
    for words in commands() {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let started = clock.monotonic();
        let took = |clock: &Clock| (clock.monotonic() - started).as_secs_f64();
        let said = match words.as_slice() {
            ["enrol", code @ ..] => {
                let code = Invitation::parse(&code.join(" ")).map_err(DrillError::around)?;
                let outcome = phone.enrol(&code).await.map_err(DrillError::around)?;
                json!({ "outcome": format!("{outcome:?}") })
            }
            ["capture", count] => {
                for check_in in given(count) {
                    phone.capture(check_in.record).map_err(DrillError::around)?;
                }
                json!({ "seconds": took(&clock) })
            }
            ["race", count] => race(&phone, &clock, dir, given(count))?,
            ["sync"] => sync(&phone, &clock).await?,
            ["held"] => held(&phone)?,
            ["peak"] => json!({ "peak_mb": peak_mb() }),
            _ => json!({ "failed": format!("unknown command {words:?}") }),
        };
        say(&said);
    }
    phone.shutdown().map_err(DrillError::around)
}

/// The check-ins that follow a command, a line each.
fn given(count: &str) -> impl Iterator<Item = workload::CheckIn> + use<> {
    lines().take(count.parse().unwrap_or(0)).filter_map(|line| workload::check_in(&line))
}

/// Captures and plain inserts of the same check-ins in turn, so that a slow moment of the disk hits both. Each
/// goes first half of the time: a commit right behind another does not cost the same.
fn race(
    phone: &Phone,
    clock: &Clock,
    dir: &Path,
    all: impl Iterator<Item = workload::CheckIn>,
) -> Result<Value, DrillError> {
    let plain = baseline::Plain::open(&dir.join("plain.db"))?;
    let (mut captures, mut inserts) = (Vec::new(), Vec::new());
    for (n, check_in) in all.enumerate() {
        for is_capture in [n % 2 == 0, n % 2 == 1] {
            let record = check_in.record.clone();
            let start = clock.monotonic();
            match is_capture {
                true => phone.capture(record).map(drop).map_err(DrillError::around)?,
                false => plain.insert(&check_in.json)?,
            }
            let took = (clock.monotonic() - start).as_secs_f64();
            if is_capture { &mut captures } else { &mut inserts }.push(took);
        }
    }
    let middle = |mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
    };
    Ok(json!({ "capture_s": middle(captures), "insert_s": middle(inserts) }))
}

async fn sync(phone: &Phone, clock: &Clock) -> Result<Value, DrillError> {
    let _ = phone.forget_backoff();
    let started = clock.monotonic();
    let budget = Budget { seconds: 600, bytes: 1 << 30 };
    let report = phone.sync(budget, &Silent, &Cancel::new()).await.map_err(DrillError::around)?;
    let unsent = phone.unsent().map_err(DrillError::around)?;
    Ok(json!({
        "end": format!("{:?}", report.end), "requests": report.requests, "up": report.bytes_up,
        "down": report.bytes_down, "sent": report.records_sent, "received": report.records_received,
        "unsent": unsent.records, "seconds": (clock.monotonic() - started).as_secs_f64(),
    }))
}

/// Ids of all own records, and of those that count as held.
fn held(phone: &Phone) -> Result<Value, DrillError> {
    let (mut saved, mut held, mut after) = (Vec::new(), Vec::new(), None);
    loop {
        let page = phone.journal(after, 500).map_err(DrillError::around)?;
        let Some(last) = page.last() else { return Ok(json!({ "saved": saved, "held": held })) };
        after = Some(last.cursor);
        held.extend(page.iter().filter(|r| r.delivery.is_held()).map(|r| r.id.to_string()));
        saved.extend(page.iter().map(|r| r.id.to_string()));
    }
}
