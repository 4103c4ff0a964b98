//! One running server: what all requests share, and the one writer of its log.

pub(crate) mod clock;
pub(crate) mod erasure;
mod follow;
mod quota;
mod upkeep;
mod writer;

pub use follow::Shown;
pub(crate) use quota::{Cost, later};
pub use quota::{Daily, Quota};
pub(crate) use writer::Batch;

use std::sync::{Arc, Mutex, RwLock, RwLockReadGuard};

use pantau_protocol::{journal::DeviceId, receipt::Epoch};
use tokio::sync::watch;

use crate::{
    DataDir, Env, Error, Identity,
    access::{Access, Admission},
    desk_file::DeskFile,
    enrol_guard::Guard,
    error::poisoned,
    guard::Guarded,
    health::Health,
    metrics::Metrics,
    projector::Projector,
    store::{self, Store, StoreError},
};

use self::{upkeep::Tried, writer::Writer};

/// What all parts of a server share.
pub(crate) struct Shared {
    pub(crate) env: Env,
    pub(crate) store: Box<Guarded>,
    pub(crate) identity: Identity,
    pub(crate) dirs: Option<DataDir>,
    pub(crate) desk_file: Option<DeskFile>,
    pub(crate) metrics: Metrics,
    pub(crate) health: Arc<Health>,
    /// When a write was last tried.
    pub(crate) tried: Tried,
    /// Whether the clock can be believed.
    pub(crate) clock: clock::Watched,
    quota: RwLock<Quota>,
    /// Where phones are told that this server will be found.
    moving_to: RwLock<Option<String>>,
    pub(crate) enrol_guard: Mutex<Guard>,
    access: RwLock<Access>,
    pub(crate) projector: Projector,
    changed: watch::Sender<u64>,
    /// What pages show, and whether the server is about to stop.
    shown: watch::Sender<Shown>,
    /// Salts and texts of erased notes that could not be scrubbed yet.
    pub(crate) traces: Mutex<Vec<Vec<u8>>>,
}

/// One server: store, keys, the intake writer, and what follows from the log. Open one with
/// [`crate::ops::open`]; dropping it waits until the writer has committed what it took.
pub struct Server {
    shared: Arc<Shared>,
    writer: Writer,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server({})", self.shared.identity.server_id())
    }
}

impl Shared {
    /// Devices, grants and revocations as of now.
    pub(crate) fn follow_access(&self, view: &dyn store::View) -> Result<(), Error> {
        let head = view.head()?;
        if self.access.read().map_err(poisoned)?.position() != head {
            self.access.write().map_err(poisoned)?.follow(view)?;
        }
        Ok(())
    }

    /// What is known of a device, as of the last [`Shared::follow_access`].
    pub(crate) fn admission(&self, device: &DeviceId) -> Result<Option<Arc<Admission>>, Error> {
        if let Some(known) = self.access.read().map_err(poisoned)?.remembered(device) {
            return Ok(known);
        }
        Ok(self.access.write().map_err(poisoned)?.admission(device))
    }

    pub(crate) fn access(&self) -> Result<RwLockReadGuard<'_, Access>, Error> {
        self.access.read().map_err(poisoned)
    }

    /// How much one device may add in a day.
    pub(crate) fn quota(&self) -> Result<Quota, Error> {
        Ok(*self.quota.read().map_err(poisoned)?)
    }

    /// Tells everybody who waits that the log has grown.
    pub(crate) fn announce(&self, head: u64) {
        self.changed.send_if_modified(|known| {
            let is_new = *known != head;
            *known = head;
            is_new
        });
        self.metrics.head.set(head);
    }
}

impl Server {
    /// A server on an open store. [`crate::ops::open`] does this for a data directory.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn new(
        env: Env,
        store: Box<dyn Store>,
        identity: Identity,
        dirs: Option<DataDir>,
    ) -> Result<Arc<Self>, Error> {
        let desk_file = dirs.as_ref().map(|d| DeskFile::new(d.desk_journal()));
        let health = Arc::<Health>::default();
        let shared = Arc::new(Shared {
            env,
            store: Box::new(Guarded::new(store, Arc::clone(&health))),
            identity,
            dirs,
            desk_file,
            metrics: Metrics::default(),
            health,
            tried: Tried::default(),
            clock: clock::Watched::default(),
            quota: RwLock::default(),
            moving_to: RwLock::default(),
            enrol_guard: Mutex::default(),
            access: RwLock::default(),
            projector: Projector::default(),
            changed: watch::Sender::new(0),
            shown: watch::Sender::default(),
            traces: Mutex::default(),
        });
        let writer = Writer::start(Arc::clone(&shared))?;
        let server = Arc::new(Self { shared, writer });
        server.refresh()?;
        Ok(server)
    }

    /// Sets how much one device may add in a day, from the next transaction on; the default is
    /// [`Quota::default`].
    ///
    /// # Errors
    /// [`StoreError::Other`] after a thread panicked while it did the same.
    pub fn set_quota(&self, quota: Quota) -> Result<(), Error> {
        *self.shared.quota.write().map_err(poisoned)? = quota;
        Ok(())
    }

    /// Tells phones from the next reply on where this server will be found; [`pantau_protocol::address::read`] gives
    /// the address. They settle there once it answered them there.
    ///
    /// # Errors
    /// [`StoreError::Other`] after a thread panicked while it did the same.
    pub fn set_moving_to(&self, address: Option<String>) -> Result<(), Error> {
        *self.shared.moving_to.write().map_err(poisoned)? = address;
        Ok(())
    }

    /// Where phones are told that this server will be found.
    pub(crate) fn moving_to(&self) -> Result<Option<String>, Error> {
        Ok(self.shared.moving_to.read().map_err(poisoned)?.clone())
    }

    /// Clock and randomness.
    pub fn env(&self) -> &Env {
        &self.shared.env
    }

    /// Server time, unix seconds.
    pub fn now(&self) -> i64 {
        self.shared.env.now()
    }

    /// The store. Sessions and operators are read and written through it; records are not: they go
    /// through [`crate::author::append`] or an exchange.
    pub fn store(&self) -> &dyn Store {
        self.shared.store.as_ref()
    }

    /// The server's keys.
    pub fn identity(&self) -> &Identity {
        &self.shared.identity
    }

    /// Where its files are; `None` for a server in memory.
    pub fn dirs(&self) -> Option<&DataDir> {
        self.shared.dirs.as_ref()
    }

    /// Counters.
    pub fn metrics(&self) -> &Metrics {
        &self.shared.metrics
    }

    /// What is wrong with this server, if anything.
    pub fn health(&self) -> &Health {
        &self.shared.health
    }

    /// Epoch of the log.
    ///
    /// # Errors
    /// Failures of the store; a log without an epoch is no log.
    pub fn epoch(&self) -> Result<Epoch, Error> {
        let epoch = store::read(self.store(), |view| view.epoch())?;
        epoch.ok_or_else(|| Error::Store(StoreError::Damaged("the log has no epoch".into())))
    }

    /// The head of the log, told whenever it moves: a hint to follow the log.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.shared.changed.subscribe()
    }

    /// Notices what other processes committed.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn refresh(&self) -> Result<(), Error> {
        let mut followed = Ok(());
        let head = store::read(self.store(), |view| {
            followed = self.shared.follow_access(view);
            view.head()
        })?;
        self.shared.announce(head);
        followed
    }

    /// What is known of a device now.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn admission(&self, device: &DeviceId) -> Result<Option<Arc<Admission>>, Error> {
        self.refresh()?;
        self.shared.admission(device)
    }

    /// Devices, grants and revocations now.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn access(&self) -> Result<RwLockReadGuard<'_, Access>, Error> {
        self.refresh()?;
        self.shared.access()
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Runs `work` in the intake writer's next transaction and waits for its commit. It may run again
    /// after a failure of others in the same transaction.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut Batch<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.writer.run(work)
    }
}
