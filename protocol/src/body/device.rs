//! Device keys and whose they are.

use super::Content;
use crate::{journal::DeviceId, place::Place};

/// A device key and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Device {
    /// The device, derived from its key.
    #[n(0)]
    pub device: DeviceId,
    /// Ed25519 public key.
    #[n(1)]
    #[cbor(with = "crate::cbor::bytes")]
    pub public_key: [u8; 32],
    /// The officer.
    #[n(2)]
    pub officer: u32,
    /// The device this one follows, after a clone or a restored backup.
    #[n(3)]
    pub predecessor: Option<DeviceId>,
    /// Regions of the officer's grants, so that all who see his records can name their author.
    #[n(4)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub regions: Vec<Place>,
}

impl Content for Device {
    const PLACES: Option<fn(&Self) -> Vec<&Place>> = Some(|b| b.regions.iter().collect());

    fn sample() -> Self {
        Self {
            device: DeviceId([7; 16]),
            public_key: [1; 32],
            officer: 17,
            predecessor: Some(DeviceId([9; 16])),
            regions: super::sample_places(),
        }
    }
}
