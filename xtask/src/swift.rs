//! The Swift package: its generated sources, its tests on Linux, and the binary for Apple's systems.

use std::{
    env, fs, io,
    process::{Command, ExitCode},
};

use crate::{
    bindings::{prepare, sources},
    command::{exit_code, merged, root, stream, succeeds, target},
    tally::Tally,
};

/// Make the XCFramework of the Swift package (needs a Mac with Xcode)
#[derive(clap::Args)]
pub(crate) struct Ios {
    /// Build for macOS, too
    #[arg(long)]
    macos: bool,
}

pub(crate) fn ios(args: &Ios) -> ExitCode {
    if !cfg!(target_os = "macos") {
        eprintln!(
            "ios: an XCFramework is made by Xcode, on a Mac; here `cargo xtask test --only swift` works"
        );
        return ExitCode::from(2);
    }
    let mut script = Command::new(root().join("bindings/swift/build-xcframework.sh"));
    script.args(args.macos.then_some("--macos"));
    exit_code("ios", succeeds(&mut script))
}

/// XCTest on Linux against a real server.
pub(crate) fn part() -> io::Result<Tally> {
    if !prepare()? {
        return Ok(Tally::one(false));
    }
    let (package, library) = (root().join("bindings/swift"), target().join("debug"));
    for (file, module) in [("PantauCore.swift", "PantauCore"), ("PantauCoreFFI.h", "PantauCoreFFI")] {
        fs::copy(sources().join("swift").join(file), package.join("Sources").join(module).join(file))?;
    }
    let mut path = vec![library.clone()];
    path.extend(env::var_os("LD_LIBRARY_PATH").iter().flat_map(env::split_paths));
    // XCTest speaks on both streams.
    let mut test = Command::new("swift");
    test.args(["test", "--disable-swift-testing", "-Xlinker"])
        .arg(format!("-L{}", library.display()))
        .current_dir(package);
    test.env("LD_LIBRARY_PATH", env::join_paths(path).map_err(io::Error::other)?);
    test.env("PANTAU_SERVER", library.join("pantau-server")).env("PANTAU_DATA_FILES", root().join("data"));
    let mut tally = Tally::default();
    let succeeded = stream(&mut merged(&test), |line| tally += xctest_line(line).unwrap_or_default())?;
    Ok(tally.confirmed(succeeded))
}

/// Reads `Test Case 'PhoneTests.testX' passed (0.1 seconds)`.
fn xctest_line(line: &str) -> Option<Tally> {
    let (_, outcome) = line.strip_prefix("Test Case '")?.split_once("' ")?;
    match outcome.split_whitespace().next()? {
        "passed" => Some(Tally { passed: 1, failed: 0 }),
        "failed" => Some(Tally { passed: 0, failed: 1 }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_xctest_says() {
        let line = |outcome| xctest_line(&format!("Test Case 'PhoneTests.testA' {outcome}"));
        assert_eq!(line("started at 2026-11-25"), None);
        assert_eq!(line("passed (0.1 seconds)"), Some(Tally { passed: 1, failed: 0 }));
        assert_eq!(line("failed (0.1 seconds)"), Some(Tally { passed: 0, failed: 1 }));
        assert_eq!(xctest_line("Executed 12 tests"), None);
    }
}
