//! The desk's pages in Chromium, against the server of this build.

use std::{env::consts::EXE_SUFFIX, io, path::PathBuf, process::Command};

use crate::command::{cargo, stream, succeeds, target};
use crate::tally::{Tally, result_line};

/// What judges whether pages can be used by everyone. MPL-2.0: used by tests alone, and not shipped.
const AXE: &str = "axe-core@4.14.1";

/// As the Rust tests name their packages, so that third-party crates are compiled once: see
/// [`crate::bindings::WITH_TESTS`].
pub(crate) const WORKSPACE: &str = "--workspace --exclude pantau-bindgen";

/// Tests of the package `pantau-browser`, which the part `rust` leaves out as ignored.
pub(crate) fn part() -> io::Result<Tally> {
    if !succeeds(&mut cargo(&format!("build --locked {WORKSPACE} --bin pantau-server --test browser")))? {
        return Ok(Tally::one(false));
    }
    let Some(axe) = axe()? else { return Ok(Tally::one(false)) };
    let server = target().join("debug").join(format!("pantau-server{EXE_SUFFIX}"));
    let mut run = cargo(&format!("test --locked {WORKSPACE} --test browser --"));
    run.args(["--ignored", "--test-threads=2"]).env("PANTAU_SERVER", server).env("PANTAU_AXE", axe);
    let mut tally = Tally::default();
    let succeeded = stream(&mut run, |line| tally += result_line(line).unwrap_or_default())?;
    Ok(tally.confirmed(succeeded && tally.passed > 0))
}

/// The script of axe, installed once; `None` if it cannot be.
pub(crate) fn axe() -> io::Result<Option<PathBuf>> {
    let folder = target().join("browser");
    let script = folder.join("node_modules/axe-core/axe.min.js");
    if !script.exists() {
        std::fs::create_dir_all(&folder)?;
        let mut install = Command::new("npm");
        install.args(["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"]);
        if !succeeds(install.arg(&folder).arg(AXE))? {
            return Ok(None);
        }
    }
    Ok(Some(script))
}
