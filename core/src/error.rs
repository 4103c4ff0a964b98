//! Errors, named by what the caller can do about them. What a server decides is no error: those are
//! values ([`crate::SyncEnd`], [`crate::EnrolOutcome`]).

use std::time::Duration;

use crate::contact::NoContact;
use pantau_env::NoEntropy;
use pantau_protocol::validate::{FieldError, Problem};

/// Why a call did nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A field is missing, too large, unknown …: show it beside that field. Nothing was written.
    #[error("{field}: {problem:?}")]
    Field {
        /// Name of the field as in `docs/PROTOCOL.md`, such as `receive.lines[3].good`.
        field: String,
        /// What is wrong with it.
        problem: Problem,
    },
    /// No such record on this phone.
    #[error("no such record here")]
    NotFound,
    /// The phone must be enrolled first.
    #[error("this phone is not enrolled")]
    NotEnrolled,
    /// The phone belongs to another server; its journal cannot move.
    #[error("this phone is enrolled with another server")]
    OtherServer,
    /// Another process or handle has the store open.
    #[error("the store is in use")]
    InUse,
    /// The store was written by a newer version of the app: update the app.
    #[error("the store has version {found}, this app knows {known}")]
    NewerStore {
        /// Version found.
        found: u32,
        /// Newest version known here.
        known: u32,
    },
    /// No room: the record is **not saved**. Free some space and save again.
    #[error("the disk is full, nothing was saved")]
    DiskFull,
    /// The store cannot be read or written.
    #[error("storage: {0}")]
    Storage(String),
    /// The file of the store is damaged. `open` answers it by moving the file aside and saving what it can.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// The platform's key is gone, or the store is sealed with another: nothing was changed, and this phone
    /// can sign nothing more with it. The way back is [`crate::Phone::move_aside`] and a new enrolment.
    #[error("the key of the store is lost")]
    KeyLost,
    /// The platform's key store does not answer now, as before the first unlock after a start.
    #[error("the key of the store cannot be had now: {0}")]
    KeyUnavailable(String),
    /// The store is sealed: give `open` the key provider it was made with.
    #[error("the store needs its key provider")]
    KeyNeeded,
    /// The store is encrypted, and this build has no SQLCipher.
    #[error("the store is encrypted, this build cannot read it")]
    Encrypted,
    /// Called between `pause` and `resume`.
    #[error("the store is paused")]
    Paused,
    /// Called after `shutdown`.
    #[error("the store is shut down")]
    Closed,
    /// The server was not reached, or something else answered in its place.
    #[error("offline: {0}")]
    Offline(NoContact),
    /// The address or the server's identity is not acceptable.
    #[error("not trusted: {0}")]
    NotTrusted(String),
}

/// Whether the same call may succeed later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// As soon as the caller did what the error says.
    Now,
    /// After about this time.
    After(Duration),
    /// Not without a change.
    Never,
}

impl Error {
    /// Whether the same call may succeed later.
    pub fn retry(&self) -> Retry {
        match self {
            Self::InUse | Self::Paused | Self::DiskFull | Self::KeyUnavailable(_) => Retry::Now,
            Self::Offline(_) => Retry::After(Duration::from_secs(30)),
            Self::Field { .. }
            | Self::NotFound
            | Self::NotEnrolled
            | Self::OtherServer
            | Self::NewerStore { .. }
            | Self::Storage(_)
            | Self::Damaged(_)
            | Self::KeyLost
            | Self::KeyNeeded
            | Self::Encrypted
            | Self::Closed
            | Self::NotTrusted(_) => Retry::Never,
        }
    }

    pub(crate) fn field(field: impl Into<String>, problem: Problem) -> Self {
        Self::Field { field: field.into(), problem }
    }
}

impl From<FieldError> for Error {
    fn from(e: FieldError) -> Self {
        Self::Field { field: e.field, problem: e.problem }
    }
}

impl From<NoEntropy> for Error {
    fn from(e: NoEntropy) -> Self {
        Self::Storage(e.to_string())
    }
}

impl From<rusqlite::Error> for Error {
    fn from(e: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match e.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(e.to_string()),
            // The text names tables and columns, never a value of the user's.
            _ => Self::Storage(e.to_string()),
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(e: std::io::Error) -> Self {
        match e.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Storage(e.to_string()),
        }
    }
}
