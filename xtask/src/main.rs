//! `cargo xtask`: the one command that sets up and checks the whole workspace.
//!
//! Few and small dependencies, so that it builds in seconds on a fresh machine.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool speaks on its standard streams"
)]

mod android;
mod api;
mod bindings;
mod browser;
mod calls;
mod campaign;
mod console;
mod deps;
mod fuzz;
mod mobile;
mod planted;
mod scenario;
mod screenshots;
mod size;
mod swift;
mod test;

mod checks;
mod parts;

mod command;
mod report;
mod tally;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tasks of the Pantau workspace
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    Test(test::Args),
    Campaign(campaign::Args),
    Planted(planted::Args),
    Scenario(scenario::Args),
    Screenshots(screenshots::Args),
    Fuzz(fuzz::Args),
    Generate(bindings::Generate),
    Api(api::Args),
    Size(size::Args),
    Calls(calls::Args),
    Console(console::Args),
    Mobile(mobile::Args),
    Android(android::Args),
    Ios(swift::Ios),
}

fn main() -> ExitCode {
    match Cli::parse().task {
        Task::Test(args) => test::run(&args),
        Task::Campaign(args) => campaign::run(&args),
        Task::Planted(args) => planted::run(&args),
        Task::Scenario(args) => scenario::run(&args),
        Task::Screenshots(args) => screenshots::run(&args),
        Task::Fuzz(args) => fuzz::run(&args),
        Task::Generate(args) => bindings::generate(&args),
        Task::Api(args) => api::run(&args),
        Task::Size(args) => size::run(&args),
        Task::Calls(args) => calls::run(&args),
        Task::Console(args) => console::run(&args),
        Task::Mobile(args) => mobile::run(&args),
        Task::Android(args) => android::run(&args),
        Task::Ios(args) => swift::ios(&args),
    }
}
