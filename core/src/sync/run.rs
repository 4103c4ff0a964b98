//! The loop: one exchange after another until nothing is left, the budget is used up or the line is dead.

use std::time::Duration;

use pantau_protocol::{exchange::Reply, limit::SEGMENT_RECORDS};

use super::{
    Advance, Budget, Cancel, Progress, SyncEnd, SyncReport, backoff,
    reply::{self, Applied},
    request::{self, Allowed, Outgoing},
};
use crate::{
    error::Error,
    limit, outbox,
    phone::Inner,
    places,
    store::setting::{self, get, get_or, set},
    transport::{Answer, Post, TransportError},
};

/// How one exchange ended.
enum Exchanged {
    /// A verified reply was applied.
    Applied(Box<(Applied, Reply)>),
    /// Nothing that counts came back; the request may be smaller next time.
    Nothing(String, i64),
    /// The frame was too long for something on the way.
    TooLong,
    /// Cancelled.
    Cancelled,
}

/// Syncs until done, or until the budget ends.
pub(crate) async fn sync(
    phone: &Inner,
    budget: Budget,
    progress: &dyn Progress,
    cancel: &Cancel,
    want_digest: bool,
) -> Result<(SyncReport, Option<Reply>), Error> {
    let _only_one = phone.syncing.lock().await;
    let mut run = Run::new(phone, budget);
    let end = run.run(progress, cancel, want_digest).await?;
    run.report.end = end;
    Ok((run.report, run.last))
}

struct Run<'a> {
    phone: &'a Inner,
    budget: Budget,
    began: Duration,
    report: SyncReport,
    last: Option<Reply>,
    /// Requests in a row that moved nothing.
    idle: u32,
}

impl<'a> Run<'a> {
    fn new(phone: &'a Inner, budget: Budget) -> Self {
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
        Self { phone, budget, began: phone.env.clock.monotonic(), report, last: None, idle: 0 }
    }

    async fn run(
        &mut self,
        progress: &dyn Progress,
        cancel: &Cancel,
        digest: bool,
    ) -> Result<SyncEnd, Error> {
        if let Some(end) = self.phone.db.read(|c| may_start(c, self.phone.env.clock.now()))? {
            return Ok(end);
        }
        loop {
            if cancel.is_cancelled() || self.phone.db.is_away() {
                return Ok(SyncEnd::Cancelled);
            }
            let (Some(within), Some(bytes)) = (self.time_left(), self.bytes_left()) else {
                return Ok(SyncEnd::Budget);
            };
            let allowed = Allowed { bytes, want_digest: digest, now: self.phone.env.clock.now() };
            match self.exchange(&allowed, within, cancel).await? {
                Exchanged::Cancelled => return Ok(SyncEnd::Cancelled),
                Exchanged::TooLong if self.shrink()? => {}
                Exchanged::TooLong => return self.give_up("refused as too long".into(), 0),
                Exchanged::Nothing(why, asked_s) => {
                    self.shrink()?;
                    return self.give_up(why, asked_s);
                }
                Exchanged::Applied(done) => {
                    let (applied, reply) = *done;
                    self.last = Some(reply);
                    self.tell(progress, &applied)?;
                    if let Some(end) = self.judge(&applied)? {
                        return Ok(end);
                    }
                }
            }
        }
    }

    fn time_left(&self) -> Option<Duration> {
        let used = self.phone.env.clock.monotonic().saturating_sub(self.began);
        let left = Duration::from_secs(u64::from(self.budget.seconds)).saturating_sub(used);
        (!left.is_zero() && self.report.requests < limit::REQUESTS).then_some(left)
    }

    fn bytes_left(&self) -> Option<u64> {
        let left = self.budget.bytes.saturating_sub(self.report.bytes_up + self.report.bytes_down);
        (left > 0).then_some(left)
    }

    /// One request and what came of it. The database is not touched while the network is used.
    async fn exchange(
        &mut self,
        allowed: &Allowed,
        within: Duration,
        cancel: &Cancel,
    ) -> Result<Exchanged, Error> {
        let Some((url, keys, out)) = self.prepare(allowed)? else {
            return Ok(Exchanged::Nothing("not enrolled".into(), 0));
        };
        let post =
            Post { url: format!("{url}/v1/exchange"), body: out.frame.clone(), within, strict_dates: false };
        self.report.requests += 1;
        self.report.bytes_up += out.frame.len() as u64;
        let Some(answer) = cancel.or(self.phone.env.transport.post(post)).await else {
            return Ok(Exchanged::Cancelled);
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(TransportError::NotReached(e) | TransportError::Cut(e) | TransportError::Certificate(e)) => {
                return Ok(Exchanged::Nothing(e, 0));
            }
        };
        self.report.bytes_down += answer.body.len() as u64;
        self.report.dates_bent |= answer.dates_bent;
        match reply::open(&answer.body, &keys, &out) {
            Ok(reply) => self.apply(&out, reply),
            Err(_) if answer.status == 413 => Ok(Exchanged::TooLong),
            Err(e) => Ok(Exchanged::Nothing(e.to_string(), asked_to_wait(&answer))),
        }
    }

    fn prepare(
        &self,
        allowed: &Allowed,
    ) -> Result<Option<(String, Vec<pantau_protocol::keys::PublicKey>, Outgoing)>, Error> {
        self.phone.db.write(|tx| {
            let (Some(url), keys) = (get(tx, &setting::URL)?, get_or(tx, &setting::SERVER_KEYS, Vec::new())?)
            else {
                return Ok(None);
            };
            let Some(out) = request::next(tx, allowed)? else { return Ok(None) };
            request::note_sent(tx, &out, allowed.now)?;
            Ok(Some((url, keys, out)))
        })
    }

    fn apply(&self, out: &Outgoing, reply: Reply) -> Result<Exchanged, Error> {
        let phone = self.phone;
        let mut fresh = None;
        let applied = phone.db.write(|tx| {
            let applied = reply::apply(tx, &phone.env, out, &reply)?;
            match applied.places() {
                Some(places) => places::refold(tx, &phone.reference(), places.iter().cloned())?,
                None => {
                    let reference = places::reference(tx)?;
                    places::refold_all(tx, &reference)?;
                    fresh = Some(reference);
                }
            }
            if !applied.stale && applied.later_s.is_none() && !applied.refused {
                backoff::succeeded(tx, phone.env.clock.now(), i64::from(reply.backoff_s))?;
                if out.span.is_some() {
                    let segment = get_or(tx, &setting::SEGMENT, SEGMENT_RECORDS as u64)?;
                    set(tx, &setting::SEGMENT, &(segment.saturating_mul(2)).min(SEGMENT_RECORDS as u64))?;
                }
            }
            Ok(applied)
        })?;
        if let Some(reference) = fresh {
            phone.set_reference(reference);
        }
        Ok(Exchanged::Applied(Box::new((applied, reply))))
    }

    fn tell(&mut self, progress: &dyn Progress, applied: &Applied) -> Result<(), Error> {
        self.report.records_sent += applied.newly_held;
        self.report.records_received += applied.received;
        self.report.receipts += u32::from(applied.receipt);
        self.report.clock_offset = Some(applied.offset);
        let left = self.phone.db.read(outbox::unsent)?;
        progress.advanced(&Advance {
            requests: self.report.requests,
            records_left: left.records,
            records_sent: self.report.records_sent,
            records_received: self.report.records_received,
            bytes: self.report.bytes_up + self.report.bytes_down,
            more: applied.more,
        });
        Ok(())
    }

    /// What a verified reply means for the loop; `None` goes on.
    fn judge(&mut self, applied: &Applied) -> Result<Option<SyncEnd>, Error> {
        if applied.stale {
            return self.give_up("an answer of an older log".into(), 0).map(Some);
        }
        if let Some(after_s) = applied.later_s {
            return self.wait(i64::from(after_s)).map(Some);
        }
        if applied.refused && !self.shrink()? {
            return self.give_up("the server refuses this request".into(), 0).map(Some);
        }
        let left = self.phone.db.read(|c| Ok((outbox::unsent(c)?, is_introduced(c)?)))?;
        let sent_all = left.0.records == 0 && left.0.notes == 0 && left.1;
        if applied.revoked && sent_all {
            return Ok(Some(SyncEnd::Revoked));
        }
        if sent_all && !applied.more && !self.phone.db.read(|c| get_or(c, &setting::INTRODUCE, false))? {
            let pulled = self.phone.db.read(|c| get_or(c, &setting::PULLED, false))?;
            if let Some(min) = applied.upgrade {
                return Ok(Some(SyncEnd::Upgrade { min }));
            }
            if pulled || applied.revoked {
                return Ok(Some(SyncEnd::Done));
            }
        }
        self.idle = if applied.moved { 0 } else { self.idle + 1 };
        if self.idle >= limit::IDLE_REQUESTS {
            return self.give_up("the server answers and nothing moves".into(), 0).map(Some);
        }
        Ok(None)
    }

    /// Halves the next segment; `false` if it cannot be smaller.
    fn shrink(&self) -> Result<bool, Error> {
        self.phone.db.write(|tx| {
            let segment = get_or(tx, &setting::SEGMENT, SEGMENT_RECORDS as u64)?;
            let waiting = outbox::unsent(tx)?.records.max(1);
            let smaller = segment.min(waiting).div_ceil(2).max(limit::SEGMENT_MIN);
            set(tx, &setting::SEGMENT, &smaller)?;
            Ok(smaller < segment)
        })
    }

    fn give_up(&self, why: String, asked_s: i64) -> Result<SyncEnd, Error> {
        self.phone.db.write(|tx| backoff::failed(tx, &self.phone.env, asked_s))?;
        Ok(SyncEnd::Offline(why))
    }

    fn wait(&self, asked_s: i64) -> Result<SyncEnd, Error> {
        let until = self.phone.db.write(|tx| backoff::failed(tx, &self.phone.env, asked_s))?;
        Ok(SyncEnd::Backoff { until })
    }
}

/// Why no request may be sent at all, if so.
fn may_start(c: &rusqlite::Connection, now: i64) -> Result<Option<SyncEnd>, Error> {
    if get(c, &setting::CERTIFICATE)?.is_none() {
        return Ok(Some(SyncEnd::NotEnrolled));
    }
    Ok(backoff::until(c, now)?.map(|until| SyncEnd::Backoff { until }))
}

/// Whether the server knows the newest key.
fn is_introduced(c: &rusqlite::Connection) -> Result<bool, Error> {
    use crate::identity::{self, JournalState};
    Ok(identity::newest(c)?.is_none_or(|j| j.state != JournalState::Fresh))
}

/// `Retry-After` of an answer that is no reply: a hint of whoever sent it.
fn asked_to_wait(answer: &Answer) -> i64 {
    match answer.status {
        429 | 503 => answer.retry_after_s.and_then(|s| i64::try_from(s).ok()).unwrap_or(0),
        _ => 0,
    }
}
