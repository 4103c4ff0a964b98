//! Errors as an app sees them, and the one place where the core's become them.

use pantau_core::Error;
use pantau_protocol::{enrol::BadCode, validate::Problem};

use crate::contact::NoContact;

/// Why a call did nothing. `detail` is for logs, in English and without personal data; what a person should
/// read is [`crate::explain()`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum PantauError {
    /// A field is missing or wrong: show it beside that field.
    #[error("{field}: {detail}")]
    Invalid {
        /// Name of the field, such as `receive.lines[3].good`.
        field: String,
        /// What is wrong: the name of a problem, such as `TooLong`.
        detail: String,
    },
    /// The phone must be enrolled first.
    #[error("not enrolled: {detail}")]
    NotEnrolled {
        /// More of it.
        detail: String,
    },
    /// Another process or object has the store open.
    #[error("in use: {detail}")]
    InUse {
        /// More of it.
        detail: String,
    },
    /// The platform lost the key of the store. The way back: [`crate::move_lost_store_aside`], then enrol anew.
    #[error("key lost: {detail}")]
    KeyLost {
        /// More of it.
        detail: String,
    },
    /// No room: nothing was saved.
    #[error("disk full: {detail}")]
    DiskFull {
        /// More of it.
        detail: String,
    },
    /// The server was not reached, or something else answered in its place.
    #[error("offline: {detail}")]
    Offline {
        /// What seems to be wrong.
        why: NoContact,
        /// More of it.
        detail: String,
    },
    /// The server is not the one it should be.
    #[error("not trusted: {detail}")]
    NotTrusted {
        /// More of it.
        detail: String,
    },
    /// Something else.
    #[error("{reason:?}: {detail}")]
    Failed {
        /// What.
        reason: FailReason,
        /// More of it.
        detail: String,
    },
}

/// What failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum FailReason {
    /// Called between `pause` and `resume`.
    Paused,
    /// Called after `shutdown`.
    Closed,
    /// The key of the store cannot be used now: unlock the phone and open again.
    KeyUnavailable,
    /// The store is encrypted, and this library was built without SQLCipher.
    Encrypted,
    /// The store was written by a newer version: update the app.
    NewerStore,
    /// The store is damaged: open it again, which heals it.
    Damaged,
    /// The store cannot be read or written.
    Storage,
}

/// What a callback of the app throws becomes this; it is written to the log and has no other effect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum CallbackError {
    /// The callback failed.
    #[error("{detail}")]
    Failed {
        /// What it said.
        detail: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for CallbackError {
    fn from(e: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed { detail: e.reason }
    }
}

/// Without a wildcard: an error the core learns must find its place here before this compiles again.
impl From<Error> for PantauError {
    fn from(e: Error) -> Self {
        let detail = e.to_string();
        let failed = |reason| Self::Failed { reason, detail: detail.clone() };
        match e {
            Error::Field { field, problem } => Self::invalid(field, problem),
            Error::NotFound => Self::invalid("target", Problem::Unknown),
            Error::NotEnrolled => Self::NotEnrolled { detail },
            Error::InUse => Self::InUse { detail },
            Error::KeyLost => Self::KeyLost { detail },
            Error::DiskFull => Self::DiskFull { detail },
            Error::Offline(why) => Self::Offline { why: why.cause.into(), detail },
            Error::OtherServer | Error::NotTrusted(_) => Self::NotTrusted { detail },
            Error::Paused => failed(FailReason::Paused),
            Error::Closed => failed(FailReason::Closed),
            Error::KeyUnavailable(_) | Error::KeyNeeded => failed(FailReason::KeyUnavailable),
            Error::Encrypted => failed(FailReason::Encrypted),
            Error::NewerStore { .. } => failed(FailReason::NewerStore),
            Error::Damaged(_) => failed(FailReason::Damaged),
            Error::Storage(_) => failed(FailReason::Storage),
        }
    }
}

impl From<BadCode> for PantauError {
    fn from(e: BadCode) -> Self {
        let field = if matches!(e, BadCode::Address(_)) { "code.address" } else { "code" };
        Self::Invalid { field: field.into(), detail: e.to_string() }
    }
}

impl PantauError {
    pub(crate) fn invalid(field: impl Into<String>, problem: Problem) -> Self {
        Self::Invalid { field: field.into(), detail: format!("{problem:?}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every error of the core, and the kind an app sees. Without a wildcard: a new one fails to compile here.
    fn kind_of(e: &Error) -> &'static str {
        match e {
            Error::Field { .. } | Error::NotFound => "Invalid",
            Error::NotEnrolled => "NotEnrolled",
            Error::InUse => "InUse",
            Error::KeyLost => "KeyLost",
            Error::DiskFull => "DiskFull",
            Error::Offline(_) => "Offline",
            Error::OtherServer | Error::NotTrusted(_) => "NotTrusted",
            Error::Paused => "Paused",
            Error::Closed => "Closed",
            Error::KeyUnavailable(_) | Error::KeyNeeded => "KeyUnavailable",
            Error::Encrypted => "Encrypted",
            Error::NewerStore { .. } => "NewerStore",
            Error::Damaged(_) => "Damaged",
            Error::Storage(_) => "Storage",
        }
    }

    #[test]
    fn each_error_of_the_core_has_its_kind_and_a_detail() {
        let text = || "words".to_owned();
        for error in [
            Error::Field { field: "visit.answers".into(), problem: Problem::TooLong },
            Error::NotFound,
            Error::NotEnrolled,
            Error::OtherServer,
            Error::InUse,
            Error::NewerStore { found: 9, known: 1 },
            Error::DiskFull,
            Error::Storage(text()),
            Error::Damaged(text()),
            Error::Paused,
            Error::Closed,
            Error::Offline(pantau_core::NoContact { cause: pantau_core::Cause::Portal, detail: text() }),
            Error::NotTrusted(text()),
            Error::KeyLost,
            Error::KeyUnavailable(text()),
            Error::KeyNeeded,
            Error::Encrypted,
        ] {
            let expected = kind_of(&error);
            let seen = PantauError::from(error);
            assert_eq!(crate::shared::kind(&seen), expected);
            assert!(!detail(&seen).is_empty(), "{seen:?}");
        }
    }

    fn detail(e: &PantauError) -> &str {
        match e {
            PantauError::Invalid { detail, .. }
            | PantauError::NotEnrolled { detail }
            | PantauError::InUse { detail }
            | PantauError::KeyLost { detail }
            | PantauError::DiskFull { detail }
            | PantauError::Offline { detail, .. }
            | PantauError::NotTrusted { detail }
            | PantauError::Failed { detail, .. } => detail,
        }
    }

    #[test]
    fn a_wrong_field_keeps_its_name() {
        let error = Error::Field { field: "receive.lines[3].good".into(), problem: Problem::TooLarge };
        let seen = PantauError::from(error);
        assert_eq!(
            seen,
            PantauError::Invalid { field: "receive.lines[3].good".into(), detail: "TooLarge".into() }
        );
    }
}
