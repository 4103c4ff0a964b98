//! `cargo xtask campaign`: the suites that draw lots, many times as long as in CI, with a ledger of the seeds
//! that were played.

use std::{io, path::PathBuf, process::ExitCode};

use crate::command::{cargo, exit_code, root, stream};
use crate::tally::{Tally, result_line};

/// Play the suites of pantau-tests many times as long as CI does
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A suite, as `cargo test --test NAME` calls it; may be given several times [default: all]
    #[arg(long, value_name = "NAME")]
    suite: Vec<String>,

    /// Only tests whose name contains this
    #[arg(long, value_name = "PART")]
    test: Option<String>,

    /// How many times as many games as in CI
    #[arg(long, default_value_t = 10)]
    factor: u64,

    /// Play the games of this seed again
    #[arg(long)]
    seed: Option<u64>,

    /// File to which each suite adds a line: name, seed, games [default: target/campaign.ledger]
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    exit_code("campaign", play(args).map(|tally| matches!(tally, Tally { passed: 1.., failed: 0 })))
}

fn play(args: &Args) -> io::Result<Tally> {
    let ledger = args.ledger.clone().unwrap_or_else(|| root().join("target").join("campaign.ledger"));
    let mut words = "test --locked --no-fail-fast --package pantau-tests".to_owned();
    for suite in &args.suite {
        words += &format!(" --test {suite}");
    }
    words += " -- --nocapture";
    if let Some(part) = &args.test {
        words += &format!(" {part}");
    }
    let mut test = cargo(&words);
    test.env("PANTAU_FACTOR", args.factor.to_string()).env("PANTAU_LEDGER", std::path::absolute(&ledger)?);
    if let Some(seed) = args.seed {
        test.env("PANTAU_SEED", seed.to_string());
    }
    let mut tally = Tally::default();
    let succeeded = stream(&mut test, |line| tally += result_line(line).unwrap_or_default())?;
    let tally = tally.confirmed(succeeded);
    println!("\nLedger: {}", ledger.display());
    println!("{} passed, {} failed", tally.passed, tally.failed);
    Ok(tally)
}
