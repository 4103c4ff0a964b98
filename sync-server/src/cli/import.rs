//! `import`: files into the log, all or nothing.

use std::path::Path;

use pantau_log::{
    DataDir,
    import::{self, Decided, Files, Plan, Source},
    store,
};
use pantau_protocol::{checklist::Checklist, profile::Profile};

use super::{
    agree::agree,
    args::Import,
    fail::{Done, Failure},
    out,
};

/// What a file lacks is listed up to here; --check lists all.
const LACKING_SHOWN: usize = 20;

/// Runs it.
pub(crate) fn run(dir: &DataDir, args: &Import) -> Done {
    let files = Loaded::read(args)?;
    out::note("Checking the files …");
    let mut content = import::parse(&files.borrow())?;
    content.profile = content.profile.or(files.shipped_profile.clone());
    content.checklists.extend(files.shipped_checklists.clone());
    content.decided = Decided {
        replace: args.replace_person.iter().copied().collect(),
        same: args.same_person.iter().copied().collect(),
        end_missing: args.ended.is_some(),
        retire_missing: args.retire.is_some(),
        moved: args.moved.iter().cloned().collect(),
        ..Decided::default()
    };
    let server = super::open(dir)?;
    let shipped = files.tps.as_ref().is_some_and(|f| import::is_shipped_tps(&f.bytes));
    content.decided.synthetic = args.synthetic || shipped;
    content.decided.were_synthetic = store::read(server.store(), |view| Ok(import::were_synthetic(view)))??;
    let plan = {
        let known = server.known()?;
        import::plan(&content, &import::known(&known))?
    };
    tell(&plan, args.check);
    if args.check {
        out::line("Checked; nothing was written.");
        return Ok(());
    }
    if !plan.asks.is_empty() {
        agree(args.yes, "Is all of this so?", "yes")?;
    }
    finish(&server, plan)
}

fn finish(server: &pantau_log::Server, plan: Plan) -> Done {
    if plan.statements.is_empty() {
        out::line("Everything is in the log already; nothing was written.");
        return Ok(());
    }
    out::note(format_args!("Writing {} records …", plan.statements.len()));
    let written = import::apply(server, plan)?;
    out::line(format_args!("{written} records written."));
    Ok(())
}

/// What is new, changed and as it was, and what the files lack: the first of it, or all where nothing else is done.
fn tell(plan: &Plan, all: bool) {
    for (what, tally) in &plan.tallies {
        out::line(format_args!(
            "{what:<11} {:>6} new  {:>6} changed  {:>6} unchanged",
            tally.new, tally.changed, tally.same
        ));
    }
    for ask in &plan.asks {
        out::note(format_args!("can this be? {ask}"));
    }
    for lacking in &plan.lacking {
        out::note(format_args!("{}:", lacking.what));
        let shown = if all { lacking.each.len() } else { lacking.each.len().min(LACKING_SHOWN) };
        for each in lacking.each.iter().take(shown) {
            out::note(format_args!("  {each}"));
        }
        if shown < lacking.each.len() {
            out::note(format_args!("  … and {} more; --check lists all", lacking.each.len() - shown));
        }
    }
    for warning in &plan.warnings {
        out::note(format_args!("warning: {warning}"));
    }
}

/// A file in memory.
struct Loaded {
    regions: Option<File>,
    tps: Option<File>,
    profile: Option<File>,
    checklists: Option<File>,
    officers: Option<File>,
    packing: Option<File>,
    shipped_profile: Option<Profile>,
    shipped_checklists: Vec<Checklist>,
}

struct File {
    name: String,
    bytes: Vec<u8>,
}

impl Loaded {
    fn read(args: &Import) -> Result<Self, Failure> {
        let file = |path: &Option<std::path::PathBuf>| path.as_deref().map(read).transpose();
        let mut loaded = Self {
            regions: file(&args.regions)?,
            tps: file(&args.tps)?,
            profile: None,
            checklists: None,
            officers: file(&args.officers)?,
            packing: file(&args.packing)?,
            shipped_profile: None,
            shipped_checklists: Vec::new(),
        };
        if let Some(path) = &args.profile {
            loaded.shipped_profile = Profile::shipped().into_iter().find(|p| path == Path::new(&p.code));
            if loaded.shipped_profile.is_none() {
                loaded.profile = Some(read_profile(path)?);
            }
        }
        match args.checklists.as_deref() {
            Some(path) if path == Path::new("shipped") => loaded.shipped_checklists = Checklist::shipped(),
            Some(path) => loaded.checklists = Some(read(path)?),
            None => {}
        }
        Ok(loaded)
    }

    fn borrow(&self) -> Files<'_> {
        fn source(file: &Option<File>) -> Option<Source<'_>> {
            file.as_ref().map(|f| Source { name: &f.name, bytes: &f.bytes })
        }
        Files {
            regions: source(&self.regions),
            tps: source(&self.tps),
            profile: source(&self.profile),
            checklists: source(&self.checklists),
            officers: source(&self.officers),
            packing: source(&self.packing),
        }
    }
}

fn read(path: &Path) -> Result<File, Failure> {
    let bytes = std::fs::read(path).map_err(|e| Failure::Usage(format!("{}: {e}", path.display())))?;
    Ok(File { name: path.display().to_string(), bytes })
}

fn read_profile(path: &Path) -> Result<File, Failure> {
    if path.exists() {
        return read(path);
    }
    let names: Vec<String> = Profile::shipped().into_iter().map(|p| p.code).collect();
    Err(Failure::Usage(format!(
        "--profile {}: no such file, and none of the shipped profiles ({})",
        path.display(),
        names.join(", ")
    )))
}
