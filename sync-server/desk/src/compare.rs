//! The sums of an earlier moment, worked out beside the pages: a page waits for them a little, and then goes without.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

use pantau_log::{Error, Server, projector::Then};

use crate::limit;

/// What was worked out, and whether somebody is at it.
#[derive(Default)]
struct Kept {
    all: VecDeque<Arc<Then>>,
    is_busy: bool,
}

/// Earlier moments that were asked for.
#[derive(Clone, Default)]
pub(crate) struct Compare(Arc<(Mutex<Kept>, Condvar)>);

impl Compare {
    /// The sums as of a moment, unix seconds. `None` while they are worked out, or where that failed.
    pub(crate) fn then(&self, server: &Arc<Server>, at: i64) -> Option<Arc<Then>> {
        let (kept, changed) = &*self.0;
        let mut state = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if state.find(at).is_none() && !state.is_busy {
            state.is_busy = true;
            let (all, server) = (self.clone(), Arc::clone(server));
            let thread = std::thread::Builder::new().name("compare".into());
            let started = thread.spawn(move || all.finish(at, &server));
            if let Err(error) = started {
                tracing::error!(%error, "no thread for a comparison");
                state.is_busy = false;
                return None;
            }
        }
        let wait = Duration::from_millis(limit::COMPARE_WAIT_MS);
        let waited = changed.wait_timeout_while(state, wait, |s| s.is_busy && s.find(at).is_none());
        waited.unwrap_or_else(PoisonError::into_inner).0.find(at)
    }

    fn finish(&self, at: i64, server: &Server) {
        let _done = Done(self);
        let then = server.places().and_then(|places| places.then(at));
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).keep(then);
    }
}

/// Lets the next comparison begin, however this one ends.
struct Done<'a>(&'a Compare);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        let (kept, changed) = &*self.0.0;
        kept.lock().unwrap_or_else(PoisonError::into_inner).is_busy = false;
        changed.notify_all();
    }
}

impl Kept {
    fn find(&self, at: i64) -> Option<Arc<Then>> {
        self.all.iter().find(|then| then.at == at).cloned()
    }

    fn keep(&mut self, then: Result<Then, Error>) {
        match then {
            Ok(then) => self.all.push_front(Arc::new(then)),
            Err(error) => tracing::error!(%error, "a comparison failed"),
        }
        self.all.truncate(limit::COMPARED);
    }
}
