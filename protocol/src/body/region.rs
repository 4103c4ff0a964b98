//! Regions, from the province to the village.

use super::Content;
use crate::problem::{FieldError, short};

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

impl Content for Region {
    fn check(&self) -> Result<(), FieldError> {
        short("region.name", &self.name)
    }

    fn sample() -> Self {
        Self { level: RegionLevel::District, name: "Katingan Tengah".into() }
    }
}
