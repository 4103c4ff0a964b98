//! Bodies: what a record says. The number of a kind is for ever; each body is a CBOR map with
//! integer keys, and a body this version does not know is kept as raw bytes (design §3, §4).

mod desk;
mod field;
mod reference;

pub use desk::{Correct, Directive, Retract, Ruling, Verdict};
pub use field::{
    Answer, Category, CustodyKind, Incident, IncidentUpdate, Line, LineState, Progress, Receive, Rest, Seal,
    SealState, Severity, Situation, Standby, Turnout, Visit, Way,
};
pub use reference::{
    Access, Device, Erase, Grant, KeyState, KeyUse, Officer, Region, RegionLevel, Revoke, ServerKey,
    ServerKeys, Signal, Tps, Trusted,
};

use crate::{
    cbor::{self, Raw},
    checklist::Checklist,
    place::Place,
    profile::Profile,
};

crate::int_enum!(
    /// The kind of a body. The numbers of planned bodies are reserved, whether built or not.
    Kind {
        /// Visit to a TPS or office with its checklist.
        Visit = 1,
        /// Reserved: goods handed over at one hop.
        Dispatch = 2,
        /// Goods received at one hop.
        Receive = 3,
        /// Obstacle (kendala).
        Incident = 4,
        /// Progress on an incident, or on a directive.
        IncidentUpdate = 5,
        /// Voters so far.
        Turnout = 6,
        /// Roll call of a team.
        Standby = 7,
        /// Reserved: voter education event.
        Outreach = 8,
        /// Reserved: staff who checked their voter list entry.
        VoterListCheck = 9,
        /// Task from the desk.
        Directive = 20,
        /// Decision of the desk about records.
        Ruling = 21,
        /// Reserved: planned official visit.
        VipVisit = 22,
        /// Reserved: election budget status.
        Budget = 23,
        /// A region.
        Region = 40,
        /// A polling station.
        Tps = 41,
        /// The election profile.
        Profile = 42,
        /// A versioned checklist.
        Checklist = 43,
        /// An officer; name and phone are notes.
        Officer = 44,
        /// A device key and its officer.
        Device = 45,
        /// Role and scope of an officer.
        Grant = 46,
        /// A device no longer trusted.
        Revoke = 47,
        /// Server keys added or retired.
        ServerKeys = 48,
        /// A note erased.
        Erase = 49,
        /// Supersedes a record with a whole new body.
        Correct = 60,
        /// Supersedes a record with nothing.
        Retract = 61,
    }
);

impl Kind {
    /// Whether a record of this kind is also visible below its place: what the desk says to a
    /// region concerns everyone inside it (design §5).
    pub fn is_from_above(self) -> bool {
        (20..60).contains(&self.number())
    }

    /// Whether a body of this kind may name places beside its record's: see [`Body::places`].
    pub fn names_places(self) -> bool {
        matches!(
            self,
            Self::Receive
                | Self::IncidentUpdate
                | Self::Correct
                | Self::Retract
                | Self::Ruling
                | Self::Device
                | Self::Revoke
                | Self::Erase
        )
    }

    /// Whether [`crate::projection::Reference`] is made of it: places, people, and whom to trust.
    pub fn is_reference(self) -> bool {
        (40..60).contains(&self.number()) || self == Self::Ruling
    }

    /// Whether it decides who may do what and whose records count.
    pub fn decides_trust(self) -> bool {
        matches!(self, Self::Device | Self::Grant | Self::Revoke | Self::Ruling)
    }
}

/// A decoded body. `Opaque` is a kind this version does not know or has only reserved.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// See [`Visit`].
    Visit(Visit),
    /// See [`Receive`].
    Receive(Receive),
    /// See [`Incident`].
    Incident(Incident),
    /// See [`IncidentUpdate`].
    IncidentUpdate(IncidentUpdate),
    /// See [`Turnout`].
    Turnout(Turnout),
    /// See [`Standby`].
    Standby(Standby),
    /// See [`Directive`].
    Directive(Directive),
    /// See [`Ruling`].
    Ruling(Ruling),
    /// See [`Region`].
    Region(Region),
    /// See [`Tps`].
    Tps(Tps),
    /// See [`Profile`].
    Profile(Box<Profile>),
    /// See [`Checklist`].
    Checklist(Checklist),
    /// See [`Officer`].
    Officer(Officer),
    /// See [`Device`].
    Device(Device),
    /// See [`Grant`].
    Grant(Grant),
    /// See [`Revoke`].
    Revoke(Revoke),
    /// See [`ServerKeys`].
    ServerKeys(ServerKeys),
    /// See [`Erase`].
    Erase(Erase),
    /// See [`Correct`].
    Correct(Correct),
    /// See [`Retract`].
    Retract(Retract),
    /// A kind without a body here; its bytes are kept.
    Opaque(Kind, Raw),
}

/// One list of the built bodies serves decode, encode and kind, so that they cannot drift apart.
macro_rules! bodies {
    ($($name:ident),+ $(,)?) => {
        impl Body {
            /// Decodes the body of a record of `kind`; unknown keys are skipped.
            ///
            /// # Errors
            /// A known kind whose bytes do not fit its shape.
            pub fn decode(kind: Kind, raw: &Raw) -> Result<Self, minicbor::decode::Error> {
                Ok(match kind {
                    $(Kind::$name => Self::$name(cbor::from_slice(&raw.0)?),)+
                    other => Self::Opaque(other, raw.clone()),
                })
            }

            /// Encodes the body.
            pub fn encode(&self) -> Raw {
                match self {
                    $(Self::$name(b) => Raw(cbor::to_vec(b)),)+
                    Self::Opaque(_, raw) => raw.clone(),
                }
            }

            /// The kind of this body.
            pub fn kind(&self) -> Kind {
                match self {
                    $(Self::$name(_) => Kind::$name,)+
                    Self::Opaque(kind, _) => *kind,
                }
            }
        }
    };
}

bodies!(
    Visit,
    Receive,
    Incident,
    IncidentUpdate,
    Turnout,
    Standby,
    Directive,
    Ruling,
    Region,
    Tps,
    Profile,
    Checklist,
    Officer,
    Device,
    Grant,
    Revoke,
    ServerKeys,
    Erase,
    Correct,
    Retract,
);

impl Body {
    /// The places this body names beside the record's own place (design §5, place keys).
    pub fn places(&self) -> &[Place] {
        match self {
            Self::Receive(b) => &b.kits,
            Self::IncidentUpdate(b) => &b.target_places,
            Self::Correct(b) => &b.target_places,
            Self::Retract(b) => &b.target_places,
            Self::Ruling(b) => &b.target_places,
            Self::Device(b) => &b.regions,
            Self::Revoke(b) => &b.regions,
            Self::Erase(b) => &b.target_places,
            Self::Visit(_)
            | Self::Incident(_)
            | Self::Turnout(_)
            | Self::Standby(_)
            | Self::Directive(_)
            | Self::Region(_)
            | Self::Tps(_)
            | Self::Profile(_)
            | Self::Checklist(_)
            | Self::Officer(_)
            | Self::Grant(_)
            | Self::ServerKeys(_)
            | Self::Opaque(..) => &[],
        }
    }
}
