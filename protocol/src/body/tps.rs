//! Polling stations.

use super::{Content, Ended};
use crate::{
    limit,
    place::Place,
    problem::{FieldError, at_most},
};

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
    /// It is no more.
    #[n(6)]
    pub ended: Option<Ended>,
}

impl Content for Tps {
    fn check(&self) -> Result<(), FieldError> {
        at_most("tps.voters", self.voters, limit::VOTERS)
    }

    fn sample() -> Self {
        let (access, signal) = (Access::VeryRemote, Signal::None);
        let ended = Some(Ended { successor: Place::new("62.06.13.2001/002").ok() });
        Self {
            voters: 271,
            male: Some(140),
            lat: Some(-153_214),
            lon: Some(11_321_456),
            access,
            signal,
            ended,
        }
    }
}
