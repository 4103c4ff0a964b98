//! Who may do what: devices, grants and revocations, folded from the log's reference rows. Small enough
//! to be at hand for every request; it follows the log by position.

use std::{collections::HashMap, sync::Arc};

use pantau_protocol::{
    body::Body,
    enrol::{Certificate, CertifiedGrant},
    journal::DeviceId,
    keys::{PublicKey, Sig},
    limit,
    place::{Place, Scope},
    projection::{Fact, OfficerGrant, Reference},
};

use crate::{
    Identity,
    store::{Row, Stored, View},
};

/// Number of the officer that the desk itself writes as.
pub const DESK_OFFICER: u32 = 0;

/// Rows read at a time.
const STRIDE: usize = 1_000;

/// What the server knows of one device when it calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// Its key.
    pub key: PublicKey,
    /// Whose it is.
    pub officer: u32,
    /// The device it follows.
    pub predecessor: Option<DeviceId>,
    /// What it may read: grants in force.
    pub scope: Scope,
    /// Grants in force.
    pub grants: Vec<OfficerGrant>,
    /// Grants that were ever in force: they decide what it may write.
    pub ever: Vec<OfficerGrant>,
    /// Revoked, itself or by a predecessor.
    pub is_revoked: bool,
    /// This server's own desk: checked before it writes, not after.
    pub is_own_desk: bool,
    /// Whose quota it uses: the first device of the chain that it follows.
    pub account: DeviceId,
}

impl Admission {
    /// The admission of this server's own desk journal.
    pub fn own_desk(key: PublicKey) -> Self {
        Self {
            key,
            officer: DESK_OFFICER,
            predecessor: None,
            scope: Scope::nothing(),
            grants: Vec::new(),
            ever: Vec::new(),
            is_revoked: false,
            is_own_desk: true,
            account: key.device_id(),
        }
    }

    /// Regions of all grants, for records that everybody who may see this officer's records needs.
    pub fn regions(&self) -> Vec<Place> {
        Scope::new(self.ever.iter().map(|g| g.place.clone())).roots().to_vec()
    }

    /// A certificate of this admission.
    pub fn certificate(&self, identity: &Identity, now: i64) -> Certificate {
        let grant = |g: &OfficerGrant| CertifiedGrant { role: g.role, place: g.place.clone() };
        Certificate {
            device_key: self.key,
            officer: self.officer,
            grants: self.grants.iter().take(limit::GRANTS).map(grant).collect(),
            predecessor: self.predecessor,
            issued_at: now,
            server: identity.server_id(),
            signature: Sig([0; 64]),
        }
        .sign(identity.signing_key())
    }
}

/// Devices, grants and revocations up to a position of the log.
#[derive(Debug, Default)]
pub struct Access {
    reference: Reference,
    position: u64,
    admissions: HashMap<DeviceId, Option<Arc<Admission>>>,
    /// The first device of the chain of each that follows another.
    accounts: HashMap<DeviceId, DeviceId>,
}

impl Access {
    /// Reads what was added to the log since.
    ///
    /// # Errors
    /// Failures of the store.
    pub fn follow(&mut self, view: &dyn View) -> Stored<()> {
        let head = view.head()?;
        if head < self.position {
            *self = Self::default();
        }
        while self.position < head {
            let rows = view.reference_rows(self.position, STRIDE)?;
            let is_last = rows.len() < STRIDE;
            for row in rows {
                self.position = row.position;
                self.take(&row);
            }
            if is_last {
                self.position = head;
            }
        }
        Ok(())
    }

    fn take(&mut self, row: &Row) {
        let e = &row.entry;
        let fact = Fact::new(e.id, (e.device, e.branch, e.seq), Some(e.envelope), &e.payload);
        if let Ok(fact) = fact {
            if let Body::Device(d) = &fact.body
                && let Some(before) = d.predecessor
            {
                // The first registration counts, however long the chain is.
                let account = self.accounts.get(&before).copied().unwrap_or(before);
                self.accounts.entry(d.device).or_insert(account);
            }
            self.reference.insert(&fact);
            self.admissions.clear();
        }
    }

    /// Position up to which the log was read.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The reference data itself: devices, grants and revocations only.
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// What is remembered of a device: `None` if it was not asked for since the last change.
    pub fn remembered(&self, device: &DeviceId) -> Option<Option<Arc<Admission>>> {
        self.admissions.get(device).cloned()
    }

    /// What is known of a device; remembered until something changes.
    pub fn admission(&mut self, device: &DeviceId) -> Option<Arc<Admission>> {
        if let Some(known) = self.admissions.get(device) {
            return known.clone();
        }
        let found = self.look_up(device).map(Arc::new);
        self.admissions.insert(*device, found.clone());
        found
    }

    fn look_up(&self, device: &DeviceId) -> Option<Admission> {
        let known = self.reference.device(device)?;
        let key = PublicKey(known.public_key);
        if key.device_id() != *device {
            return None;
        }
        let grants = self.reference.grants(known.officer);
        Some(Admission {
            key,
            officer: known.officer,
            predecessor: known.predecessor,
            scope: Scope::new(grants.iter().map(|g| g.place.clone())),
            ever: self.reference.grants_of(device),
            grants,
            is_revoked: self.reference.is_revoked(device),
            is_own_desk: false,
            account: self.accounts.get(device).copied().unwrap_or(*device),
        })
    }
}
