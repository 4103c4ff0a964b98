//! Options of `import`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use pantau_protocol::place::Place;

pub(super) const HELP: &str = "Example:\n  \
    pantau-server import --regions regions.csv --tps tps.csv --profile pemilu-2024 \\\n    \
    --checklists shipped --officers officers.csv\n\n\
    Tables are UTF-8 CSV with a first line of column names, in any order:\n  \
    regions   code,parent,level,name   (level: province, kabupaten, kota, kecamatan, desa, kelurahan)\n  \
    tps       village_code,number,voters,voters_male,voters_female,lat,lon,access,signal\n  \
    officers  number,name,phone,role,place   (role: Camat, FieldOfficer, LogisticsStaff, Viewer, …)\n  \
    packing   tps,containers,seals,items   (seals K1;K2 and items 10=305;11=2, with blanks or ; between)\n\n\
    Everything is checked first; if anything is wrong, all of it is listed by line and column and nothing is \
    written. Importing again writes only what changed. Of an officer who is in the file, the rows are all \
    grants: one that is gone from the file ends. A number is a person: where name and phone number both change \
    the file is refused, unless --replace-person or --same-person names the number. Officers that the file lacks \
    are listed, and --ended missing ends their grants. Regions and TPS that a file \
    lacks are listed and stay; --retire missing ends them, --moved OLD=NEW ends one with its successor. What was \
    reported there stays and is shown; counts leave ended places out. A row of the file brings a place back. \
    A profile or checklist that changed needs a higher version.";

/// Two codes with `=` between.
fn pair(text: &str) -> Result<(Place, Place), String> {
    let (old, new) = text.split_once('=').ok_or("write the old code, =, and the new one")?;
    let place = |code: &str| Place::typed(code.trim()).map_err(|e| e.to_string());
    Ok((place(old)?, place(new)?))
}

/// What the log has and a file lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Missing {
    /// All of it.
    Missing,
}

/// Options of `import`.
#[derive(Debug, Args)]
#[group(skip)]
#[command(group = ArgGroup::new("files").required(true).multiple(true).args(["regions", "tps", "profile", "checklists", "officers", "packing", "moved"]))]
pub(crate) struct Import {
    /// Table of regions.
    #[arg(long, value_name = "FILE.csv")]
    pub(crate) regions: Option<PathBuf>,
    /// Table of polling stations.
    #[arg(long, value_name = "FILE.csv")]
    pub(crate) tps: Option<PathBuf>,
    /// Election profile: a file, or the name of one that is shipped (pemilu-2024, pilkada-2024).
    #[arg(long, value_name = "FILE.json|NAME")]
    pub(crate) profile: Option<PathBuf>,
    /// Checklists: a file, or `shipped`.
    #[arg(long, value_name = "FILE.json|shipped")]
    pub(crate) checklists: Option<PathBuf>,
    /// Table of officers and their grants.
    #[arg(long, value_name = "FILE.csv")]
    pub(crate) officers: Option<PathBuf>,
    /// Table of packing lists: what was packed into the kit of each TPS. An item that is not named was not counted.
    #[arg(long, value_name = "FILE.csv")]
    pub(crate) packing: Option<PathBuf>,
    /// Only check, write nothing.
    #[arg(long)]
    pub(crate) check: bool,
    /// Do not ask about what can hardly be: it is so.
    #[arg(long)]
    pub(crate) yes: bool,
    /// This number goes to another person: the grants of the one before end, his phones are no longer trusted and
    /// his open codes are void; what he wrote stays, under his name. May be given several times.
    #[arg(long, value_name = "N", requires = "officers")]
    pub(crate) replace_person: Vec<u32>,
    /// This number stays with its person although name and phone number change. May be given several times.
    #[arg(long, value_name = "N", requires = "officers")]
    pub(crate) same_person: Vec<u32>,
    /// What becomes of officers who have a grant and are not in the file: `missing` ends their grants.
    #[arg(long, value_name = "WHO", requires = "officers")]
    pub(crate) ended: Option<Missing>,
    /// What becomes of places that are in the log and not in the file: `missing` ends them and all that lies in them.
    /// Give whole files: one with a few corrected rows lacks all others.
    #[arg(long, value_name = "WHICH")]
    pub(crate) retire: Option<Missing>,
    /// This place has moved to another code, or was merged into another place: it ends, with that one as its
    /// successor. May be given several times.
    #[arg(long, value_name = "OLD=NEW", value_parser = pair)]
    pub(crate) moved: Vec<(Place, Place)>,
    /// The TPS of the file are made up: every page says so for as long as one of them is in use. Known by itself for the
    /// table that comes with Pantau, and for a row that is the same as one that is made up.
    #[arg(long)]
    pub(crate) synthetic: bool,
}
