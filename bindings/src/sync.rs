//! Sending and reading.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use pantau_core::{Advance, Budget, Cancel};

use crate::{
    changes::{Change, PAUSE},
    contact::NoContact,
    error::{CallbackError, PantauError},
    log::Log,
    runtime::{disk, network},
    shared::Shared,
    state::time,
    transport::HttpOutcome,
};

/// How far a sync is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct SyncProgress {
    /// Requests so far.
    pub requests: u32,
    /// Own records that still have to go out.
    pub records_left: u64,
    /// Own records acknowledged so far.
    pub records_sent: u64,
    /// Others' records received so far.
    pub records_received: u64,
    /// Bytes of bodies so far, both ways together.
    pub bytes: u64,
    /// More of others' records is waiting.
    pub more: bool,
}

/// Watches a sync. Called on a thread of the core's, at most ten times a second, and once more at the end.
#[uniffi::export(foreign)]
pub trait ProgressListener: Send + std::marker::Sync {
    /// So far.
    fn advanced(&self, progress: SyncProgress) -> Result<(), CallbackError>;
}

/// Why a sync ended. None of it loses anything.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum SyncEnd {
    /// Nothing left to send, nothing more waiting.
    Done,
    /// Seconds or bytes are used up.
    Budget,
    /// Cancelled, or paused.
    Cancelled,
    /// Too early, or the server asked to wait.
    Backoff {
        /// No request before this time.
        until: SystemTime,
    },
    /// The server was not reached, or something else answered in its place.
    Offline {
        /// What seems to be wrong.
        why: NoContact,
        /// More of it, for the log.
        detail: String,
    },
    /// The certificate shown is not the server's.
    NotTrusted {
        /// More of it, for the log.
        detail: String,
    },
    /// The phone's disk is full. Whatever could be sent was, and is held by the server, but there is no room to write
    /// that down or to read more: free some room, then sync again.
    PhoneFull,
    /// Not enrolled yet.
    NotEnrolled,
    /// This device was revoked.
    Revoked,
    /// To read again the app must be updated.
    Upgrade {
        /// Oldest protocol version that gets pages.
        min: u32,
    },
}

/// What a sync did.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct SyncReport {
    /// Why it ended.
    pub end: SyncEnd,
    /// Requests sent.
    pub requests: u32,
    /// Bytes of request bodies.
    pub bytes_up: u64,
    /// Bytes of reply bodies.
    pub bytes_down: u64,
    /// Own records newly held by the server.
    pub records_sent: u64,
    /// Others' records newly stored.
    pub records_received: u64,
    /// Server time less phone time, in seconds, as the last reply told it.
    pub clock_offset: Option<i64>,
    /// The server's certificate was accepted although its dates do not hold by this phone's clock.
    pub dates_bent: bool,
}

impl From<pantau_core::SyncReport> for SyncReport {
    fn from(r: pantau_core::SyncReport) -> Self {
        let pantau_core::SyncReport {
            end,
            requests,
            bytes_up,
            bytes_down,
            records_sent,
            records_received,
            receipts: _,
            clock_offset,
            dates_bent,
        } = r;
        let end = end.into();
        Self { end, requests, bytes_up, bytes_down, records_sent, records_received, clock_offset, dates_bent }
    }
}

impl From<pantau_core::SyncEnd> for SyncEnd {
    fn from(end: pantau_core::SyncEnd) -> Self {
        match end {
            pantau_core::SyncEnd::Done => Self::Done,
            pantau_core::SyncEnd::Budget => Self::Budget,
            pantau_core::SyncEnd::Cancelled => Self::Cancelled,
            pantau_core::SyncEnd::Backoff { until } => Self::Backoff { until: time(until) },
            pantau_core::SyncEnd::Offline(why) => Self::Offline { why: why.cause.into(), detail: why.detail },
            pantau_core::SyncEnd::NotTrusted(detail) => Self::NotTrusted { detail },
            pantau_core::SyncEnd::PhoneFull => Self::PhoneFull,
            pantau_core::SyncEnd::NotEnrolled => Self::NotEnrolled,
            pantau_core::SyncEnd::Revoked => Self::Revoked,
            pantau_core::SyncEnd::Upgrade { min } => Self::Upgrade { min },
        }
    }
}

/// The end for the log: without what servers and carriers said.
fn end_name(end: &pantau_core::SyncEnd) -> &'static str {
    match end {
        pantau_core::SyncEnd::Done => "done",
        pantau_core::SyncEnd::Budget => "budget used up",
        pantau_core::SyncEnd::Cancelled => "cancelled",
        pantau_core::SyncEnd::Backoff { .. } => "to wait",
        pantau_core::SyncEnd::Offline(_) => "offline",
        pantau_core::SyncEnd::NotTrusted(_) => "not trusted",
        pantau_core::SyncEnd::PhoneFull => "phone full",
        pantau_core::SyncEnd::NotEnrolled => "not enrolled",
        pantau_core::SyncEnd::Revoked => "revoked",
        pantau_core::SyncEnd::Upgrade { .. } => "update asked for",
    }
}

/// Sends and reads. From any thread.
#[derive(uniffi::Object)]
pub struct Sync(pub(crate) Arc<Shared>);

#[uniffi::export]
impl Sync {
    /// Sends and reads until nothing is left or the budget is used up. One runs at a time; a second waits.
    /// Cancelling the call, or [`Sync::cancel`], stops it at its next step and loses nothing. Network and disk.
    pub async fn run(
        &self,
        seconds: u32,
        bytes: u64,
        listener: Option<Arc<dyn ProgressListener>>,
    ) -> Result<SyncReport, PantauError> {
        let shared = Arc::clone(&self.0);
        let stop = Stop(shared.begin_sync());
        let cancel = stop.0.clone();
        let work = async move {
            let _news = News(&shared);
            let progress = Watch::new(&shared, listener);
            let report = shared.phone.sync(Budget { seconds, bytes }, &progress, &cancel).await;
            progress.end();
            let report = shared.noted("sync", report.map_err(PantauError::from))?;
            shared.log.info(format!(
                "sync: {}, {} requests, {} sent, {} received, {} up, {} down",
                end_name(&report.end),
                report.requests,
                report.records_sent,
                report.records_received,
                report.bytes_up,
                report.bytes_down
            ));
            Ok(report.into())
        };
        let report = network(work).await?;
        drop(stop);
        report
    }

    /// Stops what uses the network now: syncs, comparisons, enrolments. Nothing is lost. No I/O.
    pub fn cancel(&self) {
        self.0.stop_running();
    }

    /// Lets the next sync start at once, whatever delay was set: somebody pressed a button. Disk.
    pub async fn forget_backoff(&self) -> Result<(), PantauError> {
        let phone = self.0.phone.clone();
        disk(move || phone.forget_backoff()).await
    }

    /// Whether phone and server show the same, from what both hold: syncs, and compares digests. Reads every
    /// record. `Offline` when it was stopped. Network and disk.
    pub async fn compare(&self) -> Result<bool, PantauError> {
        let shared = Arc::clone(&self.0);
        let work = async move {
            // Told even if it is stopped half-way: pages may have come by then.
            let _news = News(&shared);
            shared.phone.compare().await
        };
        let both = self.0.noted("comparison", self.0.call(work).await)?;
        Ok(both.own == both.server)
    }

    /// Ends a POST that the app's own [`crate::Transport`] carried. Says whether anybody waited for it. No I/O.
    pub fn complete(&self, id: u64, outcome: HttpOutcome) -> bool {
        self.0.foreign.as_ref().is_some_and(|foreign| foreign.complete(id, outcome))
    }
}

/// Cancels when it is dropped: the caller no longer waits.
struct Stop(Cancel);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Tells, when it is dropped, that a sync may have changed everything.
struct News<'a>(&'a Shared);

impl Drop for News<'_> {
    fn drop(&mut self) {
        self.0.changes.tell([Change::Places, Change::Journal, Change::Directives, Change::Status]);
    }
}

/// Tells progress on, ten times a second at most.
struct Watch {
    listener: Option<Arc<dyn ProgressListener>>,
    clock: Arc<dyn pantau_core::env::Clock>,
    log: Log,
    last: Mutex<(Option<Duration>, Option<Advance>)>,
}

impl Watch {
    fn new(shared: &Shared, listener: Option<Arc<dyn ProgressListener>>) -> Self {
        let (clock, log) = (Arc::clone(&shared.clock), shared.log.clone());
        Self { listener, clock, log, last: Mutex::default() }
    }

    fn tell(&self, advance: Advance) {
        let Some(listener) = &self.listener else { return };
        let Advance { requests, records_left, records_sent, records_received, bytes, more } = advance;
        let progress = SyncProgress { requests, records_left, records_sent, records_received, bytes, more };
        if listener.advanced(progress).is_err() {
            self.log.warn("a progress listener failed");
        }
    }

    /// Tells the last word, if it was held back.
    fn end(&self) {
        let held_back = self.last.lock().unwrap_or_else(PoisonError::into_inner).1.take();
        if let Some(advance) = held_back {
            self.tell(advance);
        }
    }
}

impl pantau_core::Progress for Watch {
    fn advanced(&self, advance: &Advance) {
        let now = self.clock.monotonic();
        let is_due = {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            let is_due = last.0.is_none_or(|told| now.saturating_sub(told) >= PAUSE);
            *last = if is_due { (Some(now), None) } else { (last.0, Some(*advance)) };
            is_due
        };
        if is_due {
            self.tell(*advance);
        }
    }
}

#[cfg(test)]
mod tests {
    use pantau_core::Progress;
    use pantau_env::fake::HandClock;

    use super::*;

    #[derive(Default)]
    struct Listener(Mutex<Vec<u32>>);

    impl ProgressListener for Listener {
        fn advanced(&self, progress: SyncProgress) -> Result<(), CallbackError> {
            self.0.lock().unwrap().push(progress.requests);
            Ok(())
        }
    }

    #[test]
    fn progress_is_told_ten_times_a_second_and_once_more_at_the_end() {
        let (hand, listener) = (Arc::new(HandClock::at(0)), Arc::new(Listener::default()));
        let watch = Watch {
            listener: Some(listener.clone()),
            clock: hand.clone(),
            log: Log::default(),
            last: Mutex::default(),
        };
        for requests in 1..=1_000 {
            watch.advanced(&Advance { requests, ..Advance::default() });
            hand.wait(Duration::from_millis(1));
        }
        watch.end();
        watch.end();
        let told = listener.0.lock().unwrap().clone();
        assert_eq!(told, [1, 101, 201, 301, 401, 501, 601, 701, 801, 901, 1_000]);
    }
}
