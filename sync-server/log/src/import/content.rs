//! The rows of an import, parsed but not yet checked against each other. A program that has its data in
//! memory, such as the drill, fills these in itself.

use std::collections::{BTreeMap, BTreeSet};

use pantau_protocol::{
    body::{Packing, RegionLevel, Tps},
    checklist::Checklist,
    place::Place,
    profile::Profile,
    role::Role,
};

/// All rows of one import.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Content {
    /// What the files are called, for messages.
    pub names: FileNames,
    /// Regions.
    pub regions: Vec<RegionRow>,
    /// Polling stations.
    pub tps: Vec<TpsRow>,
    /// The election profile.
    pub profile: Option<Profile>,
    /// Checklists.
    pub checklists: Vec<Checklist>,
    /// Officers, one row a grant.
    pub officers: Vec<OfficerRow>,
    /// Packing lists of kits.
    pub packing: Vec<PackingRow>,
    /// What was odd about the files and is no mistake.
    pub remarks: Vec<String>,
    /// What the operator said beside the files.
    pub decided: Decided,
}

/// What the operator decided about what an import refuses, or leaves as it is, unless it is said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decided {
    /// Numbers that go to another person.
    pub replace: BTreeSet<u32>,
    /// Numbers that stay with their person although name and phone number change.
    pub same: BTreeSet<u32>,
    /// The grants of whoever the officers' file lacks end.
    pub end_missing: bool,
    /// Places that the files of regions and TPS lack end.
    pub retire_missing: bool,
    /// The TPS of the file are made up.
    pub synthetic: bool,
    /// Those of the log are, although they do not say so: see [`super::were_synthetic`].
    pub were_synthetic: bool,
    /// Places that end, each with its successor: moved to another code, or merged into another place.
    pub moved: BTreeMap<Place, Place>,
}

/// What the files are called in messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileNames {
    /// Of the regions.
    pub regions: String,
    /// Of the polling stations.
    pub tps: String,
    /// Of the profile.
    pub profile: String,
    /// Of the checklists.
    pub checklists: String,
    /// Of the officers.
    pub officers: String,
    /// Of the packing lists.
    pub packing: String,
}

impl Default for FileNames {
    fn default() -> Self {
        Self {
            regions: "regions".into(),
            tps: "tps".into(),
            profile: "profile".into(),
            checklists: "checklists".into(),
            officers: "officers".into(),
            packing: "packing".into(),
        }
    }
}

/// One region. `line` is 0 for rows that come from no file, here and below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegionRow {
    /// Line of the file.
    pub line: u64,
    /// Code.
    pub place: Place,
    /// Level.
    pub level: RegionLevel,
    /// Name as published.
    pub name: String,
}

/// One polling station.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TpsRow {
    /// Line of the file.
    pub line: u64,
    /// Code.
    pub place: Place,
    /// What is known of it.
    pub tps: Tps,
}

/// The packing list of the kit of one TPS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackingRow {
    /// Line of the file.
    pub line: u64,
    /// The TPS.
    pub place: Place,
    /// What was packed.
    pub packing: Packing,
}

/// One grant of one officer. Rows of the same number are one person.
#[derive(Clone, PartialEq, Eq)]
pub struct OfficerRow {
    /// Line of the file.
    pub line: u64,
    /// Number, unique in this deployment.
    pub number: u32,
    /// Name; a later row of the same person may leave it empty.
    pub name: String,
    /// Phone number; may be empty.
    pub phone: String,
    /// Role.
    pub role: Role,
    /// Scope of the role.
    pub place: Place,
}

impl std::fmt::Debug for OfficerRow {
    /// Leaves name and phone out: rows end up in logs and test output.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OfficerRow({}: {} @ {})", self.number, self.role.name(), self.place)
    }
}
