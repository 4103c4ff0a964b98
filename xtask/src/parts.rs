//! The parts of `cargo xtask test`, in the order they run. A new part is one more
//! entry in [`PARTS`] and one function.

use std::{env::consts::EXE_SUFFIX, io, process::Command};

use crate::command::{cargo, root, stream, succeeds, target};
use crate::tally::{Tally, result_line};
use crate::tools::{
    C_COMPILER, CARGO_MACHETE, CHROMEDRIVER, CHROMIUM, CLIPPY, JDK, MAKE, MAVEN, NPM, PERL, PYTHON, RUSTFMT,
    SWIFT, TYPOS_CLI, Tool,
};
use crate::{api, bindings, browser, checks, deps, swift};

/// One part: what it is called, what it needs installed, and how it runs.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) needs: &'static [Tool],
    /// Runs only when it is asked for: what it needs is not on every machine, or takes long to build.
    pub(crate) on_request: bool,
    pub(crate) run: fn() -> io::Result<Tally>,
}

pub(crate) const PARTS: &[Part] = &[
    Part { name: "fmt", about: "the code is formatted", needs: &[RUSTFMT], on_request: false, run: fmt },
    Part {
        name: "patches",
        about: "every fault of tests/planted can still be planted",
        needs: &[],
        on_request: false,
        run: checks::patches,
    },
    Part {
        name: "deps",
        about: "licences, sources and doubles of third-party crates",
        needs: &[],
        on_request: false,
        run: deps::part,
    },
    Part {
        name: "unused",
        about: "no manifest names a crate that nothing uses",
        needs: &[CARGO_MACHETE],
        on_request: false,
        run: checks::unused,
    },
    Part {
        name: "spelling",
        about: "no misspelt word in code, texts and documents",
        needs: &[TYPOS_CLI],
        on_request: false,
        run: checks::spelling,
    },
    Part {
        name: "clippy",
        about: "no compiler or clippy warning in any target",
        needs: &[C_COMPILER, CLIPPY],
        on_request: false,
        run: clippy,
    },
    Part {
        name: "rust",
        about: "every Rust test: of each crate, and of phones and servers end to end, with everything that can go wrong",
        needs: &[C_COMPILER],
        on_request: false,
        run: rust,
    },
    Part {
        name: "api",
        about: "the generated API is as kept in bindings/api.txt",
        needs: &[C_COMPILER],
        on_request: false,
        run: api::part,
    },
    Part {
        name: "kotlin",
        about: "the core on the JVM against a real server",
        needs: &[C_COMPILER, JDK, MAVEN],
        on_request: false,
        run: bindings::kotlin,
    },
    Part {
        name: "browser",
        about: "the desk's pages in Chromium against a real server",
        needs: &[C_COMPILER, CHROMIUM, CHROMEDRIVER, NPM],
        on_request: false,
        run: browser::part,
    },
    Part {
        name: "python",
        about: "the core in Python: golden vectors, two phones and a server",
        needs: &[C_COMPILER, PYTHON],
        on_request: false,
        run: bindings::python,
    },
    Part {
        name: "swift",
        about: "the Swift package on Linux against a real server",
        needs: &[C_COMPILER, SWIFT],
        on_request: true,
        run: swift::part,
    },
    Part {
        name: "sqlcipher",
        about: "the phone with its whole store encrypted",
        needs: &[C_COMPILER, PERL, MAKE],
        on_request: true,
        run: sqlcipher,
    },
    Part {
        name: "docs",
        about: "the API documentation builds without a warning",
        needs: &[C_COMPILER],
        on_request: false,
        run: docs,
    },
    Part {
        name: "drill",
        about: "a quick drill: no record lost, doubled or unequal, no cause missed, no false alarm; a short load",
        needs: &[C_COMPILER],
        on_request: false,
        run: drill,
    },
];

fn fmt() -> io::Result<Tally> {
    succeeds(&mut cargo("fmt --all --check")).map(Tally::one)
}

fn clippy() -> io::Result<Tally> {
    succeeds(&mut cargo("clippy --workspace --all-targets --locked -- -D warnings")).map(Tally::one)
}

/// In one command, so that each third-party crate is compiled once: see [`bindings::WITH_TESTS`].
fn rust() -> io::Result<Tally> {
    tests("--workspace --exclude pantau-bindgen")
}

/// `--no-fail-fast`: one failing suite must not hide the next.
fn tests(packages: &str) -> io::Result<Tally> {
    let mut tally = Tally::default();
    let succeeded = stream(&mut cargo(&format!("test {packages} --locked --no-fail-fast")), |line| {
        tally += result_line(line).unwrap_or_default();
    })?;
    Ok(tally.confirmed(succeeded))
}

/// OpenSSL takes minutes to build: in a folder of its own it is built once.
fn sqlcipher() -> io::Result<Tally> {
    let folder = target().join("sqlcipher");
    let packages = "--package pantau-core --package pantau-tests --lib --test phone";
    let features = "--features pantau-core/sqlcipher,pantau-tests/sqlcipher";
    tests(&format!("{packages} {features} --target-dir {}", folder.display()))
}

fn docs() -> io::Result<Tally> {
    let mut doc = cargo("doc --workspace --no-deps --locked");
    succeeds(doc.env("RUSTDOCFLAGS", "-D warnings")).map(Tally::one)
}

/// The drill itself exits with 1 unless nothing was lost, doubled or unequal, every kind of fault happened, and what was
/// found is what is true; the load, where a request failed. The
/// development build is there already; one for release would take longer than all it does.
fn drill() -> io::Result<Tally> {
    if !succeeds(&mut cargo(&format!("build --locked {}", bindings::WITH_TESTS)))? {
        return Ok(Tally::one(false));
    }
    let drill = target().join("debug").join(format!("pantau-drill{EXE_SUFFIX}"));
    let mut tally = Tally::default();
    for args in [&["--quick", "--exit"][..], &["load", "--short"]] {
        tally += Tally::one(succeeds(Command::new(&drill).args(args).current_dir(root()))?);
    }
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn part_names_are_unique() {
        let mut names: Vec<_> = PARTS.iter().map(|part| part.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PARTS.len());
    }
}
