//! What is found of phones and not of places: branches of a journal, and records that a phone says are lost.

use std::collections::BTreeMap;

use super::{
    Sign, history,
    rules::{forked_device, journal_hole},
};
use crate::{
    journal::{DeviceId, RecordId},
    projection::Reference,
};

/// The journal of a phone, as far as its branches go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    /// The phone.
    pub device: DeviceId,
    /// Its branches, each with number and id of the first record that is known of it.
    pub branches: BTreeMap<u32, (u64, RecordId)>,
}

/// Records that a phone says it lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Loss {
    /// The phone.
    pub device: DeviceId,
    /// Number of the first lost record.
    pub first: u64,
    /// Number of the last.
    pub last: u64,
}

/// What is found of phones.
pub fn signs_of_journals<'a>(
    journals: impl IntoIterator<Item = &'a Journal>,
    losses: impl IntoIterator<Item = &'a Loss>,
    reference: &Reference,
) -> Vec<Sign> {
    let mut lost: BTreeMap<DeviceId, Vec<&Loss>> = BTreeMap::new();
    for loss in losses {
        lost.entry(loss.device).or_default().push(loss);
    }
    let holes = lost.iter().map(|(device, losses)| journal_hole::find(*device, losses));
    let forks = journals.into_iter().filter_map(|journal| forked_device::find(journal, reference));
    let is_open = |sign: Sign| if sign.is_open() { history::ruled(sign, reference) } else { sign };
    forks.chain(holes).map(is_open).collect()
}
