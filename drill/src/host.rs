//! The server of a drill: the real one in this process, or one that was started by hand.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, atomic::Ordering::Relaxed},
    time::Duration,
};

use pantau_desk::{self, auth::password};
use pantau_env::{Clock as _, fake::SeededEntropy};
use pantau_log::{
    DataDir, Env, Server,
    author::{self, NewDeskRecord},
    import::{self, Files, Source},
    ops::{self, InitOptions},
    store::{self, Operator, Rights},
};
use pantau_protocol::{
    body::{Body, Directive},
    checklist::Checklist,
    enrol::Invitation,
    journal::RecordId,
    note::Field,
    place::Place,
    role::Role,
};
use pantau_server::serve::{self, Running, ServeConfig};

use crate::{
    clock::Clock,
    options::Play,
    plan::Calendar,
    province::{self, Cast},
    report::tell,
    stage::{DrillError, Stage},
};

/// Name of the operator whose sign-in is printed at the end.
const OPERATOR: &str = "desk";
/// Rows read from the log at a time.
const ROWS: usize = 5_000;

/// The server.
pub struct Host {
    target: Arc<Mutex<SocketAddr>>,
    local: Option<Local>,
    told: Duration,
    days_directed: usize,
}

/// A server in this process. It has its own runtime, so that it can be killed as a process would be.
struct Local {
    dir: PathBuf,
    env: Env,
    server: Arc<Server>,
    runtime: Option<tokio::runtime::Runtime>,
    _running: Running,
    password: String,
}

impl Host {
    /// Makes the server, imports the province, and hands out one code per phone. With `--server` it only
    /// reads the codes.
    pub async fn set_up(
        options: &Play,
        dir: &Path,
        stage: &Arc<Stage>,
    ) -> Result<(Self, Vec<Invitation>), DrillError> {
        let host = |addr, local| Self {
            target: Arc::new(Mutex::new(addr)),
            local,
            told: stage.clock.monotonic(),
            days_directed: 0,
        };
        if let (Some(url), Some(codes)) = (&options.server, &options.codes) {
            let addr = resolve(url).await?;
            return Ok((host(addr, None), read_codes(codes, options.phones)?));
        }
        let world = stage.world.as_ref().ok_or_else(|| DrillError::around("there is no world to play"))?;
        let (dir, cast, seed) = (dir.join("server"), Cast::of(&world.world), options.seed);
        let env = Env {
            clock: Arc::<Clock>::clone(&stage.clock),
            entropy: Arc::new(SeededEntropy::new(seed, u64::MAX)),
        };
        tell("importing the province …");
        let made = tokio::task::spawn_blocking(move || make(dir, env, &cast)).await;
        let (local, codes) = made.map_err(DrillError::around)??;
        let (local, addr) = local;
        Ok((host(addr, Some(local)), codes))
    }

    /// Where links lead at this moment.
    pub fn target(&self) -> Arc<Mutex<SocketAddr>> {
        Arc::clone(&self.target)
    }

    /// Whether the server runs in this process.
    pub fn is_local(&self) -> bool {
        self.local.is_some()
    }

    /// Kills the server in the middle of whatever it does, and starts another on its files.
    pub async fn restart(&mut self, stage: &Stage) -> Result<(), DrillError> {
        let Some(mut old) = self.local.take() else { return Ok(()) };
        if let Some(runtime) = old.runtime.take() {
            runtime.shutdown_background();
        }
        let (dir, env, password) = (old.dir.clone(), old.env.clone(), old.password.clone());
        drop(old);
        let made = tokio::task::spawn_blocking(move || start(dir, env, password)).await;
        let (local, addr) = made.map_err(DrillError::around)??;
        *self.target.lock().unwrap_or_else(PoisonError::into_inner) = addr;
        self.local = Some(local);
        stage.counts.server_restarts.fetch_add(1, Relaxed);
        Ok(())
    }

    /// Between two slots: the desk gives its tasks of the day, and progress is told.
    pub async fn tick(&mut self, stage: &Stage, calendar: &Calendar, now: i64) -> Result<(), DrillError> {
        if self.days_directed < calendar.days() && now >= calendar.at(self.days_directed, 5 * 3600) {
            self.direct(calendar, now).await?;
            self.days_directed += 1;
        }
        let real = stage.clock.monotonic();
        if real.saturating_sub(self.told) >= Duration::from_secs(1) {
            self.told = real;
            let day = (0..calendar.days()).rev().find(|d| calendar.at(*d, 0) <= now).unwrap_or(0);
            let minutes =
                (now - calendar.at(day, 0)) * 1440 / (calendar.at(day, 86_400) - calendar.at(day, 0)).max(1);
            // What was left for the day after the last is told as one day more.
            let number = day as i64 + 1 + minutes / 1440;
            let when = format!("day {number} {:02}:{:02}", minutes / 60 % 24, minutes % 60);
            tell(&stage.counts.line(&when));
        }
        Ok(())
    }

    async fn direct(&self, calendar: &Calendar, now: i64) -> Result<(), DrillError> {
        let Some(local) = &self.local else { return Ok(()) };
        let due = calendar.at(self.days_directed, 18 * 3600);
        let task = |role, text: &str| -> Result<NewDeskRecord, DrillError> {
            let place = Place::new("62").map_err(DrillError::around)?;
            let body = Body::Directive(Directive { officer: None, role: Some(role), due });
            Ok(NewDeskRecord::new(now, place, body).with_note(Field::Note, text))
        };
        let records = vec![
            task(Role::Camat, "Kunjungi TPS yang belum dikunjungi, dahulukan yang terpencil.")?,
            task(Role::FieldOfficer, "Pastikan logistik tiba dan laporkan kendala hari ini.")?,
        ];
        let server = Arc::clone(&local.server);
        let appended = tokio::task::spawn_blocking(move || author::append(&server, records)).await;
        appended.map_err(DrillError::around)?.map(|_| ()).map_err(DrillError::around)
    }

    /// Says how far a long step is, at most once a second.
    pub fn progress(&mut self, stage: &Stage, text: &str) {
        let real = stage.clock.monotonic();
        if real.saturating_sub(self.told) >= Duration::from_secs(1) {
            self.told = real;
            tell(text);
        }
    }

    /// With a real clock: waits until something is to be done.
    pub async fn wait_until(&self, clock: &Clock, at: i64) {
        if self.local.is_none() {
            let seconds = u64::try_from(at - clock.now()).unwrap_or(0);
            tokio::time::sleep(Duration::from_secs(seconds)).await;
        }
    }

    /// With a real clock: lets a retry delay pass.
    pub async fn pause(&self) {
        if self.local.is_none() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// The server in this process.
    pub fn server(&self) -> Option<Arc<Server>> {
        self.local.as_ref().map(|local| Arc::clone(&local.server))
    }

    /// Ids of all records of the log, doubled ones doubled; `None` for a server started by hand.
    pub fn log_ids(&self) -> Result<Option<Vec<RecordId>>, DrillError> {
        let Some(local) = &self.local else { return Ok(None) };
        let (mut ids, mut after) = (Vec::new(), 0);
        loop {
            let rows = store::read(local.server.store(), |view| view.desk_rows(after, ROWS))
                .map_err(DrillError::around)?;
            let Some(last) = rows.last() else { return Ok(Some(ids)) };
            after = last.position;
            ids.extend(rows.iter().filter(|r| !r.entry.payload.is_empty()).map(|r| r.entry.id));
        }
    }

    /// Where the desk page is and how to sign in.
    pub fn invitation(&self) -> String {
        let addr = self.target.lock().unwrap_or_else(PoisonError::into_inner);
        let password = self.local.as_ref().map_or("", |l| l.password.as_str());
        format!("Desk page:  http://{addr}/\nUser name:  {OPERATOR}\nPassword:   {password}")
    }
}

type Started = (Local, SocketAddr);

/// A new server with the province in it.
fn make(dir: PathBuf, env: Env, cast: &Cast) -> Result<(Started, Vec<Invitation>), DrillError> {
    let around = |e: pantau_log::Error| DrillError::around(e);
    let province = Place::new("62").map_err(DrillError::around)?;
    let options = InitOptions { regions: vec![province], desk_name: "Desk Pemilu (gladi)".into() };
    let dirs = DataDir::new(&dir);
    let server = ops::init(&dirs, &env, &options).map_err(around)?;
    let files = Files {
        regions: Some(Source { name: "regions.csv", bytes: province::REGIONS_CSV.as_bytes() }),
        tps: Some(Source { name: "tps.csv", bytes: cast.tps.as_bytes() }),
        officers: Some(Source { name: "officers.csv", bytes: cast.officers.as_bytes() }),
        packing: Some(Source { name: "packing.csv", bytes: cast.packing.as_bytes() }),
        ..Files::default()
    };
    let mut content = import::parse(&files).map_err(DrillError::around)?;
    content.decided.synthetic = true;
    content.profile = pantau_protocol::profile::Profile::shipped().into_iter().next();
    content.checklists = Checklist::shipped();
    let plan = import::plan(&content, &import::Known::nothing()).map_err(DrillError::around)?;
    import::apply(&server, plan).map_err(around)?;
    let text = password::generate(&env.random().map_err(around)?);
    let hash = password::hash(&text, &env.random().map_err(around)?).map_err(DrillError::around)?;
    let operator = Operator::new(OPERATOR, hash, server.now(), Rights::Admin);
    store::write(server.store(), |tx| tx.put_operator(&operator)).map_err(DrillError::around)?;
    let week = 7 * 86_400;
    let codes: Result<Vec<_>, _> =
        cast.numbers.iter().map(|number| ops::enrol(&server, *number, "http://127.0.0.1", week)).collect();
    let codes = codes.map_err(around)?;
    drop(server);
    Ok((start(dir, env, text)?, codes))
}

/// Starts a server on its files.
fn start(dir: PathBuf, env: Env, password: String) -> Result<Started, DrillError> {
    let around = |e: pantau_log::Error| DrillError::around(e);
    let server = ops::open(&DataDir::new(&dir), &env).map_err(around)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(DrillError::around)?;
    let running = {
        let _inside = runtime.enter();
        let listener =
            runtime.block_on(serve::bind(SocketAddr::from(([127, 0, 0, 1], 0)))).map_err(around)?;
        let pages = pantau_desk::router(Arc::clone(&server), pantau_desk::Site::default()).map_err(around)?;
        serve::start(Arc::clone(&server), ServeConfig::default(), vec![listener], Some(pages))
            .map_err(around)?
    };
    let addr = running.addr().ok_or_else(|| DrillError::around("the server listens nowhere"))?;
    Ok((Local { dir, env, server, runtime: Some(runtime), _running: running, password }, addr))
}

impl Drop for Local {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A runtime may not be waited for inside another one.
            runtime.shutdown_background();
        }
    }
}

async fn resolve(url: &str) -> Result<SocketAddr, DrillError> {
    let Some(rest) = url.strip_prefix("http://") else {
        return Err(DrillError::around(
            "--server wants http://HOST:PORT: the drill's links carry plain bytes",
        ));
    };
    let host = rest.trim_end_matches('/');
    let named = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
    let mut found = tokio::net::lookup_host(&named).await.map_err(DrillError::around)?;
    found.next().ok_or_else(|| DrillError::around(format!("{named} has no address")))
}

fn read_codes(path: &Path, phones: Option<usize>) -> Result<Vec<Invitation>, DrillError> {
    let text =
        std::fs::read_to_string(path).map_err(|e| DrillError::around(format!("{}: {e}", path.display())))?;
    let lines = text.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#'));
    lines
        .take(phones.unwrap_or(usize::MAX))
        .zip(1..)
        .map(|(line, n)| {
            Invitation::parse(line).map_err(|e| DrillError::around(format!("{}:{n}: {e}", path.display())))
        })
        .collect()
}
