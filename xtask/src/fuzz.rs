//! `cargo xtask fuzz`: every decoder under cargo-fuzz on stable Rust, from the seeds in `fuzz/seeds` and what
//! earlier runs found (`fuzz/corpus`). What breaks one is kept in `fuzz/artifacts`.

use std::{fs, io, process::ExitCode};

use crate::command::{exit_code, root, succeeds};
use crate::tools;

/// Fuzz the decoders with cargo-fuzz
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Seconds for each decoder
    #[arg(long, default_value_t = 30)]
    seconds: u64,

    /// A decoder, as `fuzz/fuzz_targets` calls it; may be given several times [default: all]
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,

    /// Do not install cargo-fuzz if it is missing
    #[arg(long)]
    no_install: bool,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    if let Err(missing) = tools::ensure([tools::CARGO_FUZZ].iter(), !args.no_install) {
        eprintln!("{missing}");
        return ExitCode::from(2);
    }
    exit_code("fuzz", fuzz_all(args).map(|counts| matches!(counts, (1.., 0))))
}

/// Numbers of decoders that stood and that fell.
fn fuzz_all(args: &Args) -> io::Result<(u32, u32)> {
    let (mut stood, mut fell) = (0, 0);
    for name in targets(&args.only)? {
        println!("\n== fuzz: {name}");
        let corpus = format!("fuzz/corpus/{name}");
        fs::create_dir_all(root().join(&corpus))?;
        // Without a sanitizer, which needs a nightly compiler: panics and broken promises are what is sought.
        let words = format!(
            "run --sanitizer none {name} {corpus} fuzz/seeds/{name} -- -max_total_time={} -max_len=8192",
            args.seconds
        );
        if succeeds(&mut tools::FUZZ.command(&words))? {
            stood += 1;
        } else {
            println!("BROKEN: {name}");
            fell += 1;
        }
    }
    println!("\n{stood} passed, {fell} failed");
    Ok((stood, fell))
}

fn targets(only: &[String]) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root().join("fuzz").join("fuzz_targets"))? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if only.is_empty() || only.contains(&name) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
