//! How this phone stands with its server.

use pantau_protocol::{
    enrol::CertifiedGrant, exchange::Cursor, journal::DeviceId, keys::ServerId, projection::Reference,
    receipt::Epoch,
};
use rusqlite::Connection;

use crate::{
    error::Error,
    identity,
    store::setting::{self, get, get_or},
};

/// How this phone stands with its server. Everything is absent or zero before enrolment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    /// Base address of the server.
    pub url: Option<String>,
    /// The server.
    pub server: Option<ServerId>,
    /// The open journal.
    pub device: Option<DeviceId>,
    /// All journals of this phone, oldest first.
    pub journals: Vec<DeviceId>,
    /// Number of the officer.
    pub officer: Option<u32>,
    /// Roles and scopes.
    pub grants: Vec<CertifiedGrant>,
    /// The server revoked this device: uploads only.
    pub revoked: bool,
    /// Last verified reply, unix seconds by the phone's clock.
    pub last_sync_at: Option<i64>,
    /// Server time less phone time at that moment, in seconds.
    pub clock_offset: Option<i64>,
    /// Newest epoch known.
    pub epoch: Option<Epoch>,
    /// How far the log was read.
    pub cursor: Option<Cursor>,
    /// Everything up to the cursor is here, and nothing more was waiting.
    pub pulled: bool,
    /// No request before this time, unix seconds by the phone's clock.
    pub backoff_until: Option<i64>,
    /// Failures in a row.
    pub failures: u32,
    /// Server asks for at least this protocol version; 0 for none.
    pub min_version: u32,
}

/// Reads how this phone stands.
pub(crate) fn read(c: &Connection, reference: &Reference) -> Result<Status, Error> {
    let granted = match identity::grants(c, reference) {
        Err(Error::NotEnrolled) => None,
        granted => Some(granted?),
    };
    let journals = identity::all(c)?;
    Ok(Status {
        url: get(c, &setting::URL)?,
        server: setting::server(c)?,
        device: journals.last().map(|j| j.device),
        journals: journals.iter().map(|j| j.device).collect(),
        officer: granted.as_ref().map(|(officer, _)| *officer),
        grants: granted.map(|(_, grants)| grants).unwrap_or_default(),
        revoked: get_or(c, &setting::REVOKED, false)?,
        last_sync_at: get(c, &setting::LAST_SYNC)?,
        clock_offset: get(c, &setting::CLOCK_OFFSET)?,
        epoch: get(c, &setting::EPOCH)?,
        cursor: setting::cursor(c)?,
        pulled: get_or(c, &setting::PULLED, false)?,
        backoff_until: get(c, &setting::BACKOFF_UNTIL)?,
        failures: get_or(c, &setting::FAILURES, 0)?,
        min_version: get_or(c, &setting::MIN_VERSION, 0)?,
    })
}
