//! Devices no longer trusted.

use super::Content;
use crate::{journal::DeviceId, place::Place};

/// The part of one branch that stays trusted after a revocation.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Trusted {
    /// Branch number of the server.
    #[n(0)]
    pub branch: u32,
    /// Last trusted sequence number in it.
    #[n(1)]
    pub through: u64,
}

/// A device no longer trusted after a named link; its successors are untrusted whole (docs/PROTOCOL.md#succession-branches-revocation).
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Revoke {
    /// The device.
    #[n(0)]
    pub device: DeviceId,
    /// Last trusted sequence number; 0 trusts nothing.
    #[n(1)]
    pub seq: u64,
    /// The link at that number.
    #[n(2)]
    #[cbor(with = "crate::cbor::bytes")]
    pub link: [u8; 32],
    /// The chain that ends in that link, as spans of branches: what lies on it stays trusted.
    #[n(3)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub trusted: Vec<Trusted>,
    /// Regions of the grants, so that all who saw its records learn this.
    #[n(4)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub regions: Vec<Place>,
}

impl Content for Revoke {
    const PLACES: Option<fn(&Self) -> Vec<&Place>> = Some(|b| b.regions.iter().collect());

    fn sample() -> Self {
        Self {
            device: DeviceId([7; 16]),
            seq: 12,
            link: [6; 32],
            trusted: vec![Trusted { branch: 0, through: 9 }, Trusted { branch: 1, through: 12 }],
            regions: super::sample_places(),
        }
    }
}
