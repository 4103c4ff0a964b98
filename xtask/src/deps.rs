//! Third-party crates: where they come from, under which licence, and which we never take.
//!
//! The same checks as `cargo deny check bans licenses sources`, over `cargo metadata`: building cargo-deny takes
//! longer than the rest of the quick parts together, and every fresh clone would build it (docs/adr/0012-own-dependency-check.md).

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use serde_json::Value;
use spdx::{Expression, LicenseReq, ParseMode};

use crate::command::cargo;
use crate::tally::Tally;

/// Licences that ask for no more than their text beside what we ship.
const LICENCES: &[&str] = &[
    "Apache-2.0",
    "BlueOak-1.0.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Zlib",
];

/// A licence that only the crates of one name (and its family) may have.
const LICENCES_OF: &[(&str, &str, &str)] = &[
    ("uniffi", "MPL-2.0", "its own files stay under it and are not changed by us"),
    ("webdriver", "MPL-2.0", "speaks to the browser in tests alone, and is not changed by us"),
    ("sqlcipher-src", "blessing", "SQLite, in the public domain"),
    ("sqlcipher-src", "WTFPL", "asks for nothing"),
];

/// Crates that must not come, whoever asks for them.
const BANNED: &[(&str, &str)] = &[
    ("aws-lc-sys", "a second cryptographic library, and large: rustls runs on ring"),
    ("native-tls", "a second TLS library: rustls is the one"),
    ("openssl", "a second TLS library; openssl-sys comes with SQLCipher alone"),
    ("sqlx", "cannot be linked beside rusqlite's bundled SQLite"),
];

/// Crates that are there in several versions, and who keeps the old one. A new one is decided on here.
const DOUBLED: &[(&str, &str)] = &[
    ("aead", "age 0.11"),
    ("base64", "age 0.11"),
    ("block-buffer", "argon2 0.5 and age 0.11"),
    ("chacha20", "age 0.11"),
    ("chacha20poly1305", "age 0.11"),
    ("cipher", "age 0.11"),
    ("cookie", "webdriver 0.53, in the browser tests"),
    ("cpufeatures", "argon2 0.5 and age 0.11"),
    ("crypto-common", "argon2 0.5 and age 0.11"),
    ("curve25519-dalek", "age 0.11"),
    ("digest", "argon2 0.5 and age 0.11"),
    ("fiat-crypto", "age 0.11"),
    ("getrandom", "ring keeps 0.2, we 0.3, build scripts and tests 0.4"),
    ("http", "webdriver 0.53, in the browser tests"),
    ("inout", "age 0.11"),
    ("poly1305", "age 0.11"),
    ("r-efi", "getrandom"),
    ("rand", "age 0.11"),
    ("rand_core", "argon2 0.5 and age 0.11"),
    ("rustc-hash", "age 0.11, for its translations"),
    ("self_cell", "age 0.11, for its translations"),
    ("sha2", "age 0.11"),
    ("syn", "half of the derive macros have moved to 3"),
    ("synstructure", "webdriver 0.53, in the browser tests"),
    ("thiserror", "age 0.11, for its translations"),
    ("thiserror-impl", "age 0.11, for its translations"),
    ("tinystr", "webdriver 0.53, in the browser tests"),
    ("toml", "age 0.11, for its translations"),
    ("universal-hash", "age 0.11"),
    ("windows-sys", "ring keeps 0.52"),
    ("x25519-dalek", "age 0.11"),
    ("zerovec", "webdriver 0.53, in the browser tests"),
];

/// What Cargo calls crates.io, mirrored or not.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

struct Package {
    name: String,
    version: String,
    /// None for what is found by path, so for the workspace.
    source: Option<String>,
    licence: Option<String>,
}

pub(crate) fn part() -> io::Result<Tally> {
    let mut metadata = cargo("metadata --format-version 1 --locked --all-features");
    let output = metadata.stderr(std::process::Stdio::inherit()).output()?;
    if !output.status.success() {
        return Ok(Tally::one(false));
    }
    let packages = packages(&serde_json::from_slice(&output.stdout)?);
    let faults = [foreign(&packages), unlicensed(&packages), banned(&packages), doubled(&packages)].concat();
    for fault in &faults {
        eprintln!("deps: {fault}");
    }
    println!("{} packages", packages.len());
    Ok(Tally::one(faults.is_empty() && !packages.is_empty()))
}

fn packages(metadata: &Value) -> Vec<Package> {
    let text = |package: &Value, key: &str| package.get(key).and_then(Value::as_str).map(str::to_owned);
    let listed = metadata.get("packages").and_then(Value::as_array).into_iter().flatten();
    let read = |package| Package {
        name: text(package, "name").unwrap_or_default(),
        version: text(package, "version").unwrap_or_default(),
        source: text(package, "source"),
        licence: text(package, "license"),
    };
    listed.map(read).collect()
}

fn foreign(packages: &[Package]) -> Vec<String> {
    let is_foreign = |p: &&Package| p.source.as_deref().is_some_and(|source| source != CRATES_IO);
    let found = packages.iter().filter(is_foreign);
    found.map(|p| format!("{} comes from {}", p.name, p.source.as_deref().unwrap_or_default())).collect()
}

fn unlicensed(packages: &[Package]) -> Vec<String> {
    let mut faults = Vec::new();
    for package in packages {
        let licence = package.licence.as_deref().unwrap_or("no licence");
        let accepted = Expression::parse_mode(licence, ParseMode::LAX)
            .is_ok_and(|licence| licence.evaluate(|asked| is_accepted(&package.name, asked)));
        if !accepted {
            faults.push(format!("{} {} is under {licence}", package.name, package.version));
        }
    }
    faults
}

/// An exception to a licence (`WITH`) only ever takes conditions away.
fn is_accepted(name: &str, asked: &LicenseReq) -> bool {
    let Some(licence) = asked.license.id() else { return false };
    let is_family = |head: &str| name.strip_prefix(head).is_some_and(|r| r.is_empty() || r.starts_with('_'));
    LICENCES.contains(&licence.name)
        || LICENCES_OF.iter().any(|(head, only, _)| *only == licence.name && is_family(head))
}

fn banned(packages: &[Package]) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, why) in BANNED {
        if packages.iter().any(|package| package.name == *name) {
            faults.push(format!("{name} is banned: {why}"));
        }
    }
    faults
}

/// New doubles, and exceptions that nothing needs any more.
fn doubled(packages: &[Package]) -> Vec<String> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in packages {
        versions.entry(&package.name).or_default().insert(&package.version);
    }
    versions.retain(|_, versions| versions.len() > 1);
    let is_known = |name: &str| DOUBLED.iter().any(|(known, _)| *known == name);
    let new = versions.iter().filter(|(name, _)| !is_known(name));
    let new = new.map(|(name, versions)| format!("{name} is there in several versions: {versions:?}"));
    let gone = DOUBLED.iter().filter(|(name, _)| !versions.contains_key(name));
    let gone = gone.map(|(name, _)| format!("{name} is there once: take it out of DOUBLED"));
    new.chain(gone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, version: &str, licence: &str) -> Package {
        let licence = Some(licence.to_owned()).filter(|l| !l.is_empty());
        Package {
            name: name.to_owned(),
            version: version.to_owned(),
            source: Some(CRATES_IO.to_owned()),
            licence,
        }
    }

    #[test]
    fn a_crate_from_elsewhere_is_found() {
        let mut packages = [package("a", "1", "MIT"), package("b", "1", "MIT"), package("ours", "1", "MIT")];
        packages[1].source = Some("git+https://example.org/b".to_owned());
        packages[2].source = None;
        assert_eq!(foreign(&packages), ["b comes from git+https://example.org/b"]);
    }

    #[test]
    fn licences_are_judged_as_expressions() {
        let good = ["MIT", "Apache-2.0/MIT", "GPL-3.0-only OR MIT", "(MIT OR GPL-2.0-only) AND Unicode-3.0"];
        let bad = ["GPL-3.0-only", "MIT AND GPL-3.0-only", "MPL-2.0", "own", ""];
        for licence in good {
            assert_eq!(unlicensed(&[package("a", "1", licence)]), Vec::<String>::new(), "{licence}");
        }
        for licence in bad {
            assert_eq!(unlicensed(&[package("a", "1", licence)]).len(), 1, "{licence}");
        }
        assert_eq!(unlicensed(&[package("uniffi_core", "1", "MPL-2.0")]), Vec::<String>::new());
    }

    #[test]
    fn a_banned_crate_is_found() {
        assert_eq!(banned(&[package("openssl-sys", "1", "MIT"), package("openssl", "1", "MIT")]).len(), 1);
    }

    #[test]
    fn a_new_double_and_a_needless_exception_are_found() {
        let twice = |name| [package(name, "1", "MIT"), package(name, "2", "MIT")];
        let known = DOUBLED.iter().skip(1).flat_map(|(name, _)| twice(name));
        let packages: Vec<Package> = known.chain(twice("serde")).collect();
        let expected = [
            "serde is there in several versions: {\"1\", \"2\"}",
            "aead is there once: take it out of DOUBLED",
        ];
        assert_eq!(doubled(&packages), expected);
    }
}
