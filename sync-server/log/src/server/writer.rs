//! The one writer of the log. It batches whatever waits into one transaction (group commit) and answers only
//! after the commit.

use std::{
    collections::HashMap,
    io::ErrorKind,
    sync::{Arc, Mutex, mpsc},
    thread::JoinHandle,
};

use pantau_protocol::{
    journal::{DeviceId, RecordId},
    note::{Field, Note},
    receipt::Epoch,
};

use super::{Shared, clock, erasure, quota, upkeep};
use crate::{
    Error,
    error::poisoned,
    store::{self, StoreError, Tx},
};

/// Pieces of work that may wait; beyond, callers are turned away.
const QUEUE: usize = 1_024;
/// Most pieces of work in one transaction.
const BATCH: usize = 256;

/// The transaction that is being written.
pub(crate) struct Batch<'a> {
    /// The transaction.
    pub(crate) tx: &'a mut dyn Tx,
    /// The server.
    pub(crate) shared: &'a Shared,
    /// Server time of this transaction, unix seconds.
    pub(crate) now: i64,
    /// What that time is worth.
    pub(crate) clock: clock::Reading,
    /// Devices registered in this transaction, and what they follow: access does not know them before the
    /// commit.
    pub(crate) registered: HashMap<DeviceId, Option<DeviceId>>,
    /// Accounts that were charged in this transaction.
    pub(crate) usages: quota::Usages,
    /// Notes deleted in this transaction.
    pub(crate) erased: Vec<(RecordId, Field, Vec<Note>)>,
}

impl Batch<'_> {
    /// Epoch of the log.
    pub(crate) fn epoch(&self) -> Result<Epoch, Error> {
        let epoch = self.tx.epoch()?;
        epoch.ok_or_else(|| Error::Store(StoreError::Damaged("the log has no epoch".into())))
    }

    /// Starts an epoch that is greater than the present one and than `beyond`.
    pub(crate) fn start_epoch(&mut self, beyond: Option<Epoch>) -> Result<Epoch, Error> {
        let newest = self.tx.epoch()?.max(beyond).map_or(i64::MIN, |e| e.created_at);
        let created_at = self.now.max(newest.saturating_add(1));
        let epoch = Epoch { created_at, random: self.shared.env.random()? };
        self.tx.start_epoch(epoch)?;
        tracing::warn!(created_at, "a new epoch starts");
        Ok(epoch)
    }
}

/// One piece of work, with whoever waits for it.
trait Job: Send {
    /// Does the work; may be called again after a rollback.
    fn run(&mut self, batch: &mut Batch<'_>) -> Result<(), Failed>;
    /// Tells whoever waits, after the commit or after giving up.
    fn finish(self: Box<Self>, failed: Option<Error>);
}

/// The work failed: nothing of this transaction may stay. The store must hear of a full disk.
struct Failed(StoreError);

struct Task<T, F> {
    work: F,
    outcome: Option<Result<T, Error>>,
    reply: mpsc::SyncSender<Result<T, Error>>,
}

impl<T: Send, F: FnMut(&mut Batch<'_>) -> Result<T, Error> + Send> Job for Task<T, F> {
    fn run(&mut self, batch: &mut Batch<'_>) -> Result<(), Failed> {
        let outcome = (self.work)(batch);
        let failed = match &outcome {
            Ok(_) => None,
            Err(Error::Store(StoreError::Full)) => Some(StoreError::Full),
            // The desk's own file lies on the same disk.
            Err(Error::Io { source, .. }) if source.kind() == ErrorKind::StorageFull => {
                Some(StoreError::Full)
            }
            Err(Error::Store(StoreError::ReadOnly { file })) => {
                Some(StoreError::ReadOnly { file: file.clone() })
            }
            Err(_) => Some(StoreError::Other("work failed".into())),
        };
        self.outcome = Some(outcome);
        failed.map_or(Ok(()), |e| Err(Failed(e)))
    }

    fn finish(self: Box<Self>, failed: Option<Error>) {
        let outcome = match (self.outcome, failed) {
            (Some(Err(own)), _) => Err(own),
            (_, Some(error)) => Err(error),
            (Some(Ok(value)), None) => Ok(value),
            (None, None) => Err(Error::Closed),
        };
        // Whoever does not wait any more has been told otherwise; the work is committed all the same.
        let _ = self.reply.send(outcome);
    }
}

/// The writer's thread and its queue.
pub(crate) struct Writer {
    queue: Mutex<Option<mpsc::SyncSender<Box<dyn Job>>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub(crate) fn start(shared: Arc<Shared>) -> Result<Self, Error> {
        let (sender, receiver) = mpsc::sync_channel(QUEUE);
        let writer =
            std::thread::Builder::new().name("writer".into()).spawn(move || write(&shared, &receiver));
        let writer = writer.map_err(|e| Error::Refused(format!("no thread for the writer: {e}")))?;
        Ok(Self { queue: Mutex::new(Some(sender)), writer: Mutex::new(Some(writer)) })
    }

    pub(crate) fn run<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Batch<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (reply, answer) = mpsc::sync_channel(1);
        let queue = self.queue.lock().map_err(poisoned)?.clone().ok_or(Error::Closed)?;
        let job = Box::new(Task { work, outcome: None, reply });
        queue.try_send(job).map_err(|e| match e {
            mpsc::TrySendError::Full(_) => Error::Store(StoreError::Busy),
            mpsc::TrySendError::Disconnected(_) => Error::Closed,
        })?;
        drop(queue);
        answer.recv().map_err(|_| Error::Closed)?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Ok(mut queue) = self.queue.lock() {
            queue.take();
        }
        let writer = self.writer.lock().ok().and_then(|mut w| w.take());
        if let Some(writer) = writer {
            let _ = writer.join();
        }
    }
}

/// The writer: takes what waits, commits it, answers. Ends when nobody can send any more.
fn write(shared: &Shared, queue: &mpsc::Receiver<Box<dyn Job>>) {
    while let Ok(first) = queue.recv() {
        let mut jobs = vec![first];
        jobs.extend(queue.try_iter().take(BATCH - 1));
        commit(shared, jobs);
    }
}

/// Commits all jobs at once; if that fails, each for itself, so that a bad one harms no other.
fn commit(shared: &Shared, mut jobs: Vec<Box<dyn Job>>) {
    let result = transact(shared, &mut jobs);
    if result.is_err() && jobs.len() > 1 {
        for job in jobs {
            commit(shared, vec![job]);
        }
        return;
    }
    let mut failed = result.err();
    if let Some(error) = &failed {
        tracing::warn!(%error, "a transaction failed");
        upkeep::note_failure(shared, error);
    }
    for job in jobs {
        // Only a lone job is left when one failed.
        job.finish(failed.take());
    }
}

fn transact(shared: &Shared, jobs: &mut [Box<dyn Job>]) -> Result<(), Error> {
    let started = shared.env.clock.monotonic();
    let mut followed = Ok(());
    let mut erased = Vec::new();
    let written = store::write(shared.store.as_ref(), |tx| {
        followed = shared.follow_access(tx);
        if followed.is_err() {
            return Err(StoreError::Other("nobody knows who may write".into()));
        }
        let clock = clock::look(shared, tx)?;
        let (now, registered) = (shared.env.now(), HashMap::new());
        let usages = quota::Usages::new();
        let mut batch = Batch { tx, shared, now, clock, registered, usages, erased: Vec::new() };
        for job in jobs.iter_mut() {
            job.run(&mut batch).map_err(|Failed(why)| why)?;
        }
        batch.store_usages()?;
        erased = std::mem::take(&mut batch.erased);
        batch.tx.head()
    });
    if let (Err(_), Some(file)) = (&written, &shared.desk_file) {
        file.forget_unfinished();
    }
    followed?;
    let head = written?;
    if let Some(file) = &shared.desk_file {
        file.committed();
    }
    // From here on no failure is one of the jobs: told so, they would be done twice. Whoever asks next
    // follows again.
    if let Err(error) = read_access(shared) {
        tracing::warn!(%error, "who may write is not known yet");
    }
    shared.announce(head);
    shared.metrics.commits.add(1);
    shared.metrics.jobs.add(jobs.len() as u64);
    shared.metrics.commit_time.observe(shared.env.clock.monotonic().saturating_sub(started));
    if !erased.is_empty() {
        erasure::after_commit(shared, &erased);
    }
    Ok(())
}

fn read_access(shared: &Shared) -> Result<(), Error> {
    store::read(shared.store.as_ref(), |view| Ok(shared.follow_access(view)))?
}
