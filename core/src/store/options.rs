//! How a store is opened, and what happened then.

use std::{path::PathBuf, sync::Arc};

use crate::{limit, vault::KeyProvider};

/// How a store is opened.
#[derive(Clone)]
#[non_exhaustive]
pub struct OpenOptions {
    /// Room kept on disk for records when the rest of it is full, in bytes.
    pub reserve_bytes: u64,
    /// Wraps the key of the store. With none, signing keys lie plain on disk: for tests and desks, not for
    /// phones that get lost. A store is sealed at its first open with one, and opens with none no more. Needed
    /// where SQLCipher is built in.
    pub keys: Option<Arc<dyn KeyProvider>>,
}

impl std::fmt::Debug for OpenOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let keys = self.keys.as_ref().map(|_| "KeyProvider");
        f.debug_struct("OpenOptions")
            .field("reserve_bytes", &self.reserve_bytes)
            .field("keys", &keys)
            .finish()
    }
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self { reserve_bytes: limit::RESERVE_BYTES, keys: None }
    }
}

/// What happened when the store was opened.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OpenReport {
    /// The store was damaged: it was moved here, untouched, and what could be read was taken over.
    pub moved_aside: Option<PathBuf>,
    /// Own records taken over from it.
    pub salvaged: u64,
    /// Records of a store whose key was lost that are to be sent again, where the enrolment could not take them
    /// over: see [`crate::Phone::move_aside`].
    pub repeated: u64,
    /// Files and folders that others on this device could read, or enter, until this open: of a version before
    /// this, or of an app that made the folder.
    pub mended: Vec<PathBuf>,
    /// Schema version before an upgrade, if there was one.
    pub upgraded_from: Option<u32>,
}
