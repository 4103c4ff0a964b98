//! The story of a drill: set the stage, play the days, settle, judge.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use pantau_env::{Clock as _, SystemClock};
use pantau_protocol::{enrol::Invitation, journal::RecordId};
use tokio::task::JoinSet;

use crate::{
    actor::Actor,
    clock::Clock,
    heard,
    host::Host,
    link::Link,
    options::Play,
    plan::Calendar,
    province,
    report::{Counts, Report, tell},
    stage::{DrillError, Stage, Told, shipped},
    truth::{Shipped, World},
};

/// Simulated seconds that pass between two looks at who does something.
const SLOT_S: i64 = 300;
/// Phones that act at the same time.
const AT_ONCE: usize = 24;
/// Seconds of the day at which a drill for somebody who looks stops on the eve: 18.05.
const EVE_S: i64 = 18 * 3_600 + 300;
/// Days of a world.
const DAYS: u32 = 5;
/// Rounds of quiet syncs before a drill is said not to settle. Each lets a retry delay pass.
const SETTLE_ROUNDS: usize = 40;

/// A drill that was played, with its server still up.
pub struct Played {
    /// How it ended; `None` for one that was left on the eve.
    pub report: Option<Report>,
    /// The server, unless it was started by hand.
    pub host: Host,
}

/// Plays a drill in `dir`.
pub async fn play(options: &Play, dir: &Path) -> Result<Played, DrillError> {
    let (list, profile) = shipped()?;
    let election_midnight = profile.opens_at - 7 * 3600;
    let simulated = Calendar::simulated(election_midnight, DAYS);
    let clock = Arc::new(match options.server {
        Some(_) => Clock::real(),
        None => Clock::simulated(simulated.start() - 86_400),
    });
    let wall = SystemClock::new();
    let world = match options.server {
        Some(_) => None,
        None => {
            let posts = province::posts().map_err(DrillError::around)?;
            let shipped = Shipped { profile: profile.clone(), list: list.clone() };
            Some(Told::new(World::new(options.seed, options.size(), posts, shipped)))
        }
    };
    let stage = Arc::new(Stage {
        clock,
        counts: Counts::default(),
        seed: options.seed,
        faults: AtomicBool::new(true),
        list,
        profile,
        world,
        answered_ms: AtomicU64::new(0),
    });
    let (mut host, codes) = Host::set_up(options, dir, &stage).await?;
    let mut actors = enrol_all(&stage, &mut host, codes, dir).await?;
    let calendar = match options.server {
        Some(_) => {
            Calendar::compressed(stage.clock.now(), options.days.clamp(1, 60), options.day_seconds.max(1))
        }
        None => simulated,
    };
    for actor in &mut actors {
        actor.prepare(&calendar)?;
    }
    let eve = options
        .stops_on_the_eve()
        .then(|| Eve { from: calendar.at(calendar.days() - 2, EVE_S), pace: options.pace });
    let Some(mut actors) = days(&stage, &mut host, actors, &calendar, eve).await? else {
        return Ok(Played { report: None, host });
    };
    settle(&stage, &mut host, &mut actors).await?;
    let report = judge(&stage, &host, actors, &calendar, &wall).await?;
    Ok(Played { report: Some(report), host })
}

/// Where a drill stops for somebody who looks at the desk page.
struct Eve {
    /// Unix seconds.
    from: i64,
    /// Simulated seconds that pass in one from then on.
    pace: i64,
}

impl Eve {
    /// Lets the clock run up to a moment.
    async fn run(&self, clock: &Clock, until: i64) {
        while clock.now() < until {
            tokio::time::sleep(Duration::from_secs(1)).await;
            clock.advance_to((clock.now() + self.pace).min(until));
        }
    }
}

async fn enrol_all(
    stage: &Arc<Stage>,
    host: &mut Host,
    codes: Vec<Invitation>,
    dir: &Path,
) -> Result<Vec<Actor>, DrillError> {
    stage.listen();
    let mut joining = JoinSet::new();
    let mut actors = Vec::new();
    let phones = codes.len();
    for (number, code) in codes.into_iter().enumerate() {
        let tally = Arc::clone(&stage.counts.link);
        let link = Link::open(host.target(), tally).await.map_err(DrillError::around)?;
        let mut actor = Actor::new(number, Arc::clone(stage), phone_dir(dir, number)?, link)?;
        joining.spawn(async move {
            actor.enrol(&code).await?;
            Ok::<_, DrillError>(actor)
        });
        if joining.len() >= AT_ONCE {
            actors.extend(next(&mut joining).await?);
        }
        host.progress(stage, &format!("enrolling phone {} of {phones}", number + 1));
    }
    while let Some(actor) = next(&mut joining).await? {
        actors.push(actor);
    }
    actors.sort_by_key(|a| a.number);
    Ok(actors)
}

fn phone_dir(dir: &Path, number: usize) -> Result<PathBuf, DrillError> {
    let dir = dir.join("phones").join(format!("{number:03}"));
    std::fs::create_dir_all(&dir).map_err(DrillError::around)?;
    Ok(dir)
}

async fn next(joining: &mut JoinSet<Result<Actor, DrillError>>) -> Result<Option<Actor>, DrillError> {
    match joining.join_next().await {
        None => Ok(None),
        Some(done) => done.map_err(DrillError::around)?.map(Some),
    }
}

/// Plays all days: at each slot everyone who has something to do does it, some at the same moment. From the eve on the
/// clock runs, and each does it when it is time; `None` if somebody ended the drill then.
async fn days(
    stage: &Arc<Stage>,
    host: &mut Host,
    actors: Vec<Actor>,
    calendar: &Calendar,
    eve: Option<Eve>,
) -> Result<Option<Vec<Actor>>, DrillError> {
    let mut is_told = false;
    let mut ended = std::pin::pin!(tokio::signal::ctrl_c());
    let mut waiting: HashMap<usize, Actor> = actors.into_iter().map(|a| (a.number, a)).collect();
    let mut restarts: Vec<i64> = (0..calendar.days()).map(|d| calendar.at(d, 45_000)).collect();
    while let Some(next_at) = waiting.values().filter_map(Actor::next_at).min() {
        let slot = next_at.div_euclid(SLOT_S) * SLOT_S + SLOT_S;
        match eve.as_ref().filter(|eve| slot > eve.from) {
            None => stage.clock.advance_to(slot),
            Some(eve) => {
                stage.clock.advance_to(eve.from);
                if !std::mem::replace(&mut is_told, true) {
                    tell(&format!(
                        "{}\nIt is the eve, and the clock runs. Ctrl-C ends the drill.",
                        host.invitation()
                    ));
                }
                tokio::select! {
                    () = eve.run(&stage.clock, next_at) => {}
                    done = &mut ended => return done.map(|()| None).map_err(DrillError::around),
                }
            }
        }
        host.wait_until(&stage.clock, next_at).await;
        let now = stage.clock.now();
        let due: Vec<usize> =
            waiting.values().filter(|a| a.next_at().is_some_and(|at| at <= now)).map(|a| a.number).collect();
        let mut acting = JoinSet::new();
        for number in due {
            let Some(mut actor) = waiting.remove(&number) else { continue };
            acting.spawn(async move {
                actor.act(now).await?;
                Ok::<_, DrillError>(actor)
            });
            if acting.len() >= AT_ONCE {
                keep(&mut waiting, next(&mut acting).await?);
            }
        }
        if restarts.first().is_some_and(|at| *at <= now) {
            restarts.remove(0);
            // Phones are talking while it dies.
            host.restart(stage).await?;
        }
        while let Some(actor) = next(&mut acting).await? {
            keep(&mut waiting, Some(actor));
        }
        host.tick(stage, calendar, now).await?;
    }
    let mut actors: Vec<Actor> = waiting.into_values().collect();
    actors.sort_by_key(|a| a.number);
    Ok(Some(actors))
}

fn keep(waiting: &mut HashMap<usize, Actor>, actor: Option<Actor>) {
    if let Some(actor) = actor {
        waiting.insert(actor.number, actor);
    }
}

/// Lets every phone sync over good links until nothing is left to send or to read.
async fn settle(stage: &Arc<Stage>, host: &mut Host, actors: &mut [Actor]) -> Result<(), DrillError> {
    stage.faults.store(false, Relaxed);
    stage.listen();
    // Two clean rounds: what one phone sends last, the others read in the second.
    let mut clean = 0;
    let mut round = 0;
    while clean < 2 {
        round += 1;
        stage.clock.advance_to(stage.clock.now() + 1_800);
        let mut left = 0;
        for actor in &mut *actors {
            left += usize::from(!actor.sync_quietly().await?);
        }
        clean = if left == 0 { clean + 1 } else { 0 };
        host.progress(stage, &format!("settling, round {round}: {left} phones still have something to send"));
        let gave_up = match host.is_local() {
            true => round >= SETTLE_ROUNDS,
            false => stage.is_silent(),
        };
        if gave_up {
            break;
        }
        if left > 0 {
            host.pause().await;
        }
    }
    Ok(())
}

async fn judge(
    stage: &Arc<Stage>,
    host: &Host,
    mut actors: Vec<Actor>,
    calendar: &Calendar,
    wall: &SystemClock,
) -> Result<Report, DrillError> {
    let (mut unequal, mut believed, mut captured) = (0, Vec::new(), Vec::new());
    for actor in &mut actors {
        unequal += u64::from(!actor.agrees().await?);
        believed.extend(actor.held()?);
        captured.extend(actor.saved.iter().map(|s| s.id));
    }
    // A server started by hand shows its log to no one; the receipts and the digests speak for it.
    let log = host.log_ids()?;
    let held: HashMap<RecordId, u64> =
        log.unwrap_or_else(|| believed.clone()).into_iter().fold(HashMap::new(), |mut count, id| {
            *count.entry(id).or_default() += 1;
            count
        });
    let lost = captured.iter().chain(&believed).filter(|id| !held.contains_key(id)).count();
    let received = captured.iter().filter(|id| held.contains_key(id)).count() as u64;
    let doubled = held.values().filter(|n| **n > 1).count();
    let compared = match (&stage.world, host.server()) {
        (Some(told), Some(server)) => Some(heard::compared(told, &server, stage.clock.now())?),
        _ => None,
    };
    let counts = &stage.counts;
    let per = |a: u64, b: u64| if b == 0 { 0.0 } else { a as f64 / b as f64 };
    let mut report = Report {
        phones: actors.len(),
        days: calendar.days(),
        seed: stage.seed,
        captured: captured.len() as u64,
        visits: counts.visits.load(Relaxed),
        received,
        lost: lost as u64,
        doubled: doubled as u64,
        unequal,
        cuts: counts.link.cuts.load(Relaxed),
        stalls: counts.link.stalls.load(Relaxed),
        lost_replies: counts.link.lost_replies.load(Relaxed),
        phone_restarts: counts.phone_restarts.load(Relaxed),
        server_restarts: counts.server_restarts.load(Relaxed),
        bytes_up_per_record: per(counts.link.up.load(Relaxed), received),
        requests_per_sync: per(counts.requests.load(Relaxed), counts.reached.load(Relaxed)),
        seconds: wall.monotonic().as_secs_f64(),
        missing_faults: Vec::new(),
        compared,
    };
    let happened = [
        ("cuts", report.cuts),
        ("stalls", report.stalls),
        ("lost replies", report.lost_replies),
        ("phone restarts", report.phone_restarts),
        // A server started by hand is restarted by hand.
        ("server restarts", if host.is_local() { report.server_restarts } else { 1 }),
    ];
    report.missing_faults = happened.into_iter().filter(|(_, n)| *n == 0).map(|(name, _)| name).collect();
    Ok(report)
}
