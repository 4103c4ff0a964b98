//! A server with the workload's province, in a folder of its own, and phones enrolled with it.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use pantau_log::{
    DataDir, Env, Server,
    import::{self, Files, Source},
    ops::{self, InitOptions},
};
use pantau_protocol::{enrol::Invitation, place::Place, profile::Profile};

use super::{
    NOW,
    child::Process,
    proxy::{self, Counts},
    workload::{CheckIn, Province, province},
};
use crate::{clock::Clock, stage::DrillError};

/// Codes made on each stage.
const OFFICERS: u32 = 12;

/// A server process, with the folder it works in.
pub struct Stage {
    files: tempfile::TempDir,
    /// The server.
    pub server: Process,
    /// Where it listens.
    pub addr: SocketAddr,
    codes: Vec<Invitation>,
}

fn around(e: impl std::fmt::Display) -> DrillError {
    DrillError::around(e)
}

/// The environment of everything that writes to the server's folder: its clock stands at [`NOW`].
pub fn env() -> Env {
    Env { clock: Arc::new(Clock::simulated(NOW)), ..Env::real() }
}

/// Makes the data directory of a server and imports a province into it.
///
/// # Errors
/// Failures of the disk.
pub fn make_server(dir: &Path, p: &Province) -> Result<Arc<Server>, DrillError> {
    let options = InitOptions { regions: vec![Place::new("62").map_err(around)?], desk_name: "Desk".into() };
    let server = ops::init(&DataDir::new(dir), &env(), &options).map_err(around)?;
    fn source<'a>(name: &'a str, text: &'a str) -> Source<'a> {
        Source { name, bytes: text.as_bytes() }
    }
    let files = Files {
        regions: Some(source("regions.csv", &p.regions)),
        tps: Some(source("tps.csv", &p.tps)),
        checklists: Some(source("checklists.json", &p.checklists)),
        officers: Some(source("officers.csv", &p.officers)),
        ..Files::default()
    };
    let mut content = import::parse(&files).map_err(around)?;
    content.profile = Profile::shipped().into_iter().next();
    let plan = import::plan(&content, &import::Known::nothing()).map_err(around)?;
    import::apply(&server, plan).map_err(around)?;
    Ok(server)
}

impl Stage {
    /// Makes the server for these check-ins and starts it on `listen`.
    ///
    /// # Errors
    /// Failures of the disk; no free port.
    pub fn new(all: &[CheckIn], listen: &str) -> Result<Self, DrillError> {
        let files = tempfile::tempdir().map_err(around)?;
        let dir = files.path().join("server");
        let made = make_server(&dir, &province(all, OFFICERS))?;
        let code = |n| ops::enrol(&made, n, "http://127.0.0.1", 1 << 30).map_err(around);
        let codes = (1..=OFFICERS).map(code).collect::<Result<Vec<_>, _>>()?;
        drop(made);
        let mut server = Process::start(&[], &["server", &dir.to_string_lossy(), listen])?;
        let said = server.hear()?;
        let addr = said["addr"].as_str().and_then(|a| a.parse().ok());
        let addr = addr.ok_or_else(|| around("the server listens nowhere"))?;
        Ok(Self { files, server, addr, codes })
    }

    /// A path in the folder of this stage.
    pub fn path(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    /// The code of officer `n`, from 1, for a server reached at `to`.
    pub fn code(&self, n: usize, to: &str) -> Result<Invitation, DrillError> {
        let code = self.codes.get(n - 1).ok_or_else(|| around("no code left"))?;
        Ok(Invitation { url: format!("http://{to}"), ..code.clone() })
    }

    /// A phone process under `wrapper`, opened and not enrolled.
    ///
    /// # Errors
    /// It does not start.
    pub fn phone_under(&self, wrapper: &[&str], name: &str) -> Result<Process, DrillError> {
        let mut phone = Process::start(wrapper, &["phone", &self.path(name).to_string_lossy()])?;
        phone.hear()?;
        Ok(phone)
    }

    /// A phone of officer `n`, enrolled and with its first pull done, behind a counting proxy.
    ///
    /// # Errors
    /// It does not start, or the server does not take it.
    pub async fn phone(&self, n: usize) -> Result<(Process, Arc<Counts>), DrillError> {
        let (addr, counts) = proxy::open("127.0.0.1", self.addr).await.map_err(around)?;
        let mut phone = self.phone_under(&[], &format!("hp-{n}"))?;
        enrol(&mut phone, &self.code(n, &addr.to_string())?)?;
        sync(&mut phone)?;
        Ok((phone, counts))
    }
}

/// Enrols a phone.
///
/// # Errors
/// The server does not take it.
pub fn enrol(phone: &mut Process, code: &Invitation) -> Result<(), DrillError> {
    let said = phone.ask(&format!("enrol {}", code.to_text()))?;
    match said["outcome"].as_str() {
        Some(outcome) if outcome.starts_with("Enrolled") => Ok(()),
        other => Err(around(format!("not enrolled: {other:?}"))),
    }
}

/// Syncs a phone to the end; returns what it reports.
///
/// # Errors
/// It did not come to the end.
pub fn sync(phone: &mut Process) -> Result<serde_json::Value, DrillError> {
    let said = phone.ask("sync")?;
    if said["end"] == "Done" { Ok(said) } else { Err(around(format!("a sync did not end: {said}"))) }
}

/// A number of an answer.
pub fn number(said: &serde_json::Value, key: &str) -> f64 {
    said[key].as_f64().unwrap_or(f64::NAN)
}
