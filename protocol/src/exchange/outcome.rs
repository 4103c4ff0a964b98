//! Outcomes are values, not errors: each is something the phone acts on.

use super::Head;
use crate::{journal::DeviceId, limit};

crate::int_enum!(
    /// Why a record is quarantined. Nothing is refused for a wrong clock or an unknown kind.
    Reason {
        /// The payload is no canonical record.
        Malformed = 1,
        /// A limit is exceeded.
        OverLimit = 2,
        /// A value that cannot be.
        Impossible = 3,
        /// A place that no grant of this device ever covered.
        OutsideGrants = 4,
        /// More branches of this journal than the server follows.
        TooManyBranches = 5,
        /// The author's role may not write this kind.
        NotYourRole = 6,
    }
);

/// One quarantined record.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Held {
    /// Its sequence number.
    #[n(0)]
    pub seq: u64,
    /// Why.
    #[n(1)]
    pub reason: Reason,
    /// The field that is wrong, by the name in `docs/PROTOCOL.md`; empty if it is the whole.
    #[n(2)]
    pub field: String,
}

/// Records of a revoked officer that count all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Counted {
    /// One of his devices.
    #[n(0)]
    pub device: DeviceId,
    /// First sequence number.
    #[n(1)]
    pub first: u64,
    /// Last sequence number.
    #[n(2)]
    pub last: u64,
}

/// What became of a push, or what the server wants next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// At least one record was new; the receipt tells how far.
    Stored,
    /// All records were held before.
    Duplicate,
    /// The server does not hold what this journal stands on, or its log ends before what the phone has read; these
    /// heads it does hold.
    Gap {
        /// Heads of the branches held of this device; empty if none.
        heads: Vec<Head>,
    },
    /// The server holds records of this journal beyond the phone's last: the phone was restored.
    Behind {
        /// Last record held.
        have: u64,
    },
    /// From this record on the journal is a branch of its own: it was cloned or restored.
    Fork {
        /// First record of the branch.
        at: u64,
        /// Number of the branch.
        branch: u32,
    },
    /// These records are held, and set aside for a person to look at.
    Quarantined(Vec<Held>),
    /// The device was revoked: uploads are kept as evidence, nothing is read. Also said to a device that
    /// follows a revoked one, and is not registered for that.
    Revoked {
        /// What counts all the same of all devices of this officer; the rest does not count.
        counted: Vec<Counted>,
    },
    /// The server does not know this device: present the certificate.
    Unknown,
    /// The request cannot be read; nothing was stored.
    Malformed,
    /// Signature or links do not fit: nothing of the segment was stored.
    Refused,
    /// Too old a version for pages; uploads are still taken.
    Upgrade {
        /// Oldest version that gets pages.
        min: u32,
    },
    /// Overloaded: nothing was stored, come back.
    Later {
        /// Seconds to wait.
        after_s: u32,
    },
    /// An outcome of a newer server, kept as its number and otherwise ignored.
    Other(u32),
}

/// The wire form: code and whichever of the numbers it uses.
#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(map)]
struct Wire {
    #[n(0)]
    code: u32,
    #[n(1)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    heads: Vec<Head>,
    #[n(2)]
    #[cbor(default, skip_if = "Vec::is_empty")]
    held: Vec<Held>,
    #[n(3)]
    a: Option<u64>,
    #[n(4)]
    b: Option<u32>,
    #[n(5)]
    #[cbor(
        default,
        skip_if = "Vec::is_empty",
        decode_with = "crate::cbor::at_most::<_, _, { limit::COUNTED_SPANS }>"
    )]
    counted: Vec<Counted>,
}

impl From<&Outcome> for Wire {
    fn from(o: &Outcome) -> Self {
        let wire =
            |code| Self { code, heads: Vec::new(), held: Vec::new(), a: None, b: None, counted: Vec::new() };
        match o {
            Outcome::Stored => wire(1),
            Outcome::Duplicate => wire(2),
            Outcome::Gap { heads } => Self { heads: heads.clone(), ..wire(3) },
            Outcome::Behind { have } => Self { a: Some(*have), ..wire(4) },
            Outcome::Fork { at, branch } => Self { a: Some(*at), b: Some(*branch), ..wire(5) },
            Outcome::Quarantined(held) => Self { held: held.clone(), ..wire(6) },
            Outcome::Revoked { counted } => Self { counted: counted.clone(), ..wire(7) },
            Outcome::Unknown => wire(8),
            Outcome::Malformed => wire(9),
            Outcome::Refused => wire(10),
            Outcome::Upgrade { min } => Self { b: Some(*min), ..wire(11) },
            Outcome::Later { after_s } => Self { b: Some(*after_s), ..wire(12) },
            Outcome::Other(n) => wire(*n),
        }
    }
}

impl From<Wire> for Outcome {
    fn from(w: Wire) -> Self {
        match w.code {
            1 => Self::Stored,
            2 => Self::Duplicate,
            3 => Self::Gap { heads: w.heads },
            4 => Self::Behind { have: w.a.unwrap_or(0) },
            5 => Self::Fork { at: w.a.unwrap_or(0), branch: w.b.unwrap_or(0) },
            6 => Self::Quarantined(w.held),
            7 => Self::Revoked { counted: w.counted },
            8 => Self::Unknown,
            9 => Self::Malformed,
            10 => Self::Refused,
            11 => Self::Upgrade { min: w.b.unwrap_or(0) },
            12 => Self::Later { after_s: w.b.unwrap_or(0) },
            n => Self::Other(n),
        }
    }
}

impl<C> minicbor::Encode<C> for Outcome {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        Wire::from(self).encode(e, ctx)
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Outcome {
    fn decode(d: &mut minicbor::Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        Wire::decode(d, ctx).map(Into::into)
    }
}
