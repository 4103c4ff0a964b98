//! Judging passwords: each takes 19 MB and a core for a moment, so at most [`limit::JUDGES`] are judged at a
//! time, on threads of their own. A thread keeps its memory from its first password on: a fixed cost of 38 MB
//! for two, and never more, where fresh memory for each would stay with the allocator.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::{
    password::{self, Memory},
    queue::Queue,
    throttle::Who,
};
use crate::limit;
use pantau_log::Error;

/// How a password was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is the right one.
    Fits,
    /// It is not, or there is no such name.
    Wrong,
    /// It was not judged: too many were waiting.
    QueueFull,
}

/// The threads that judge; they end when it is dropped.
pub(crate) struct Judge(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Queue<Job>,
    is_over: bool,
}

struct Job {
    password: String,
    /// What it must fit; nothing does where there is none.
    known: Option<String>,
    verdict: oneshot::Sender<bool>,
}

impl Judge {
    /// Starts the threads.
    ///
    /// # Errors
    /// [`Error::Refused`] where the system gives no thread.
    pub(crate) fn start() -> Result<Self, Error> {
        let judge = Self(Arc::default());
        for n in 0..limit::JUDGES {
            let shared = Arc::clone(&judge.0);
            let thread = std::thread::Builder::new().name(format!("judge-{n}"));
            let started = thread.spawn(move || work(&shared));
            started.map_err(|e| Error::Refused(format!("no thread for passwords: {e}")))?;
        }
        Ok(judge)
    }

    /// Has a password judged in its turn. `known` is the hash it must fit.
    pub(crate) async fn judge(&self, who: Who, password: String, known: Option<String>) -> Verdict {
        let (verdict, judged) = oneshot::channel();
        // Whoever is turned away hears it by the end of its channel.
        let turned_away = self.0.lock().waiting.push(who, Job { password, known, verdict });
        drop(turned_away);
        self.0.changed.notify_one();
        match judged.await {
            Ok(true) => Verdict::Fits,
            Ok(false) => Verdict::Wrong,
            Err(_) => Verdict::QueueFull,
        }
    }
}

impl Drop for Judge {
    fn drop(&mut self) {
        self.0.lock().is_over = true;
        self.0.changed.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next job; `None` when it is over.
    fn next(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if state.is_over {
                return None;
            }
            if let Some(job) = state.waiting.pop() {
                return Some(job);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn work(shared: &Shared) {
    let mut memory = Memory::default();
    while let Some(job) = shared.next() {
        // Whoever has hung up needs no answer.
        if !job.verdict.is_closed() {
            let _ = job.verdict.send(password::verify_in(&mut memory, &job.password, job.known.as_deref()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pantau_log::caller::Source;

    fn from(n: u8) -> Who {
        Who::Stranger(Source::of([192, 0, 2, n].into()))
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_flood_from_one_source_is_cut_and_one_from_elsewhere_is_judged() {
        let judge = Arc::new(Judge::start().unwrap());
        let known = password::hash("tiang bendera", &[7; 16]).unwrap();
        let mut flood = tokio::task::JoinSet::new();
        for _ in 0..200 {
            let judge = Arc::clone(&judge);
            flood.spawn(async move { judge.judge(from(1), "salah".into(), None).await });
        }
        let right = judge.judge(from(2), "tiang bendera".into(), Some(known)).await;
        assert_eq!(right, Verdict::Fits);
        let ended = flood.join_all().await;
        let of = |verdict| ended.iter().filter(|v| **v == verdict).count();
        assert_eq!(of(Verdict::Wrong) + of(Verdict::QueueFull), 200);
        assert!(of(Verdict::QueueFull) > 0 && of(Verdict::Wrong) >= limit::SIGN_IN_WAITING_EACH);
    }
}
