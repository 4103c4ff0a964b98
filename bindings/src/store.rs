//! The store: opened once by an app, the door to everything else.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::SystemTime,
};

use pantau_core::{Env, OpenOptions, Phone};
use pantau_protocol::enrol::Invitation;

use crate::{
    capture::Capture,
    changes::{Change, ChangeListener, Changes},
    error::PantauError,
    handover::Handovers,
    keys::{KeyProvider, Keys},
    log::{Log, LogSink},
    places::Places,
    runtime::disk,
    shared::{Shared, kind},
    state::{Grant, time},
    sync::Sync,
    transport::{Foreign, Transport},
};

/// What happened when the store was opened.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct OpenReport {
    /// The store was damaged: it was moved here, untouched, and what could be read was taken over.
    pub moved_aside: Option<String>,
    /// Own records taken over from it.
    pub salvaged: u64,
    /// Entries of a store whose key was lost, to be sent under the new key, where the enrolment could not take them
    /// over.
    pub repeated: u64,
    /// Schema version before an upgrade, if there was one.
    pub upgraded_from: Option<u32>,
}

/// What still has to go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct Unsent {
    /// Records.
    pub records: u64,
    /// Notes, those of these records included.
    pub notes: u64,
    /// Bytes of both before compression.
    pub bytes: u64,
}

/// How this phone stands with its server. Everything is absent or zero before enrolment.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Status {
    /// Base address of the server.
    pub url: Option<String>,
    /// Number of the officer.
    pub officer: Option<u32>,
    /// Roles and scopes.
    pub grants: Vec<Grant>,
    /// The open journal.
    pub device: Option<String>,
    /// The server revoked this device: uploads only.
    pub revoked: bool,
    /// Last verified reply, by the phone's clock.
    pub last_sync_at: Option<SystemTime>,
    /// Server time less phone time at that moment, in seconds.
    pub clock_offset: Option<i64>,
    /// Everything that the server had is here.
    pub pulled: bool,
    /// No request before this time, by the phone's clock.
    pub backoff_until: Option<SystemTime>,
    /// Failures in a row.
    pub failures: u32,
}

impl From<pantau_core::Status> for Status {
    fn from(s: pantau_core::Status) -> Self {
        let pantau_core::Status {
            url,
            server: _,
            device,
            journals: _,
            officer,
            grants,
            revoked,
            last_sync_at,
            clock_offset,
            epoch: _,
            cursor: _,
            pulled,
            backoff_until,
            failures,
            min_version: _,
        } = s;
        Self {
            url,
            officer,
            grants: grants.into_iter().map(Into::into).collect(),
            device: device.map(|d| d.to_string()),
            revoked,
            last_sync_at: last_sync_at.map(time),
            clock_offset,
            pulled,
            backoff_until: backoff_until.map(time),
            failures,
        }
    }
}

/// How an enrolment ended.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum EnrolOutcome {
    /// Enrolled, now or before with the same code.
    Enrolled {
        /// Number of the officer.
        officer: u32,
        /// Roles and scopes.
        grants: Vec<Grant>,
        /// Six words over both keys, to be compared by voice after a typed enrolment.
        words: String,
        /// Entries of a store whose key was lost, taken over to be sent under the new key.
        repeated: u64,
    },
    /// Code or secret is wrong.
    WrongCode,
    /// Too many wrong tries.
    Asleep {
        /// Seconds until the code wakes.
        wait_seconds: u32,
    },
    /// Another phone redeemed it.
    Used,
    /// Past its validity.
    Expired,
    /// An answer of a newer server.
    Other {
        /// Its number.
        number: u32,
    },
}

impl From<pantau_core::EnrolOutcome> for EnrolOutcome {
    fn from(o: pantau_core::EnrolOutcome) -> Self {
        match o {
            pantau_core::EnrolOutcome::Enrolled(pantau_core::Enrolled {
                officer,
                grants,
                words,
                repeated,
            }) => {
                let grants = grants.into_iter().map(Into::into).collect();
                Self::Enrolled { officer, grants, words, repeated }
            }
            pantau_core::EnrolOutcome::WrongCode => Self::WrongCode,
            pantau_core::EnrolOutcome::Asleep { wait_s } => Self::Asleep { wait_seconds: wait_s },
            pantau_core::EnrolOutcome::Used => Self::Used,
            pantau_core::EnrolOutcome::Expired => Self::Expired,
            pantau_core::EnrolOutcome::Other(number) => Self::Other { number },
        }
    }
}

/// Opens or creates the store in a folder of the app. Disk; from any thread. One process at a time:
/// [`PantauError::InUse`]. With `keys` the signing keys lie wrapped (and the database encrypted, in the build
/// with SQLCipher); without `transport` the core uses its own HTTPS.
#[uniffi::export]
pub async fn open_store(
    folder: String,
    keys: Option<Arc<dyn KeyProvider>>,
    transport: Option<Arc<dyn Transport>>,
    log: Option<Arc<dyn LogSink>>,
) -> Result<Arc<Store>, PantauError> {
    let log = Log(log);
    let foreign = transport.map(|app| Arc::new(Foreign::new(app)));
    let used = foreign.clone();
    let (phone, clock) = disk(move || {
        let mut env = Env::real()?;
        if let Some(foreign) = used {
            env.transport = foreign;
        }
        let mut options = OpenOptions::default();
        options.keys = keys.map(|app| Arc::new(Keys(app)) as Arc<dyn pantau_core::KeyProvider>);
        let clock = Arc::clone(&env.clock);
        Ok((Phone::open(Path::new(&folder), env, options)?, clock))
    })
    .await
    .inspect_err(|e| log.warn(format!("open failed: {}", kind(e))))?;
    log.info("opened");
    let changes = Changes::new(log.clone());
    let shared = Shared { phone, clock, changes, log, foreign, running: Mutex::default() };
    Ok(Arc::new(Store(Arc::new(shared))))
}

/// The way back after [`PantauError::KeyLost`]: moves the store in `folder` aside, whole and untouched, and
/// returns where it is now. Then open and enrol anew, with a new code of the desk: the same officer's drafts, and
/// entries that were not sent, are taken over from what is not encrypted. Disk; from any thread.
#[uniffi::export]
pub async fn move_lost_store_aside(folder: String) -> Result<String, PantauError> {
    disk(move || Phone::move_aside(Path::new(&folder))).await.map(|to| to.to_string_lossy().into_owned())
}

/// An open store. From any thread.
#[derive(uniffi::Object)]
pub struct Store(Arc<Shared>);

#[uniffi::export]
impl Store {
    /// What is known, page by page. No I/O.
    pub fn places(&self) -> Arc<Places> {
        Arc::new(Places(Arc::clone(&self.0)))
    }

    /// Writing. No I/O.
    pub fn capture(&self) -> Arc<Capture> {
        Arc::new(Capture(Arc::clone(&self.0)))
    }

    /// Handover between two phones. No I/O.
    pub fn handovers(&self) -> Arc<Handovers> {
        Arc::new(Handovers(Arc::clone(&self.0)))
    }

    /// Sending and reading. No I/O.
    pub fn sync(&self) -> Arc<Sync> {
        Arc::new(Sync(Arc::clone(&self.0)))
    }

    /// What happened when the store was opened. No I/O.
    pub fn open_report(&self) -> OpenReport {
        let pantau_core::OpenReport { moved_aside, salvaged, repeated, upgraded_from, .. } =
            self.0.phone.open_report();
        let moved_aside = moved_aside.map(|p| p.to_string_lossy().into_owned());
        OpenReport { moved_aside, salvaged, repeated, upgraded_from }
    }

    /// How this phone stands with its server. Disk.
    pub async fn status(&self) -> Result<Status, PantauError> {
        let phone = self.0.phone.clone();
        disk(move || phone.status()).await.map(Into::into)
    }

    /// What still has to go out. Disk.
    pub async fn unsent(&self) -> Result<Unsent, PantauError> {
        let phone = self.0.phone.clone();
        let pantau_core::Unsent { records, notes, bytes } = disk(move || phone.unsent()).await?;
        Ok(Unsent { records, notes, bytes })
    }

    /// Redeems the text of a QR code: do it before leaving for the field. May be repeated: a lost reply costs
    /// nothing. Network and disk.
    pub async fn enrol(&self, qr_text: String) -> Result<EnrolOutcome, PantauError> {
        let (phone, invitation) = (self.0.phone.clone(), Invitation::parse(&qr_text)?);
        self.enrolled(self.0.call(async move { phone.enrol(&invitation).await }).await)
    }

    /// Redeems a typed code, over HTTPS only; afterwards both sides compare the six words. Network and disk.
    pub async fn enrol_typed(
        &self,
        url: String,
        code: String,
        secret: String,
    ) -> Result<EnrolOutcome, PantauError> {
        let phone = self.0.phone.clone();
        let work = async move { phone.enrol_typed(&url, &code, &secret).await };
        self.enrolled(self.0.call(work).await)
    }

    /// Tells `listener` of changes from now on, in place of the one before; nobody if it is absent. No I/O.
    pub fn watch(&self, listener: Option<Arc<dyn ChangeListener>>) {
        self.0.changes.watch(listener);
    }

    /// The system says that room is short (`onTrimMemory`, low storage): gives back what can be. Records still
    /// fit. Disk.
    pub async fn low_disk(&self) -> Result<(), PantauError> {
        let phone = self.0.phone.clone();
        disk(move || phone.low_disk()).await
    }

    /// Releases every lock and file; what uses the network ends. Call it when the app goes to the background: iOS kills
    /// apps that hold a lock while suspended. Disk.
    pub async fn pause(&self) -> Result<(), PantauError> {
        self.0.stop_running();
        let phone = self.0.phone.clone();
        disk(move || phone.pause()).await
    }

    /// Takes locks and files again. Disk.
    pub async fn resume(&self) -> Result<(), PantauError> {
        let phone = self.0.phone.clone();
        disk(move || phone.resume()).await
    }

    /// Releases everything for good. Every later call fails with `Closed`. Disk.
    pub async fn shutdown(&self) -> Result<(), PantauError> {
        self.0.stop_running();
        self.0.changes.watch(None);
        let phone = self.0.phone.clone();
        disk(move || phone.shutdown()).await
    }
}

impl Store {
    fn enrolled(
        &self,
        outcome: Result<pantau_core::EnrolOutcome, PantauError>,
    ) -> Result<EnrolOutcome, PantauError> {
        let outcome = self.0.noted("enrolment", outcome)?;
        self.0.changes.tell([Change::Status, Change::Places]);
        Ok(outcome.into())
    }
}
