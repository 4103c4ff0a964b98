//! The loop: one exchange after another until nothing is left, the budget is used up or the line is dead.

use std::time::Duration;

use pantau_protocol::{exchange::Reply, limit::PAGE_BUDGET_BYTES};
use rusqlite::Connection;

use super::{
    address,
    apply::{self, Touched, Work},
    ask::{self, Exchanged, Prepared},
    backoff,
    cancel::Cancel,
    memory::Memory,
    plan::{self, Ends, Gain, Next},
    reply::{self, Opened},
    report::{Advance, Budget, Progress, SyncEnd, SyncReport},
    request::{self, Allowed, Outgoing},
};
use crate::{
    contact::{Cause, NoContact},
    env::Env,
    error::Error,
    limit, outbox, places,
    reference::{self, Known},
    store::{
        Db,
        setting::{self, get, get_or, set},
    },
    transport::{Failure, Post, no_reply},
};

/// What is asked of a sync.
pub(crate) struct Task<'a> {
    pub(crate) budget: Budget,
    pub(crate) progress: &'a dyn Progress,
    /// The caller's.
    pub(crate) cancel: &'a Cancel,
    /// What a pause of the store cancels.
    pub(crate) halt: &'a Cancel,
    /// Ask for the digest of all states.
    pub(crate) want_digest: bool,
}

/// Syncs until done, or until the budget ends. The caller sees to it that only one runs at a time.
pub(crate) async fn sync(
    db: &Db,
    env: &Env,
    reference: &Known,
    task: &Task<'_>,
) -> Result<(SyncReport, Option<Reply>), Error> {
    let mut run = Run::new(db, env, reference, task);
    if let Some(end) = db.read(|c| ask::may_start(c, env.clock.now()))? {
        run.report.end = end;
        return Ok((run.report, None));
    }
    run.report.end = match run.run().await {
        // The store went away under the sync: that is how a pause ends it.
        Err(Error::Paused | Error::Closed) => SyncEnd::Cancelled,
        end => end?,
    };
    Ok((run.report, run.last))
}

struct Run<'a> {
    db: &'a Db,
    env: &'a Env,
    reference: &'a Known,
    task: &'a Task<'a>,
    began: Duration,
    report: SyncReport,
    last: Option<Reply>,
    /// What the last request carried.
    load: u64,
    wants_page: bool,
    /// Requests in a row that moved nothing.
    idle: u32,
    /// The address that was asked last.
    asked: String,
    /// There is another one, which was not asked yet.
    has_another: bool,
    /// The address where the server was not found in this sync.
    failed: Option<String>,
    /// What could not be written down.
    memory: Memory,
}

impl<'a> Run<'a> {
    fn new(db: &'a Db, env: &'a Env, reference: &'a Known, task: &'a Task<'a>) -> Self {
        let report = SyncReport {
            end: SyncEnd::Done,
            requests: 0,
            bytes_up: 0,
            bytes_down: 0,
            records_sent: 0,
            records_received: 0,
            receipts: 0,
            clock_offset: None,
            dates_bent: false,
        };
        let began = env.clock.monotonic();
        Self {
            db,
            env,
            reference,
            task,
            began,
            report,
            last: None,
            load: 0,
            wants_page: false,
            idle: 0,
            asked: String::new(),
            has_another: false,
            failed: None,
            memory: Memory::default(),
        }
    }

    async fn run(&mut self) -> Result<SyncEnd, Error> {
        loop {
            let Task { cancel, halt, .. } = self.task;
            if cancel.is_cancelled() || halt.is_cancelled() || self.db.is_away() {
                return Ok(SyncEnd::Cancelled);
            }
            let (Some(within), Some(bytes)) = (self.time_left(), self.bytes_left()) else {
                return Ok(SyncEnd::Budget);
            };
            match self.exchange(bytes, within).await? {
                Exchanged::Nothing(..) | Exchanged::Cut(_) | Exchanged::Stranger(_)
                    if self.asks_another() => {}
                Exchanged::Cancelled => return Ok(SyncEnd::Cancelled),
                Exchanged::TooDear => return Ok(SyncEnd::Budget),
                Exchanged::NoRoom(gain) => {
                    self.tell(&gain)?;
                    return Ok(SyncEnd::PhoneFull);
                }
                Exchanged::TooLong if self.shrink(false)? => {}
                Exchanged::TooLong => {
                    return self.give_up(NoContact::new(Cause::TooLong, "refused as too long"), 0);
                }
                Exchanged::Cut(why) => {
                    self.shrink(true)?;
                    return self.give_up(why, 0);
                }
                // No signal, or a stranger who answers: no reason to send less next time.
                Exchanged::Nothing(why, asked_s) => return self.give_up(why, asked_s),
                Exchanged::Stranger(why) => {
                    self.failed(0)?;
                    return Ok(SyncEnd::NotTrusted(why));
                }
                Exchanged::Answered(answered) => {
                    let (gain, next, reply) = *answered;
                    self.last = Some(reply);
                    self.tell(&gain)?;
                    if let Some(end) = self.go_on(next)? {
                        return Ok(end);
                    }
                }
            }
        }
    }

    /// Whether the server is to be asked at its other address, since it did not answer at this one.
    fn asks_another(&mut self) -> bool {
        let has_another = std::mem::take(&mut self.has_another);
        self.failed = has_another.then(|| self.asked.clone()).or(self.failed.take());
        has_another
    }

    fn time_left(&self) -> Option<Duration> {
        let used = self.env.clock.monotonic().saturating_sub(self.began);
        let left = Duration::from_secs(u64::from(self.task.budget.seconds)).saturating_sub(used);
        (!left.is_zero() && self.report.requests < limit::REQUESTS).then_some(left)
    }

    fn bytes_left(&self) -> Option<u64> {
        let left = self.task.budget.bytes.saturating_sub(self.report.bytes_up + self.report.bytes_down);
        (left > 0).then_some(left)
    }

    /// One request and what came of it. The database is not touched while the network is used.
    async fn exchange(&mut self, bytes: u64, within: Duration) -> Result<Exchanged, Error> {
        let Some(Prepared { address, keys, out }) = self.prepare(bytes)? else {
            return Ok(Exchanged::TooDear);
        };
        (self.asked, self.has_another) = address;
        let url = format!("{}/v1/exchange", self.asked);
        (self.load, self.wants_page) = (out.load(), out.wants_page);
        let post = Post { url: url.clone(), body: out.frame.clone(), within, strict_dates: false };
        self.report.requests += 1;
        self.report.bytes_up += out.frame.len() as u64;
        let Task { cancel, halt, .. } = self.task;
        let Some(answer) = cancel.or(halt.or(self.env.transport.post(post))).await.flatten() else {
            return Ok(Exchanged::Cancelled);
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(e) => {
                return Ok(match Failure::from(e) {
                    Failure::NoContact(e) if e.cause == Cause::Broken => Exchanged::Cut(e),
                    Failure::NoContact(e) => Exchanged::Nothing(e, 0),
                    Failure::Stranger(e) => Exchanged::Stranger(e),
                });
            }
        };
        self.report.bytes_down += answer.body.len() as u64;
        self.report.dates_bent |= answer.dates_bent;
        match reply::open(&answer.body, &keys, &out) {
            Ok(opened) => {
                self.has_another = false;
                self.take(&out, opened)
            }
            Err(_) if answer.status == 413 => Ok(Exchanged::TooLong),
            Err(e) => Ok(Exchanged::Nothing(no_reply(&url, &answer, &e), ask::asked_to_wait(&answer))),
        }
    }

    /// Builds the next request and marks what it carries as sent, before the network is used. On a disk without room
    /// it is sent all the same, without a mark.
    fn prepare(&self, bytes: u64) -> Result<Option<Prepared>, Error> {
        let (now, want_digest) = (self.env.clock.now(), self.task.want_digest);
        let allowed = Allowed { bytes, want_digest, now, memory: &self.memory };
        let next = |c: &Connection| ask::prepare(c, self.db.vault(), &allowed, self.failed.as_deref());
        let marked = self.db.write(|tx| {
            let Some(prepared) = next(tx)? else { return Ok(None) };
            request::note_sent(tx, &prepared.out, now)?;
            Ok(Some(prepared))
        });
        match marked {
            Err(Error::DiskFull) => self.db.read(next),
            done => done,
        }
    }

    /// Takes a reply in; into memory, where the disk has no room.
    fn take(&mut self, sent: &Outgoing, opened: Opened) -> Result<Exchanged, Error> {
        match self.write_down(sent, &opened) {
            Err(Error::DiskFull) => self.remember(sent, opened),
            Err(e) => Err(e),
            Ok((mut gain, next)) => {
                // There is room again: what was remembered stands in this receipt, too.
                let counted = std::mem::take(&mut self.memory).records;
                gain.held = gain.held.saturating_sub(counted);
                Ok(Exchanged::Answered(Box::new((gain, next, opened.reply))))
            }
        }
    }

    fn remember(&mut self, sent: &Outgoing, opened: Opened) -> Result<Exchanged, Error> {
        let (now, Opened { reply, rows }) = (self.env.clock.now(), opened);
        let (mut known, _) = self.db.read(|c| apply::known(c, now, &self.asked, sent, &reply))?;
        if let Some(speaker) = &mut known.speaker {
            self.memory.add_to_speaker(sent.journal, speaker);
        }
        let plan = plan::plan(&reply, &rows, &known);
        let goes_on = self.memory.take(sent.journal, &plan.steps);
        // What others said is read once there is room for it.
        let gain = Gain { received: 0, more: false, ..plan.gain };
        let next = match plan.next {
            Next::GoOn { moved, .. }
                if goes_on && !self.db.read(|c| ask::nothing_waits(c, &self.memory))? =>
            {
                Next::GoOn { moved, ends: None }
            }
            Next::GoOn { .. } => return Ok(Exchanged::NoRoom(gain)),
            other => other,
        };
        Ok(Exchanged::Answered(Box::new((gain, next, reply))))
    }

    /// Takes the steps that follow from a reply, all of them in one transaction or none.
    fn write_down(&self, sent: &Outgoing, opened: &Opened) -> Result<(Gain, Next), Error> {
        let Opened { reply, rows } = opened;
        let taken = self.db.write_receipt(|tx| {
            let now = self.env.clock.now();
            if let Some(failed) = &self.failed {
                address::put_off(tx, failed, now)?;
            }
            let (known, journal) = apply::known(tx, now, &self.asked, sent, reply)?;
            let work = Work { c: tx, vault: self.db.vault(), env: self.env, sent, rows, journal };
            let plan = plan::plan(reply, rows, &known);
            let mut touched = Touched::none();
            for step in &plan.steps {
                touched = touched.and(apply::apply(&work, step)?);
            }
            self.fold(tx, touched)?;
            Ok((plan.gain, plan.next))
        });
        if taken.is_err() {
            self.reference.reload(self.db);
        }
        let taken = taken?;
        self.db.scrub();
        Ok(taken)
    }

    fn fold(&self, tx: &Connection, touched: Touched) -> Result<(), Error> {
        match touched {
            Touched::Places(all) => places::refold(tx, &self.reference.get(), all),
            Touched::All => {
                let reference = reference::read(tx)?;
                places::refold_all(tx, &reference)?;
                // Inside the write, so that no capture folds with what was before.
                self.reference.set(reference);
                Ok(())
            }
        }
    }

    fn tell(&mut self, gain: &Gain) -> Result<(), Error> {
        self.report.records_sent += gain.held;
        self.report.records_received += gain.received;
        self.report.receipts += gain.receipts;
        self.report.clock_offset = Some(gain.offset);
        let left = self.db.read(outbox::unsent)?;
        self.task.progress.advanced(&Advance {
            requests: self.report.requests,
            records_left: left.records.saturating_sub(self.memory.records),
            records_sent: self.report.records_sent,
            records_received: self.report.records_received,
            bytes: self.report.bytes_up + self.report.bytes_down,
            more: gain.more,
        });
        Ok(())
    }

    /// Goes on as planned; `None` is another request.
    fn go_on(&mut self, next: Next) -> Result<Option<SyncEnd>, Error> {
        match next {
            Next::Wait { after_s } => self.wait(i64::from(after_s)).map(Some),
            Next::Smaller => {
                self.shrink(false)?;
                self.wait(0).map(Some)
            }
            Next::Older => self.idle(false, "an answer of an older log"),
            Next::GoOn { moved, ends } => match self.ended(moved, ends)? {
                Some(end) => Ok(Some(end)),
                None => self.idle(moved, "the server answers and nothing moves"),
            },
        }
    }

    /// Whether the sync ends as the reply says.
    fn ended(&self, moved: bool, ends: Option<Ends>) -> Result<Option<SyncEnd>, Error> {
        let Some(ends) = ends else { return Ok(None) };
        let nothing_waits = self.db.read(|c| ask::nothing_waits(c, &self.memory))?;
        Ok(match ends {
            // A successor of a revoked device is not registered, however often it asks.
            Ends::Revoked => (nothing_waits || !moved).then_some(SyncEnd::Revoked),
            Ends::Upgrade { min } => nothing_waits.then_some(SyncEnd::Upgrade { min }),
            // An enrolment meanwhile may have begun another pull.
            Ends::Done if self.db.read(|c| get_or(c, &setting::PULLED, false))? => {
                nothing_waits.then_some(SyncEnd::Done)
            }
            Ends::Done => None,
        })
    }

    /// Counts requests in a row that moved nothing, and gives up at last.
    fn idle(&mut self, moved: bool, why: &str) -> Result<Option<SyncEnd>, Error> {
        self.idle = if moved { 0 } else { self.idle + 1 };
        if self.idle < limit::IDLE_REQUESTS {
            return Ok(None);
        }
        self.give_up(NoContact::new(Cause::Stuck, why), 0).map(Some)
    }

    /// Makes the next request carry half of the last one, and the next page half of what it was if the line
    /// broke. `false` if it carried nothing that could be less. A broken line says little about the size of
    /// a small request, so there it stays one; if it breaks again, something may cut what it finds too long.
    fn shrink(&mut self, line_broke: bool) -> Result<bool, Error> {
        let done = self.db.write(|tx| {
            let broke_before = get(tx, &setting::SEGMENT)?.is_some_and(|s| s <= limit::SEGMENT_LINE_MIN);
            let least = if line_broke && !broke_before { limit::SEGMENT_LINE_MIN } else { 1 };
            if line_broke && self.wants_page {
                let bytes = get_or(tx, &setting::PAGE, PAGE_BUDGET_BYTES)? / 2;
                set(tx, &setting::PAGE, &bytes.max(limit::PAGE_MIN_BYTES))?;
            }
            if self.load > 0 {
                set(tx, &setting::SEGMENT, &self.load.div_ceil(2).max(least))?;
            }
            Ok(self.load > least)
        });
        if done == Err(Error::DiskFull) {
            self.memory.segment = Some(self.load.div_ceil(2).max(1));
            return Ok(self.load > 1);
        }
        done
    }

    fn give_up(&self, why: NoContact, asked_s: i64) -> Result<SyncEnd, Error> {
        self.failed(asked_s)?;
        Ok(SyncEnd::Offline(why))
    }

    fn wait(&self, asked_s: i64) -> Result<SyncEnd, Error> {
        Ok(SyncEnd::Backoff { until: self.failed(asked_s)? })
    }

    /// Delays the next sync; says until when.
    fn failed(&self, asked_s: i64) -> Result<i64, Error> {
        match self.db.write(|tx| backoff::failed(tx, self.env, asked_s)) {
            // There is no delay then but the app's own.
            Err(Error::DiskFull) => Ok(self.env.clock.now()),
            done => done,
        }
    }
}
