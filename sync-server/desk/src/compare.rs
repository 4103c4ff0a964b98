//! The sums of an earlier moment, worked out beside the pages: a page waits for them a little, and then goes without.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

use pantau_log::{Error, Server, ops, projector::Then};

use crate::limit;

/// What was worked out, and which moment somebody is at.
#[derive(Default)]
struct Kept {
    /// Moments that all pages offer, the newest first.
    offered: VecDeque<Arc<Then>>,
    /// Moments that somebody chose: these never push out those that all share.
    chosen: VecDeque<Arc<Then>>,
    busy: Option<i64>,
}

/// Earlier moments that were asked for.
#[derive(Clone, Default)]
pub(crate) struct Compare(Arc<(Mutex<Kept>, Condvar)>);

impl Compare {
    /// The sums as of a moment, unix seconds, which somebody chose or every page offers. `None` while they are worked
    /// out, or where that failed. Only who begins the work waits for it, and not long.
    pub(crate) fn then(&self, server: &Arc<Server>, at: i64, is_chosen: bool) -> Option<Arc<Then>> {
        let (kept, changed) = &*self.0;
        let mut state = kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = state.find(at);
        if found.is_some() || state.busy.is_some() {
            return found;
        }
        state.busy = Some(at);
        let (all, server) = (self.clone(), Arc::clone(server));
        let thread = std::thread::Builder::new().name("compare".into());
        if let Err(error) = thread.spawn(move || all.finish(at, is_chosen, &server)) {
            tracing::error!(%error, "no thread for a comparison");
            state.busy = None;
            return None;
        }
        let wait = Duration::from_millis(limit::COMPARE_WAIT_MS);
        let waited = changed.wait_timeout_while(state, wait, |state| state.busy == Some(at));
        waited.unwrap_or_else(PoisonError::into_inner).0.find(at)
    }

    fn finish(&self, at: i64, is_chosen: bool, server: &Server) {
        let _done = Done(self);
        // Records of the moment may still be on their way into the log, or into the projection: not for good then.
        if !ops::is_settled(at, server.now()) {
            return;
        }
        let then = server
            .places()
            .and_then(|places| if places.behind() > 0 { Ok(None) } else { places.then(at).map(Some) });
        if let Some(then) = then.transpose() {
            self.0.0.lock().unwrap_or_else(PoisonError::into_inner).keep(then, is_chosen);
        }
    }
}

/// Lets the next comparison begin, however this one ends.
struct Done<'a>(&'a Compare);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        let (kept, changed) = &*self.0.0;
        kept.lock().unwrap_or_else(PoisonError::into_inner).busy = None;
        changed.notify_all();
    }
}

impl Kept {
    fn find(&self, at: i64) -> Option<Arc<Then>> {
        self.offered.iter().chain(&self.chosen).find(|then| then.at == at).cloned()
    }

    fn keep(&mut self, then: Result<Then, Error>, is_chosen: bool) {
        let all = if is_chosen { &mut self.chosen } else { &mut self.offered };
        match then {
            Ok(then) => all.push_front(Arc::new(then)),
            Err(error) => tracing::error!(%error, "a comparison failed"),
        }
        all.truncate(limit::COMPARED);
    }
}
