//! The journal of a device: digests, links and ids. One hash chain per device, records 1, 2, 3 …

use uuid::Uuid;

use crate::{
    hash::{self, Tagged},
    note::{Commitment, Field},
};

crate::byte_id!(
    /// A device: first 16 bytes of `blake3(tag ‖ public key)`.
    DeviceId, 16
);

crate::byte_id!(
    /// Digest of one record, see [`digest`].
    Digest, 32
);

crate::byte_id!(
    /// Link of a journal after one record, see [`next_link`].
    Link, 32
);

impl Link {
    /// The first 8 bytes, enough for both sides to notice that they speak of different chains.
    pub fn short(&self) -> [u8; 8] {
        hash::prefix(&self.0)
    }
}

impl DeviceId {
    /// The device that signs with this Ed25519 public key.
    pub fn of_key(public_key: &[u8; 32]) -> Self {
        Self(hash::prefix(&hash::tagged("pantau/1/device", &[public_key])))
    }
}

/// Id of a record: the first 16 bytes of its digest as a UUID version 8. Derived, never sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId(pub Uuid);

impl RecordId {
    /// The id of the record with this digest.
    pub fn of_digest(digest: &Digest) -> Self {
        Self(uuid::Builder::from_custom_bytes(hash::prefix(&digest.0)).into_uuid())
    }

    /// From its 16 bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// From a slice of 16 bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        Uuid::from_slice(bytes).ok().map(Self)
    }

    /// The 16 bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl std::fmt::Display for RecordId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a text is no record id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no record id, which has 32 hexadecimal digits")]
pub struct BadRecordId;

impl std::str::FromStr for RecordId {
    type Err = BadRecordId;

    /// With or without hyphens.
    fn from_str(text: &str) -> Result<Self, BadRecordId> {
        let bytes = hash::unhex(&text.replace('-', "")).ok_or(BadRecordId)?;
        Self::from_slice(&bytes).ok_or(BadRecordId)
    }
}

impl<C> minicbor::Encode<C> for RecordId {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(self.as_bytes())?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for RecordId {
    fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        crate::cbor::bytes::decode::<C, 16>(d, ctx).map(|b| Self(Uuid::from_bytes(b)))
    }
}

/// Digest of record `seq` of `device`: over its payload as written and its commitments in field order.
pub fn digest(device: &DeviceId, seq: u64, payload: &[u8], commitments: &[(Field, Commitment)]) -> Digest {
    let mut h = Tagged::new("pantau/1/record");
    h.part(&device.0).part(&seq.to_be_bytes()).part(payload);
    for (field, commitment) in commitments {
        h.part(&field.number().to_be_bytes()).part(&commitment.0);
    }
    Digest(h.finish())
}

/// `link(0)` of the journal signed with this key.
pub fn first_link(public_key: &[u8; 32]) -> Link {
    Link(hash::tagged("pantau/1/journal", &[public_key]))
}

/// `link(n) = blake3(tag ‖ link(n−1) ‖ digest(n))`.
pub fn next_link(previous: &Link, digest: &Digest) -> Link {
    Link(hash::tagged("pantau/1/link", &[&previous.0, &digest.0]))
}
