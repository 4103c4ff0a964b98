//! Import of a province: regions, TPS, profile, checklists and officers become reference records.
//!
//! Three steps, apart from each other: [`parse`] turns bytes into rows and names line and column of
//! whatever is wrong, [`plan`] checks the rows against each other and against the log and finds what
//! changed, and whoever calls appends the statements in one go. Nothing is written before all is right.

mod apply;
mod content;
mod json;
mod officers;
mod packing;
mod plan;
mod problem;
mod regions;
mod table;
mod text;
mod tps;

pub use crate::projector::{Contact, Told};
pub use apply::{apply, is_shipped_tps, known, were_synthetic};
pub use content::{Content, Decided, FileNames, OfficerRow, PackingRow, RegionRow, TpsRow};
pub use plan::{Known, Lacking, Plan, Statement, Tally, plan};
pub use problem::{Problem, Problems, Spot};
pub use table::Source;

/// The files of one import; each may be left out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Files<'a> {
    /// `code,parent,level,name`.
    pub regions: Option<Source<'a>>,
    /// `village_code,number,voters,voters_male,voters_female,lat,lon,access,signal`.
    pub tps: Option<Source<'a>>,
    /// One election profile as JSON.
    pub profile: Option<Source<'a>>,
    /// A list of checklists as JSON.
    pub checklists: Option<Source<'a>>,
    /// `number,name,phone,role,place`.
    pub officers: Option<Source<'a>>,
    /// `tps,containers,seals,items`.
    pub packing: Option<Source<'a>>,
}

/// Reads the files.
///
/// # Errors
/// Everything that is wrong in them, by file, line and column.
pub fn parse(files: &Files<'_>) -> Result<Content, Problems> {
    let mut problems = Problems::default();
    let mut content = Content::default();
    let remarks = &mut content.remarks;
    if let Some(file) = &files.regions {
        content.names.regions = file.name.to_owned();
        content.regions = regions::read(file, remarks, &mut problems);
    }
    if let Some(file) = &files.tps {
        content.names.tps = file.name.to_owned();
        content.tps = tps::read(file, remarks, &mut problems);
    }
    if let Some(file) = &files.profile {
        content.names.profile = file.name.to_owned();
        content.profile = json::profile(file, &mut problems);
    }
    if let Some(file) = &files.checklists {
        content.names.checklists = file.name.to_owned();
        content.checklists = json::checklists(file, &mut problems);
    }
    if let Some(file) = &files.officers {
        content.names.officers = file.name.to_owned();
        content.officers = officers::read(file, remarks, &mut problems);
    }
    if let Some(file) = &files.packing {
        content.names.packing = file.name.to_owned();
        content.packing = packing::read(file, remarks, &mut problems);
    }
    problems.or(content)
}

/// Reads the files and plans against an empty log: what a new province starts with.
///
/// # Errors
/// See [`parse`] and [`plan`].
pub fn province(files: &Files<'_>) -> Result<Plan, Problems> {
    plan(&parse(files)?, &Known::nothing())
}

#[cfg(test)]
mod packing_tests;
#[cfg(test)]
mod person_tests;
#[cfg(test)]
mod tests;
