//! The loop: one exchange after another until nothing is left, the budget is used up or the line is dead.

use std::time::Duration;

use pantau_protocol::{exchange::Reply, keys::PublicKey, limit::PAGE_BUDGET_BYTES};
use rusqlite::Connection;

use super::{
    address,
    apply::{self, Touched, Work},
    backoff,
    cancel::Cancel,
    plan::{self, Ends, Gain, Next},
    reply::{self, Opened},
    report::{Advance, Budget, Progress, SyncEnd, SyncReport},
    request::{self, Allowed, Outgoing},
};
use crate::{
    contact::{Cause, NoContact},
    env::Env,
    error::Error,
    identity::{self, JournalState},
    limit, outbox, places,
    reference::{self, Known},
    store::{
        Db,
        setting::{self, get, get_or, set},
    },
    transport::{Answer, Failure, Post, no_reply},
    vault::Vault,
};

/// How one exchange ended.
enum Exchanged {
    /// A verified reply was taken in: what it brought, and how the loop goes on.
    Answered(Box<(Gain, Next, Reply)>),
    /// Nothing that counts came back, and perhaps a wish to wait, in seconds.
    Nothing(NoContact, i64),
    /// The line broke after something was sent.
    Cut(NoContact),
    /// Whoever is at the other end could not show the server's certificate.
    Stranger(String),
    /// The frame was too long for something on the way.
    TooLong,
    /// Not even the smallest request fits what is left of the budget.
    TooDear,
    /// Cancelled.
    Cancelled,
}

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
    if let Some(end) = db.read(|c| may_start(c, env.clock.now()))? {
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
            let allowed = Allowed { bytes, want_digest: self.task.want_digest, now: self.env.clock.now() };
            match self.exchange(&allowed, within).await? {
                Exchanged::Nothing(..) | Exchanged::Cut(_) | Exchanged::Stranger(_)
                    if self.asks_another() => {}
                Exchanged::Cancelled => return Ok(SyncEnd::Cancelled),
                Exchanged::TooDear => return Ok(SyncEnd::Budget),
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
    async fn exchange(&mut self, allowed: &Allowed, within: Duration) -> Result<Exchanged, Error> {
        let failed = self.failed.as_deref();
        let prepared = self.db.write(|tx| {
            let address = address::choose(tx, allowed.now, failed)?;
            Ok((address, prepare(tx, self.db.vault(), allowed)?))
        })?;
        (self.asked, self.has_another) = prepared.0;
        let Some(Prepared { keys, out }) = prepared.1 else { return Ok(Exchanged::TooDear) };
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
            Err(e) => Ok(Exchanged::Nothing(no_reply(&url, &answer, &e), asked_to_wait(&answer))),
        }
    }

    /// Takes the steps that follow from a reply, all of them in one transaction or none.
    fn take(&self, sent: &Outgoing, opened: Opened) -> Result<Exchanged, Error> {
        let Opened { reply, rows } = &opened;
        let taken = self.db.write(|tx| {
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
        let (gain, next) = taken?;
        self.db.scrub();
        Ok(Exchanged::Answered(Box::new((gain, next, opened.reply))))
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
            records_left: left.records,
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
        let nothing_waits = self.db.read(nothing_waits)?;
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
    fn shrink(&self, line_broke: bool) -> Result<bool, Error> {
        self.db.write(|tx| {
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
        })
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
        self.db.write(|tx| backoff::failed(tx, self.env, asked_s))
    }
}

/// Why no request may be sent at all, if so.
fn may_start(c: &Connection, now: i64) -> Result<Option<SyncEnd>, Error> {
    if identity::certificate(c)?.is_none() {
        return Ok(Some(SyncEnd::NotEnrolled));
    }
    Ok(backoff::until(c, now)?.map(|until| SyncEnd::Backoff { until }))
}

/// A request that is ready to go.
struct Prepared {
    keys: Vec<PublicKey>,
    out: Outgoing,
}

/// Builds the next request and marks what it carries as sent, before the network is used.
fn prepare(tx: &Connection, vault: &Vault, allowed: &Allowed) -> Result<Option<Prepared>, Error> {
    let keys = get_or(tx, &setting::SERVER_KEYS, Vec::new())?;
    let Some(out) = request::next(tx, vault, allowed)? else { return Ok(None) };
    request::note_sent(tx, &out, allowed.now)?;
    Ok(Some(Prepared { keys, out }))
}

/// Whether every journal has nothing to send and the server knows every key.
fn nothing_waits(c: &Connection) -> Result<bool, Error> {
    for journal in identity::all(c)? {
        let is_done = !journal.introduce && journal.state != JournalState::Fresh;
        if !is_done || outbox::is_waiting(c, &journal)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `Retry-After` of an answer that is no reply: a hint of whoever sent it.
fn asked_to_wait(answer: &Answer) -> i64 {
    match answer.status {
        429 | 503 | 507 => answer.retry_after_s.and_then(|s| i64::try_from(s).ok()).unwrap_or(0),
        _ => 0,
    }
}
