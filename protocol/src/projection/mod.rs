//! The projection: a pure fold of records into the state of every place.
//!
//! Same code on the phone and on the server; any order, any duplication, incremental or from scratch:
//! the same result, to the byte. The state of a place depends only on the records that carry its place
//! key and on the [`Reference`]; [`place_state`] is that function.

mod closings;
mod custody;
mod cx;
mod directives;
pub mod findings;
mod fold;
mod heard;
mod horizon;
mod incidents;
mod judge;
mod logistics;
mod named;
mod person;
mod plan;
mod plausible;
mod progress;
mod reference;
mod rollup;
mod standby;
mod state;
mod trust;
mod turnout;
mod visits;
mod words;

pub use custody::{
    Boxes, Custody, DeadlineVerdict, Flow, Kits, Leg, LegItem, Seals, Stand, Stop, Underway, Whereabouts,
    custody,
};
pub use cx::{Mark, Said};
pub use directives::{DirectiveState, answerer};
pub use fold::{Changed, Fold, state_digest};
pub use heard::Heard;
pub use incidents::IncidentState;
pub use judge::{Judged, Judgement, judge};
pub use logistics::{Arrival, ItemState, KitAt};
pub use plausible::{Doubt, ballots, turnout_believed, turnout_doubts};
pub use progress::ProgressState;
pub use reference::{Author, OfficerGrant, Reference};
pub use rollup::Rollup;
pub use state::{PlaceState, place_state};
pub use trust::{Distrust, Revocation};
pub use turnout::{HourSum, Hours};
pub use visits::AnswerState;

use crate::{
    body::Body,
    journal::{DeviceId, RecordId},
    place::Place,
    record::{self, BadPayload, Record},
    time::Envelope,
};

/// Version of the fold: phone and server compare states only of the same version.
pub const VERSION: u32 = 8;

/// One record as the fold sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Its id.
    pub id: RecordId,
    /// Author's device.
    pub device: DeviceId,
    /// Branch of its journal.
    pub branch: u32,
    /// Sequence number.
    pub seq: u64,
    /// What the server fixed; absent while the record is only on this phone.
    pub envelope: Option<Envelope>,
    /// The record.
    pub record: Record,
    /// Its body as written; for a `Correct`, the `Correct` itself.
    pub body: Body,
    /// What it states: the body, or the new body of a `Correct`.
    pub statement: Body,
}

impl Fact {
    /// Reads a payload into a fact.
    ///
    /// # Errors
    /// A payload that is no record or whose body cannot be read: such rows are quarantined and never folded.
    pub fn new(
        id: RecordId,
        (device, branch, seq): (DeviceId, u32, u64),
        envelope: Option<Envelope>,
        payload: &[u8],
    ) -> Result<Self, BadPayload> {
        let record = Record::from_payload(payload)?;
        let body = record.decode_body()?;
        let statement = record::statement(&body)?.into_owned();
        Ok(Self { id, device, branch, seq, envelope, record, body, statement })
    }

    /// The places whose state this fact enters.
    pub fn place_keys(&self) -> Vec<Place> {
        self.record.place_keys()
    }

    /// Who wrote it, and where in his journal it stands.
    pub fn author(&self) -> Author {
        (self.device, self.branch, self.seq)
    }

    /// Whether it takes the place of the same record as it was known: see the rule of every fold, `replaces`.
    pub fn replaces(&self, known: &Self) -> bool {
        replaces((known.envelope, known.branch), (self.envelope, self.branch))
    }

    /// The moment it counts at, unix seconds.
    pub fn effective_at(&self) -> i64 {
        crate::time::effective(self.record.at, self.envelope.as_ref()).at
    }
}

/// Whether the same record, seen again with this envelope and branch, replaces what is known of it: an
/// envelope replaces none, else the smaller pair stays, so that the order of arrival does not matter.
/// (The id does not name the branch: two branches can hold the same bytes under one number.)
fn replaces(known: (Option<Envelope>, u32), new: (Option<Envelope>, u32)) -> bool {
    match (known.0, new.0) {
        (None, Some(_)) => true,
        (Some(_), None) => false,
        (None, None) | (Some(_), Some(_)) => new < known,
    }
}
