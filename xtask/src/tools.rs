//! What the parts need installed, and how it gets there.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::command::{root, succeeds, typed};

/// Something that is there if `probe` runs and exits with 0, or if its [`Pinned`] command has been installed.
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
    /// A command of a crate, at one version.
    Cargo(&'static Pinned),
}

/// A command that comes from a crate. It is installed once under `target/tools`, in a folder named after its
/// version: the user's own tools are left alone, and a new version here is a new folder there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pinned {
    package: &'static str,
    version: &'static str,
    command: &'static str,
}

pub(crate) const MACHETE: Pinned =
    Pinned { package: "cargo-machete", version: "0.9.2", command: "cargo-machete" };

pub(crate) const TYPOS: Pinned = Pinned { package: "typos-cli", version: "1.52.0", command: "typos" };

pub(crate) const FUZZ: Pinned = Pinned { package: "cargo-fuzz", version: "0.13.2", command: "cargo-fuzz" };

impl Pinned {
    /// Relative to the workspace root, where all our commands start.
    fn folder(&self) -> String {
        format!("target/tools/{}-{}", self.package, self.version)
    }

    fn path(&self) -> PathBuf {
        root().join(self.folder()).join("bin").join(self.command)
    }

    /// The command with these space-separated arguments.
    pub(crate) fn command(&self, args: &str) -> Command {
        typed(self.path(), args)
    }

    /// Built without optimisation: compiling takes most of the time on a cold machine, and our files are few.
    fn install(&self) -> String {
        let Self { package, version, .. } = self;
        format!("cargo install --quiet --locked --debug --root {} {package}@{version}", self.folder())
    }
}

/// The bundled SQLite, ring and zstd are compiled from C. (Linking Rust takes a C
/// compiler too, so it is rarely this check that finds it missing.)
pub(crate) const C_COMPILER: Tool =
    Tool { name: "a C compiler (cc)", probe: &["cc", "--version"], source: Source::Apt("build-essential") };

pub(crate) const RUSTFMT: Tool =
    Tool { name: "rustfmt", probe: &["cargo", "fmt", "--version"], source: Source::Rustup("rustfmt") };

pub(crate) const CLIPPY: Tool =
    Tool { name: "clippy", probe: &["cargo", "clippy", "--version"], source: Source::Rustup("clippy") };

pub(crate) const CARGO_FUZZ: Tool = Tool { name: "cargo-fuzz", probe: &[], source: Source::Cargo(&FUZZ) };

pub(crate) const CARGO_MACHETE: Tool =
    Tool { name: "cargo-machete", probe: &[], source: Source::Cargo(&MACHETE) };

pub(crate) const TYPOS_CLI: Tool = Tool { name: "typos", probe: &[], source: Source::Cargo(&TYPOS) };

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

/// Shows the pages of the desk to the browser tests.
pub(crate) const CHROMIUM: Tool =
    Tool { name: "Chromium", probe: &["chromium", "--version"], source: Source::Apt("chromium") };

pub(crate) const CHROMEDRIVER: Tool = Tool {
    name: "chromedriver",
    probe: &["chromedriver", "--version"],
    source: Source::Apt("chromium-driver"),
};

/// Brings axe, which the browser tests run on each page.
pub(crate) const NPM: Tool = Tool { name: "npm", probe: &["npm", "--version"], source: Source::Apt("npm") };

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
    format!(
        "Missing: {}. Install with this line, then try again, both in the workspace root:\n\n  {line}\n",
        names.join(", ")
    )
}

/// The commands that install `missing`; `elevate` goes before those that need root.
fn steps(missing: &[Tool], elevate: &str) -> Vec<String> {
    let (mut packages, mut components, mut crates) = (String::new(), String::new(), Vec::new());
    for tool in missing {
        let (list, name) = match tool.source {
            Source::Apt(package) => (&mut packages, package),
            Source::Rustup(component) => (&mut components, component),
            Source::Cargo(pinned) => {
                crates.push(pinned.install());
                continue;
            }
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
    steps.extend(crates);
    steps
}

/// Each step, even after one that failed: an outdated package list often suffices,
/// and what counts is whether the tools are there in the end.
fn install_all(steps: &[String]) {
    for step in steps {
        println!("== install: {step}");
        let mut words = step.split(' ');
        let program = words.next().unwrap_or_default();
        let installed = succeeds(Command::new(program).args(words).current_dir(root()).stdin(Stdio::null()));
        if let Err(error) = installed {
            eprintln!("{program}: {error}");
        }
    }
}

fn is_present(tool: &Tool) -> bool {
    if let Source::Cargo(pinned) = tool.source {
        return pinned.path().exists();
    }
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
    fn one_step_per_installer_and_per_pinned_command() {
        let steps = steps(&[CLIPPY, C_COMPILER, CARGO_FUZZ, RUSTFMT], "sudo ");
        assert_eq!(
            steps,
            [
                "sudo apt-get update",
                "sudo apt-get install -y build-essential",
                "rustup component add clippy rustfmt",
                FUZZ.install().as_str(),
            ]
        );
    }

    #[test]
    fn nothing_needed_is_nothing_missing() {
        assert_eq!(ensure([].iter(), true), Ok(()));
    }
}
