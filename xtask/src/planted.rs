//! `cargo xtask planted`: each fault in `tests/planted/` is planted into a scratch copy of the workspace, and
//! the suite that must find it has to fail. A suite that cannot fail proves nothing.
//!
//! A planted fault is a patch for `git apply` with two lines before its diff:
//!
//! ```text
//! Fault: a server that acknowledges before it commits
//! Suite: -p pantau-tests --test kill -- a_killed_server
//! ```

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
};

use crate::browser;
use crate::command::{cargo, exit_code, root, stream, succeeds, target};
use crate::tally::{Tally, result_line};

/// Plant each fault of tests/planted and demand that its suite fails
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only the faults whose file name contains this; may be given several times
    #[arg(long, value_name = "PART")]
    only: Vec<String>,

    /// Do not first run the suites on the code as it is
    #[arg(long)]
    skip_clean: bool,
}

struct Fault {
    file: PathBuf,
    about: String,
    suite: String,
}

/// What a suite said of the code before it.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Passed,
    Failed,
    /// It did not get as far as a test: this shows nothing.
    Broken,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let outcome = plant_all(args).map(|tally| {
        println!("\n{} passed, {} failed", tally.passed, tally.failed);
        tally.failed == 0 && tally.passed > 0
    });
    exit_code("planted", outcome)
}

fn plant_all(args: &Args) -> io::Result<Tally> {
    let faults = faults(&args.only)?;
    let scratch = root().join("target").join("planted");
    let mut tally = Tally::default();
    refresh(&scratch)?;
    if !args.skip_clean {
        let mut suites: Vec<&str> = faults.iter().map(|f| f.suite.as_str()).collect();
        suites.sort_unstable();
        suites.dedup();
        for suite in suites {
            println!("\n== as it is: {suite}");
            let verdict = verdict(&scratch, suite)?;
            if verdict != Verdict::Passed {
                println!("NOT GREEN without any fault: {suite} ({verdict:?})");
            }
            tally += Tally::one(verdict == Verdict::Passed);
        }
    }
    for fault in &faults {
        let name = fault.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        println!("\n== planted: {} ({name})", fault.about);
        refresh(&scratch)?;
        let applied = succeeds(Command::new("git").arg("apply").arg(&fault.file).current_dir(&scratch))?;
        let verdict = if applied { verdict(&scratch, &fault.suite)? } else { Verdict::Broken };
        match verdict {
            Verdict::Failed => println!("found: {name}"),
            Verdict::Passed => println!("NOT FOUND: {name} by {}", fault.suite),
            Verdict::Broken => println!("USELESS: {name} does not apply or does not build"),
        }
        tally += Tally::one(verdict == Verdict::Failed);
    }
    refresh(&scratch)?;
    Ok(tally)
}

fn faults(only: &[String]) -> io::Result<Vec<Fault>> {
    let mut faults = Vec::new();
    for file in files()? {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if only.is_empty() || only.iter().any(|part| name.contains(part)) {
            faults.push(read(&fs::read_to_string(&file)?, file).map_err(io::Error::other)?);
        }
    }
    Ok(faults)
}

/// The patches, in the order of their names.
pub(crate) fn files() -> io::Result<Vec<PathBuf>> {
    let folder = fs::read_dir(root().join("tests").join("planted"))?;
    let mut files = folder.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "patch"));
    files.sort();
    Ok(files)
}

fn read(patch: &str, file: PathBuf) -> Result<Fault, String> {
    let head = |key: &str| {
        let lines = patch.lines().take_while(|l| !l.starts_with("diff ") && !l.starts_with("--- "));
        lines.filter_map(|l| l.strip_prefix(key)).map(|v| v.trim().to_owned()).next()
    };
    match (head("Fault:"), head("Suite:")) {
        (Some(about), Some(suite)) => Ok(Fault { file, about, suite }),
        _ => Err(format!("{}: wants a line `Fault:` and a line `Suite:`", file.display())),
    }
}

/// Makes the scratch copy equal to the working tree. Files that are equal keep their time, so that cargo
/// builds only what a fault changed. It is a repository of its own, or `git apply` would look to ours.
fn refresh(scratch: &Path) -> io::Result<()> {
    if !scratch.join(".git").exists() {
        fs::create_dir_all(scratch)?;
        succeeds(Command::new("git").args(["init", "--quiet"]).current_dir(scratch))?;
    }
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .stderr(Stdio::inherit())
        .output()?;
    for name in listed.stdout.split(|b| *b == 0).filter(|n| !n.is_empty()) {
        let name = String::from_utf8_lossy(name).into_owned();
        let (from, to) = (root().join(&name), scratch.join(&name));
        let Ok(content) = fs::read(&from) else { continue };
        if fs::read(&to).is_ok_and(|there| there == content) {
            continue;
        }
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&to, content)?;
    }
    Ok(())
}

fn verdict(scratch: &Path, suite: &str) -> io::Result<Verdict> {
    let mut tally = Tally::default();
    // A target folder of its own: in a common one cargo takes the crates of both copies for the same, and a build
    // with a fault in it for up to date.
    let built = target().join("planted-build");
    let of_scratch = |args: String| {
        let mut command = cargo(&args);
        command.current_dir(scratch).env("CARGO_TARGET_DIR", &built);
        command
    };
    let mut test = of_scratch(format!("test --locked {suite}"));
    if suite.contains("-p pantau-browser") {
        // The fault is in the server, which these tests start.
        let is_built =
            succeeds(&mut of_scratch("build --locked -p pantau-server --bin pantau-server".to_owned()))?;
        let (true, Some(axe)) = (is_built, browser::axe()?) else { return Ok(Verdict::Broken) };
        test.env("PANTAU_SERVER", built.join("debug/pantau-server")).env("PANTAU_AXE", axe);
    }
    let succeeded = stream(&mut test, |line| tally += result_line(line).unwrap_or_default())?;
    Ok(match (succeeded, tally) {
        (true, Tally { passed: 1.., failed: 0 }) => Verdict::Passed,
        (false, Tally { failed: 1.., .. }) => Verdict::Failed,
        _ => Verdict::Broken,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_says_its_fault_and_its_suite() {
        let patch = "Fault: none\nSuite: -p x --test y\n\ndiff --git a/f b/f\nSuite: of the diff\n";
        let fault = read(patch, PathBuf::from("f.patch")).unwrap();
        assert_eq!((fault.about.as_str(), fault.suite.as_str()), ("none", "-p x --test y"));
        assert!(read("diff --git a/f b/f\nFault: a\nSuite: b\n", PathBuf::from("f.patch")).is_err());
    }
}
