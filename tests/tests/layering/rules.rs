//! The rules: each a pure function from what it looks at to its offenders, so that it
//! can be seen to find a planted one.

use crate::workspace::{Dependency, Package, Source, Target};

/// Who may depend on whom inside the workspace, for any reason, tests included. A
/// package that is not here may have no arrow at all: a new one is decided on here.
const ARROWS: &[(&str, &[&str])] = &[
    ("pantau-bindings", &["pantau-core", "pantau-env", "pantau-protocol"]),
    ("pantau-core", &["pantau-env", "pantau-protocol"]),
    ("pantau-log", &["pantau-env", "pantau-protocol"]),
    ("pantau-desk", &["pantau-env", "pantau-log", "pantau-protocol"]),
    ("pantau-server", &["pantau-desk", "pantau-env", "pantau-log", "pantau-protocol"]),
    ("pantau-scenario", &["pantau-protocol"]),
];

/// Those that see everything.
const SEES_ALL: &[&str] = &["pantau-browser", "pantau-drill", "pantau-tests"];

/// The one package that may hold unsafe code, so that it does not take the workspace's lints, and the only one
/// that may use it, in its tests.
const SHIM: &str = "pantau-shim";
const USES_SHIM: &str = "pantau-tests";

/// What the protocol may be built from: nothing that does I/O, reads a clock, draws
/// randomness or is async.
const PROTOCOL_MAY_USE: &[&str] =
    &["blake3", "ed25519-dalek", "foldhash", "minicbor", "serde", "serde_json", "thiserror", "uuid", "zstd"];

/// Names that say nothing about the step of the pipeline a file belongs to.
const EMPTY_NAMES: &[&str] = &["common", "helpers", "manager", "utils"];

pub(crate) const MAX_LINES: usize = 500;

pub(crate) fn forbidden_arrows(packages: &[Package]) -> Vec<String> {
    let is_allowed = |from: &str, to: &str| {
        SEES_ALL.contains(&from) || ARROWS.iter().any(|(layer, below)| *layer == from && below.contains(&to))
    };
    packages
        .iter()
        .flat_map(|package| package.arrows().map(|to| (package.name.as_str(), to)))
        .filter(|(from, to)| !is_allowed(from, to))
        .map(|(from, to)| format!("{from} → {to}"))
        .collect()
}

/// What `from` uses of `banned` and their families (`axum-core`), in its tests too.
/// Direct dependencies suffice: a way around would be a forbidden arrow or an impure
/// protocol.
pub(crate) fn uses(packages: &[Package], from: &str, banned: &[&str]) -> Vec<String> {
    let is_family = |rest: &str| rest.is_empty() || rest.starts_with(['-', '_']);
    let is_banned = |name: &str| banned.iter().any(|head| name.strip_prefix(head).is_some_and(is_family));
    packages
        .iter()
        .filter(|package| package.name == from)
        .flat_map(|package| &package.dependencies)
        .filter(|to| is_banned(&to.name))
        .map(|to| to.name.clone())
        .collect()
}

/// Who depends on the layer under SQLite other than the suites do.
pub(crate) fn shipped_shims(packages: &[Package]) -> Vec<String> {
    let is_test =
        |from: &Package, to: &Dependency| from.name == USES_SHIM && to.kind.as_deref() == Some("dev");
    let users = |from: &&Package| from.dependencies.iter().any(|to| to.name == SHIM && !is_test(from, to));
    packages.iter().filter(users).map(|package| package.name.clone()).collect()
}

/// The packages that do not take the workspace's lints, which forbid unsafe code.
pub(crate) fn unlinted(manifests: &[Source]) -> Vec<String> {
    let takes_lints = |text: &str| text.contains("[lints]\nworkspace = true\n");
    let may = [SHIM, "pantau-bindings"];
    let is_shim =
        |text: &str| may.iter().any(|name| text.contains(&format!("[package]\nname = \"{name}\"\n")));
    let loose = manifests.iter().filter(|m| !takes_lints(&m.text) && !is_shim(&m.text));
    loose.map(Source::shown).collect()
}

pub(crate) fn beyond_the_protocol(packages: &[Package]) -> Vec<String> {
    packages
        .iter()
        .filter(|package| package.name == "pantau-protocol")
        .flat_map(|package| &package.dependencies)
        .filter(|to| to.kind.as_deref() != Some("dev"))
        .filter(|to| !PROTOCOL_MAY_USE.contains(&to.name.as_str()))
        .map(|to| to.name.clone())
        .collect()
}

/// The manifests that bring a crate called `core` into being, be it by a rename.
pub(crate) fn named_core(packages: &[Package]) -> Vec<String> {
    let is_core = |package: &&Package| {
        let is_library = |target: &Target| target.kind.iter().any(|kind| kind.ends_with("lib"));
        let mut libraries = package.targets.iter().filter(|target| is_library(target));
        let mut renames = package.dependencies.iter().flat_map(|to| &to.rename);
        package.name == "core"
            || libraries.any(|library| library.name == "core")
            || renames.any(|name| name == "core")
    };
    let found = packages.iter().filter(is_core);
    found.map(|package| package.manifest_path.display().to_string()).collect()
}

pub(crate) fn empty_names(sources: &[Source]) -> Vec<String> {
    let says_nothing = |source: &&Source| {
        let path = source.path.with_extension("");
        path.iter().any(|part| EMPTY_NAMES.iter().any(|name| part == *name))
    };
    sources.iter().filter(says_nothing).map(Source::shown).collect()
}

pub(crate) fn too_long(sources: &[Source]) -> Vec<String> {
    let lines = |source: &Source| source.text.lines().count();
    let long = sources.iter().filter(|source| lines(source) > MAX_LINES);
    long.map(|source| format!("{}: {} lines", source.shown(), lines(source))).collect()
}

pub(crate) fn unexplained(sources: &[Source]) -> Vec<String> {
    let bare = sources.iter().filter(|source| !source.text.starts_with("//!"));
    bare.map(Source::shown).collect()
}

/// Lines that cite a section of the design page, which newcomers do not have. Written in two halves, or this file
/// would be found.
pub(crate) fn unpublished(sources: &[Source]) -> Vec<String> {
    let cited = ["design", " §"].concat();
    let cites = |source: &Source| source.text.lines().any(|line| line.contains(&cited));
    sources.iter().filter(|source| cites(source)).map(Source::shown).collect()
}

#[cfg(test)]
mod planted {
    use std::path::Path;

    use super::*;

    fn package(name: &str, dependencies: &[(&str, Option<&str>)]) -> Package {
        let dependency = |(name, kind): &(&str, Option<&str>)| Dependency {
            name: (*name).to_owned(),
            source: (!name.starts_with("pantau-")).then(|| "registry".to_owned()),
            kind: kind.map(str::to_owned),
            rename: None,
        };
        Package {
            name: name.to_owned(),
            manifest_path: Path::new(name).join("Cargo.toml"),
            dependencies: dependencies.iter().map(dependency).collect(),
            targets: Vec::new(),
        }
    }

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.into(), text: text.to_owned() }
    }

    #[test]
    fn arrows_against_the_layering_are_found() {
        let packages = [
            package("pantau-protocol", &[("pantau-core", Some("dev"))]),
            package("pantau-core", &[("pantau-protocol", None), ("serde", None)]),
            package("pantau-server", &[("pantau-core", Some("build"))]),
            package("pantau-bindings", &[("pantau-core", None), ("pantau-server", None)]),
            package("pantau-tests", &[("pantau-server", None), ("pantau-drill", None)]),
            package("xtask", &[("pantau-drill", None)]),
            package("pantau-new", &[("pantau-protocol", None)]),
        ];
        let expected = [
            "pantau-protocol → pantau-core",
            "pantau-server → pantau-core",
            "pantau-bindings → pantau-server",
            "xtask → pantau-drill",
            "pantau-new → pantau-protocol",
        ];
        assert_eq!(forbidden_arrows(&packages), expected);
    }

    #[test]
    fn banned_uses_are_found() {
        let dependencies = [("axum-core", Some("dev")), ("uniffi", None), ("uniform", None)];
        let packages = [package("pantau-core", &dependencies)];
        let found = uses(&packages, "pantau-core", &["axum", "askama", "uniffi"]);
        assert_eq!(found, ["axum-core", "uniffi"]);
    }

    #[test]
    fn an_impure_protocol_is_found() {
        let dependencies = [("serde", None), ("tokio", None), ("proptest", Some("dev"))];
        let packages = [package("pantau-protocol", &dependencies)];
        assert_eq!(beyond_the_protocol(&packages), ["tokio"]);
    }

    #[test]
    fn a_shim_outside_of_the_suites_is_found() {
        let packages = [
            package("pantau-tests", &[("pantau-shim", Some("dev"))]),
            package("pantau-drill", &[("pantau-shim", Some("dev"))]),
            package("pantau-core", &[("pantau-shim", None)]),
        ];
        assert_eq!(shipped_shims(&packages), ["pantau-drill", "pantau-core"]);
        assert_eq!(shipped_shims(&[package("pantau-tests", &[("pantau-shim", None)])]), ["pantau-tests"]);
    }

    #[test]
    fn packages_with_lints_of_their_own_are_found() {
        let manifests = [
            source("good/Cargo.toml", "[package]\nname = \"good\"\n\n[lints]\nworkspace = true\n"),
            source("shim/Cargo.toml", "[package]\nname = \"pantau-shim\"\n\n[lints.rust]\n"),
            source("bad/Cargo.toml", "[package]\nname = \"bad\"\n\n[lints.rust]\n"),
        ];
        assert_eq!(unlinted(&manifests), ["bad/Cargo.toml"]);
    }

    fn target(name: &str, kind: &str) -> Target {
        Target { name: name.to_owned(), kind: vec![kind.to_owned()] }
    }

    #[test]
    fn crates_named_core_are_found() {
        let named = package("core", &[]);
        let mut library = package("pantau-core", &[]);
        library.targets.push(target("core", "rlib"));
        let mut renaming = package("pantau-drill", &[("pantau-core", None)]);
        for to in &mut renaming.dependencies {
            to.rename = Some("core".to_owned());
        }
        let mut innocent = package("pantau-tests", &[("pantau-core", None)]);
        innocent.targets.push(target("core", "test"));

        let found = named_core(&[named, library, renaming, innocent]);
        assert_eq!(found, ["core/Cargo.toml", "pantau-core/Cargo.toml", "pantau-drill/Cargo.toml"]);
    }

    #[test]
    fn empty_names_of_files_and_folders_are_found() {
        let bad = ["core/src/utils.rs", "drill/src/common/mod.rs", "tests/helpers.rs"];
        let good = ["core/src/outbox.rs", "core/src/commons.rs"];
        let sources = [bad.as_slice(), &good].concat();
        let sources: Vec<_> = sources.into_iter().map(|path| source(path, "")).collect();
        assert_eq!(empty_names(&sources), bad);
    }

    #[test]
    fn long_files_are_found() {
        let (full, over) = ("\n".repeat(MAX_LINES), "\n".repeat(MAX_LINES + 1));
        let sources = [source("full.rs", &full), source("over.rs", &over)];
        assert_eq!(too_long(&sources), ["over.rs: 501 lines"]);
    }

    #[test]
    fn files_without_an_opening_are_found() {
        let sources = [source("good.rs", "//! Why."), source("bare.rs", "// x\n//! Why.")];
        assert_eq!(unexplained(&sources), ["bare.rs"]);
    }

    #[test]
    fn references_to_an_absent_document_are_found() {
        let cited = format!("//! One. See design{} 5.", " §");
        let sources = [
            source("good.rs", "//! See docs/PROTOCOL.md. By design, § is a sign."),
            source("bad.rs", &cited),
        ];
        assert_eq!(unpublished(&sources), ["bad.rs"]);
    }
}
