//! Changes, told in batches: at most ten a second, whatever happens.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::{error::CallbackError, log::Log, runtime};

/// What a page that shows it should read again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, uniffi::Enum)]
pub enum Change {
    /// The list of places, and every place.
    Places,
    /// One place.
    Place {
        /// Its code.
        code: String,
    },
    /// Own records and how far they have come.
    Journal,
    /// Tasks of the desk.
    Directives,
    /// How the phone stands with its server.
    Status,
}

/// Watches a store. Called on a thread of the core's, one call at a time, at most ten a second: go over to
/// the main thread yourself.
#[uniffi::export(foreign)]
pub trait ChangeListener: Send + Sync {
    /// These changed since the last call.
    fn changed(&self, changes: Vec<Change>) -> Result<(), CallbackError>;
}

/// Time between two calls of a listener: ten a second are as many as a person sees.
pub(crate) const PAUSE: Duration = Duration::from_millis(100);

/// Collects changes and tells them.
pub(crate) struct Changes {
    inner: Arc<Mutex<Waiting>>,
    log: Log,
}

#[derive(Default)]
struct Waiting {
    listener: Option<Arc<dyn ChangeListener>>,
    changes: BTreeSet<Change>,
    /// A batch is under way: what comes meanwhile goes with the next.
    is_telling: bool,
}

fn locked(inner: &Mutex<Waiting>) -> std::sync::MutexGuard<'_, Waiting> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Changes {
    pub(crate) fn new(log: Log) -> Self {
        Self { inner: Arc::default(), log }
    }

    /// Tells this one from now on; nobody if there is none.
    pub(crate) fn watch(&self, listener: Option<Arc<dyn ChangeListener>>) {
        let mut waiting = locked(&self.inner);
        waiting.listener = listener;
        waiting.changes.clear();
    }

    pub(crate) fn tell(&self, changes: impl IntoIterator<Item = Change>) {
        let mut waiting = locked(&self.inner);
        if waiting.listener.is_none() {
            return;
        }
        waiting.changes.extend(changes);
        if !waiting.is_telling {
            waiting.is_telling = true;
            runtime::background(tell_all(Arc::clone(&self.inner), self.log.clone()));
        }
    }
}

/// Tells batch after batch until nothing is waiting.
async fn tell_all(inner: Arc<Mutex<Waiting>>, log: Log) {
    loop {
        let (listener, batch) = {
            let mut waiting = locked(&inner);
            let batch: Vec<Change> = std::mem::take(&mut waiting.changes).into_iter().collect();
            if batch.is_empty() {
                waiting.is_telling = false;
                return;
            }
            (waiting.listener.clone(), batch)
        };
        if let Some(listener) = listener {
            let told = tokio::task::spawn_blocking(move || listener.changed(batch)).await;
            if !matches!(told, Ok(Ok(()))) {
                log.warn("a change listener failed");
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use pantau_core::env::{Clock, SystemClock};

    use super::*;
    use crate::rig::next;

    /// Hands batches on with the time they came, and does not return from one before it may.
    struct Listener {
        told: Mutex<Sender<(Vec<Change>, Duration)>>,
        may_return: Mutex<Receiver<()>>,
        clock: SystemClock,
    }

    impl ChangeListener for Listener {
        fn changed(&self, changes: Vec<Change>) -> Result<(), CallbackError> {
            let _ = self.told.lock().unwrap().send((changes, self.clock.monotonic()));
            let _ = self.may_return.lock().unwrap().recv();
            Ok(())
        }
    }

    #[test]
    fn what_comes_while_a_batch_is_told_goes_with_the_next() {
        let ((told, batches), (go_on, may_return)) = (channel(), channel());
        let (told, may_return) = (Mutex::new(told), Mutex::new(may_return));
        let changes = Changes::new(Log::default());
        changes.watch(Some(Arc::new(Listener { told, may_return, clock: SystemClock::new() })));

        changes.tell([Change::Journal]);
        let (first, began) = next(&batches);
        assert_eq!(first, [Change::Journal]);
        for n in 0..1_000 {
            let code = format!("62.06.13.2001/{:03}", n % 4);
            changes.tell([Change::Place { code }, Change::Status]);
        }
        drop(go_on);
        let (second, came) = next(&batches);
        assert_eq!(second.len(), 5, "four places and the status, each once");
        assert!(came - began >= PAUSE, "more than ten a second");
    }

    #[test]
    fn nobody_who_watches_is_told_nothing() {
        let changes = Changes::new(Log::default());
        changes.tell([Change::Journal]);
        let waiting = locked(&changes.inner);
        assert!(waiting.changes.is_empty() && !waiting.is_telling);
    }
}
