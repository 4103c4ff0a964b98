//! An officer of a world: he writes the reports of the world on his real phone, at the times and by the clock of the
//! world, and his phone meets its fate there.

use std::{path::Path, sync::Arc};

use fastrand::Rng;
use pantau_core::{NewRecord, SyncEnd};
use pantau_env::fake::SeededEntropy;
use pantau_protocol::{
    body::{Body, Receive, Signal},
    note::Field,
};
use rusqlite::Connection;

use super::Actor;
use crate::{
    plan::{Act, Event, town_signal},
    reports::{Phone, Report, Says},
    say,
    stage::{DrillError, Told},
    truth::days::FIRST,
};

/// Where the store of a phone lies in its folder.
const STORE: &str = "pantau.db";
/// Tries of one contact: a person presses the button again.
const TRIES: usize = 3;
/// A clock that is off by more is wrong.
const OFF_S: i64 = 900;

/// What an officer does, from the world.
pub(super) fn of(told: &Told, number: usize, rng: &mut Rng) -> Vec<Event> {
    let world = &told.world;
    let Some(officer) = world.officers.get(number) else { return Vec::new() };
    let mine = world.reports.iter().enumerate().filter(|(_, r)| r.by == number);
    // What is said again on a new phone is played without phones only: nobody loses his phone here.
    let written = mine.clone().filter(|(_, r)| !matches!(r.says, Says::Again(_)));
    let mut events: Vec<Event> =
        written.map(|(n, report)| Event { at: report.at, act: Act::Report(n) }).collect();
    let here: Vec<_> =
        world.places.posts.iter().filter(|p| p.place.is_within(&officer.place)).cloned().collect();
    let signal = town_signal(&here);
    events.extend(officer.contacts.iter().map(|at| Event { at: *at, act: Act::Contact(signal) }));
    if let Some(at) = officer.copied_at {
        // Before anything else of that moment: both go on from the same record.
        events.push(Event { at: at - 1, act: Act::Copy });
    }
    if let Some(at) = officer.loses_at {
        events.push(Event { at, act: Act::Lose(mine.filter(|(_, r)| r.is_lost).map(|(n, _)| n).collect()) });
    }
    for day in FIRST..=0 {
        if officer.duty.role() != pantau_protocol::role::Role::LogisticsStaff {
            events.push(Event { at: world.days.at(day, 7, 20), act: Act::Answer });
        }
        if rng.f64() < 0.1 {
            events.push(Event { at: world.days.at(day, 10, 0) + rng.i64(0..36_000), act: Act::Restart });
        }
    }
    events.sort_by_key(|e| e.at);
    events
}

impl Actor {
    /// What the clock of the phone is off by at a moment of the world.
    fn off_s(&self, at: i64) -> i64 {
        let officer = self.stage.world.as_ref().and_then(|told| told.world.officers.get(self.number));
        officer.map_or(0, |officer| officer.off_s(at))
    }

    /// Whether his clock is wrong so that anybody would see it.
    pub(super) fn is_off(&self, at: i64) -> bool {
        self.off_s(at).abs() > OFF_S
    }

    /// Sets the phone's clock to what it shows at a moment of the world. The drill's clock stands at the end of a
    /// slot, while people act within it.
    fn look_at_the_clock(&self, at: i64) {
        let slot = at - pantau_env::Clock::now(&*self.stage.clock);
        self.clock.set_off(self.off_s(at) + slot);
    }

    /// Writes a report of the world.
    pub(super) fn write(&mut self, number: usize) -> Result<(), DrillError> {
        let stage = Arc::clone(&self.stage);
        let Some(told) = &stage.world else { return Ok(()) };
        let Some(report) = told.world.reports.get(number) else { return Ok(()) };
        self.look_at_the_clock(report.at);
        let phone = match (report.on, &self.copy) {
            (Phone::Copy, Some(copy)) => copy,
            _ => self.phone()?,
        };
        let saved = match &report.says {
            Says::Correct(of, says) => {
                let target = told.id(*of).ok_or_else(|| unwritten(*of))?;
                let new = new_record(told, report, body(told, says)?, &mut self.rng.clone());
                phone.correct(target, new)
            }
            says => phone.capture(new_record(told, report, body(told, says)?, &mut self.rng.clone())),
        };
        let saved = saved.map_err(self.failed())?;
        if matches!(report.says, Says::This(Body::Visit(_))) {
            stage.counts.visits.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
        told.note(number, saved.id);
        self.note(saved);
        Ok(())
    }

    /// There is signal: the phone syncs, over a line that may break, until it is through or the owner gives up.
    pub(super) async fn contact(&mut self, at: i64, signal: Signal) -> Result<(), DrillError> {
        self.look_at_the_clock(at);
        for attempt in 0..TRIES {
            let fault = if attempt == 0 { self.next_fault() } else { None };
            self.link.arm(signal, fault);
            let mut is_through = true;
            for phone in self.phones()? {
                phone.forget_backoff().map_err(self.failed())?;
                is_through &= self.run_sync(phone).await? == SyncEnd::Done;
            }
            if is_through {
                break;
            }
        }
        Ok(())
    }

    /// The phone is restored from a backup onto a second one: both have the same journal and go on with it.
    pub(super) fn restore_onto_another(&mut self) -> Result<(), DrillError> {
        self.phone()?.shutdown().map_err(self.failed())?;
        self.phone = None;
        let there = self.dir.with_extension("copy");
        std::fs::create_dir_all(&there).map_err(DrillError::around)?;
        for file in std::fs::read_dir(&self.dir).map_err(DrillError::around)? {
            let file = file.map_err(DrillError::around)?;
            std::fs::copy(file.path(), there.join(file.file_name())).map_err(DrillError::around)?;
        }
        self.open()?;
        let other = SeededEntropy::new(self.stage.seed, u64::MAX / 2 + self.number as u64);
        self.copy = Some(self.open_in(&there, &Arc::new(other))?);
        Ok(())
    }

    /// The store of the phone is damaged, and the records that were on the damaged pages are gone.
    pub(super) fn lose(&mut self, reports: &[usize]) -> Result<(), DrillError> {
        let stage = Arc::clone(&self.stage);
        let Some(told) = &stage.world else { return Ok(()) };
        self.phone()?.shutdown().map_err(self.failed())?;
        self.phone = None;
        let lost: Vec<_> = reports.iter().filter_map(|report| told.id(*report)).collect();
        damage(&self.dir.join(STORE), lost.iter().map(|id| &id.as_bytes()[..]))
            .map_err(DrillError::around)?;
        self.saved.retain(|saved| !lost.contains(&saved.id));
        self.open()
    }
}

/// Takes records out of a store that nobody has open. What follows from the records is derived anew at the next open,
/// as after a salvage.
fn damage<'i>(store: &Path, lost: impl Iterator<Item = &'i [u8]>) -> rusqlite::Result<()> {
    let store = Connection::open(store)?;
    for id in lost {
        store.execute("DELETE FROM place_key WHERE row IN (SELECT row FROM record WHERE id = ?1)", [id])?;
        store.execute("DELETE FROM record WHERE id = ?1 AND own > 0", [id])?;
    }
    store.execute("DELETE FROM setting WHERE name = 'fold'", [])?;
    Ok(())
}

fn unwritten(report: usize) -> DrillError {
    DrillError::Around(format!("report {report} of the world was never written down"))
}

fn body(told: &Told, says: &Says) -> Result<Body, DrillError> {
    match says {
        Says::This(body) => Ok(body.clone()),
        Says::Answer(receive, to) => {
            let dispatch = Some(told.id(*to).ok_or_else(|| unwritten(*to))?);
            Ok(Body::Receive(Receive { dispatch, ..receive.clone() }))
        }
        Says::Correct(of, _) | Says::Again(of) => Err(unwritten(*of)),
    }
}

fn new_record(told: &Told, report: &Report, body: Body, rng: &mut Rng) -> NewRecord {
    let mut new = NewRecord::new(report.place.clone(), body);
    (new.basis, new.fix) = (report.basis, report.fix);
    if report.basis.is_told() {
        new.informant = Some(format!("{}, KPPS", say::name(rng)));
    }
    let is_receipt = matches!(new.body, Body::Receive(_));
    let name = told.world.officers.get(report.by).map(|o| o.name.clone());
    new.notes.extend(name.filter(|_| is_receipt).map(|name| (Field::Receiver, name)));
    new
}
