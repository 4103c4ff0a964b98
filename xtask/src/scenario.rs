//! `cargo xtask scenario`: plays scenario files against the engine, for people who write them.

use std::{io, path::PathBuf, process::ExitCode};

use crate::command::{cargo, exit_code, succeeds};

/// Play scenario files, and print what came out against what was expected
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files or folders to play; docs/SCENARIOS.md says how to write one [default: scenarios]
    files: Vec<PathBuf>,

    /// Print every expectation, not only those that came out otherwise
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    exit_code("scenario", play(args))
}

fn play(args: &Args) -> io::Result<bool> {
    let mut play = cargo("run --quiet --locked --package pantau-scenario --");
    if args.all || args.files.len() == 1 && args.files.iter().all(|file| file.is_file()) {
        play.arg("--all");
    }
    if args.files.is_empty() {
        play.arg("scenarios");
    }
    for file in &args.files {
        play.arg(std::path::absolute(file)?);
    }
    succeeds(&mut play)
}
