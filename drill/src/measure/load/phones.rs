//! Phones that go on saying things and sending them: real cores, real exchanges.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, PoisonError, atomic::Ordering::SeqCst},
    time::Duration,
};

use pantau_core::{
    Budget, Cancel, EnrolOutcome, Env, NewRecord, OpenOptions, Phone, Silent, SyncEnd,
    env::{Clock as _, SystemEntropy},
    transport::HttpTransport,
};
use pantau_log::{DataDir, ops, store};
use pantau_protocol::{
    body::{Answer, Body, Category, Incident, Severity, Visit},
    checklist::Venue,
    enrol::Invitation,
    place::Place,
};

use super::{Accepted, Made, Seen, Size, around};
use crate::{
    clock::Clock,
    measure::{NOW, stage},
    stage::DrillError,
};

/// Records of one exchange.
const EACH: u64 = 10;
/// One record of so many tells of an incident, the others of a visit.
const INCIDENTS: u64 = 25;

/// A phone with the places of its officer.
pub(super) struct Officer {
    phone: Phone,
    tps: Vec<Place>,
    /// Number, version and items of the list by which a TPS is visited.
    list: (u32, u32, usize),
    said: u64,
}

/// One phone for each code, enrolled and with its list pulled.
pub(super) async fn enrolled(
    files: &Path,
    addr: SocketAddr,
    made: &Made,
) -> Result<Vec<Officer>, DrillError> {
    let mut all = Vec::new();
    for (code, n) in made.codes.iter().zip(1..) {
        let env = Env {
            clock: Arc::new(Clock::simulated(NOW)),
            entropy: Arc::new(SystemEntropy),
            transport: Arc::new(HttpTransport::new().map_err(around)?),
        };
        let phone =
            Phone::open(&files.join(format!("hp-{n}")), env, OpenOptions::default()).map_err(around)?;
        let code = Invitation { url: format!("http://{addr}"), ..code.clone() };
        let EnrolOutcome::Enrolled(who) = phone.enrol(&code).await.map_err(around)? else {
            return Err(around("a phone was not enrolled"));
        };
        sync(&phone).await.map_err(around)?;
        let list = phone.checklist(Venue::Tps).ok_or_else(|| around("no checklist for a TPS"))?;
        let list = (list.number, list.version, list.items.len());
        let covers = |place: &Place| who.grants.iter().any(|grant| place.is_within(&grant.place));
        let tps = made.posts.iter().map(|post| post.place.clone()).filter(covers).collect();
        all.push(Officer { phone, tps, list, said: 0 });
    }
    Ok(all)
}

/// Lets one after the other say something and send it, at a steady pace, for as long as the load lasts.
pub(super) async fn send(
    seen: &Seen,
    dir: &Path,
    mut phones: Vec<Officer>,
    size: Size,
) -> Result<(), DrillError> {
    let log = ops::open(&DataDir::new(dir), &stage::env()).map_err(around)?;
    let (count, lasts) = (phones.len().max(1), Duration::from_secs(size.seconds));
    let started = seen.clock.monotonic();
    let passed = || seen.clock.monotonic() - started;
    let exchanges = size.records * size.seconds / EACH;
    for n in 0..exchanges {
        let due = Duration::from_millis(n * EACH * 1_000 / size.records);
        tokio::time::sleep(due.saturating_sub(passed())).await;
        if passed() > lasts {
            break;
        }
        let Some(officer) = phones.get_mut(n as usize % count) else { break };
        for _ in 0..EACH {
            officer.say().map_err(around)?;
        }
        match sync(&officer.phone).await {
            Ok(()) => {
                let at = seen.clock.monotonic();
                let position = store::read(log.store(), |view| view.head()).map_err(around)?;
                let mut accepted = seen.accepted.lock().unwrap_or_else(PoisonError::into_inner);
                accepted.push(Accepted { position, at });
                seen.records.fetch_add(EACH, SeqCst);
            }
            Err(why) => seen.fail(&format!("an exchange: {why}")),
        }
    }
    Ok(())
}

impl Officer {
    fn say(&mut self) -> Result<(), pantau_core::Error> {
        let nth = usize::try_from(self.said).unwrap_or(0);
        let Some(place) = self.tps.get(nth % self.tps.len().max(1)) else { return Ok(()) };
        self.said += 1;
        let body = if self.said.is_multiple_of(INCIDENTS) {
            Body::Incident(Incident { category: Category::Weather, severity: Severity::Medium })
        } else {
            let (checklist, version, items) = self.list;
            Body::Visit(Visit { checklist, version, answers: vec![Answer::Ok; items], way: None })
        };
        self.phone.capture(NewRecord::new(place.clone(), body)).map(drop)
    }
}

async fn sync(phone: &Phone) -> Result<(), String> {
    let _ = phone.forget_backoff();
    let report = phone.sync(Budget::PLENTY, &Silent, &Cancel::new()).await.map_err(|e| e.to_string())?;
    if report.end == SyncEnd::Done { Ok(()) } else { Err(format!("{:?}", report.end)) }
}
