//! What all objects of one store share: the phone, who is told of changes, and what is under way.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
};

use pantau_core::{Cancel, Phone, env::Clock};
use tokio::task::AbortHandle;

use crate::{changes::Changes, error::PantauError, log::Log, runtime::brittle, transport::Foreign};

/// What all objects of one store share.
pub(crate) struct Shared {
    pub(crate) phone: Phone,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) changes: Changes,
    pub(crate) log: Log,
    pub(crate) foreign: Option<Arc<Foreign>>,
    pub(crate) running: Mutex<Vec<Running>>,
}

/// Something that uses the network, by what stops it.
pub(crate) enum Running {
    Sync(Cancel),
    Call(AbortHandle),
}

impl Running {
    fn is_over(&self) -> bool {
        match self {
            Self::Sync(cancel) => cancel.is_cancelled(),
            Self::Call(call) => call.is_finished(),
        }
    }

    fn stop(self) {
        match self {
            Self::Sync(cancel) => cancel.cancel(),
            Self::Call(call) => call.abort(),
        }
    }
}

impl Shared {
    /// What stops the sync that begins now.
    pub(crate) fn begin_sync(&self) -> Cancel {
        let cancel = Cancel::new();
        self.note_running(Running::Sync(cancel.clone()));
        cancel
    }

    /// Does network work that `cancel`, a pause and a shutdown stop, too.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, pantau_core::Error>> + Send + 'static,
    ) -> Result<T, PantauError> {
        let done = brittle(work, |call| self.note_running(Running::Call(call))).await?;
        done.map_err(PantauError::from)
    }

    fn note_running(&self, new: Running) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|call| !call.is_over());
        running.push(new);
    }

    /// Stops all that uses the network.
    pub(crate) fn stop_running(&self) {
        let running = std::mem::take(&mut *self.running.lock().unwrap_or_else(PoisonError::into_inner));
        running.into_iter().for_each(Running::stop);
    }

    /// Writes a failure to the log: its kind, nothing of its content.
    pub(crate) fn noted<T>(&self, what: &str, done: Result<T, PantauError>) -> Result<T, PantauError> {
        if let Err(e) = &done {
            self.log.warn(format!("{what} failed: {}", kind(e)));
        }
        done
    }
}

pub(crate) fn kind(e: &PantauError) -> String {
    match e {
        PantauError::Invalid { .. } => "Invalid".into(),
        PantauError::NotEnrolled { .. } => "NotEnrolled".into(),
        PantauError::InUse { .. } => "InUse".into(),
        PantauError::KeyLost { .. } => "KeyLost".into(),
        PantauError::DiskFull { .. } => "DiskFull".into(),
        PantauError::Offline { .. } => "Offline".into(),
        PantauError::NotTrusted { .. } => "NotTrusted".into(),
        PantauError::Failed { reason, .. } => format!("{reason:?}"),
    }
}
