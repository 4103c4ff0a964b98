//! `cargo xtask test`: install what is missing, run every part, report.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::builder::{PossibleValue, PossibleValuesParser};

use crate::parts::{PARTS, Part};
use crate::report::{self, Row};
use crate::tally::Tally;
use crate::tools;

/// What a script may rely on: a missing tool is told apart from a failing test.
const EXIT_CODES: &str = "\
Exit code: 0 all passed, 1 something failed, 2 a tool is missing or the usage is wrong.
The last line is always `N passed, N failed`: each test counts, each other part counts as one.";

/// Check the workspace: all parts in order, going on after one that fails
#[derive(clap::Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Args {
    /// Run only this part; may be given several times
    #[arg(long, value_name = "NAME", value_parser = part_names())]
    only: Vec<String>,

    /// Install nothing: if a tool is missing, print the line that installs it and exit 2
    #[arg(long)]
    no_install: bool,
}

impl Args {
    fn wants(&self, part: &Part) -> bool {
        if self.only.is_empty() { !part.on_request } else { self.only.iter().any(|name| name == part.name) }
    }
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let parts: Vec<&Part> = PARTS.iter().filter(|part| args.wants(part)).collect();
    let needs = parts.iter().flat_map(|part| part.needs);
    if let Err(what_to_do) = tools::ensure(needs, !args.no_install) {
        eprintln!("{what_to_do}");
        return ExitCode::from(2);
    }

    let rows: Vec<Row> = parts.into_iter().map(measure).collect();
    let left: Vec<&str> =
        PARTS.iter().filter(|p| args.only.is_empty() && p.on_request).map(|p| p.name).collect();
    if !left.is_empty() {
        println!("\nonly when asked for by --only: {}", left.join(", "));
    }
    println!("\n{}", report::table(&rows));
    if report::total(&rows).failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn measure(part: &Part) -> Row {
    println!("\n== {}: {}", part.name, part.about);
    let (outcome, took) = timed(part.run);
    let tally = outcome.unwrap_or_else(|error| {
        eprintln!("{}: {error}", part.name);
        Tally::one(false)
    });
    Row { name: part.name, took, tally }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the seconds a part takes are wall time, and nothing is decided by them"
)]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let outcome = work();
    (outcome, start.elapsed())
}

fn part_names() -> PossibleValuesParser {
    PARTS.iter().map(|part| PossibleValue::new(part.name).help(part.about)).into()
}
