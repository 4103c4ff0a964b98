//! One phone and its owner: a real core with its own files, its own link, its own plan.

mod script;

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use fastrand::Rng;
use pantau_core::{
    Budget, Cancel, Cause, EnrolOutcome, Env, NewRecord, NoContact, OpenOptions, Phone, Saved, Silent,
    SyncEnd, TpsQuery, transport::HttpTransport,
};
use pantau_env::fake::SeededEntropy;
use pantau_protocol::{
    body::{Progress, Signal},
    enrol::Invitation,
    journal::RecordId,
    place::Place,
    role::Role,
};

use crate::{
    clock::PhoneClock,
    link::{Fault, Link},
    plan::{Act, Calendar, Event, Post, plan},
    say::{self, Said},
    stage::{DrillError, Stage},
};

/// How long a phone of the drill waits for a byte: a stalled line costs the drill real time.
const PATIENCE: Duration = Duration::from_millis(700);
/// A phone with its owner.
pub struct Actor {
    /// Number, from 0.
    pub number: usize,
    /// Records this phone said were saved.
    pub saved: Vec<Saved>,
    stage: Arc<Stage>,
    dir: PathBuf,
    entropy: Arc<SeededEntropy>,
    clock: Arc<PhoneClock>,
    link: Link,
    phone: Option<Phone>,
    /// A second phone, onto which the first was restored.
    copy: Option<Phone>,
    rng: Rng,
    role: Role,
    home: Place,
    posts: Vec<Post>,
    events: VecDeque<Event>,
    visits: Vec<(RecordId, usize)>,
    incidents: VecDeque<RecordId>,
    syncs: usize,
}

impl Actor {
    /// Opens a fresh phone over `link`.
    pub fn new(number: usize, stage: Arc<Stage>, dir: PathBuf, link: Link) -> Result<Self, DrillError> {
        let rng = Rng::with_seed(stage.seed.wrapping_mul(1_000_003) ^ number as u64);
        let entropy = Arc::new(SeededEntropy::new(stage.seed, number as u64 + 1));
        let clock = Arc::new(PhoneClock::new(Arc::clone(&stage.clock)));
        let mut actor = Self {
            number,
            saved: Vec::new(),
            stage,
            dir,
            entropy,
            clock,
            link,
            phone: None,
            copy: None,
            rng,
            role: Role::Viewer,
            home: Place::new("62").map_err(DrillError::around)?,
            posts: Vec::new(),
            events: VecDeque::new(),
            visits: Vec::new(),
            incidents: VecDeque::new(),
            syncs: 0,
        };
        actor.open()?;
        Ok(actor)
    }

    fn failed(&self) -> impl Fn(pantau_core::Error) -> DrillError + use<> {
        let number = self.number;
        move |e| DrillError::Phone(number, e)
    }

    fn open(&mut self) -> Result<(), DrillError> {
        self.phone = Some(self.open_in(&self.dir, &self.entropy)?);
        Ok(())
    }

    fn open_in(&self, dir: &Path, entropy: &Arc<SeededEntropy>) -> Result<Phone, DrillError> {
        let transport = HttpTransport::with_patience(&[], PATIENCE, PATIENCE).map_err(self.failed())?;
        let env = Env {
            clock: Arc::<PhoneClock>::clone(&self.clock),
            entropy: Arc::<SeededEntropy>::clone(entropy),
            transport: Arc::new(transport),
        };
        Phone::open(dir, env, OpenOptions::default()).map_err(self.failed())
    }

    fn phone(&self) -> Result<&Phone, DrillError> {
        self.phone.as_ref().ok_or(DrillError::Phone(self.number, pantau_core::Error::Closed))
    }

    /// Redeems the code over this phone's own link and pulls its kecamatan: without its list it has no plan.
    pub async fn enrol(&mut self, invitation: &Invitation) -> Result<(), DrillError> {
        let through_link = Invitation { url: format!("http://{}", self.link.addr), ..invitation.clone() };
        loop {
            match self.try_to_enrol(&through_link).await {
                Err(e) if self.stage.waits_after(&e).await => {}
                done => return done,
            }
        }
    }

    async fn try_to_enrol(&mut self, through_link: &Invitation) -> Result<(), DrillError> {
        let outcome = self.phone()?.enrol(through_link).await.map_err(self.failed())?;
        let EnrolOutcome::Enrolled(enrolled) = outcome else {
            return Err(DrillError::NotEnrolled(self.number, outcome));
        };
        if let Some(grant) = enrolled.grants.first() {
            self.role = grant.role;
            self.home = grant.place.clone();
        }
        if !self.sync_quietly().await? {
            let cut = NoContact::new(Cause::Broken, "the list did not come through");
            return Err(DrillError::Phone(self.number, pantau_core::Error::Offline(cut)));
        }
        Ok(())
    }

    /// Reads the list of posts from the phone and makes the owner's plan.
    pub fn prepare(&mut self, calendar: &Calendar) -> Result<(), DrillError> {
        if let Some(told) = &self.stage.world {
            self.events = script::of(told, self.number, &mut self.rng).into();
            return Ok(());
        }
        let mut after = None;
        loop {
            let query = TpsQuery { after: after.clone(), limit: 200, ..TpsQuery::default() };
            let rows = self.phone()?.tps_list(&query).map_err(self.failed())?;
            let Some(last) = rows.last() else { break };
            after = Some(last.place.clone());
            for row in rows {
                let card = self.phone()?.tps_card(&row.place).map_err(self.failed())?;
                self.posts.push(Post {
                    voters: row.voters,
                    lat: card.tps.as_ref().and_then(|t| t.lat),
                    lon: card.tps.as_ref().and_then(|t| t.lon),
                    access: row.access,
                    signal: row.signal,
                    place: row.place,
                });
            }
        }
        self.events = plan(self.role, &self.posts, calendar, &mut self.rng).into();
        Ok(())
    }

    /// When the owner does something next.
    pub fn next_at(&self) -> Option<i64> {
        self.events.front().map(|e| e.at)
    }

    /// Does all that is due.
    pub async fn act(&mut self, now: i64) -> Result<(), DrillError> {
        while let Some(event) = self.events.pop_front_if(|e| e.at <= now) {
            self.perform(event.at, event.act).await?;
        }
        Ok(())
    }

    async fn perform(&mut self, at: i64, act: Act) -> Result<(), DrillError> {
        let post = |n: usize| self.posts.get(n).cloned();
        match act {
            Act::Visit(n) => {
                let Some(post) = post(n) else { return Ok(()) };
                let said = say::visit(&mut self.rng, &post, &self.stage.list);
                let saved = self.capture(said)?;
                self.visits.push((saved.id, n));
                self.stage.counts.visits.fetch_add(1, Relaxed);
            }
            Act::Receive(n) => {
                let Some(post) = post(n) else { return Ok(()) };
                let said = say::receive(&mut self.rng, &post, &self.stage.profile);
                self.capture(said)?;
            }
            Act::Incident(n) => {
                let Some(post) = post(n) else { return Ok(()) };
                let said = say::incident(&mut self.rng, &post);
                let saved = self.capture(said)?;
                self.incidents.push_back(saved.id);
            }
            Act::CloseIncident => self.close_incident()?,
            Act::Turnout(n, hour) => {
                let Some(post) = post(n) else { return Ok(()) };
                let said = say::turnout(&mut self.rng, &post, hour);
                self.capture(said)?;
            }
            Act::Standby => {
                let said = say::standby(&mut self.rng, &self.home.clone());
                self.capture(said)?;
            }
            Act::Correct => self.correct()?,
            Act::Retract => self.retract()?,
            Act::Answer if self.is_off(at) => {}
            Act::Answer => self.answer()?,
            Act::Sync(signal) => self.sync(signal).await?,
            Act::Restart => self.restart()?,
            Act::Report(number) => self.write(number)?,
            Act::Contact(signal) => self.contact(at, signal).await?,
            Act::Copy => self.restore_onto_another()?,
            Act::Lose(reports) => self.lose(&reports)?,
        }
        Ok(())
    }

    fn capture(&mut self, said: Said) -> Result<Saved, DrillError> {
        let saved = self.phone()?.capture(new_record(said)).map_err(self.failed())?;
        self.note(saved);
        Ok(saved)
    }

    fn note(&mut self, saved: Saved) {
        self.saved.push(saved);
        self.stage.counts.captured.fetch_add(1, Relaxed);
    }

    fn close_incident(&mut self) -> Result<(), DrillError> {
        let Some(target) = self.incidents.pop_front() else { return Ok(()) };
        let saved =
            self.phone()?.report_progress(target, Progress::Done, None, None).map_err(self.failed())?;
        self.note(saved);
        Ok(())
    }

    fn correct(&mut self) -> Result<(), DrillError> {
        let Some((target, n)) = self.visits.pop() else { return Ok(()) };
        let Some(post) = self.posts.get(n).cloned() else { return Ok(()) };
        let said = say::visit(&mut self.rng, &post, &self.stage.list);
        let saved = self.phone()?.correct(target, new_record(said)).map_err(self.failed())?;
        self.note(saved);
        Ok(())
    }

    fn retract(&mut self) -> Result<(), DrillError> {
        let Some((target, _)) = self.visits.pop() else { return Ok(()) };
        let saved = self.phone()?.retract(target, Some("salah TPS".into()), None).map_err(self.failed())?;
        self.note(saved);
        Ok(())
    }

    fn answer(&mut self) -> Result<(), DrillError> {
        let waiting = self.phone()?.directives().map_err(self.failed())?.to_do;
        for directive in waiting {
            let progress = if self.rng.f64() < 0.8 { Progress::Done } else { Progress::Working };
            let saved =
                self.phone()?.report_progress(directive.id, progress, None, None).map_err(self.failed())?;
            self.note(saved);
        }
        Ok(())
    }

    /// A phone whose battery ran out: nothing is said to the core beforehand.
    fn restart(&mut self) -> Result<(), DrillError> {
        self.phone = None;
        self.open()?;
        self.stage.counts.phone_restarts.fetch_add(1, Relaxed);
        Ok(())
    }

    async fn sync(&mut self, signal: Signal) -> Result<(), DrillError> {
        let fault = if self.stage.faults.load(Relaxed) { self.next_fault() } else { None };
        self.link.arm(signal, fault);
        self.run_sync(self.phone()?).await.map(|_| ())
    }

    /// A sync over a good link, started by a person; says whether everything is through.
    pub async fn sync_quietly(&mut self) -> Result<bool, DrillError> {
        self.link.arm(Signal::Strong, None);
        let mut is_through = true;
        for phone in self.phones()? {
            phone.forget_backoff().map_err(self.failed())?;
            let end = self.run_sync(phone).await?;
            let unsent = phone.unsent().map_err(self.failed())?;
            is_through &= end == SyncEnd::Done && unsent.records == 0 && unsent.notes == 0;
        }
        Ok(is_through)
    }

    /// The phone, and its copy if there is one.
    fn phones(&self) -> Result<impl Iterator<Item = &Phone>, DrillError> {
        Ok(std::iter::once(self.phone()?).chain(&self.copy))
    }

    async fn run_sync(&self, phone: &Phone) -> Result<SyncEnd, DrillError> {
        let counts = &self.stage.counts;
        counts.syncs.fetch_add(1, Relaxed);
        let report = phone.sync(Budget::PLENTY, &Silent, &Cancel::new()).await.map_err(self.failed())?;
        if report.end == SyncEnd::Done {
            self.stage.listen();
            counts.reached.fetch_add(1, Relaxed);
            counts.requests.fetch_add(u64::from(report.requests), Relaxed);
        }
        Ok(report.end)
    }

    /// Every kind of fault comes round in turn, at another moment for each phone.
    fn next_fault(&mut self) -> Option<Fault> {
        self.syncs += 1;
        let at = self.rng.u64(1..2_500);
        match (self.syncs + self.number * 5) % 17 {
            2 => Some(Fault::CutUp(at)),
            6 => Some(Fault::CutDown(at % 600)),
            10 => Some(Fault::LoseReply),
            // Rarer: each costs the drill real seconds.
            14 if self.number.is_multiple_of(9) => Some(Fault::Stall(at % 300)),
            _ => None,
        }
    }

    /// Whether phone and server show the same for the same scope and cursor. One that cannot be compared is
    /// not known to.
    pub async fn agrees(&mut self) -> Result<bool, DrillError> {
        self.link.arm(Signal::Strong, None);
        for phone in self.phones()? {
            if !self.is_equal(phone).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn is_equal(&self, phone: &Phone) -> Result<bool, DrillError> {
        loop {
            phone.forget_backoff().map_err(self.failed())?;
            match phone.compare().await.map_err(self.failed()) {
                Ok(both) => {
                    self.stage.listen();
                    return Ok(both.own == both.server);
                }
                Err(e) if self.stage.waits_after(&e).await => {}
                Err(_) => return Ok(false),
            }
        }
    }

    /// Ids of the records this phone believes the server holds.
    pub fn held(&self) -> Result<Vec<RecordId>, DrillError> {
        let mut held = Vec::new();
        for phone in self.phones()? {
            let mut after = None;
            loop {
                let rows = phone.journal(after, 200).map_err(self.failed())?;
                let Some(last) = rows.last() else { break };
                after = Some(last.cursor);
                held.extend(rows.iter().filter(|r| r.delivery.is_held()).map(|r| r.id));
            }
        }
        Ok(held)
    }
}

fn new_record(said: Said) -> NewRecord {
    use pantau_protocol::note::Field;
    let mut record = NewRecord::new(said.place, said.body);
    record.basis = said.basis;
    record.fix = said.fix;
    for (field, text) in said.notes {
        match field {
            Field::Note => record.note = Some(text),
            Field::Informant => record.informant = Some(text),
            _ => record.notes.push((field, text)),
        }
    }
    record
}
