//! `pantau-scenario FILE...`: plays scenario files and prints what came out against what was expected.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool speaks on its standard streams"
)]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use pantau_scenario::{
    RULES,
    check::{Came, Compared},
    play::{Counts, Played, play},
};

fn main() -> ExitCode {
    let mut paths: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let verbose = paths.first().is_some_and(|path| path.as_os_str() == "--all");
    if verbose {
        paths.remove(0);
    }
    let files = match files(&paths) {
        Ok(files) => files,
        Err(error) => {
            eprintln!("scenario: {error}");
            return ExitCode::from(2);
        }
    };
    let (mut total, mut bad, mut empty) = (Counts::default(), 0_usize, 0_usize);
    for file in &files {
        match fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display())) {
            Ok(text) => match play(&text) {
                Ok(played) => {
                    report(file, &played, verbose);
                    empty += usize::from(played.compared.is_empty());
                    total += played.counts();
                }
                Err(error) => {
                    println!("✗ {}:{error}", file.display());
                    bad += 1;
                }
            },
            Err(error) => {
                println!("✗ {error}");
                bad += 1;
            }
        }
    }
    println!("\n{} files: {total}; {bad} cannot be read, {empty} compare nothing", files.len());
    if total.differs + bad + empty == 0 && !files.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The files that were named, and those in the folders that were named.
fn files(paths: &[PathBuf]) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            walk(path, &mut files)?;
        } else {
            files.push(path.clone());
        }
    }
    files.sort();
    Ok(files)
}

/// Scenario files lie in folders that are named after their rule.
fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_rule =
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| RULES.contains(&name));
        if path.is_dir() && is_rule {
            walk(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "txt") {
            files.push(path);
        }
    }
    Ok(())
}

fn report(file: &Path, played: &Played, verbose: bool) {
    let counts = played.counts();
    let sign = match counts {
        Counts { differs: 1.., .. } => "✗",
        Counts { not_built: 1.., .. } => "…",
        Counts { .. } => "✓",
    };
    println!("{sign} {}: {} ({counts})", file.display(), played.title);
    for name in played.left_out.iter().filter(|_| verbose) {
        println!("    … record {name}: not built yet, left out");
    }
    for Compared { line, wanted, came } in &played.compared {
        match came {
            Came::Held if verbose => println!("    ✓ line {line}: {wanted}"),
            Came::NotBuilt if verbose => println!("    … line {line}: {wanted}: not built yet"),
            Came::Differs(came) => {
                println!("    ✗ line {line}: {wanted}");
                println!("      came instead: {came}");
            }
            Came::Held | Came::NotBuilt => {}
        }
    }
}
