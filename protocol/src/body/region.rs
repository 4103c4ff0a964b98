//! Regions, from the province to the village.

use super::{Content, Ended};
use crate::{
    place::Place,
    problem::{FieldError, short},
};

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
    /// It is no more. What lies in it has ended only where its own record says so.
    #[n(2)]
    pub ended: Option<Ended>,
}

impl Content for Region {
    fn check(&self) -> Result<(), FieldError> {
        short("region.name", &self.name)
    }

    fn sample() -> Self {
        let ended = Some(Ended { successor: Place::new("62.06.14").ok() });
        Self { level: RegionLevel::District, name: "Katingan Tengah".into(), ended }
    }
}
