//! `cargo xtask console`: a phone in a terminal, in Kotlin, to see what an app does with the core.

use std::{path::PathBuf, process::ExitCode};

use crate::{
    bindings::{maven, shipped_sources},
    command::{cargo, exit_code, root, succeeds},
    tools::{C_COMPILER, JDK, MAVEN, ensure},
};

/// Start a phone in a terminal (Kotlin on the JVM)
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Folder of the phone's data: one folder is one phone [default: bindings/kotlin/hp-pantau]
    folder: Option<PathBuf>,

    /// Do not install what is missing
    #[arg(long)]
    no_install: bool,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    if let Err(missing) = ensure([C_COMPILER, JDK, MAVEN].iter(), !args.no_install) {
        eprintln!("console: {missing}");
        return ExitCode::from(2);
    }
    exit_code("console", start(args))
}

fn start(args: &Args) -> std::io::Result<bool> {
    // As it ships, without the hooks of the tests; nobody types commands into Maven's own messages.
    let built = succeeds(&mut cargo("build --quiet --release --locked --package pantau-bindings"))?;
    let Some(sources) = shipped_sources()?.filter(|_| built) else { return Ok(false) };
    let folder = match &args.folder {
        Some(folder) => std::path::absolute(folder)?,
        None => root().join("bindings/kotlin/hp-pantau"),
    };
    let mut maven = maven("release", &sources);
    maven.args(["--quiet", "compile", "exec:exec"]);
    succeeds(maven.arg(format!("-Dpantau.folder={}", folder.display())))
}
