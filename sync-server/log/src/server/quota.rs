//! The quota: how much one device may make the server keep in one day, and what that costs on disk.
//!
//! A device shares one account with the devices that follow it, or each successor key would bring a fresh
//! quota; what comes after a revocation has an account of its own, so that evidence is bounded apart. A day
//! is one of the server's clock, in UTC. Counts lie in the store and are written in the transaction that
//! stores what they count, so they survive a restart.
//!
//! A segment is taken in whole or not at all, since its signature covers it whole. **The first thing of a
//! day always fits**, whatever its size: a phone does not shorten its segment when it is told to come back
//! later, so one longer than a small quota would otherwise never be stored. One frame holds at most
//! [`pantau_protocol::limit::SEGMENT_RECORDS`] records, which bounds what that can be.

use pantau_protocol::{exchange::Outcome, journal::DeviceId};

use super::Batch;
use crate::{Error, access::Admission, limit, store::Usage};

/// Seconds of a day.
const DAY_S: i64 = 24 * 3600;

/// What one account may add in one day of the server's clock (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Daily {
    /// Records stored for the first time.
    pub records: u64,
    /// Bytes on disk: payloads, notes, rows, their indexes and evidence.
    pub bytes: u64,
    /// New branches and holes of journals.
    pub branches: u64,
}

/// How much one device, together with the devices that follow it, may add in a day. Beyond it nothing more
/// of the device is stored that day, it is answered [`Outcome::Later`] with the time until the next day, and
/// the desk is told. Reading is never limited by it. The desk's own journal has no quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Of a device in use.
    pub trusted: Daily,
    /// Of a revoked one, whose uploads are kept as evidence.
    pub revoked: Daily,
}

impl Default for Quota {
    fn default() -> Self {
        Self {
            trusted: Daily {
                records: limit::QUOTA_RECORDS,
                bytes: limit::QUOTA_BYTES,
                branches: limit::QUOTA_BRANCHES,
            },
            revoked: Daily {
                records: limit::QUOTA_REVOKED_RECORDS,
                bytes: limit::QUOTA_REVOKED_BYTES,
                branches: limit::QUOTA_REVOKED_BRANCHES,
            },
        }
    }
}

impl Quota {
    /// No limit: for benchmarks that push a whole election from one device.
    pub const UNLIMITED: Self = Self {
        trusted: Daily { records: u64::MAX, bytes: u64::MAX, branches: u64::MAX },
        revoked: Daily { records: u64::MAX, bytes: u64::MAX, branches: u64::MAX },
    };

    fn of(&self, is_revoked: bool) -> &Daily {
        if is_revoked { &self.revoked } else { &self.trusted }
    }
}

/// What something costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Cost {
    pub(crate) records: u64,
    pub(crate) bytes: u64,
    pub(crate) branches: u64,
}

impl Batch<'_> {
    /// Charges what a device is about to add to its account. `false` if the quota of the day has no room for
    /// it: then nothing was charged, and the desk will see that the device was turned away.
    pub(crate) fn charge(&mut self, device: &Admission, cost: Cost) -> Result<bool, Error> {
        if device.is_own_desk {
            return Ok(true);
        }
        let quota = self.shared.quota()?;
        let most = quota.of(device.is_revoked);
        let (today, key) = (self.now.div_euclid(DAY_S), (device.account, device.is_revoked));
        if !self.usages.contains_key(&key) {
            let known = self.tx.journal_usage(&device.account, device.is_revoked)?;
            let known = known.unwrap_or_else(|| Usage::none(device.account, device.is_revoked));
            self.usages.insert(key, (known, false));
        }
        let Some((usage, has_changed)) = self.usages.get_mut(&key) else { return Ok(false) };
        if usage.day != today {
            *usage = Usage { day: today, ..Usage::none(device.account, device.is_revoked) };
        }
        let sum = Cost {
            records: usage.records.saturating_add(cost.records),
            bytes: usage.bytes.saturating_add(cost.bytes),
            branches: usage.branches.saturating_add(cost.branches),
        };
        let is_first = (usage.records, usage.bytes, usage.branches) == (0, 0, 0);
        let fits = sum.records <= most.records && sum.bytes <= most.bytes && sum.branches <= most.branches;
        if fits || is_first {
            (usage.records, usage.bytes, usage.branches) = (sum.records, sum.bytes, sum.branches);
            *has_changed = true;
            return Ok(true);
        }
        self.shared.metrics.over_quota.add(1);
        if usage.over_since.is_none() {
            // Once a day: who is turned away writes nothing after that.
            usage.over_since = Some(self.now);
            *has_changed = true;
            tracing::warn!(account = %device.account, revoked = device.is_revoked, "the quota of a day is used up");
        }
        Ok(false)
    }

    /// Writes the accounts that have changed: the last thing before the commit.
    pub(super) fn store_usages(&mut self) -> Result<(), crate::store::StoreError> {
        for (usage, has_changed) in std::mem::take(&mut self.usages).into_values() {
            if has_changed {
                self.tx.put_usage(&usage)?;
            }
        }
        Ok(())
    }
}

/// What a device is told whose quota is used up: the seconds until the next day of the server's clock.
pub(crate) fn later(now: i64) -> Outcome {
    let left = DAY_S - now.rem_euclid(DAY_S);
    Outcome::Later { after_s: u32::try_from(left).unwrap_or(u32::MAX) }
}

/// Accounts of a transaction, by device and whether it is revoked; and whether each has changed.
pub(crate) type Usages = std::collections::HashMap<(DeviceId, bool), (Usage, bool)>;
