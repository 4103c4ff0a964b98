//! Kotlin, Swift and Python on the core: their sources from the library, and what is tested of them here.

use std::{
    env,
    env::consts::{DLL_PREFIX, DLL_SUFFIX},
    fs, io,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use crate::command::{cargo, exit_code, merged, root, stream, succeeds, target};
use crate::tally::Tally;

/// Write the Kotlin, Swift and Python sources
#[derive(clap::Args)]
pub(crate) struct Generate {
    /// Folder for kotlin/, swift/ and python/ [default: target/bindings]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn generate(args: &Generate) -> ExitCode {
    let out = args.out.clone().unwrap_or_else(sources);
    let done = build(ALONE, &[]).and_then(|built| if built { write_sources(&out) } else { Ok(false) });
    if let Ok(true) = done {
        println!("written: {}", out.display());
    }
    exit_code("generate", done)
}

/// Where the sources go that the tests are built from.
pub(crate) fn sources() -> PathBuf {
    target().join("bindings")
}

/// The library as an app would load it, from the development build: it has the metadata that generation reads.
fn library() -> PathBuf {
    target().join("debug").join(format!("{DLL_PREFIX}pantau_core_ffi{DLL_SUFFIX}"))
}

/// What is built for an app: nothing else.
const ALONE: &str = "--package pantau-bindings";

/// What is built for tests: the packages that the Rust tests built before. Cargo chooses the features of third-party
/// crates by the packages that are named, and would compile a hundred of them again for the bindings alone.
pub(crate) const WITH_TESTS: &str = "--workspace --exclude pantau-bindgen --lib --bins --tests";

fn build(packages: &str, features: &[&str]) -> io::Result<bool> {
    let mut build = cargo(&format!("build --locked {packages}"));
    if !features.is_empty() {
        build.args(["--features", &features.join(",")]);
    }
    succeeds(&mut build)
}

/// Kotlin for Android, which differs from Kotlin for the JVM in how objects are cleaned up.
pub(crate) fn android_sources(folder: &Path) -> io::Result<bool> {
    Ok(build(ALONE, &[])? && write_language("kotlin", folder, Some(&root().join("bindings/android.toml")))?)
}

/// Writes the sources of Kotlin or Python into a folder of their own; `config` changes what `uniffi.toml` says.
fn write_language(language: &str, folder: &Path, config: Option<&Path>) -> io::Result<bool> {
    let _ = fs::remove_dir_all(folder);
    let mut run = cargo("run --locked --quiet --package pantau-bindgen --bin uniffi-bindgen -- generate");
    run.arg(library()).args(["--language", language, "--no-format", "--out-dir"]).arg(folder);
    if let Some(config) = config {
        run.arg("--config").arg(config);
    }
    succeeds(&mut run)
}

fn write_sources(out: &Path) -> io::Result<bool> {
    for language in ["kotlin", "python"] {
        if !write_language(language, &out.join(language), None)? {
            return Ok(false);
        }
    }
    let folder = out.join("swift");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let mut run = cargo("run --locked --quiet --package pantau-bindgen --bin uniffi-bindgen-swift --");
    run.arg(library()).arg(&folder).args(["--swift-sources", "--headers", "--modulemap"]);
    succeeds(&mut run)
}

/// The sources of the library as it ships, written into a folder of their own; none if it does not build.
pub(crate) fn shipped_sources() -> io::Result<Option<PathBuf>> {
    let folder = target().join("bindings").join("shipped");
    Ok((build(WITH_TESTS, &[])? && write_sources(&folder)?).then_some(folder))
}

/// The library with its test hooks, the server, and the sources.
pub(crate) fn prepare() -> io::Result<bool> {
    Ok(build(WITH_TESTS, &["pantau-bindings/test-hooks"])? && write_sources(&sources())?)
}

/// JUnit on the JVM against a real server.
pub(crate) fn kotlin() -> io::Result<Tally> {
    if !prepare()? {
        return Ok(Tally::one(false));
    }
    let mut tally = Tally::default();
    let succeeded = stream(maven("debug", &sources()).arg("verify"), |line| {
        tally += surefire_line(line).unwrap_or_default()
    })?;
    Ok(tally.confirmed(succeeded))
}

/// Python's unittest against a real server, in an environment of its own.
pub(crate) fn python() -> io::Result<Tally> {
    if !prepare()? {
        return Ok(Tally::one(false));
    }
    // unittest speaks on its standard error.
    let Some(mut run) = interpreter("debug")? else { return Ok(Tally::one(false)) };
    run.args(["-m", "unittest", "discover", "-v", "-s"]).arg(root().join("bindings/python/tests"));
    let mut tally = Tally::default();
    let succeeded = stream(&mut merged(&run), |line| tally += unittest_line(line).unwrap_or_default())?;
    Ok(tally.confirmed(succeeded))
}

/// Python in an environment of its own, with the library and the server of this build (`debug` or `release`);
/// `None` if the environment cannot be made.
pub(crate) fn interpreter(build: &str) -> io::Result<Option<Command>> {
    let venv = target().join("bindings").join("venv");
    let (python, pip) = (venv.join("bin").join("python"), venv.join("bin").join("pip"));
    let mut install = Command::new(pip);
    install.args(["install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    install.arg(root().join("bindings/python/requirements.txt"));
    if !succeeds(Command::new("python3").args(["-m", "venv"]).arg(&venv))? || !succeeds(&mut install)? {
        return Ok(None);
    }
    // The generated module looks for the library beside itself.
    let package = sources().join("python");
    let name = library().file_name().unwrap_or_default().to_owned();
    fs::copy(target().join(build).join(&name), package.join(name))?;
    let mut run = Command::new(python);
    let path = env::join_paths([package, root().join("bindings/python")]).map_err(io::Error::other)?;
    run.env("PYTHONPATH", path).env("PANTAU_SERVER", target().join(build).join("pantau-server"));
    run.current_dir(root());
    Ok(Some(run))
}

/// Maven on the module for the JVM, with the library and the server of this build (`debug` or `release`) and
/// sources that fit it.
pub(crate) fn maven(build: &str, sources: &Path) -> Command {
    let (mut maven, target) = (Command::new("mvn"), target());
    maven.args(["--batch-mode", "--no-transfer-progress", "--file"]);
    maven.arg(root().join("bindings/kotlin/pom.xml"));
    maven.arg(format!("-Dpantau.library={}", target.join(build).display()));
    maven.arg(format!("-Dpantau.server={}", target.join(build).join("pantau-server").display()));
    maven.arg(format!("-Dpantau.generated={}", sources.join("kotlin").display()));
    maven
}

/// Reads `[INFO] Tests run: 3, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 1 s -- in Class`, which
/// Surefire prints once a class.
fn surefire_line(line: &str) -> Option<Tally> {
    let (_, counts) = line.split_once("Tests run: ")?;
    let (counts, _) = counts.split_once(" -- in ")?;
    let mut numbers =
        counts.split(", ").map(|part| part.rsplit(' ').next().unwrap_or_default().parse::<u64>());
    let (run, failures, errors) = (numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?);
    let failed = failures + errors;
    Some(Tally { passed: run.saturating_sub(failed), failed })
}

/// Reads a line of `unittest -v`: `test_x (…) ... ok`.
fn unittest_line(line: &str) -> Option<Tally> {
    let (_, outcome) = line.rsplit_once(" ... ")?;
    match outcome.split_whitespace().next()? {
        "ok" => Some(Tally { passed: 1, failed: 0 }),
        "FAIL" | "ERROR" => Some(Tally { passed: 0, failed: 1 }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_surefire_and_unittest_say() {
        let line = "[ERROR] Tests run: 12, Failures: 1, Errors: 2, Skipped: 0, Time elapsed: 9.1 s <<< FAILURE! -- in id.X";
        assert_eq!(surefire_line(line), Some(Tally { passed: 9, failed: 3 }));
        assert_eq!(surefire_line("[INFO] Tests run: 12, Failures: 0, Errors: 0, Skipped: 0"), None);
        assert_eq!(unittest_line("test_a (x.Y.test_a)"), None);
        assert_eq!(unittest_line("test_a (x.Y.test_a) ... ok"), Some(Tally { passed: 1, failed: 0 }));
        assert_eq!(unittest_line("test_a (x.Y.test_a) ... ERROR"), Some(Tally { passed: 0, failed: 1 }));
    }
}
