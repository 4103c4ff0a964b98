//! Reference data: places, officers, devices, grants. Records of the desk like any others.

use crate::{journal::DeviceId, journal::RecordId, note::Field, place::Place, role::Role};

crate::int_enum!(
    /// Level of a region.
    RegionLevel {
        /// Provinsi.
        Province = 1,
        /// Kabupaten.
        Regency = 2,
        /// Kota.
        City = 3,
        /// Kecamatan.
        District = 4,
        /// Desa.
        Village = 5,
        /// Kelurahan.
        UrbanVillage = 6,
    }
);

/// A region; its code is the record's place.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Region {
    /// Level.
    #[n(0)]
    pub level: RegionLevel,
    /// Name, as published.
    #[n(1)]
    pub name: String,
}

crate::int_enum!(
    /// How hard a TPS is to reach.
    Access {
        /// By road within the day.
        Regular = 1,
        /// By river, bad road or weather permitting.
        Remote = 2,
        /// More than a day away.
        VeryRemote = 3,
    }
);

crate::int_enum!(
    /// What signal a TPS usually has.
    Signal {
        /// 4G most of the day.
        Strong = 1,
        /// 3G, or 4G at times.
        Medium = 2,
        /// 2G, at some spots.
        Weak = 3,
        /// None.
        None = 4,
    }
);

/// A polling station; its code is the record's place.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Tps {
    /// Registered voters (DPT).
    #[n(0)]
    pub voters: u32,
    /// Of them, men.
    #[n(1)]
    pub male: Option<u32>,
    /// Latitude in 1e-5 degrees.
    #[n(2)]
    pub lat: Option<i32>,
    /// Longitude in 1e-5 degrees.
    #[n(3)]
    pub lon: Option<i32>,
    /// How hard it is to reach.
    #[n(4)]
    pub access: Access,
    /// What signal it has.
    #[n(5)]
    pub signal: Signal,
}

/// An officer. Note fields: `Name`, `Phone`. The record's place is the highest region of the grants.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Officer {
    /// Number, unique in this deployment.
    #[n(0)]
    pub officer: u32,
}

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

/// Role and scope of an officer; the scope is the record's place.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
pub struct Grant {
    /// The officer.
    #[n(0)]
    pub officer: u32,
    /// The role.
    #[n(1)]
    pub role: Role,
    /// `true` takes the same grant away again, for records from then on.
    #[n(2)]
    #[cbor(default, skip_if = "is_false")]
    pub ended: bool,
}

fn is_false(b: &bool) -> bool {
    !*b
}

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

/// A device no longer trusted after a named link; its successors are untrusted whole (design §5).
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

/// A note erased (design §10): text and salt are deleted everywhere and refused for ever.
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
