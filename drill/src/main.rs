//! `pantau-drill`: see `--help`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line program")]

use std::{path::Path, process::ExitCode};

use clap::Parser as _;
use pantau_drill::{
    fold_only, measure,
    options::{Cli, Command, Play},
    play, province,
    stage::{self, DrillError},
    train,
    truth::{Shipped, Size, World},
};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        None => run(&cli.play),
        Some(Command::Officers { phones }) => officers(phones),
        Some(Command::Truth { seed, seeds, quick }) => truth(seed, seeds, quick),
        Some(Command::TrainDictionary { out }) => train_dictionary(&out),
        Some(Command::Measure(options)) => measure(&options),
        Some(Command::Load(options)) => load(&options),
        Some(Command::MeasureChild { role }) => {
            runtime().and_then(|r| r.block_on(measure::child::play(&role))).map(|()| ExitCode::SUCCESS)
        }
    };
    done.unwrap_or_else(|e| {
        eprintln!("pantau-drill: {e}");
        ExitCode::from(2)
    })
}

fn officers(phones: usize) -> Result<ExitCode, DrillError> {
    let posts = province::posts().map_err(DrillError::around)?;
    let people = province::people(&posts, phones);
    print!("{}", province::officers_csv(&people, &mut fastrand::Rng::with_seed(1)));
    Ok(ExitCode::SUCCESS)
}

/// Worlds without phones, one for each seed.
fn truth(seed: u64, seeds: u64, quick: bool) -> Result<ExitCode, DrillError> {
    let (list, profile) = stage::shipped()?;
    let (posts, shipped) = (province::posts().map_err(DrillError::around)?, Shipped { profile, list });
    let size = if quick { Size::SMALL } else { Size::WHOLE };
    let mut is_right = true;
    for seed in seed..seed.saturating_add(seeds) {
        let world = World::new(seed, size, posts.clone(), shipped.clone());
        let compared = fold_only::play(&world).map_err(DrillError::around)?;
        is_right &= compared.is_right();
        println!("seed {seed}\n{}", compared.table());
    }
    Ok(if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn train_dictionary(out: &Path) -> Result<ExitCode, DrillError> {
    let dictionary = train::dictionary().map_err(DrillError::around)?;
    std::fs::write(out, &dictionary).map_err(DrillError::around)?;
    println!("{} bytes written to {}", dictionary.len(), out.display());
    Ok(ExitCode::SUCCESS)
}

fn runtime() -> Result<tokio::runtime::Runtime, DrillError> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(8).enable_all().build().map_err(DrillError::around)
}

fn measure(options: &measure::Measure) -> Result<ExitCode, DrillError> {
    let table = runtime()?.block_on(measure::measure(options))?;
    println!("{}", table.text());
    if let Some(page) = &options.write {
        measure::page::write(page, measure::page::FIGURES, &table)?;
        println!("Written: {}", page.display());
    }
    if options.json {
        println!("{}", table.json());
    }
    Ok(if table.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn load(options: &measure::load::Load) -> Result<ExitCode, DrillError> {
    let loaded = runtime()?.block_on(measure::load::load(options))?;
    println!("{}", loaded.text());
    if let Some(page) = &options.write {
        measure::page::write(page, measure::page::UNDER_LOAD, &loaded.table)?;
        println!("Written: {}", page.display());
    }
    if options.json {
        println!("{}", loaded.json());
    }
    Ok(if loaded.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn run(options: &Play) -> Result<ExitCode, DrillError> {
    runtime()?.block_on(async {
        let temporary = match options.dir {
            Some(_) => None,
            None => Some(tempfile::tempdir().map_err(DrillError::around)?),
        };
        let dir = match (&options.dir, &temporary) {
            (Some(dir), _) => dir.as_path(),
            (None, Some(t)) => t.path(),
            (None, None) => Path::new("."),
        };
        let played = play::play(options, dir).await?;
        let Some(report) = played.report else { return Ok(ExitCode::SUCCESS) };
        println!("{}", report.table());
        if !options.exit && options.server.is_none() {
            println!("{}", played.host.invitation());
            println!("Ctrl-C ends the drill.");
            tokio::signal::ctrl_c().await.map_err(DrillError::around)?;
        }
        if options.json {
            println!("{}", report.json());
        }
        Ok(if report.passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}
