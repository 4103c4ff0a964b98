//! Bodies: what a record says. The number of a kind is for ever; each body is a CBOR map with
//! integer keys, and a body this version does not know is kept as raw bytes (docs/PROTOCOL.md, Bodies).
//!
//! Each kind has a file with its struct, what its content may be and an example, and one line in the
//! registry below. A kind that nobody built has a line without a struct: its bodies stay opaque.

pub mod checklist;
mod content;
mod correct;
mod daily_report;
mod device;
mod directive;
mod dispatch;
mod ended;
mod erase;
mod grant;
mod handover;
mod incident;
mod incident_update;
mod kits;
mod officer;
mod packing;
pub mod profile;
mod receive;
mod region;
mod registry;
mod retract;
mod revoke;
mod ruling;
mod server_keys;
mod standby;
mod tps;
mod turnout;
mod visit;

pub use content::{Class, Content};
pub use correct::Correct;
pub use daily_report::{DailyReport, DailyRow, Figures};
pub use device::Device;
pub use directive::Directive;
pub use dispatch::{Containers, Dispatch, Loose, Packed, Point, SealOut};
pub use ended::Ended;
pub use erase::Erase;
pub use grant::Grant;
pub use handover::{Acceptance, Handover};
pub use incident::{Category, Incident, Severity};
pub use incident_update::{IncidentUpdate, Progress};
pub use officer::Officer;
pub use packing::{PackedItem, Packing};
pub use receive::{CustodyKind, Found, Line, LineState, Receive, Rest, Seal, SealState};
pub use region::{Region, RegionLevel};
pub use retract::Retract;
pub use revoke::{Revoke, Trusted};
pub use ruling::{BadFindingId, Closing, FindingId, Rule, Ruling, Share, Verdict, Version};
pub use server_keys::{KeyState, KeyUse, ServerKey, ServerKeys};
pub use standby::{Situation, Standby};
pub use tps::{Access, Signal, Tps};
pub use turnout::Turnout;
pub use visit::{Answer, Visit, Way};

use checklist::Checklist;
use content::{sample_id, sample_places};
use profile::Profile;

use crate::role::{ADMIN, DESK, HANDLERS, REPORTERS, VISITORS};

// Number, name, body, class, who may write it. `draft`: it may be saved before it is finished.
registry::kinds! {
    /// Visit to a TPS or office with its checklist.
    1 Visit(Visit) Field VISITORS draft;
    /// Goods handed over at one hop.
    2 Dispatch(Dispatch) Field HANDLERS draft;
    /// Goods received at one hop.
    3 Receive(Receive) Field HANDLERS draft;
    /// Obstacle (kendala).
    4 Incident(Incident) Field REPORTERS draft;
    /// Progress on an incident, or on a directive.
    5 IncidentUpdate(IncidentUpdate) Field REPORTERS draft;
    /// Voters so far.
    6 Turnout(Turnout) Field VISITORS draft;
    /// Roll call of a team.
    7 Standby(Standby) Field REPORTERS draft;
    /// Reserved: voter education event.
    8 Outreach Field REPORTERS;
    /// Reserved: staff who checked their voter list entry.
    9 VoterListCheck Field REPORTERS;
    /// What the giver was shown or told of the receiver's answer to a dispatch.
    10 Handover(Handover) Field HANDLERS;
    /// Task from the desk.
    20 Directive(Directive) Desk DESK;
    /// Decision of the desk about records.
    21 Ruling(Ruling) Trust DESK;
    /// Reserved: planned official visit.
    22 VipVisit Desk DESK;
    /// Reserved: election budget status.
    23 Budget Desk DESK;
    /// Daily report of the desk (Laporan Harian).
    24 DailyReport(DailyReport) Desk DESK;
    /// A region.
    40 Region(Region) Reference ADMIN;
    /// A polling station.
    41 Tps(Tps) Reference ADMIN;
    /// The election profile.
    42 Profile(Box<Profile>) Reference ADMIN;
    /// A versioned checklist.
    43 Checklist(Checklist) Reference ADMIN;
    /// An officer; name and phone are notes.
    44 Officer(Officer) Reference ADMIN;
    /// A device key and its officer.
    45 Device(Device) Trust ADMIN;
    /// Role and scope of an officer.
    46 Grant(Grant) Trust ADMIN;
    /// A device no longer trusted.
    47 Revoke(Revoke) Trust ADMIN;
    /// Server keys added or retired.
    48 ServerKeys(ServerKeys) Reference ADMIN;
    /// A note erased.
    49 Erase(Erase) Reference ADMIN;
    /// The packing list of the kit of a TPS.
    50 Packing(Packing) Reference ADMIN;
    /// Supersedes a record with a whole new body.
    60 Correct(Correct) Amendment REPORTERS;
    /// Supersedes a record with nothing.
    61 Retract(Retract) Amendment REPORTERS;
}

#[cfg(test)]
mod tests;
