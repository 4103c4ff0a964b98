//! `cargo xtask screenshots`: the pages of the desk as pictures, of a small drill on the eve.

use std::{env::consts::EXE_SUFFIX, io, path::PathBuf, process::Command, process::ExitCode};

use crate::browser::WORKSPACE;
use crate::command::{cargo, exit_code, root, succeeds, target};
use crate::tools::{self, C_COMPILER, CHROMEDRIVER, CHROMIUM};

/// Play a small drill to the eve and store the main pages of the desk as pictures
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder of the pictures
    #[arg(default_value = "docs/screenshots")]
    folder: PathBuf,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    if let Err(what_to_do) = tools::ensure([C_COMPILER, CHROMIUM, CHROMEDRIVER].iter(), true) {
        eprintln!("{what_to_do}");
        return ExitCode::from(2);
    }
    exit_code("screenshots", take(args))
}

fn take(args: &Args) -> io::Result<bool> {
    let build = format!("build --locked {WORKSPACE} --bin pantau-drill --example screenshots");
    if !succeeds(&mut cargo(&build))? {
        return Ok(false);
    }
    let built = |name: &str| target().join("debug").join(format!("{name}{EXE_SUFFIX}"));
    let mut take = Command::new(built("examples/screenshots"));
    take.arg(built("pantau-drill")).arg(&args.folder).current_dir(root());
    succeeds(&mut take)
}
