//! Keys of the server.

use super::Content;

crate::int_enum!(
    /// What a server key is for.
    KeyUse {
        /// Ed25519: replies, receipts, certificates.
        Signing = 1,
        /// X25519: bundles sealed to the server.
        Sealing = 2,
    }
);

crate::int_enum!(
    /// Whether a server key is in use.
    KeyState {
        /// In use.
        Active = 1,
        /// No longer used for new things, still known for old ones.
        Retired = 2,
    }
);

/// One server key.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct ServerKey {
    /// Key id, unique per server.
    #[n(0)]
    pub id: u32,
    /// What it is for.
    #[n(1)]
    pub used_for: KeyUse,
    /// Public key.
    #[n(2)]
    #[cbor(with = "crate::cbor::bytes")]
    pub public_key: [u8; 32],
    /// Whether it is in use.
    #[n(3)]
    pub state: KeyState,
}

/// Server keys added or retired, signed by a listed key through the reply that carries it.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct ServerKeys {
    /// All keys that this record speaks of.
    #[n(0)]
    pub keys: Vec<ServerKey>,
}

impl Content for ServerKeys {
    fn sample() -> Self {
        let (used_for, state) = (KeyUse::Signing, KeyState::Retired);
        Self { keys: vec![ServerKey { id: 1, used_for, public_key: [2; 32], state }] }
    }
}
