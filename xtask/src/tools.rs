//! What the parts need installed, and how it gets there.

use std::process::{Command, Stdio};

use crate::command::succeeds;

/// Something that is there if `probe` runs and exits with 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tool {
    name: &'static str,
    probe: &'static [&'static str],
    source: Source,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// A Debian package.
    Apt(&'static str),
    /// A component of the Rust toolchain.
    Rustup(&'static str),
    /// A command of a crate.
    Cargo(&'static str),
}

/// The bundled SQLite, ring and zstd are compiled from C. (Linking Rust takes a C
/// compiler too, so it is rarely this check that finds it missing.)
pub(crate) const C_COMPILER: Tool =
    Tool { name: "a C compiler (cc)", probe: &["cc", "--version"], source: Source::Apt("build-essential") };

pub(crate) const RUSTFMT: Tool =
    Tool { name: "rustfmt", probe: &["cargo", "fmt", "--version"], source: Source::Rustup("rustfmt") };

pub(crate) const CLIPPY: Tool =
    Tool { name: "clippy", probe: &["cargo", "clippy", "--version"], source: Source::Rustup("clippy") };

pub(crate) const CARGO_FUZZ: Tool =
    Tool { name: "cargo-fuzz", probe: &["cargo", "fuzz", "--version"], source: Source::Cargo("cargo-fuzz") };

/// Compiles and runs the Kotlin tests.
pub(crate) const JDK: Tool = Tool {
    name: "a JDK (javac)",
    probe: &["javac", "-version"],
    source: Source::Apt("default-jdk-headless"),
};

/// Compiles and tests the Swift package; in Debian from 13 on.
pub(crate) const SWIFT: Tool =
    Tool { name: "Swift 6 (swift)", probe: &["swift", "--version"], source: Source::Apt("swiftlang") };

/// OpenSSL, for SQLCipher, is built by them.
pub(crate) const PERL: Tool =
    Tool { name: "Perl", probe: &["perl", "--version"], source: Source::Apt("perl") };

pub(crate) const MAKE: Tool =
    Tool { name: "make", probe: &["make", "--version"], source: Source::Apt("make") };

pub(crate) const MAVEN: Tool =
    Tool { name: "Maven (mvn)", probe: &["mvn", "--version"], source: Source::Apt("maven") };

pub(crate) const PYTHON: Tool = Tool {
    name: "Python with venv",
    probe: &["python3", "-c", "import ensurepip, venv"],
    source: Source::Apt("python3-venv"),
};

/// Sees to it that all of `needed` is there, installing what is not if `install` says
/// so. The error tells the user what is missing and the exact line that installs it.
pub(crate) fn ensure<'a>(needed: impl Iterator<Item = &'a Tool>, install: bool) -> Result<(), String> {
    let mut missing: Vec<Tool> = Vec::new();
    for tool in needed {
        if !missing.contains(tool) && !is_present(tool) {
            missing.push(*tool);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }

    let root = is_root();
    if install {
        // `-n`: a test run asks for no password; it says what to type instead.
        install_all(&steps(&missing, if root { "" } else { "sudo -n " }));
        missing.retain(|tool| !is_present(tool));
    }
    if missing.is_empty() { Ok(()) } else { Err(what_to_do(&missing, root)) }
}

fn what_to_do(missing: &[Tool], root: bool) -> String {
    let names: Vec<_> = missing.iter().map(|tool| tool.name).collect();
    let line = steps(missing, if root { "" } else { "sudo " }).join(" && ");
    format!("Missing: {}. Install with this line, then try again:\n\n  {line}\n", names.join(", "))
}

/// The commands that install `missing`; `elevate` goes before those that need root.
fn steps(missing: &[Tool], elevate: &str) -> Vec<String> {
    let (mut packages, mut components, mut crates) = (String::new(), String::new(), String::new());
    for tool in missing {
        let (list, name) = match tool.source {
            Source::Apt(package) => (&mut packages, package),
            Source::Rustup(component) => (&mut components, component),
            Source::Cargo(name) => (&mut crates, name),
        };
        list.push(' ');
        list.push_str(name);
    }

    let mut steps = Vec::new();
    if !packages.is_empty() {
        steps.push(format!("{elevate}apt-get update"));
        steps.push(format!("{elevate}apt-get install -y{packages}"));
    }
    if !components.is_empty() {
        steps.push(format!("rustup component add{components}"));
    }
    if !crates.is_empty() {
        steps.push(format!("cargo install --locked{crates}"));
    }
    steps
}

/// Each step, even after one that failed: an outdated package list often suffices,
/// and what counts is whether the tools are there in the end.
fn install_all(steps: &[String]) {
    for step in steps {
        println!("== install: {step}");
        let mut words = step.split(' ');
        let program = words.next().unwrap_or_default();
        let installed = succeeds(Command::new(program).args(words).stdin(Stdio::null()));
        if let Err(error) = installed {
            eprintln!("{program}: {error}");
        }
    }
}

fn is_present(tool: &Tool) -> bool {
    let Some((program, args)) = tool.probe.split_first() else {
        return false;
    };
    runs(Command::new(program).args(args))
}

/// Whether it is there and exits with 0; what it says is not shown.
pub(crate) fn runs(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABSENT: Tool = Tool {
        name: "a tool that is nowhere",
        probe: &["pantau-no-such-tool"],
        source: Source::Apt("no-such-package"),
    };

    #[test]
    fn without_install_a_missing_tool_is_told_once_with_its_line() {
        let told = ensure([ABSENT, ABSENT].iter(), false).unwrap_err();
        assert_eq!(told.matches("a tool that is nowhere").count(), 1, "{told}");
        assert!(told.contains("apt-get install -y no-such-package\n"), "{told}");
    }

    #[test]
    fn one_step_per_installer() {
        let steps = steps(&[CLIPPY, C_COMPILER, CARGO_FUZZ, RUSTFMT], "sudo ");
        assert_eq!(
            steps,
            [
                "sudo apt-get update",
                "sudo apt-get install -y build-essential",
                "rustup component add clippy rustfmt",
                "cargo install --locked cargo-fuzz",
            ]
        );
    }

    #[test]
    fn nothing_needed_is_nothing_missing() {
        assert_eq!(ensure([].iter(), true), Ok(()));
    }
}
