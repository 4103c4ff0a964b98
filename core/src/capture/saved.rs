//! What capture gives back.

use pantau_protocol::journal::{DeviceId, RecordId};

/// A record that is now part of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saved {
    /// Its id.
    pub id: RecordId,
    /// The journal it stands in.
    pub device: DeviceId,
    /// Its number there.
    pub seq: u64,
}
