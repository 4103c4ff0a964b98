//! What one connection is doing, as seen from its bytes and its requests: the stream and the handler tell,
//! [`super::slots`] asks.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use tokio::{sync::Notify, time::Instant};

use pantau_log::caller::Source;

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing has come since it was opened, or since its last answer.
    Idle,
    /// A handshake or a request is coming.
    Receiving {
        /// Bytes so far.
        bytes: u64,
    },
    /// A request is there whole and is worked on.
    Working,
    /// The answer is on its way out.
    Answering,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Line {
    /// The other end of the connection itself: a proxy where there is one.
    pub(super) peer: Source,
    /// It comes from a trusted proxy, which speaks for many.
    pub(super) is_proxy: bool,
    /// Whether it brought something of a known device or a signed-in operator; shared with its requests.
    pub(super) known: Arc<AtomicBool>,
    /// Told when the connection must make room.
    pub(super) close: Notify,
    state: Mutex<(Phase, Instant)>,
}

impl Line {
    pub(super) fn new(peer: Source, is_proxy: bool, now: Instant) -> Self {
        let state = Mutex::new((Phase::Idle, now));
        Self { peer, is_proxy, known: Arc::default(), close: Notify::new(), state }
    }

    /// What it is doing, and since when.
    pub(super) fn state(&self) -> (Phase, Instant) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_known(&self) -> bool {
        self.known.load(Relaxed)
    }

    /// Bytes came.
    pub(super) fn received(&self, count: u64, now: Instant) {
        self.change(now, |phase| match phase {
            Phase::Idle => (Phase::Receiving { bytes: count }, true),
            Phase::Receiving { bytes } => (Phase::Receiving { bytes: bytes + count }, false),
            // The next request of a caller that does not wait for the answer.
            Phase::Working | Phase::Answering => (phase, false),
        });
    }

    /// The request is there whole.
    pub(super) fn working(&self, now: Instant) {
        self.change(now, |phase| (Phase::Working, phase != Phase::Working));
    }

    /// The answer was handed to the connection.
    pub(super) fn answering(&self, now: Instant) {
        self.change(now, |_| (Phase::Answering, true));
    }

    /// All that was written is with the system.
    pub(super) fn flushed(&self, now: Instant) {
        self.change(now, |phase| match phase {
            Phase::Answering => (Phase::Idle, true),
            Phase::Idle | Phase::Receiving { .. } | Phase::Working => (phase, false),
        });
    }

    /// Changes the phase; the time starts anew where `next` says so.
    fn change(&self, now: Instant, next: impl FnOnce(Phase) -> (Phase, bool)) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (phase, is_new) = next(state.0);
        *state = (phase, if is_new { now } else { state.1 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_comes_is_worked_on_and_answered() {
        let now = Instant::now();
        let line = Line::new(Source::LOCAL, false, now);
        let phase = || line.state().0;
        line.flushed(now);
        assert_eq!(phase(), Phase::Idle);
        line.received(10, now);
        line.received(5, now);
        // `100 Continue` is flushed in the middle of a request.
        line.flushed(now);
        assert_eq!(phase(), Phase::Receiving { bytes: 15 });
        line.working(now);
        line.received(99, now);
        assert_eq!(phase(), Phase::Working);
        line.answering(now);
        line.flushed(now);
        assert_eq!(phase(), Phase::Idle);
    }
}
