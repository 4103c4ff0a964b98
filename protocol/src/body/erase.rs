//! Notes erased.

use super::Content;
use crate::{journal::RecordId, note::Field, place::Place};

/// A note erased (docs/PROTOCOL.md#notes): text and salt are deleted everywhere and refused for ever.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Erase {
    /// The record.
    #[n(0)]
    pub target: RecordId,
    /// Which of its notes.
    #[n(1)]
    pub field: Field,
    /// Places of the target, copied in.
    #[n(2)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    pub target_places: Vec<Place>,
}

impl Content for Erase {
    const PLACES: Option<fn(&Self) -> Vec<&Place>> = Some(|b| b.target_places.iter().collect());

    fn sample() -> Self {
        Self { target: super::sample_id(5), field: Field::Informant, target_places: super::sample_places() }
    }
}
